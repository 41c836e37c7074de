"""What every feed does: one at a time, recorded with its event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.core.ids import new_id
from app.registry import queries
from app.registry.errors import ImportRefused
from app.registry.files import CheckedFile
from app.registry.models import (
    RegistryImport,
)
from app.registry.schemas import (
    ImportEvent,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a file comes from."""

    department: str
    source: str
    kind: str


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
    counts: tuple[int, int, int],
    *,
    caller: Caller,
    now: datetime,
) -> RegistryImport:
    """Keep what was accepted; `counts` are all, added and changed rows."""
    rows, added, changed = counts
    kept = RegistryImport(
        id=new_id(),
        sequence=await queries.next_import_sequence(session, feed.department),
        department_code=feed.department,
        kind=feed.kind,
        source=feed.source,
        file_sha256=digest,
        rows=rows,
        added=added,
        changed=changed,
        unchanged=rows - added - changed,
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
            source=feed.source,
            file_sha256=digest,
            rows=rows,
            added=added,
            changed=changed,
        ),
        caller=caller,
        at=now,
    )
    return kept
