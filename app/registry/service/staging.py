"""Imports in stages 分步导入, as they are asked for: uploaded, previewed, confirmed, discarded. The
file stands in the database from the upload on, until it is merged or discarded."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events, operations
from app.core.caller import Caller, PermissionMissing
from app.core.ids import new_id
from app.core.operations import Operation
from app.core.uploads import UploadedFile
from app.registry import queries
from app.registry.errors import FullFeedUnfit, NothingPreviewed, PreviewStale, StagedImportOver
from app.registry.models import (
    ImportMode,
    StagedFault,
    StagedFilePart,
    StagedImport,
    StagedImportStep,
    StagingStep,
)
from app.registry.schemas import StagedEvent
from app.registry.service.imports import Feed
from app.registry.service.kinds import KINDS

CHECK, MERGE = "registry-check", "registry-merge"
PART_BYTES = 1024 * 1024
OVER = (StagingStep.MERGED, StagingStep.DISCARDED)


def address_of(import_id: UUID) -> str:
    return f"/v1/registry/staged-imports/{import_id}"


def require_write(kind: str, caller: Caller) -> None:
    """Raises PermissionMissing unless the caller may write rows of this kind."""
    needed = KINDS[kind].write
    if not caller.may(needed):
        raise PermissionMissing(permission=needed)


async def upload(
    session: AsyncSession, file: UploadedFile, feed: Feed, *, caller: Caller, now: datetime
) -> Operation:
    """Keep a file and have it checked and previewed."""
    check_department(caller, feed.department)
    require_write(feed.kind, caller)
    if feed.mode == ImportMode.FULL and not KINDS[feed.kind].full:
        raise FullFeedUnfit(kind=feed.kind)
    await queries.get_department(session, feed.department)
    staged = StagedImport(
        id=new_id(),
        department_code=feed.department,
        kind=feed.kind,
        mode=feed.mode,
        source=feed.source,
        data_date=feed.data_date,
        file_sha256=file.sha256,
        size=file.size,
        uploaded_at=now,
        uploaded_by=caller.key_id,
    )
    session.add(staged)
    await session.flush()
    number = 0
    while data := await asyncio.to_thread(file.file.read, PART_BYTES):
        part = {"import_id": staged.id, "number": number, "data": data}
        await session.execute(
            insert(StagedFilePart).values(**part, department_code=feed.department)
        )
        number += 1
    tell(session, staged, "uploaded", caller=caller, now=now)
    return await _start(session, CHECK, staged, caller=caller, now=now)


async def preview_again(
    session: AsyncSession, import_id: UUID, *, caller: Caller, now: datetime
) -> Operation:
    """Check and preview the file again, as the directory is now."""
    staged = await _open(session, import_id, caller)
    return await _start(session, CHECK, staged, caller=caller, now=now)


async def confirm(
    session: AsyncSession, import_id: UUID, digest: str, *, caller: Caller, now: datetime
) -> Operation:
    """Have the file merged as the preview of this digest said.

    Raises PreviewStale if there is a newer preview, or the directory has moved since."""
    staged = await _open(session, import_id, caller)
    step = await queries.find_newest_step(session, import_id)
    if step is None or step.step != StagingStep.PREVIEWED:
        raise NothingPreviewed
    moved_by = KINDS[staged.kind].moved_by
    latest = await queries.latest_sequence(session, staged.department_code, moved_by)
    if step.details["digest"] != digest or step.details["based_on"] != latest:
        raise PreviewStale
    arguments = {"preview_digest": digest}
    return await _start(session, MERGE, staged, caller=caller, now=now, arguments=arguments)


async def discard(
    session: AsyncSession, import_id: UUID, *, caller: Caller, now: datetime
) -> StagedImport:
    """Give up a staged import; its file is deleted. What was merged is undone instead."""
    staged = await _open(session, import_id, caller)
    await operations.refuse_under_way(session, address_of(import_id))
    await add_step(session, staged, StagingStep.DISCARDED, {}, caller=caller, now=now)
    await forget_file(session, staged)
    tell(session, staged, StagingStep.DISCARDED, caller=caller, now=now)
    return staged


async def _open(session: AsyncSession, import_id: UUID, caller: Caller) -> StagedImport:
    """The staged import while something can be done with it; others who ask wait their turn."""
    staged = await queries.get_staged(session, import_id)
    require_write(staged.kind, caller)
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:import_id, 2))"),
        {"import_id": str(import_id)},
    )
    step = await queries.find_newest_step(session, import_id)
    if step is not None and step.step in OVER:
        raise StagedImportOver
    return staged


def feed_of(staged: StagedImport) -> Feed:
    return Feed(
        department=staged.department_code,
        source=staged.source,
        kind=staged.kind,
        mode=ImportMode(staged.mode),
        data_date=staged.data_date,
    )


async def _start(
    session: AsyncSession,
    kind: str,
    staged: StagedImport,
    *,
    caller: Caller,
    now: datetime,
    arguments: dict[str, Any] | None = None,
) -> Operation:
    return await operations.start(
        session,
        kind=kind,
        subject=address_of(staged.id),
        department=staged.department_code,
        caller=caller,
        now=now,
        arguments={"import_id": str(staged.id), **(arguments or {})},
    )


async def add_step(
    session: AsyncSession,
    staged: StagedImport,
    step: StagingStep,
    details: dict[str, Any],
    *,
    caller: Caller,
    now: datetime,
) -> None:
    """Write down what became of a staged import."""
    newest = await queries.find_newest_step(session, staged.id)
    session.add(
        StagedImportStep(
            import_id=staged.id,
            number=1 if newest is None else newest.number + 1,
            department_code=staged.department_code,
            step=step,
            details=details,
            recorded_at=now,
            recorded_by=caller.key_id,
        )
    )
    await session.flush()


async def write_file(session: AsyncSession, import_id: UUID, path: Path) -> None:
    """Write an uploaded file to disk, a part at a time."""
    with path.open("wb") as file:
        async for part in queries.stream_file(session, import_id):
            await asyncio.to_thread(file.write, part)


async def forget_file(session: AsyncSession, staged: StagedImport) -> None:
    """Delete what was kept for the next step."""
    await session.execute(delete(StagedFilePart).where(StagedFilePart.import_id == staged.id))
    await forget_faults(session, staged)


async def forget_faults(session: AsyncSession, staged: StagedImport) -> None:
    await session.execute(delete(StagedFault).where(StagedFault.import_id == staged.id))


def tell(
    session: AsyncSession, staged: StagedImport, state: str, *, caller: Caller, now: datetime
) -> None:
    events.record(
        session,
        kind=f"staged-import.{state}",
        subject=f"staged-import/{staged.id}",
        department=staged.department_code,
        payload=StagedEvent(
            import_id=str(staged.id),
            department_code=staged.department_code,
            kind=staged.kind,
            source=staged.source,
            file_sha256=staged.file_sha256,
            state=state,
        ),
        caller=caller,
        at=now,
    )
