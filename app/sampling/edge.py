"""What every operation of the draw shares over HTTP: bounded bodies, and refusals as problem+json.

The draw also runs alone in a bare FastAPI application, so nothing here comes from the service.
"""

import json
import os
import tempfile
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from typing import IO, Annotated, Any, Self

from anyio import to_thread
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from app.sampling.language import prefers_english
from app.sampling.openlot1.errors import DrawError

PROBLEM_JSON = "application/problem+json"
MAX_ZIP_BYTES = 256 * 2**20
MAX_FRAME_ZIP_BYTES = 2176 * 2**20  # a frame at its largest, not even compressed, and its seed
MAX_JSON_BYTES = 64 * 2**10
IN_MEMORY_BYTES = 2**20
MAX_SPOOLED_BYTES = 3 * MAX_FRAME_ZIP_BYTES  # of all requests at once
SENT_BYTES = 2**18  # at a time
LISTED_FAULTS = 1000

_ZIP_TYPES = ("application/zip", "application/octet-stream")
_Fault = dict[str, Any]


class Refusal(DrawError):
    """A request refused before, or beside, the core: with a status, and faults if there are any."""

    def __init__(
        self, status: int, code: str, en: str, zh: str, *, faults: Iterable[_Fault] = ()
    ) -> None:
        super().__init__(code, en, zh)
        self.status = status
        self.faults = list(faults)


def body_too_large(limit: int) -> Refusal:
    return Refusal(
        413,
        "body-too-large",
        f"The body is larger than {limit} bytes.",
        f"请求正文超过上限（{limit} 字节）。",
    )


def spool_full() -> Refusal:
    return Refusal(
        503,
        "spool-full",
        "The bodies of other requests take all the space there is; try again later.",
        "其他请求的正文已占满可用空间，请稍后再试。",
    )


def wrong_content_type(expected: str) -> Refusal:
    return Refusal(
        415,
        "wrong-content-type",
        f"This operation takes a body of type {expected}.",
        f"此处应使用 {expected} 类型的正文。",
    )


def malformed_body() -> Refusal:
    return Refusal(
        400,
        "malformed-body",
        "The body is not strict JSON: it cannot be read.",
        "请求正文不是规范的 JSON：无法读取。",
    )


def invalid_input(faults: Sequence[_Fault]) -> Refusal:
    return Refusal(
        422,
        "invalid-input",
        f"{len(faults)} part(s) of the request do not fit.",
        f"请求内容有 {len(faults)} 处不符合要求。",
        faults=faults,
    )


def fault(
    code: str, en: str, zh: str, *, pointer: str | None = None, row: int | None = None
) -> _Fault:
    """One entry of `errors`; `pointer` is a JSON pointer or a file, `row` its line from 1."""
    return {
        "code": code,
        "pointer": pointer,
        "row": row,
        "column": None,
        "value": None,
        "texts": {"zh-CN": zh, "en": en},
    }


def problem(error: DrawError, *, instance: str, english: bool = False) -> dict[str, Any]:
    """The RFC 9457 problem of a refusal; a refusal of the core names its file and line."""
    if isinstance(error, Refusal):
        status, faults = error.status, error.faults
    else:
        status = 422
        faults = [fault(error.code, error.en, error.zh, pointer=error.member, row=error.line)]
    return {
        "type": f"urn:openlot:problem:{error.code}",
        "title": error.code,
        "status": status,
        "detail": error.en if english else error.zh,
        "instance": instance,
        "code": error.code,
        "texts": {"zh-CN": error.zh, "en": error.en},
        "errors": faults[:LISTED_FAULTS],
        "error_count": len(faults),
    }


def refusals(*errors: DrawError) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that can refuse with these."""
    answers: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        shown = problem(error, instance="urn:openlot:request:0f0f0f0f0f0f0f0f")
        answer = answers.setdefault(
            shown["status"],
            {"content": {PROBLEM_JSON: {"schema": _problem_schema(), "examples": {}}}},
        )
        examples = answer["content"][PROBLEM_JSON]["examples"]
        examples[error.code] = {"summary": error.en, "value": shown}
        answer["description"] = "、".join(examples)
    return answers


def takes_zip(description: str) -> dict[str, Any]:
    """`openapi_extra=` of an operation whose body is a zip."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _ZIP_TYPES}
    return {"requestBody": {"required": True, "description": description, "content": content}}


async def _zip_body(request: Request) -> AsyncIterator[IO[bytes]]:
    async with _spooled(request, MAX_ZIP_BYTES) as file:
        yield file


async def _frame_zip_body(request: Request) -> AsyncIterator[IO[bytes]]:
    async with _spooled(request, MAX_FRAME_ZIP_BYTES) as file:
        yield file


ZipBody = Annotated[IO[bytes], Depends(_zip_body, scope="function")]
"""The raw body of the request, at its beginning, in a file that ends with the handler."""

FrameZipBody = Annotated[IO[bytes], Depends(_frame_zip_body, scope="function")]
"""The same for a zip that may hold a frame of millions of objects."""


@asynccontextmanager
async def _spooled(request: Request, limit: int) -> AsyncIterator[IO[bytes]]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _ZIP_TYPES:
        raise wrong_content_type(" / ".join(_ZIP_TYPES))
    # The service allows a small body unless its reader says otherwise.
    request.state.body_limit = limit
    size, waiting = 0, bytearray()
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file, _Share() as share:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise body_too_large(limit)
            share.take(len(part))
            waiting += part
            if len(waiting) >= IN_MEMORY_BYTES:
                # The disk may be slow, and the loop has others to serve.
                await to_thread.run_sync(file.write, waiting)
                waiting = bytearray()
        file.write(waiting)
        file.seek(0)
        yield file


class _Share:
    """What one request has of the space for bodies; it gives all of it back at its end."""

    taken = 0  # of all requests

    def __init__(self) -> None:
        self._mine = 0

    def __enter__(self) -> Self:
        return self

    def take(self, size: int) -> None:
        if _Share.taken + size > MAX_SPOOLED_BYTES:
            raise spool_full()
        _Share.taken += size
        self._mine += size

    def __exit__(self, *_: object) -> None:
        _Share.taken -= self._mine


def streamed(file: IO[bytes], media_type: str) -> Response:
    """The file from its beginning to its end, then closed."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return StreamingResponse(
        _blocks(file), media_type=media_type, headers={"Content-Length": str(size)}
    )


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(SENT_BYTES):
            yield block


class SamplingRoute(APIRoute):
    """Counts the body as it comes and answers refusals itself, in the service as well as alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        # What is no JSON is a zip, which its own reader counts.
        is_json = self.body_field is not None

        async def refusing(request: Request) -> Response:
            receive = _limited(request.receive, MAX_JSON_BYTES) if is_json else request.receive
            try:
                return await handler(Request(request.scope, receive))
            except DrawError as error:
                return _answer(request, error)
            except HTTPException as error:
                if error.status_code == 413:
                    limit = MAX_JSON_BYTES if is_json else request.state.body_limit
                    return _answer(request, body_too_large(limit))
                if error.status_code == 400:
                    return _answer(request, malformed_body())
                raise
            except RequestValidationError as error:
                # The service has better texts for these, in both languages.
                if DrawError in request.app.exception_handlers:
                    raise
                return _answer(request, invalid_input(list(map(_invalid, error.errors()))))

        return refusing


def _limited(receive: Receive, limit: int) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413)  # the only kind that passes through FastAPI's reader of bodies
        return message

    return counted


def _answer(request: Request, error: DrawError) -> Response:
    english = prefers_english(request.headers.get("accept-language", ""))
    request_id = getattr(request.state, "request_id", None)
    instance = f"urn:openlot:request:{request_id}" if request_id else request.url.path
    body = problem(error, instance=instance, english=english)
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status_code=body["status"],
        media_type=PROBLEM_JSON,
        headers={"Content-Language": "en" if english else "zh-CN", "Cache-Control": "no-store"},
    )


def _invalid(one: Mapping[str, Any]) -> _Fault:
    where, *rest = map(str, one["loc"])
    path = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in rest)
    return fault(
        str(one["type"]).replace("_", "-"),
        str(one["msg"]),
        "不符合要求",
        pointer=path if where == "body" else f"{where}:{'.'.join(rest)}",
    )


def _problem_schema() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer"}
    texts = _object({"zh-CN": text, "en": text})
    one = dict.fromkeys(("code", "pointer", "row", "column", "value"), text) | {"texts": texts}
    for name in ("pointer", "column", "value"):
        one[name] = {"type": ["string", "null"]}
    one["row"] = {"type": ["integer", "null"]}
    names = ("type", "title", "status", "detail", "instance", "code", "texts")
    members = dict.fromkeys(names, text) | {"status": number, "texts": texts}
    members |= {"errors": {"type": "array", "items": _object(one)}, "error_count": number}
    return _object(members)


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }
