"""Credit-risk classes 信用风险分类 (domain D.4): dated records, of which the latest by day and then by
import is in force. All rows of a feed are kept, also those that change nothing, so that a later
correction of an earlier day does not reach past it."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import merging
from app.registry.errors import ImportChangedSince
from app.registry.files.kinds import FileKind
from app.registry.files.run import copy_columns
from app.registry.merging import SAMPLES, SHOWN, Counts
from app.registry.models import RegistryImport
from app.registry.service.checking import Checked
from app.registry.service.imports import Feed

# The class that is in force on the day of the feed, before it.
_COMPARED = """
CREATE TEMP TABLE delta ON COMMIT DROP AS
SELECT s.code, s.credit_class, CAST(:day AS date) AS valid_from, f.credit_class AS former
FROM stage s LEFT JOIN (
    SELECT DISTINCT ON (object_code) object_code, credit_class FROM openlot.credit_class
    WHERE department_code = :department AND valid_from <= :day
    ORDER BY object_code, valid_from DESC, import_sequence DESC
) f ON f.object_code = s.code
"""
_TALLIED = """
SELECT count(*), count(*) FILTER (WHERE former IS NULL),
count(*) FILTER (WHERE former <> credit_class), 0 FROM delta
"""
_SHOWN = "SELECT to_jsonb(x) FROM (SELECT code, credit_class, former FROM delta WHERE {which}) x"
# What was in force on the days of an import without it; `since` where a later import gave that day
# its class, so that there is nothing left to undo.
_RESTORED = """
CREATE TEMP TABLE delta ON COMMIT DROP AS
SELECT b.object_code AS code, coalesce(f.credit_class, 'U') AS credit_class, b.valid_from,
b.credit_class AS former, coalesce(f.valid_from = b.valid_from
    AND f.import_sequence > b.import_sequence, false) AS since
FROM openlot.credit_class b LEFT JOIN LATERAL (
    SELECT credit_class, valid_from, import_sequence FROM openlot.credit_class o
    WHERE o.department_code = :department AND o.object_code = b.object_code
    AND o.valid_from <= b.valid_from AND o.import_id <> b.import_id
    ORDER BY valid_from DESC, import_sequence DESC LIMIT 1
) f ON true
WHERE b.department_code = :department AND b.import_id = :undone
"""
_MERGED = """
INSERT INTO openlot.credit_class (department_code, object_code, valid_from, import_sequence,
credit_class, import_id)
SELECT :department, code, valid_from, :sequence, credit_class, :id FROM delta
"""


async def stage(session: AsyncSession, feed: Feed, checked: Checked) -> None:
    """Raises ImportRefused for codes that the directory does not hold."""
    await merging.stage_file(session, copy_columns(FileKind.CREDIT_CLASSES), checked.rows)
    await merging.refuse_unknown_objects(session, feed.department)


async def compare(session: AsyncSession, feed: Feed) -> Counts:
    values = {"department": feed.department, "day": feed.data_date}
    await session.execute(text(_COMPARED), values)
    return Counts(*(await session.execute(text(_TALLIED))).one())


async def samples(session: AsyncSession, _: Feed) -> dict[str, Any]:
    async def rows(which: str) -> list[dict[str, Any]]:
        query = _SHOWN.format(which=f"{which} ORDER BY code LIMIT {SAMPLES}")
        return list(await session.scalars(text(query)))

    changed = await rows("former <> credit_class")
    return {
        "added": _without_former(await rows("former IS NULL")),
        "changed": [
            {
                "key": row["code"],
                "fields": [
                    {
                        "name": "credit_class",
                        "before": row["former"],
                        "after": row["credit_class"],
                    }
                ],
            }
            for row in changed
        ],
        "unchanged": _without_former(await rows("former = credit_class")),
        "vanished": [],
    }


def _without_former(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"code": row["code"], "credit_class": row["credit_class"]} for row in rows]


async def merge(session: AsyncSession, feed: Feed, kept: RegistryImport) -> None:
    values = {"department": feed.department, "sequence": kept.sequence, "id": kept.id}
    await session.execute(text(_MERGED), values)


async def restore(session: AsyncSession, feed: Feed, undone: RegistryImport) -> Counts:
    """Raises ImportChangedSince if a later import gave the same day its classes."""
    values = {"department": feed.department, "undone": undone.id}
    await session.execute(text(_RESTORED), values)
    count = await session.scalar(text("SELECT count(*) FROM delta WHERE since")) or 0
    if count:
        first = text(f"SELECT code FROM delta WHERE since ORDER BY code LIMIT {SHOWN}")
        raise ImportChangedSince(count=count, shown="、".join(await session.scalars(first)))
    rows = await session.scalar(text("SELECT count(*) FROM delta")) or 0
    changed = text("SELECT count(*) FROM delta WHERE former <> credit_class")
    return Counts(rows, 0, await session.scalar(changed) or 0, 0)
