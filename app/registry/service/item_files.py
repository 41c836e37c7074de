"""Files of inspection items 抽查事项清单 in stages. What a file says anew of an item becomes a new
version of it. Items that a full list no longer holds are shown, and stay in force: nobody but a
version with a last day ends an item, so that no plan loses one by a file that was cut short."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, column, exists, insert, literal, or_, table, text, true
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
_CHANGED = "INSERT INTO delta VALUES (:code, :former, false)"
_TALLIED = """
SELECT (SELECT count(*) FROM stage), count(*) FILTER (WHERE former IS NULL),
count(*) FILTER (WHERE former IS NOT NULL AND NOT vanished), count(*) FILTER (WHERE vanished)
FROM delta
"""
_STAGE, _LACKED = table("stage", column("code")), ("code", "former", "vanished")
_GONE = f"SELECT code FROM delta WHERE vanished ORDER BY code LIMIT {SAMPLES}"
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
    sharing = [item async for items in _staged(session, _SHARING, BATCH) for item in items]
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
    async for items in _staged(session, _ALL, BATCH):
        present = await _present(session, feed.department, [item.code for item in items])
        changes = [
            {"code": item.code, "former": _version(present.get(item.code)) or None}
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
    gone = list(await session.scalars(text(_GONE)))
    codes = [*(item.code for item in edited), *gone]
    present = await _present(session, feed.department, codes)
    return {
        "added": [_shown(item) for item in await _first(session, _ADDED)],
        "changed": [_difference(present[item.code], item) for item in edited],
        "unchanged": [_shown(item) for item in await _first(session, _UNCHANGED)],
        "vanished": [{"code": code, **_known(present[code])} for code in gone],
    }


async def merge(session: AsyncSession, feed: Feed, kept: RegistryImport) -> None:
    """What is new or differs becomes a version; vanished items stay as they are."""
    for which in (_ADDED, _EDITED):
        async for items in _staged(session, which, BATCH):
            present = await _present(session, feed.department, [item.code for item in items])
            for item in items:
                version = _version(present.get(item.code)) + 1
                session.add(version_of(item.code, facts_of(item), version, kept))
            await session.flush()


async def _staged(
    session: AsyncSession, which: str, limit: int
) -> AsyncIterator[list[InspectionItemWrite]]:
    """Staged items by code, some at a time."""
    query, after = text(_STAGED.format(where=which)), ""
    while True:
        found = await session.scalars(query, {"after": after, "limit": limit})
        items = [InspectionItemWrite.model_validate(item) for item in found]
        if not items:
            return
        yield items
        after = items[-1].code


async def _first(session: AsyncSession, which: str) -> list[InspectionItemWrite]:
    return await anext(_staged(session, which, SAMPLES), [])


async def _present(
    session: AsyncSession, department: str, codes: Sequence[str]
) -> dict[str, InspectionItem]:
    """The newest versions of these items, by code."""
    query = queries.select_items(department).where(InspectionItem.code.in_(codes))
    return {item.code: item for item in await session.scalars(query)}


async def _find_vanished(session: AsyncSession, feed: Feed) -> None:
    lasting = InspectionItem.valid_to >= literal(feed.data_date, Date())
    query = (
        queries.select_items(feed.department)
        .where(or_(InspectionItem.valid_to.is_(None), lasting))
        .where(~exists().where(_STAGE.c.code == InspectionItem.code))
        .with_only_columns(InspectionItem.code, InspectionItem.version, true())
    )
    delta = table("delta", *map(column, _LACKED))
    await session.execute(insert(delta).from_select(_LACKED, query))


def _version(present: InspectionItem | None) -> int:
    return 0 if present is None else present.version


def _said(item: InspectionItemWrite) -> dict[str, Any]:
    """What an item says, as JSON."""
    said = facts_of(item)
    days = {name: value.isoformat() for name, value in said.items() if isinstance(value, date)}
    return said | days


def _shown(item: InspectionItemWrite) -> dict[str, Any]:
    return {"code": item.code, **_said(item)}


def _known(present: InspectionItem) -> dict[str, Any]:
    return {name: queries.fact_of(present, name) for name in queries.ITEM_FACTS}


def _difference(present: InspectionItem, item: InspectionItemWrite) -> dict[str, Any]:
    known, said = _known(present), _said(item)
    fields = [
        {"name": name, "before": known[name], "after": said[name]}
        for name in queries.ITEM_FACTS
        if known[name] != said[name]
    ]
    return {"key": item.code, "fields": fields}
