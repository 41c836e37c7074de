"""How good a feed is, measured in SQL over the directory, and who answers for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.registry.errors import RegistryFeedNotFound
from app.registry.models import InspectedObject, RegistryFeed, RegistryImport
from app.registry.schemas.quality import FeedQualityRead, QualityPart, RegistryFeedRead

FILLED = ("ent_type", "industry_code", "established_on", "reg_authority", "jurisdiction_unit")
"""What an entry may lack; its other facts are never empty."""
_HELD = """
WITH held AS MATERIALIZED (
    SELECT o.* FROM openlot.inspected_object AS o
    WHERE o.department_code = :department AND o.listed AND (o.source = :source OR o.import_id IN (
        SELECT id FROM openlot.registry_import
        WHERE department_code = :department AND kind = 'objects' AND source = :source))
)
"""
_OBJECTS = f"""{_HELD}
SELECT count(*) AS rows,
    {", ".join(f"count({fact}) AS {fact}" for fact in FILLED)},
    count(*) FILTER (WHERE region_code IN (
        SELECT code FROM openlot.division WHERE status = 'current')
        AND (industry_code IS NULL OR industry_code IN (SELECT code FROM openlot.industry))
    ) AS valid,
    (SELECT coalesce(sum(alike), 0) FROM (
        SELECT count(*) AS alike FROM held WHERE status = 'active'
        GROUP BY name, region_code HAVING count(*) > 1) AS doubles)::bigint AS doubled
FROM held
"""
_TOLD = {
    "credit-classes": "SELECT object_code FROM openlot.credit_class AS told"
    " WHERE department_code = :department AND valid_from <= :on",
    "object-tags": "SELECT object_code FROM openlot.object_tag AS told"
    " WHERE department_code = :department AND valid_from <= :on",
    "object-complaints": "SELECT object_code FROM openlot.object_count AS told"
    " WHERE department_code = :department AND kind = 'complaint' AND counted_to <= :on",
    "object-leads": "SELECT object_code FROM openlot.object_count AS told"
    " WHERE department_code = :department AND kind = 'lead' AND counted_to <= :on",
}
_COVERED = """
SELECT count(*) AS listed, count(*) FILTER (WHERE code IN ({told} AND import_id IN (
    SELECT id FROM openlot.registry_import
    WHERE department_code = :department AND source = :source))) AS rows
FROM openlot.inspected_object WHERE department_code = :department AND listed
"""
_IMPORTS = """
SELECT max(imported_at) AS last_at,
    coalesce(max(rows) FILTER (WHERE imported_at > :since), 0) AS told
FROM openlot.registry_import
WHERE department_code = :department AND kind = :kind AND source = :source
    AND mode IN ('changes', 'full') AND imported_at <= :now
"""


def select_feeds(department: str) -> Select[RegistryFeed]:
    """The versions in force of a department's feeds."""
    newest = (
        select(RegistryFeed.code, RegistryFeed.version)
        .where(RegistryFeed.department_code == department)
        .ext(distinct_on(RegistryFeed.code))
        .order_by(RegistryFeed.code, RegistryFeed.version.desc())
        .subquery()
    )
    same = (newest.c.code == RegistryFeed.code) & (newest.c.version == RegistryFeed.version)
    return select(RegistryFeed).join(newest, same).where(RegistryFeed.department_code == department)


async def get_feed(session: AsyncSession, department: str, code: str) -> RegistryFeed:
    """The version in force. Raises RegistryFeedNotFound."""
    found = await session.scalar(select_feeds(department).where(RegistryFeed.code == code))
    if found is None:
        raise RegistryFeedNotFound(feed=code)
    return found


async def find_responsible(session: AsyncSession, entry: InspectedObject) -> str | None:
    """The department that answers for an entry: that of the feed which its source names, or else
    the source of the import that told it."""
    told_by = select(RegistryImport.source).where(RegistryImport.id == entry.import_id)
    imported = await session.scalar(told_by)
    feeds = select_feeds(entry.department_code).where(RegistryFeed.kind == "objects")
    by_source = {f.source: f for f in await session.scalars(feeds)}
    for source in (entry.source, imported):
        if source in by_source:
            return by_source[source].responsible_department
    return None


async def measure_feed(session: AsyncSession, feed: RegistryFeed, now: datetime) -> FeedQualityRead:
    """The parts of a feed's quality and its score; the formula stands at FeedQualityRead."""
    values = {
        "department": feed.department_code,
        "source": feed.source,
        "kind": feed.kind,
        "now": now,
        "since": now - timedelta(days=feed.interval_days),
        "on": day_in_china(now),
    }
    imports = await _one(session, _IMPORTS, values)
    if feed.kind == "objects":
        found = await _one(session, _OBJECTS, values)
        rows, filled = found["rows"], {fact: found[fact] for fact in FILLED}
        completeness = QualityPart(good=sum(filled.values()), of=rows * len(FILLED))
        validity: QualityPart | None = QualityPart(good=found["valid"], of=rows)
        uniqueness: QualityPart | None = QualityPart(good=rows - found["doubled"], of=rows)
    else:
        covered = _COVERED.format(told=_TOLD[feed.kind])
        found = await _one(session, covered, values)
        rows, filled = found["rows"], {}
        completeness = QualityPart(good=rows, of=found["listed"])
        validity = uniqueness = None
    freshness = QualityPart(good=min(rows, imports["told"]), of=rows)
    last = imports["last_at"]
    return FeedQualityRead(
        feed=RegistryFeedRead.model_validate(feed),
        measured_at=now,
        rows=rows,
        completeness=completeness,
        validity=validity,
        freshness=freshness,
        uniqueness=uniqueness,
        filled=filled,
        last_import_at=last,
        due_at=None if last is None else last + timedelta(days=feed.interval_days),
        score=score_of(completeness, validity, freshness, uniqueness),
    )


def score_of(*parts: QualityPart | None) -> str:
    """The mean of the parts, four decimals; a part of nothing counts as 1."""
    shares = [Decimal(p.good) / p.of if p.of else Decimal(1) for p in parts if p is not None]
    return str((sum(shares, Decimal(0)) / len(shares)).quantize(Decimal("0.0001")))


async def _one(session: AsyncSession, query: str, values: dict[str, Any]) -> RowMapping:
    used = {name: value for name, value in values.items() if f":{name}" in query}
    return (await session.execute(text(query), used)).mappings().one()
