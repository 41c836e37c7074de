"""Undoing an import 撤销导入: a new import that brings the former states back."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import operations
from app.core.caller import Caller
from app.core.clock import now as clock
from app.core.jobs import Job
from app.core.operations import Operation
from app.registry import queries
from app.registry.errors import UndoneAlready, UndoUnfit
from app.registry.merging import Counts
from app.registry.models import ImportMode, RegistryImport
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import
from app.registry.service.kinds import KINDS
from app.registry.service.staging import require_write

UNDO = "registry-undo"


def address_of(import_id: UUID) -> str:
    return f"/v1/registry/imports/{import_id}"


async def ask_undo(
    session: AsyncSession, import_id: UUID, reason: str, *, caller: Caller, now: datetime
) -> Operation:
    """Have an import undone. That later imports changed the same rows is found by the work.

    Raises UndoUnfit for kinds without former states, UndoneAlready."""
    found = await queries.get_import(session, import_id)
    _restore_of(found.kind)
    require_write(found.kind, caller)
    await _refuse_second_undo(session, import_id)
    return await operations.start(
        session,
        kind=UNDO,
        subject=address_of(import_id),
        department=found.department_code,
        caller=caller,
        now=now,
        arguments={"import_id": str(import_id), "reason": reason},
    )


async def undo(job: Job) -> None:
    """Bring back what stood before the import, all of it or nothing."""
    async with job.transaction() as session:
        undone = await queries.get_import(session, UUID(job.arguments["import_id"]))
        feed = _feed(undone, job.arguments["reason"])
        await one_feed_at_a_time(session, feed)
        await _refuse_second_undo(session, undone.id)
        job.progress("comparing")
        counts = await _restore_of(undone.kind)(session, feed, undone)
        job.progress("merging", 0, counts.rows)
        digest = sha256(f"undo {undone.id}".encode()).hexdigest()
        now = await clock()
        kept = await record_import(session, feed, digest, counts, caller=job.caller, now=now)
        await KINDS[undone.kind].merge(session, feed, kept)
        job.progress("merged", counts.rows, counts.rows)
        await job.succeed(session, address_of(kept.id))


def _restore_of(kind: str) -> Callable[[AsyncSession, Feed, RegistryImport], Awaitable[Counts]]:
    found = KINDS.get(kind)
    if found is None or found.restore is None:
        raise UndoUnfit(kind=kind)
    return found.restore


async def _refuse_second_undo(session: AsyncSession, import_id: UUID) -> None:
    if await queries.find_undo(session, import_id) is not None:
        raise UndoneAlready


def _feed(undone: RegistryImport, reason: str) -> Feed:
    return Feed(
        department=undone.department_code,
        source=undone.source,
        kind=undone.kind,
        mode=ImportMode.UNDO,
        data_date=undone.data_date,
        reason=reason,
        undone=undone.id,
    )
