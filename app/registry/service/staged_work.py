"""The work on staged imports: checking, previewing, merging. Each is one transaction at its end and
can begin again after a crash; a merge checks the file once more and does what the confirmed preview
said, or nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now as clock
from app.core.jobs import Job
from app.registry import queries
from app.registry.errors import ImportRefused, PreviewStale
from app.registry.merging import Counts
from app.registry.models import StagedFault, StagedImport, StagingStep
from app.registry.service import checking
from app.registry.service.checking import KEPT_FAULTS, Checked
from app.registry.service.imports import Feed, one_feed_at_a_time, record_import
from app.registry.service.kinds import KINDS, ImportKind
from app.registry.service.staging import (
    add_step,
    address_of,
    feed_of,
    forget_faults,
    forget_file,
    tell,
    write_file,
)
from app.sampling.openlot1 import canonical


async def check_and_preview(job: Job) -> None:
    """The work after an upload: check the file, and if it has no fault, find out what it changes."""
    async with _checked(job) as (staged, checked):
        kind, feed = KINDS[staged.kind], feed_of(staged)
        async with job.transaction() as session:
            found = await _preview(session, job, staged, kind, feed, checked)
            if isinstance(found, ImportRefused):
                await _refuse(session, job, staged, checked, found)
            else:
                await _keep_preview(session, job, staged, found)
                await job.succeed(session, address_of(staged.id))


async def merge(job: Job) -> None:
    """The work after a confirmation: all of the merge, or a new preview if it would do something
    else than was confirmed."""
    async with _checked(job) as (staged, checked):
        kind, feed = KINDS[staged.kind], feed_of(staged)
        async with job.transaction() as session:
            await one_feed_at_a_time(session, feed)
            found = await _preview(session, job, staged, kind, feed, checked)
            if isinstance(found, ImportRefused):
                await _refuse(session, job, staged, checked, found)
            elif found.details["digest"] != job.arguments["preview_digest"]:
                await _keep_preview(session, job, staged, found)
                await job.fail(session, PreviewStale())
            else:
                job.progress("merging", 0, found.counts.rows)
                await _merge(session, job, staged, kind, feed, found)


@dataclass(frozen=True, slots=True)
class _Found:
    """A preview, with the changes in the temporary tables of its transaction."""

    counts: Counts
    details: dict[str, Any]


@asynccontextmanager
async def _checked(job: Job) -> AsyncIterator[tuple[StagedImport, Checked]]:
    """The staged import and its checked file."""
    async with checking.folder_of_file() as folder:
        async with job.transaction() as session:
            staged = await queries.get_staged(session, UUID(job.arguments["import_id"]))
            tables = await queries.get_code_tables(session)
            path = folder / "file"
            await write_file(session, staged.id, path)
        job.progress("checking")
        checked = await checking.check(
            folder,
            path,
            KINDS[staged.kind].file,
            tables,
            department=staged.department_code,
            progress=lambda rows: job.progress("checking", rows),
        )
        yield staged, checked


async def _preview(
    session: AsyncSession,
    job: Job,
    staged: StagedImport,
    kind: ImportKind,
    feed: Feed,
    checked: Checked,
) -> _Found | ImportRefused:
    if checked.told.fault_count:
        return checked.refusal()
    based_on = await queries.latest_sequence(session, feed.department, kind.moved_by)
    job.progress("comparing", 0, checked.told.rows)
    try:
        await kind.stage(session, feed, checked)
    except ImportRefused as refused:
        return refused
    counts = await kind.compare(session, feed)
    shown = {**counts._asdict(), "unchanged": counts.unchanged}
    fixed = {
        "file_sha256": staged.file_sha256,
        "import_id": str(staged.id),
        "counts": shown,
        "based_on": based_on,
    }
    return _Found(
        counts,
        {
            "digest": sha256(canonical.dumps(fixed)).hexdigest(),
            "based_on": based_on,
            "counts": shown,
            "file": _read_as(checked),
            **await kind.samples(session, feed),
        },
    )


def _read_as(checked: Checked) -> dict[str, Any]:
    told = checked.told
    return {
        "format": told.format,
        "encoding": told.encoding,
        "delimiter": told.delimiter,
        "ambiguous": told.ambiguous,
        "sample": told.sample,
    }


async def _merge(
    session: AsyncSession,
    job: Job,
    staged: StagedImport,
    kind: ImportKind,
    feed: Feed,
    found: _Found,
) -> None:
    now = await clock()
    kept = await record_import(
        session,
        feed,
        staged.file_sha256,
        found.counts,
        caller=job.caller,
        now=now,
        import_id=staged.id,
    )
    await kind.merge(session, feed, kept)
    details = {"sequence": kept.sequence}
    await add_step(session, staged, StagingStep.MERGED, details, caller=job.caller, now=now)
    await forget_file(session, staged)
    job.progress("merged", found.counts.rows, found.counts.rows)
    await job.succeed(session, f"/v1/registry/imports/{kept.id}")


async def _keep_preview(
    session: AsyncSession, job: Job, staged: StagedImport, found: _Found
) -> None:
    await forget_faults(session, staged)
    now = await clock()
    await add_step(
        session, staged, StagingStep.PREVIEWED, found.details, caller=job.caller, now=now
    )
    rows = found.counts.rows
    job.progress("previewed", rows, rows)


async def _refuse(
    session: AsyncSession, job: Job, staged: StagedImport, checked: Checked, why: ImportRefused
) -> None:
    """Keep the faults, so that they can be read page by page."""
    await forget_faults(session, staged)
    of_file = checked.listed_faults(KEPT_FAULTS) if checked.told.fault_count else _told(why)
    numbered = (
        {"import_id": staged.id, "number": n, "department_code": staged.department_code, **told}
        for n, told in enumerate(of_file, start=1)
    )
    while batch := list(islice(numbered, 1000)):
        await session.execute(insert(StagedFault), batch)
    now = await clock()
    details = {"fault_count": why.fault_count, "file": _read_as(checked)}
    await add_step(session, staged, StagingStep.REFUSED, details, caller=job.caller, now=now)
    tell(session, staged, StagingStep.REFUSED, caller=job.caller, now=now)
    job.progress("refused", checked.told.rows, checked.told.rows)
    await job.fail(session, why)


def _told(refused: ImportRefused) -> Iterator[dict[str, Any]]:
    for fault in refused.faults:
        yield {
            "row": fault.row,
            "column": fault.column,
            "code": fault.code,
            "value": fault.value,
            "zh": fault.zh,
            "en": fault.en,
        }
