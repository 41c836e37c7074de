"""Long work as something that can be asked about: an operation, its progress and its end.

A row is written by the request that starts the work, in the same transaction as what it is about;
`app.core.jobs` does it. States: queued → running → succeeded, failed or cancelled.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from app.core.caller import Caller
from app.core.database import MUTABLE, Base, internal, of_department, one_of
from app.core.ids import new_id
from app.core.problems import Conflict, NotFound


class OperationState(StrEnum):
    """Where an operation stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (OperationState.QUEUED, OperationState.RUNNING)


class OperationNotFound(NotFound):
    code = "operation-not-found"
    zh = "没有该操作。"
    en = "There is no such operation."


class OperationOver(Conflict):
    code = "operation-over"
    zh = "该操作已经结束，不能取消。"
    en = "The operation is over and cannot be cancelled."


class OperationUnderWay(Conflict):
    code = "operation-under-way"
    zh = "对同一对象已有操作在进行，请等待其结束。"
    en = "An operation on the same thing is under way; wait until it ends."


class Operation(Base):
    """Work that outlives its request. `fence` counts the leases: who holds an older one can no
    longer write. Two operations on one subject are never under way at once."""

    __tablename__ = "operation"
    __table_args__ = (
        Index(
            None,
            "subject",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(None, "subject", "requested_at"),
        CheckConstraint(one_of("state", OperationState), name="state"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled"),
        {"info": of_department(MUTABLE)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    subject: Mapped[str] = internal()
    arguments: Mapped[dict[str, Any]] = internal(JSONB)
    requested_at: Mapped[datetime] = internal()
    requested_by: Mapped[str] = internal()
    requested_person: Mapped[str] = internal()
    cancelled_at: Mapped[datetime | None] = internal()
    cancelled_by: Mapped[str | None] = internal()
    state: Mapped[str] = internal(server_default=OperationState.QUEUED)
    phase: Mapped[str] = internal(server_default="")
    done: Mapped[int] = internal(BigInteger, server_default="0")
    total: Mapped[int | None] = internal(BigInteger)
    attempts: Mapped[int] = internal(server_default="0")
    fence: Mapped[int] = internal(BigInteger, server_default="0")
    leased_until: Mapped[datetime | None] = internal()
    started_at: Mapped[datetime | None] = internal()
    finished_at: Mapped[datetime | None] = internal()
    result: Mapped[str | None] = internal()
    problem: Mapped[dict[str, Any] | None] = internal(JSONB)


async def start(
    session: AsyncSession,
    *,
    kind: str,
    subject: str,
    department: str,
    caller: Caller,
    now: datetime,
    arguments: Mapping[str, Any] | None = None,
) -> Operation:
    """Write an operation into this transaction; it begins once that is committed.

    Raises OperationUnderWay if there is one on `subject`."""
    await refuse_under_way(session, subject)
    operation = Operation(
        id=new_id(),
        department_code=department,
        kind=kind,
        subject=subject,
        arguments=dict(arguments or {}),
        requested_at=now,
        requested_by=caller.key_id,
        requested_person=caller.person,
        state=OperationState.QUEUED,
        phase="",
        done=0,
        attempts=0,
        fence=0,
    )
    session.add(operation)
    await session.flush()
    return operation


async def refuse_under_way(session: AsyncSession, subject: str) -> None:
    """Raises OperationUnderWay if something is being done on `subject`; who asks at the same time
    waits until this transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 3))"), {"subject": subject}
    )
    running = select(Operation.id).where(
        Operation.subject == subject, Operation.state.in_(UNDER_WAY)
    )
    if await session.scalar(running) is not None:
        raise OperationUnderWay


async def get_operation(
    session: AsyncSession, operation_id: UUID, *, lock: bool = False
) -> Operation:
    found = await session.get(Operation, operation_id, with_for_update=lock or None)
    if found is None:
        raise OperationNotFound
    return found


async def find_latest(session: AsyncSession, subject: str) -> Operation | None:
    """The newest operation on a subject."""
    newest = select(Operation).where(Operation.subject == subject)
    return await session.scalar(
        newest.order_by(Operation.requested_at.desc(), Operation.id).limit(1)
    )


async def cancel(
    session: AsyncSession, operation_id: UUID, *, caller: Caller, now: datetime
) -> Operation:
    """Ask an operation to stop: at once if it only waits; else its worker lets go of it within
    seconds, unless it ends before. Asking again changes nothing.

    Raises OperationOver."""
    operation = await get_operation(session, operation_id, lock=True)
    if operation.state == OperationState.CANCELLED or operation.cancelled_at is not None:
        return operation
    if operation.state not in UNDER_WAY:
        raise OperationOver
    operation.cancelled_at, operation.cancelled_by = now, caller.key_id
    if operation.state == OperationState.QUEUED:
        operation.state, operation.finished_at = OperationState.CANCELLED, now
    return operation
