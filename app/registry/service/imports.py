"""What every import does: one at a time, recorded with its event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.core.ids import new_id
from app.registry import queries
from app.registry.errors import ImportRefused
from app.registry.files import CheckedFile
from app.registry.models import ImportMode, RegistryImport
from app.registry.schemas import ImportEvent


@dataclass(frozen=True, slots=True)
class Feed:
    """Where data comes from, and what it is: `kind` of rows, `mode`, its business day, and of a
    correction or an undo the reason."""

    department: str
    source: str
    kind: str
    mode: ImportMode = ImportMode.CHANGES
    data_date: date | None = None
    reason: str = ""
    undone: UUID | None = None


def refuse_faults(checked: CheckedFile[Any]) -> None:
    if checked.faults.count:
        raise ImportRefused(
            faults=checked.faults.listed,
            fault_count=checked.faults.count,
            count=checked.faults.count,
        )


async def one_feed_at_a_time(session: AsyncSession, feed: Feed) -> None:
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:feed, 1))"),
        {"feed": feed.department},
    )


async def record_import(
    session: AsyncSession,
    feed: Feed,
    digest: str,
    counts: Sequence[int],
    *,
    caller: Caller,
    now: datetime,
    import_id: UUID | None = None,
) -> RegistryImport:
    """Keep what was accepted; `counts` are all, added, changed and, of a full feed, vanished
    rows."""
    rows, added, changed, vanished = (*counts, 0)[:4]
    kept = RegistryImport(
        id=import_id or new_id(),
        sequence=await queries.next_import_sequence(session, feed.department),
        department_code=feed.department,
        kind=feed.kind,
        mode=feed.mode,
        source=feed.source,
        reason=feed.reason,
        data_date=feed.data_date,
        undone_import_id=feed.undone,
        file_sha256=digest,
        rows=rows,
        added=added,
        changed=changed,
        unchanged=rows - added - changed,
        vanished=vanished,
        imported_at=now,
        imported_by=caller.key_id,
    )
    session.add(kept)
    await session.flush()
    events.record(
        session,
        kind="registry.imported",
        subject=f"registry-import/{kept.id}",
        department=feed.department,
        payload=ImportEvent(
            import_id=str(kept.id),
            department_code=feed.department,
            kind=feed.kind,
            mode=feed.mode,
            source=feed.source,
            reason=feed.reason,
            data_date=feed.data_date,
            undone_import_id=None if feed.undone is None else str(feed.undone),
            file_sha256=digest,
            rows=rows,
            added=added,
            changed=changed,
            vanished=vanished,
        ),
        caller=caller,
        at=now,
    )
    return kept
