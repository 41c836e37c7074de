"""The outer edge of the service: request ids, strict bodies, and errors as problem+json."""

import json
import logging
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException as Unread
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import strict_json
from app.core.problems import (
    BodyTooLarge,
    DatabaseUnavailable,
    DomainError,
    DrawRefused,
    Fault,
    HostRefused,
    InternalError,
    InvalidData,
    InvalidInput,
    MalformedBody,
    MalformedQuery,
    MethodNotAllowed,
    NoSuchPath,
    TryAgain,
    WrongContentType,
    render,
)
from app.core.validation_texts import chinese, english
from app.sampling.openlot1.errors import DrawError

MAX_BODY_BYTES = 1024 * 1024
CLIENT_GONE = 499
"""What the log says of a request whose client left before its body was whole."""

log = logging.getLogger("openlot.http")

ConstraintMap = Mapping[str, type[DomainError]]


class Edge:
    """Outermost ASGI layer: gives each request an id and refuses bodies that are not strict
    JSON before any parser sees them. Other media types pass through to the upload reader."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = ("*",)) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status, started_answer = 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, started_answer
            if message["type"] == "http.response.start":
                status, started_answer = message["status"], True
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            received = await self._admit(scope, receive)
            await self._app(scope, received, send_with_id)
        except DomainError as error:
            await _answer(Request(scope), error)(scope, receive, send_with_id)
        except HTTPException as error:
            await _answer(Request(scope), _http_error(error))(scope, receive, send_with_id)
        except ClientDisconnect:
            status = CLIENT_GONE
        except Exception:  # the last resort of the whole service
            log.exception("internal.error %s", request_id)
            if started_answer:
                raise
            await _answer(Request(scope), InternalError())(scope, receive, send_with_id)
        finally:
            took_ms = round((time.perf_counter() - started) * 1000)
            log.info("http.request %s", json.dumps(_line(scope, request_id, status, took_ms)))

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        _check_host(Headers(scope=scope).get("host", ""), self._hosts)
        if "\x00" in scope["path"]:  # no code has one, and the database takes none
            raise NoSuchPath
        _check_query(scope["query_string"])
        limited = _limited(scope, receive)
        if not _is_json(_media_type(scope)):
            return limited
        body = await _read(limited)
        if body:
            try:
                strict_json.check(body)
            except strict_json.Unstrict as why:
                raise MalformedBody(why_zh=why.zh, why_en=why.en) from None
        return _replay(body, receive)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Count what arrives. The reader of uploads raises the limit of its request; whoever reads
    anything else, of whatever type, meets this one."""
    scope["state"]["body_limit"] = MAX_BODY_BYTES
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > scope["state"]["body_limit"]:
            raise Unread(413)  # the only kind that passes through FastAPI's reader of bodies
        return message

    return counted


def _line(scope: Scope, request_id: str, status: int, took_ms: int) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "ms": took_ms,
    }


def _media_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1").partition(";")[0].strip().lower())
    return ""


def _check_host(host: str, hosts: Sequence[str]) -> None:
    """Refuse a Host that is not ours: links are never built from one that a stranger chose."""
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    if not any(fnmatchcase(name.lower(), pattern) for pattern in hosts):
        raise HostRefused


def _check_query(query: bytes) -> None:
    try:
        text = unquote_to_bytes(query.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedQuery from None
    if "\x00" in text:
        raise MalformedQuery


def _is_json(media_type: str) -> bool:
    """Whether FastAPI would parse it as JSON."""
    kind, _, subtype = media_type.partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _answer(request: Request, error: DomainError) -> Response:
    rendered = render(
        error,
        instance=f"urn:openlot:request:{request.state.request_id}",
        accept_language=request.headers.get("accept-language", ""),
    )
    return Response(
        json.dumps(rendered.body, ensure_ascii=False, separators=(",", ":")),
        status_code=rendered.status,
        media_type="application/problem+json",
        headers={
            "Content-Language": rendered.language,
            "Cache-Control": "no-store",
            **rendered.headers,
        },
    )


def install(app: FastAPI, constraints: ConstraintMap) -> None:
    """Make every error of `app` a problem. `constraints` names the error of each constraint."""

    async def domain_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 -- registered for this type only
        return _answer(request, error)

    async def draw_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, DrawError)  # noqa: S101 -- as above
        return _answer(request, DrawRefused.of(error))

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 -- as above
        return _answer(request, _invalid(request, error))

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 -- as above
        return _answer(request, _http_error(error))

    async def database_error(request: Request, error: Exception) -> Response:
        translated = from_database(error, constraints)
        if isinstance(translated, InternalError):
            log.error("database.error %s", request.state.request_id, exc_info=error)
        return _answer(request, translated)

    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(DrawError, draw_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(DBAPIError, database_error)
    app.add_exception_handler(PoolTimeout, database_error)
    app.add_exception_handler(OSError, database_error)


def from_database(error: Exception, constraints: ConstraintMap) -> DomainError:
    """What the caller is told of an error of the database."""
    if not isinstance(error, DBAPIError):
        return DatabaseUnavailable(headers={"Retry-After": "2"})
    cause = getattr(error.orig, "__cause__", None)
    if isinstance(error, IntegrityError):
        known = constraints.get(getattr(cause, "constraint_name", None) or "")
        return known() if known else InternalError()
    state = getattr(cause, "sqlstate", None) or getattr(error.orig, "sqlstate", None) or ""
    if state in {"40001", "40P01", "55P03"}:
        return TryAgain(headers={"Retry-After": "1"})
    if state.startswith("22"):
        return InvalidData()
    if error.connection_invalidated or state[:2] in {"08", "57", "53", ""}:
        return DatabaseUnavailable(headers={"Retry-After": "2"})
    return InternalError()


def _http_error(error: HTTPException) -> DomainError:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        return MethodNotAllowed(headers=headers)
    if error.status_code == 413:
        return BodyTooLarge(limit=MAX_BODY_BYTES)
    if error.status_code == 400:
        return MalformedBody(why_zh="无法读取", why_en="it cannot be read")
    return NoSuchPath(headers=headers) if error.status_code == 404 else InternalError()


def _invalid(request: Request, error: RequestValidationError) -> DomainError:
    found = error.errors()
    media_type = _media_type(request.scope)
    about_body = any(tuple(one["loc"]) == ("body",) for one in found)
    if about_body and media_type not in {"application/json", ""}:
        return WrongContentType(expected="application/json")
    faults = [_validation_fault(one, error.body) for one in found]
    return InvalidInput(faults=faults, count=len(faults))


def _validation_fault(one: Mapping[str, Any], body: Any) -> Fault:
    where, *rest = one["loc"]
    kind, context = str(one["type"]), one.get("ctx") or {}
    return Fault(
        code=kind.replace("_", "-"),
        zh=chinese(kind, context),
        en=english(kind, context, str(one["msg"])),
        pointer=_pointer(rest, body) if where == "body" else f"{where}:{'.'.join(map(str, rest))}",
    )


def _pointer(places: Sequence[str | int], body: Any) -> str:
    """Where in the body it is; the names of a union's members, which pydantic puts between, are
    no places of it."""
    pointer = ""
    for number, place in enumerate(places):
        is_member = isinstance(body, dict) and place in body
        is_last = number == len(places) - 1
        if isinstance(body, dict) and not is_member and not is_last:
            continue
        pointer += f"/{str(place).replace('~', '~0').replace('/', '~1')}"
        inside = is_member or (isinstance(body, list) and isinstance(place, int))
        body = body[place] if inside else None
    return pointer
