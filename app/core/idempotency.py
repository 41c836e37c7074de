"""Idempotency-Key: a creating request that is repeated gets the same bytes and headers, once done.

The key is claimed in the transaction of the request: a concurrent repeat waits at the unique
index until the first ends; a failed first leaves no trace, so the client may try again.
"""

from collections.abc import Callable, Coroutine
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import LargeBinary, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from app.core.caller import Caller
from app.core.clock import Now
from app.core.database import DISPOSABLE, Base, Session, internal, of_department
from app.core.problems import BadRequest, Unprocessable

_OF_BODY = ("content-length", "content-type")
"""Headers that an answer has from its body."""


class IdempotencyKeyMissing(BadRequest):
    code = "idempotency-key-missing"
    zh = "该操作需要 Idempotency-Key 请求头（8 至 200 个可见字符），以便安全重试。"
    en = "This operation needs an Idempotency-Key header of 8 to 200 visible characters."


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency-key-reused"
    zh = "该幂等键已用于另一个请求，请换用新的键。"
    en = "This Idempotency-Key was used for another request; take a new one."


class KeptReply(Base):
    """The answer kept for a key of one caller."""

    __tablename__ = "kept_reply"
    __table_args__ = ({"info": of_department(DISPOSABLE)},)

    caller_id: Mapped[str] = internal(primary_key=True)
    key: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    operation: Mapped[str] = internal()
    body_sha256: Mapped[str] = internal()
    status: Mapped[int | None] = internal()
    media_type: Mapped[str | None] = internal()
    body: Mapped[bytes | None] = internal(LargeBinary)
    headers: Mapped[dict[str, str]] = internal(JSONB, server_default="{}")
    """Those beside type and length, such as Location and ETag."""
    created_at: Mapped[datetime] = internal()


class Replay(Exception):
    """The request was answered before; this is that answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("replayed")


async def _digest(request: Request) -> str:
    """SHA-256 of the body; of a spooled upload, the digest that was taken on the way in."""
    known: str | None = getattr(request.state, "upload_sha256", None)
    return known if known is not None else sha256(await request.body()).hexdigest()


async def claim(
    session: AsyncSession, *, caller: Caller, key: str, operation: str, digest: str, at: datetime
) -> None:
    """Take the key for this request, or raise the kept answer of the first."""
    values = {
        "caller_id": caller.key_id,
        "key": key,
        "department_code": caller.department,
        "operation": operation,
        "body_sha256": digest,
        "created_at": at,
    }
    taken = await session.execute(insert(KeptReply).values(values).on_conflict_do_nothing())
    if taken.rowcount == 1:  # type: ignore[attr-defined]  # an INSERT answers with a cursor result
        return
    kept = await session.get_one(KeptReply, (caller.key_id, key))
    if kept.operation != operation or kept.body_sha256 != digest:
        raise IdempotencyKeyReused
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    raise Replay(
        Response(kept.body, kept.status or 200, headers=headers, media_type=kept.media_type)
    )


async def _claimed(
    request: Request,
    session: Session,
    now: Now,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Chosen by the client, new for each act, kept for its repeats "
            "(8 to 200 visible characters). 幂等键：重试时保持不变。",
            examples=["6f2b6c1e-5a0e-4c38-9f0e-2f2d8a3c9b11"],
        ),
    ] = None,
) -> None:
    if idempotency_key is None or not _fits(idempotency_key):
        raise IdempotencyKeyMissing
    await claim(
        session,
        caller=request.state.caller,
        key=idempotency_key,
        operation=f"{request.method} {request.url.path}",
        digest=await _digest(request),
        at=now,
    )
    request.state.idempotency = (session, idempotency_key)


def _fits(key: str) -> bool:
    return 8 <= len(key) <= 200 and key.isascii() and all(33 <= ord(c) <= 126 for c in key)


Idempotent = Annotated[None, Depends(_claimed)]
"""The last parameter of a creating handler: the caller and any upload must be known before."""


class IdempotentRoute(APIRoute):
    """Keeps the serialised answer with the claimed key, inside the same transaction."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def keeping(request: Request) -> Response:
            try:
                response = await handler(request)
            except Replay as replay:
                return replay.response
            claimed = getattr(request.state, "idempotency", None)
            if claimed is not None:
                session, key = claimed
                await _keep(session, request.state.caller.key_id, key, response)
            return response

        return keeping


async def _keep(session: AsyncSession, caller_id: str, key: str, response: Response) -> None:
    await session.execute(
        update(KeptReply)
        .where(KeptReply.caller_id == caller_id, KeptReply.key == key)
        .values(
            status=response.status_code,
            media_type=response.headers.get("content-type"),
            body=bytes(response.body),
            headers={k: v for k, v in response.headers.items() if k not in _OF_BODY},
        )
    )
