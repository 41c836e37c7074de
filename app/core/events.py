"""What happened: insert-only events (the audit trail), each with a row that workers lock and
mark (the outbox), and each in the ledger by the same transaction."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from app.core.caller import Caller
from app.core.database import (
    DISPOSABLE,
    INSERT_ONLY,
    Base,
    internal,
    of_department,
    public,
)
from app.core.ids import new_id
from app.core.schema import Schema
from app.sampling.openlot1 import canonical


class Event(Base):
    """One state change. `digest` = SHA-256(salt + canonical payload) stands in the ledger; the
    salt keeps a short payload from being guessed out of its digest."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "subject", "sequence"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = public(primary_key=True)
    sequence: Mapped[int] = internal(BigInteger, Identity(always=True), unique=True)
    type: Mapped[str] = public()
    subject: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    payload: Mapped[dict[str, Any]] = internal(JSONB)
    published: Mapped[dict[str, Any]] = public(JSONB)
    withheld: Mapped[bool] = internal()
    """Whether the public log shows this entry's hash only: its public part becomes public later."""
    salt: Mapped[str] = internal()
    digest: Mapped[str] = public()
    occurred_at: Mapped[datetime] = public()
    occurred_by: Mapped[str] = internal()
    request_id: Mapped[str] = internal()


class EventDispatch(Base):
    """Where the delivery of one event stands."""

    __tablename__ = "event_dispatch"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'done', 'dead')", name="state"),
        {"info": DISPOSABLE},
    )

    event_id: Mapped[UUID] = internal(ForeignKey("openlot.event.id"), primary_key=True)
    state: Mapped[str] = internal(server_default="ready")
    attempts: Mapped[int] = internal(server_default="0")
    locked_until: Mapped[datetime | None] = internal()


def record(
    session: AsyncSession,
    *,
    kind: str,
    subject: str,
    department: str,
    payload: Schema,
    caller: Caller,
    at: datetime,
    published: dict[str, Any] | None = None,
    withheld: bool = False,
) -> Event:
    """Write an event into this transaction. `payload` is for the audit trail; `published` goes
    into the public ledger in clear, so it may hold nothing that is not public at once, unless
    `withheld`: then the log shows only the entry's hash, which the salted digest in it keeps from
    being guessed, until the evidence of the act is made public."""
    body = payload.model_dump(mode="json")
    salt = secrets.token_hex(16)
    event = Event(
        id=new_id(),
        type=kind,
        subject=subject,
        department_code=department,
        payload=body,
        published=published or {},
        withheld=withheld,
        salt=salt,
        digest=sha256(salt.encode() + canonical.dumps(body)).hexdigest(),
        occurred_at=at,
        occurred_by=caller.key_id,
        request_id=session.info["request_id"],
    )
    session.add(event)
    session.add(EventDispatch(event_id=event.id))
    session.info.setdefault("unsealed", []).append(event)
    return event


def take_unsealed(session: AsyncSession) -> list[Event]:
    """The events of this transaction that are not in the ledger yet, in order."""
    events: list[Event] = session.info.pop("unsealed", [])
    return events
