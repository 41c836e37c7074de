"""The OpenAPI document as it is published: what FastAPI makes of the code, made exact."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core.caller import NotAuthenticated, PermissionMissing
from app.core.problems import (
    BodyTooLarge,
    DatabaseUnavailable,
    DomainError,
    InternalError,
    InvalidInput,
    MalformedBody,
    MalformedQuery,
    Problem,
    TryAgain,
    documented,
    problems,
)

PROBLEM_JSON = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")
TAGS = [
    {
        "name": "registry",
        "description": "Inspection items, inspected objects, departments 一单两库",
    },
    {"name": "plans", "description": "Annual plans and their lines 抽查计划"},
    {"name": "draws", "description": "Freeze, commit, seed, draw, evidence 抽取"},
    {"name": "sampling", "description": "The draw as a pure function, without state 抽取算法"},
    {"name": "ledger", "description": "The tamper-evident log 日志"},
    {"name": "access", "description": "Keys of machine clients 接口密钥"},
    {"name": "health", "description": "Whether the service can work 运行状况"},
]
DESCRIPTION = """\
The open backend for 「双随机、一公开」 regulation. Whom to inspect is drawn by lot, in a way that
anyone can recompute.

* Every operation needs a key, `Authorization: Bearer olk_…`, unless it says that it is public.
* Creating operations take an `Idempotency-Key`; a repeat gets the same bytes.
* Errors are `application/problem+json` with a stable `code` and texts in Chinese and English.
* Lists are keyset pages: pass `next` as `after`.
"""


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


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        separate_input_output_schemas=False,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    _add_problem_schemas(schemas)
    for _, method, operation in operations(document):
        _add_common_errors(operation, method)
        _only_problem_json(operation)
    document["components"]["examples"] = dict(sorted(documented.items()))
    return document


def _add_problem_schemas(schemas: dict[str, Any]) -> None:
    if "Problem" in schemas:
        return
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
    schemas.update(made.pop("$defs", {}))
    schemas["Problem"] = made


def _common_errors(operation: dict[str, Any], method: str) -> list[type[DomainError]]:
    errors: list[type[DomainError]] = [MalformedQuery, InternalError, DatabaseUnavailable]
    if operation.get("security"):
        errors += [NotAuthenticated, PermissionMissing]
    if operation.get("parameters") or operation.get("requestBody"):
        errors.append(InvalidInput)
    if "requestBody" in operation:
        errors += [MalformedBody, BodyTooLarge]
    if method != "get":
        errors.append(TryAgain)
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


def _only_problem_json(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            continue
        place = answer["content"].setdefault(PROBLEM_JSON, {})
        place["schema"] = {"$ref": "#/components/schemas/Problem"}
        answer["content"] = {PROBLEM_JSON: place}
