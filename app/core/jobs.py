"""Doing operations in the background, on Postgres alone.

A worker leases an operation (SKIP LOCKED, so that no two take the same), keeps the lease alive
while it works, and ends it in the same transaction as the effects. After a crash the lease runs
out and whichever replica comes first begins the work again; a worker that was only asleep finds
its fence outdated and writes nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.clock import now as clock
from app.core.database import Database
from app.core.operations import UNDER_WAY, Operation, OperationState
from app.core.problems import DomainError, InternalError, render

LEASE = timedelta(seconds=30)
BEAT_S = 1.0
"""How often progress is written and the lease extended."""
IDLE_S = 0.5
MAX_ATTEMPTS = 5
RETRY_AFTER = timedelta(seconds=5)
CONNECTIONS = 3
"""Of one process: the work, its heartbeat, and one to spare."""
STATEMENT_TIMEOUT = "30min"

log = logging.getLogger("openlot.jobs")


class LeaseLost(Exception):
    """Another worker has taken over, or the operation was cancelled: nothing may be written."""


@dataclass(slots=True)
class Job:
    """An operation in the hands of a worker."""

    database: Database
    id: UUID
    department: str
    subject: str
    arguments: Mapping[str, Any]
    caller: Caller
    """Who asked for it, with no rights but the sight of the operation's department."""
    fence: int
    stopped: bool = False
    """Whether the heartbeat has stopped the work."""
    _progress: tuple[str, int, int | None] = field(default=("", 0, None))

    def progress(self, phase: str, done: int = 0, total: int | None = None) -> None:
        """Where the work stands: `done` of `total` rows, if they can be told; shown within a
        second."""
        self._progress = (phase, done, total)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction of the operation's department. It commits only while the lease is held.

        Raises LeaseLost."""
        async with self.database.transaction(
            departments=self.department, request_id=f"operation-{self.id}"
        ) as session:
            await session.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            yield session
            await session.flush()
            held = select(Operation.id).where(self._held()).with_for_update()
            if await session.scalar(held) is None:
                raise LeaseLost

    async def succeed(self, session: AsyncSession, result: str) -> None:
        """End the operation in the transaction of its effects; `result` is the address of what
        came of it."""
        values = {"state": OperationState.SUCCEEDED, "result": result}
        await self._end(session, values)

    async def fail(self, session: AsyncSession, error: DomainError) -> None:
        """End the operation with a problem, in the transaction of what it leaves behind."""
        rendered = render(error, instance=f"urn:openlot:operation:{self.id}")
        await self._end(session, {"state": OperationState.FAILED, "problem": rendered.body})

    async def _end(self, session: AsyncSession, values: dict[str, Any]) -> None:
        phase, done, total = self._progress
        shown = {"phase": phase, "done": done, "total": total}
        ended = await session.execute(
            update(Operation)
            .where(self._held())
            .values(**values, **shown, finished_at=await clock(), leased_until=None)
            .returning(Operation.id)
        )
        if ended.scalar() is None:
            raise LeaseLost

    def _held(self) -> ColumnElement[bool]:
        return and_(
            Operation.id == self.id,
            Operation.fence == self.fence,
            Operation.cancelled_at.is_(None),
        )

    async def beat(self) -> bool:
        """Extend the lease and write the progress; whether the work may go on."""
        phase, done, total = self._progress
        async with self.database.transaction(departments="*", request_id="jobs") as session:
            kept = await session.scalar(
                update(Operation)
                .where(
                    Operation.id == self.id,
                    Operation.fence == self.fence,
                    Operation.state == OperationState.RUNNING,
                )
                .values(leased_until=(await clock()) + LEASE, phase=phase, done=done, total=total)
                .returning(Operation.cancelled_at.is_(None))
            )
        return bool(kept)


Work = Callable[[Job], Awaitable[None]]
"""Does a job to its end. It may be begun again at any point, so that what it writes is written in
one transaction together with `succeed` or `fail`; a DomainError that leaves it is the problem."""


async def run_one(database: Database, works: Mapping[str, Work]) -> bool:
    """Do the oldest operation that waits or whose worker is gone; whether there was one."""
    leased = await _lease(database, works)
    if leased is None:
        return False
    kind, job = leased
    working = asyncio.ensure_future(works[kind](job))
    beating = asyncio.create_task(_keep(job, working))
    try:
        await working
    except DomainError as error:
        await _fail(job, error)
    except LeaseLost:
        await _settle(job)
    except asyncio.CancelledError:
        if not job.stopped:  # the whole worker is to stop
            raise
        await _settle(job)
    except Exception:  # begun again later, by this worker or another
        log.exception("jobs.failed %s", job.id)
        await _retry(job)
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    return True


async def run_forever(database: Database, works: Mapping[str, Work]) -> None:
    """The loop of a worker; cancel it to stop."""
    while True:
        try:
            found = await run_one(database, works)
        except Exception:  # the database may be away for a while
            log.exception("jobs.loop")
            found = False
        if not found:
            await asyncio.sleep(IDLE_S)


async def _lease(database: Database, works: Mapping[str, Work]) -> tuple[str, Job] | None:
    now = await clock()
    due = or_(
        and_(
            Operation.state == OperationState.QUEUED,
            or_(Operation.leased_until.is_(None), Operation.leased_until < now),
        ),
        and_(Operation.state == OperationState.RUNNING, Operation.leased_until < now),
    )
    async with database.transaction(departments="*", request_id="jobs") as session:
        operation = await session.scalar(
            select(Operation)
            .where(Operation.state.in_(UNDER_WAY), due, Operation.kind.in_(works))
            .order_by(Operation.requested_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if operation is None:
            return None
        if operation.cancelled_at is not None:
            _close(operation, OperationState.CANCELLED, now)
            return None
        if operation.attempts >= MAX_ATTEMPTS:
            _give_up(operation, now)
            return None
        operation.state = OperationState.RUNNING
        operation.attempts += 1
        operation.fence += 1
        operation.leased_until = now + LEASE
        operation.started_at = operation.started_at or now
        return operation.kind, _job(database, operation)


def _job(database: Database, operation: Operation) -> Job:
    caller = Caller(
        key_id=operation.requested_by,
        label="operation",
        person=operation.requested_person,
        department=operation.department_code,
        departments=(operation.department_code,),
        permissions=frozenset(),
    )
    return Job(
        database=database,
        id=operation.id,
        department=operation.department_code,
        subject=operation.subject,
        arguments=operation.arguments,
        caller=caller,
        fence=operation.fence,
    )


def _close(operation: Operation, state: OperationState, now: datetime) -> None:
    operation.state, operation.finished_at, operation.leased_until = state, now, None


def _give_up(operation: Operation, now: datetime) -> None:
    instance = f"urn:openlot:operation:{operation.id}"
    operation.problem = render(InternalError(), instance=instance).body
    _close(operation, OperationState.FAILED, now)


async def _keep(job: Job, working: "asyncio.Future[None]") -> None:
    """Beat until the work is done; stop the work when the lease is lost or it was cancelled."""
    while not working.done():
        await asyncio.sleep(BEAT_S)
        try:
            kept = await job.beat()
        except Exception:  # the database may be away for a moment; the lease is longer
            log.exception("jobs.beat %s", job.id)
            continue
        if not kept:
            job.stopped = True
            working.cancel()
            return


async def _fail(job: Job, error: DomainError) -> None:
    with suppress(LeaseLost):
        async with job.database.transaction(
            departments=job.department, request_id=f"operation-{job.id}"
        ) as session:
            await job.fail(session, error)


async def _settle(job: Job) -> None:
    """After the work was stopped: if it was cancelled and is still ours, that is its end."""
    async with job.database.transaction(departments="*", request_id="jobs") as session:
        await session.execute(
            update(Operation)
            .where(
                Operation.id == job.id,
                Operation.fence == job.fence,
                Operation.state == OperationState.RUNNING,
                Operation.cancelled_at.is_not(None),
            )
            .values(state=OperationState.CANCELLED, finished_at=await clock(), leased_until=None)
        )


async def _retry(job: Job) -> None:
    """Let go of the lease, so that the next attempt need not wait for it to run out."""
    async with job.database.transaction(departments="*", request_id="jobs") as session:
        await session.execute(
            update(Operation)
            .where(Operation.id == job.id, Operation.fence == job.fence)
            .where(Operation.state == OperationState.RUNNING)
            .values(leased_until=(await clock()) + RETRY_AFTER)
        )
