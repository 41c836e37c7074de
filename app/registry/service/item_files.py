"""Files of inspection items 抽查事项清单 in stages. What a file says anew of an item becomes a new
version of it. Items that a full list no longer holds are shown, and stay in force: nobody but a
version with a last day ends an item, so that no plan loses one by a file that was cut short."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import or_, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import merging, queries
from app.registry.errors import ImportRefused
from app.registry.files.kinds import FileKind
from app.registry.files.run import copy_columns
from app.registry.merging import SAMPLES, Counts
from app.registry.models import ImportMode, InspectionItem, RegistryImport
from app.registry.schemas import InspectionItemWrite
from app.registry.service.checking import Checked
from app.registry.service.imports import Feed
from app.registry.service.items import (
    differs,
    facts_of,
    standard_fault,
    unfit_standards,
    version_of,
)

BATCH = 500
"""Items in memory at a time."""
_CODED = "ALTER TABLE stage ADD COLUMN code text GENERATED ALWAYS AS (item ->> 'code') STORED"
_DELTA = "CREATE TEMP TABLE delta (code text, former integer, vanished boolean) ON COMMIT DROP"
_CHANGED = "INSERT INTO delta VALUES (:code, :former, :vanished)"
_TALLIED = """
SELECT (SELECT count(*) FROM stage), count(*) FILTER (WHERE former IS NULL),
count(*) FILTER (WHERE former IS NOT NULL AND NOT vanished), count(*) FILTER (WHERE vanished)
FROM delta
"""
_STAGED = "SELECT s.item FROM stage s {where} AND s.code > :after ORDER BY s.code LIMIT :limit"
_ALL = "WHERE true"
_SHARING = "WHERE s.item -> 'standard_of' <> 'null'"
_OF_DELTA = "WHERE EXISTS (SELECT FROM delta d WHERE d.code = s.code AND {which})"
_UNCHANGED = "WHERE NOT EXISTS (SELECT FROM delta d WHERE d.code = s.code)"
_ADDED = _OF_DELTA.format(which="d.former IS NULL")
_EDITED = _OF_DELTA.format(which="d.former IS NOT NULL")


async def stage(session: AsyncSession, feed: Feed, checked: Checked) -> None:
    """Raises ImportRefused for shared standards that are none."""
    await merging.stage_file(session, copy_columns(FileKind.ITEMS), checked.rows)
    await session.execute(text(_CODED))
    sharing = [item async for items in _staged(session, _SHARING) for item in items]
    scope = await session.scalar(text("SELECT current_setting('app.departments', true)"))
    unfit = await unfit_standards(session, feed.department, sharing, back=scope or "")
    faults = [
        standard_fault(column="standard_code", value=item.standard_of.item_code)
        for item in sharing
        if item.standard_of and item.code in unfit
    ]
    if faults:
        raise ImportRefused(faults=faults, fault_count=len(faults), count=len(faults))


async def compare(session: AsyncSession, feed: Feed) -> Counts:
    """Find out what the staged items would change. Of a full list those have vanished that it
    lacks and whose validity has no end, or none before the day of the list."""
    await session.execute(text(_DELTA))
    async for items in _staged(session, _ALL):
        present = await _present(session, feed.department, [item.code for item in items])
        changes = [
            _change(item.code, present.get(item.code))
            for item in items
            if item.code not in present or differs(facts_of(item), present[item.code])
        ]
        if changes:
            await session.execute(text(_CHANGED), changes)
    if feed.mode == ImportMode.FULL:
        await _find_vanished(session, feed)
    return Counts(*(await session.execute(text(_TALLIED))).one())


async def samples(session: AsyncSession, feed: Feed) -> dict[str, Any]:
    """Some items of each kind of change as JSON, by code."""
    edited = await _first(session, _EDITED)
    gone = await session.scalars(text(f"SELECT code FROM delta WHERE vanished {_some()}"))
    codes = [item.code for item in edited] + (lost := list(gone))
    present = await _present(session, feed.department, codes)
    return {
        "added": [_shown(item) for item in await _first(session, _ADDED)],
        "changed": [_difference(present[item.code], item) for item in edited],
        "unchanged": [_shown(item) for item in await _first(session, _UNCHANGED)],
        "vanished": [{"code": code, **_known(present[code])} for code in lost],
    }


async def merge(session: AsyncSession, feed: Feed, kept: RegistryImport) -> None:
    """What is new or differs becomes a version; vanished items stay as they are."""
    for which in (_ADDED, _EDITED):
        async for items in _staged(session, which):
            present = await _present(session, feed.department, [item.code for item in items])
            for item in items:
                former = present[item.code].version if item.code in present else 0
                session.add(version_of(item.code, facts_of(item), former + 1, kept))
            await session.flush()
            session.expunge_all()
