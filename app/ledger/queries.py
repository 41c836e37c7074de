"""Reading the log: roots and proofs out of stored subtree hashes, in O(log n) rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.ledger.errors import CheckpointNotFound, EntryNotFound, LedgerEmpty
from app.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerNode
from app.sampling.openlot1 import merkle

Range = tuple[int, int]
"""Leaves [low, high)."""


async def get_size(session: AsyncSession) -> int:
    """Number of entries."""
    last = await session.scalar(select(func.max(LedgerEntry.index)))
    return 0 if last is None else last + 1


async def get_latest_checkpoint(session: AsyncSession) -> LedgerCheckpoint:
    found = await session.scalar(
        select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
    )
    if found is None:
        raise LedgerEmpty
    return found


async def get_checkpoint(session: AsyncSession, size: int) -> LedgerCheckpoint:
    found = await session.get(LedgerCheckpoint, size)
    if found is None:
        raise CheckpointNotFound
    return found


async def get_entry(session: AsyncSession, index: int) -> LedgerEntry:
    found = await session.get(LedgerEntry, index)
    if found is None:
        raise EntryNotFound(size=await get_size(session))
    return found


async def get_index_of_event(session: AsyncSession, event_id: UUID) -> int:
    """The place of an event's entry."""
    found = await session.scalar(select(LedgerEntry.index).where(LedgerEntry.event_id == event_id))
    if found is None:
        raise EntryNotFound(size=await get_size(session))
    return found


async def inclusion_path(session: AsyncSession, index: int, size: int) -> list[bytes]:
    """RFC 6962 audit path of leaf `index` in the tree of `size` leaves."""
    return await _hashes(session, inclusion_ranges(index, 0, size))


async def consistency_path(session: AsyncSession, old: int, new: int) -> list[bytes]:
    """RFC 6962 consistency proof between two sizes."""
    ranges = consistency_ranges(old, 0, new, whole=True) if 0 < old < new else []
    return await _hashes(session, ranges)


async def root(session: AsyncSession, size: int) -> bytes:
    """The root of the tree of `size` leaves."""
    if size == 0:
        return merkle.root([])
    return (await _hashes(session, [(0, size)]))[0]


def split(low: int, high: int) -> int:
    """Where RFC 6962 splits [low, high): low + the largest power of two below its length."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def inclusion_ranges(index: int, low: int, high: int) -> list[Range]:
    """The subtrees whose hashes are the path of `index`, from the leaf upwards."""
    if high - low == 1:
        return []
    middle = split(low, high)
    if index < middle:
        return [*inclusion_ranges(index, low, middle), (middle, high)]
    return [*inclusion_ranges(index, middle, high), (low, middle)]


def consistency_ranges(old: int, low: int, high: int, *, whole: bool) -> list[Range]:
    """The subtrees whose hashes prove consistency (RFC 6962 SUBPROOF over [low, high))."""
    if old == high:
        return [] if whole else [(low, high)]
    middle = split(low, high)
    if old <= middle:
        return [*consistency_ranges(old, low, middle, whole=whole), (middle, high)]
    return [*consistency_ranges(old, middle, high, whole=False), (low, middle)]


def complete_subtrees(low: int, high: int) -> list[tuple[int, int]]:
    """The stored nodes (level, index) that together are [low, high), left to right."""
    if high - low == 1 << (high - low).bit_length() - 1:
        level = (high - low).bit_length() - 1
        return [(level, low >> level)]
    middle = split(low, high)
    return [*complete_subtrees(low, middle), *complete_subtrees(middle, high)]


async def _hashes(session: AsyncSession, ranges: Sequence[Range]) -> list[bytes]:
    parts = [complete_subtrees(*one) for one in ranges]
    wanted = sorted({node for part in parts for node in part})
    if not wanted:
        return []
    rows = await session.execute(
        select(LedgerNode.level, LedgerNode.index, LedgerNode.hash).where(
            tuple_(LedgerNode.level, LedgerNode.index).in_(wanted)
        )
    )
    known = {(level, index): hash_ for level, index, hash_ in rows}
    return [_fold([known[node] for node in part]) for part in parts]


def _fold(hashes: list[bytes]) -> bytes:
    right = hashes[-1]
    for left in reversed(hashes[:-1]):
        right = merkle.node_hash(left, right)
    return right
