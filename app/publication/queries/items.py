"""The published lists of inspection items 抽查事项清单, one of 一单两库. Every function needs to see
the rows of all departments, and gives what is published only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.publication.errors import NotPublic
from app.registry import queries as registry
from app.registry.models import Department, InspectionItem
from app.registry.schemas import PublicInspectionItemRead

ROWS = 200
"""Rows of a sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a long list. Numbers are from 1; `total` counts the rows of all sheets."""

    number: int
    sheets: int
    total: int
    rows: Sequence[Any]


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version of an item that is or was public. `in_force` is the one that is in force today, if
    there is one."""

    version: int
    published_at: datetime
    valid_from: date | None
    valid_to: date | None
    in_force: int | None
    today: date

    @property
    def is_coming(self) -> bool:
        return self.valid_from is not None and self.valid_from > self.today

    @property
    def is_over(self) -> bool:
        return self.valid_to is not None and self.valid_to < self.today


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """A version of an item as it was published, with the standing of all published versions."""

    item: PublicInspectionItemRead
    standing: PublishedVersion
    versions: Sequence[PublishedVersion]


async def list_departments(session: AsyncSession, on: date, number: int) -> Sheet:
    """The departments that have a published list: code, name, how many items are in force.

    Raises NotPublic."""
    query = registry.select_list_owners(on)
    sheet = await _sheet(session, query, number)
    found = await session.execute(_cut(query.order_by(Department.code), number))
    return Sheet(*sheet, [tuple(row) for row in found])


async def list_items(session: AsyncSession, department: str, on: date, number: int) -> Sheet:
    """A department's published items in force on a day, by code.

    Raises NotPublic."""
    query = registry.select_public_items(department, on)
    sheet = await _sheet(session, query, number)
    if sheet[2] == 0:
        raise NotPublic
    rows = _cut(registry.with_publication(query).order_by(InspectionItem.code), number)
    found = await session.scalars(rows)
    return Sheet(*sheet, [PublicInspectionItemRead.model_validate(one) for one in found])


async def get_item(
    session: AsyncSession, department: str, code: str, on: date, version: int | None
) -> PublishedItem:
    """A published version of an item; if none is named, the one in force on the day, or else the
    newest. The lines that a former version shares are those of its time.

    Raises NotPublic."""
    found = await session.scalars(registry.select_item_versions(department, code))
    public = {one.version: one for one in found if one.published_at is not None}
    current = await session.scalar(
        registry.select_public_items(department, on).where(InspectionItem.code == code)
    )
    in_force = None if current is None else current.version
    wanted = version or in_force or max(public, default=0)
    if wanted not in public:
        raise NotPublic
    standings = [
        PublishedVersion(number, said, one.valid_from, one.valid_to, in_force, on)
        for number, one in sorted(public.items())
        if (said := one.published_at) is not None
    ]
    shown = await registry.show_items(
        session, [public[wanted]], as_of=_replaced_at(standings, wanted), back="*"
    )
    standing = next(one for one in standings if one.version == wanted)
    return PublishedItem(shown[0], standing, standings)


def _replaced_at(standings: Sequence[PublishedVersion], version: int) -> datetime | None:
    """When the next version took the place of one, at the earliest when it was itself public."""
    own = next(one.published_at for one in standings if one.version == version)
    later = [one.published_at for one in standings if one.version > version]
    return max(own, min(later)) if later else None


async def _sheet(
    session: AsyncSession, query: Select[*tuple[Any, ...]], number: int
) -> tuple[int, int, int]:
    """The members of a Sheet but its rows."""
    total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    sheets = max(1, ceil(total / ROWS))
    if not 1 <= number <= sheets:
        raise NotPublic
    return number, sheets, total


def _cut(query: Select[*tuple[Any, ...]], number: int) -> Select[*tuple[Any, ...]]:
    return query.limit(ROWS).offset((number - 1) * ROWS)
