"""Appending to the log, as the last act of the transaction whose events it records."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.database import Seal
from app.core.events import Event
from app.core.signing import LogKey
from app.ledger import queries
from app.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerNode
from app.sampling.openlot1 import canonical, merkle
from app.sampling.openlot1.note import Checkpoint

APPEND_LOCK = 0x6F70656E6C6F74
"""Advisory lock: one append at a time, so that indexes have no gaps and no forks."""


def seal_with(key: LogKey) -> Seal:
    """The `seal` of the database: append this transaction's events and sign the new root."""

    async def seal(session: AsyncSession) -> None:
        recorded = events.take_unsealed(session)
        if recorded:
            await _append(session, recorded, key)

    return seal


async def _append(session: AsyncSession, recorded: list[Event], key: LogKey) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": APPEND_LOCK})
    size = await queries.get_size(session)
    for event in recorded:
        await _append_one(session, size, event)
        size += 1
    root = await queries.root(session, size)
    note = key.sign(Checkpoint(key.origin, size, root))
    session.add(LedgerCheckpoint(size=size, root=root, note=note))
    await session.flush()


async def _append_one(session: AsyncSession, index: int, event: Event) -> None:
    data = entry_data(event)
    level, place, hash_ = 0, index, merkle.leaf_hash(data)
    entry = LedgerEntry(
        index=index,
        event_id=event.id,
        full_data=data.decode(),
        withheld=event.withheld,
        leaf_hash=hash_,
        recorded_at=event.occurred_at,
    )
    session.add(entry)
    session.add(LedgerNode(level=level, index=place, hash=hash_))
    while place % 2 == 1:
        left = await session.get_one(LedgerNode, (level, place - 1))
        level, place, hash_ = level + 1, place // 2, merkle.node_hash(left.hash, hash_)
        session.add(LedgerNode(level=level, index=place, hash=hash_))
    await session.flush()


def entry_data(event: Event) -> bytes:
    """What the public log says of an event: its time, type, salted digest and public part."""
    return canonical.dumps(
        {
            "at": _second(event.occurred_at),
            "digest": event.digest,
            "id": str(event.id),
            "public": event.published,
            "subject": event.subject if event.published else "",
            "type": event.type,
        }
    )


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
