"""The OpenAPI document as it is published: what FastAPI makes of the code, made exact.

FastAPI describes what the code would accept; clients are generated from what the service promises.
So answers list all their members and may gain more, requests omit what is not given instead of
sending null, each error that can come is named with an example, and each body has an example.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core.caller import NotAuthenticated, PermissionMissing
from app.core.openapi_bodies import as_answer, as_request, clean, example_of, filled, without_null
from app.core.problems import (
    BodyTooLarge,
    DatabaseUnavailable,
    DomainError,
    HostRefused,
    InternalError,
    InvalidData,
    InvalidInput,
    MalformedBody,
    MalformedQuery,
    Problem,
    TryAgain,
    WrongContentType,
    documented,
    problems,
)

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")
TAGS = [
    {
        "name": "registry",
        "description": "Inspection items, inspected objects, departments 一单两库",
    },
    {
        "name": "rules",
        "description": "Law as dated rows, and the calendar of working days 法定规则",
    },
    {"name": "plans", "description": "Annual plans and their lines 抽查计划"},
    {"name": "draws", "description": "Freeze, commit, seed, draw, evidence 抽取"},
    {"name": "tasks", "description": "Inspection tasks and inspections 抽查任务"},
    {"name": "results", "description": "Findings, review, disposals 检查结果"},
    {"name": "publication", "description": "What is made public, and when 公示"},
    {"name": "subscriptions", "description": "Who is called back, and where 回调订阅"},
    {"name": "sampling", "description": "The draw as a pure function, without state 抽取算法"},
    {"name": "ledger", "description": "The tamper-evident log 日志"},
    {"name": "operations", "description": "Long work, its progress and its end 长时间操作"},
    {"name": "access", "description": "Keys of machine clients 接口密钥"},
    {"name": "health", "description": "Whether the service can work 运行状况"},
]
DESCRIPTION = """\
The open backend for 「双随机、一公开」 regulation. Whom to inspect is drawn by lot, in a way that
anyone can recompute.

* Every operation needs a key, `Authorization: Bearer olk_…`, unless it says that it is public.
* Creating operations take an `Idempotency-Key`; a repeat gets the same bytes.
* Errors are `application/problem+json` with a stable `code` and texts in Chinese and English;
  `Accept-Language` chooses the language of `detail`.
* Lists are keyset pages: pass `next` as `after`.
* Answers may gain members, and texts such as `state` further values; requests are strict.
"""


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS = {
    "X-Request-Id": _header(
        "Id of the request, to be quoted in reports 请求编号", examples=["0f0f0f0f0f0f0f0f"]
    ),
    "Content-Language": _header("Language of `detail`", enum=["zh-CN", "en"]),
    "WWW-Authenticate": _header("How to present a key", examples=["Bearer"]),
    "Retry-After": {
        "description": "Seconds to wait; only when a repeat can help",
        "schema": {"type": "integer", "examples": [2]},
    },
    "Idempotency-Replayed": _header(
        "Sent when this is the kept answer of an earlier request with the same key", enum=["true"]
    ),
}


def describe(app: FastAPI) -> None:
    """Give `app` the exact document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the documented way to change it


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of every operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def callbacks(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operation of every callback."""
    return [item["post"] for item in document.get("webhooks", {}).values()]


def references(part: Any) -> Iterator[str]:
    """The target of every `$ref` below `part`."""
    if isinstance(part, dict):
        target = part.get("$ref")
        if isinstance(target, str):
            yield target
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def reached(part: Any, schemas: dict[str, Any]) -> set[str]:
    """Names of all schemas that `part` refers to, directly or through others."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        for target in references(waiting.pop()):
            kind, _, name = target.rpartition("/")
            if kind == "#/components/schemas" and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=TAGS,
        separate_input_output_schemas=False,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    _add_problem_schemas(schemas)
    found = [(method, operation) for _, method, operation in operations(document)]
    for method, operation in found:
        _exact_parameters(operation)
        _add_common_errors(operation, method)
        _only_problem_json(operation, schemas)
        _describe_success(operation, schemas)
        _add_headers(operation)
        operation["responses"] = dict(sorted(operation["responses"].items()))
    sent = callbacks(document)
    for operation in sent:
        operation["responses"].pop("422")  # FastAPI's own; receivers answer as they like
        for parameter in operation["parameters"]:
            parameter["schema"] = clean(parameter["schema"])
    _part_directions([operation for _, operation in found], sent, schemas)
    for name, schema in schemas.items():
        schemas[name] = clean(schema)
    for operation in [*(operation for _, operation in found), *sent]:
        _add_body_examples(operation, schemas)
    used = {name.rpartition("/")[2] for name in references(document["paths"])}
    components["examples"] = {code: documented[code] for code in sorted(used & set(documented))}
    components["headers"] = HEADERS
    return document


def _add_problem_schemas(schemas: dict[str, Any]) -> None:
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
    schemas.update(made.pop("$defs", {}))
    schemas["Problem"] = made


def _exact_parameters(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        parameter["schema"] = clean(without_null(parameter["schema"]))
        if parameter["name"].lower() == "idempotency-key":
            parameter["name"] = "Idempotency-Key"
            parameter["required"] = True
            parameter["schema"] |= {"minLength": 8, "maxLength": 200, "pattern": "^[!-~]+$"}
        if parameter["name"].lower() == "if-match":
            parameter["name"] = "If-Match"
            parameter["required"] = True


def _common_errors(operation: dict[str, Any], method: str) -> list[type[DomainError]]:
    errors: list[type[DomainError]] = [HostRefused, MalformedQuery, InternalError]
    takes_values = bool(operation.get("parameters") or operation.get("requestBody"))
    stateless = "sampling" in operation["tags"]
    if operation.get("security"):
        errors += [NotAuthenticated, PermissionMissing, DatabaseUnavailable]
    if takes_values:
        errors.append(InvalidInput)
    if "requestBody" in operation:
        errors += [MalformedBody, BodyTooLarge, WrongContentType]
    if not stateless:
        errors += [DatabaseUnavailable, *([InvalidData] if takes_values else [])]
        errors += [] if method == "get" else [TryAgain]
    return errors


def _add_common_errors(operation: dict[str, Any], method: str) -> None:
    responses = operation["responses"]
    for status, answer in problems(*_common_errors(operation, method)).items():
        examples = answer["content"][PROBLEM_JSON]["examples"]
        known = responses.setdefault(str(status), {"description": "", "content": {}})
        if "HTTPValidationError" in str(known):
            known["content"] = {}
        place = known.setdefault("content", {}).setdefault(PROBLEM_JSON, {})
        place.setdefault("examples", {}).update(examples)
        known["description"] = "、".join(sorted(place["examples"]))


def _only_problem_json(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            continue
        place = answer["content"].setdefault(PROBLEM_JSON, {})
        place["schema"] = {"$ref": "#/components/schemas/Problem"}
        for example in place["examples"].values():
            if "value" in example:
                example["value"] = filled(example["value"], place["schema"], schemas)
        answer["content"] = {PROBLEM_JSON: place}


def _describe_success(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A success is described by what its schema says of itself."""
    for answer in operation["responses"].values():
        if answer["description"] != "Successful Response":
            continue
        names = [name.rpartition("/")[2] for name in references(answer)]
        answer["description"] = schemas[names[0]]["description"] if names else "Done"


def _add_headers(operation: dict[str, Any]) -> None:
    taken = {parameter["name"] for parameter in operation.get("parameters", [])}
    for status, answer in operation["responses"].items():
        sent = ["X-Request-Id"]
        if int(status) >= 400:
            sent.append("Content-Language")
        elif "Idempotency-Key" in taken:
            sent.append("Idempotency-Replayed")
        if status == "401":
            sent.append("WWW-Authenticate")
        if status == "503" or "try-again" in str(answer):
            sent.append("Retry-After")
        references = {name: {"$ref": f"#/components/headers/{name}"} for name in sent}
        answer["headers"] = answer.get("headers", {}) | references


def _part_directions(
    found: list[dict[str, Any]], sent: list[dict[str, Any]], schemas: dict[str, Any]
) -> None:
    """Each schema says what holds in its direction: sent by clients, or by the service, which
    also sends the bodies of callbacks."""
    asked = reached([operation.get("requestBody") for operation in found], schemas)
    bodies = [operation["requestBody"] for operation in sent]
    answered = reached([[operation["responses"] for operation in found], bodies], schemas)
    for name in asked - answered:
        schemas[name] = as_request(schemas[name])
    for name in answered - asked:
        schemas[name] = as_answer(schemas[name])


def _add_body_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        place = body.get("content", {}).get(JSON)
        if place is not None and "example" not in place:
            with suppress(LookupError):  # a house test names the field
                place["example"] = example_of(place["schema"], schemas, operation["operationId"])
