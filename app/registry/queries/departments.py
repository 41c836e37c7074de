"""Reading departments."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.registry.errors import (
    DepartmentNotFound,
)
from app.registry.models import (
    Department,
    DepartmentCapability,
    DepartmentVersion,
    Inspector,
    InspectorKind,
    InspectorStatus,
)

Tree = type[Department] | type[DepartmentVersion]


def select_departments(
    *, parent: str | None = None, within: str | None = None, as_of: datetime | None = None
) -> tuple[Select[Any], InstrumentedAttribute[str]]:
    """Departments and their code, by which they are paged: all, those next below `parent`, or
    `within` and all below it; in the state that was known `as_of` a moment."""
    table: Tree = Department if as_of is None else _known(as_of)
    query = select(table)
    if parent is not None:
        query = query.where(table.parent_code == parent)
    if within is not None:
        query = query.where(table.code.in_(_subtree(table, within)))
    return query, table.code


async def get_department(session: AsyncSession, code: str) -> Department:
    found = await session.get(Department, code)
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


async def get_department_as_of(
    session: AsyncSession, code: str, as_of: datetime | None
) -> Department | DepartmentVersion:
    """A department in the state that was known `as_of` a moment; the present one if None."""
    query, key = select_departments(as_of=as_of)
    found: Department | DepartmentVersion | None = await session.scalar(query.where(key == code))
    if found is None:
        raise DepartmentNotFound(department=code)
    return found


async def get_department_facts(
    session: AsyncSession,
) -> dict[str, tuple[str, str, str | None, str | None]]:
    """Of every department name, level, region and parent, by code."""
    found = await session.execute(
        select(
            Department.code,
            Department.name,
            Department.level,
            Department.region_code,
            Department.parent_code,
        )
    )
    return {code: (name, level, region, parent) for code, name, level, region, parent in found}


async def department_versions(session: AsyncSession, codes: Collection[str]) -> dict[str, int]:
    """The number of states that were recorded of these departments."""
    query = select(DepartmentVersion.code, func.max(DepartmentVersion.version))
    found = await session.execute(
        query.where(DepartmentVersion.code.in_(codes)).group_by(DepartmentVersion.code)
    )
    return dict(found.all())


async def codes_within(session: AsyncSession, code: str) -> set[str]:
    """A department and all below it."""
    query, key = select_departments(within=code)
    return set(await session.scalars(query.with_only_columns(key)))


def count_officers(department: InstrumentedAttribute[str], on: date) -> ScalarSelect[int]:
    """How many officers of a department are active on a day and hold a certificate that is valid
    on it (`Inspector.is_active`, `is_certified`)."""
    held = func.jsonb_array_elements(Inspector.certificates).column_valued(
        "held", joins_implicitly=True
    )
    begun = or_(Inspector.status_from.is_(None), Inspector.status_from <= on)
    lasts = or_(Inspector.status_to.is_(None), Inspector.status_to >= on)
    active = and_(begun, lasts) == (Inspector.status == InspectorStatus.ACTIVE)
    certified = exists(
        select(held).where(func.jsonb_extract_path_text(held, "valid_to") >= on.isoformat())
    ).correlate(Inspector)
    query = select(func.count()).select_from(Inspector)
    return query.where(
        Inspector.department_code == department,
        Inspector.kind == InspectorKind.OFFICER,
        active,
        certified,
    ).scalar_subquery()


def select_capabilities(
    department: str, *, as_of: datetime | None = None, on: date | None = None
) -> Select[DepartmentCapability]:
    """Each means of a department as it was last recorded, as known `as_of` a moment; only what it
    has `on` a day."""
    known = select(DepartmentCapability).where(DepartmentCapability.department_code == department)
    if as_of is not None:
        known = known.where(DepartmentCapability.recorded_at <= as_of)
    latest = aliased(
        DepartmentCapability,
        known.ext(distinct_on(DepartmentCapability.means))
        .order_by(DepartmentCapability.means, DepartmentCapability.version.desc())
        .subquery(),
    )
    query = select(latest).order_by(latest.means)
    if on is None:
        return query
    lasts = or_(latest.valid_to.is_(None), latest.valid_to >= on)
    return query.where(latest.valid_from <= on, lasts)


async def next_capability_version(session: AsyncSession, department: str, means: str) -> int:
    query = select(func.max(DepartmentCapability.version)).where(
        DepartmentCapability.department_code == department, DepartmentCapability.means == means
    )
    return (await session.scalar(query) or 0) + 1


def _known(as_of: datetime) -> type[DepartmentVersion]:
    """The last state of each department that was recorded by then."""
    states = (
        select(DepartmentVersion)
        .where(DepartmentVersion.recorded_at <= as_of)
        .ext(distinct_on(DepartmentVersion.code))
        .order_by(DepartmentVersion.code, DepartmentVersion.version.desc())
    )
    return aliased(DepartmentVersion, states.subquery())


def _subtree(table: Tree, root: str) -> Select[Any]:
    """UNION keeps a circle, should there be one, from going on for ever."""
    below = select(table.code).where(table.code == root).cte(recursive=True)
    children = select(table.code).join(below, table.parent_code == below.c.code)
    return select(below.union(children).c.code)
