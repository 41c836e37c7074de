"""Coverage 执法机构覆盖: which departments, down to townships, have officers, items and tasks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.caller import EVERY_DEPARTMENT, Caller
from app.registry import queries as registry
from app.registry.models import Department
from app.registry.schemas import CoverageTotals, DepartmentCoverageRead
from app.tasks.models import DepartmentTask


def select_covered(
    caller: Caller, on: date, *, within: str | None, missing: str | None = None
) -> Select[Any]:
    """The departments that the caller sees; of those, only the ones without an officer, item or
    task if that is what is `missing` on a day."""
    query, code = registry.select_departments(within=within)
    if EVERY_DEPARTMENT not in caller.departments:
        query = query.where(code.in_(caller.departments))
    return query if missing is None else query.where(_counts(on)[f"{missing}s"] == 0)


async def show_coverage(
    session: AsyncSession, departments: Sequence[Department], on: date
) -> list[DepartmentCoverageRead]:
    """How many active officers and published items in force these departments have on a day, and
    how many tasks in the year of that day."""
    counts = _counts(on)
    query = select(Department.code, *(count.label(name) for name, count in counts.items()))
    codes = [department.code for department in departments]
    found = await session.execute(query.where(Department.code.in_(codes)))
    counted = {row.code: row for row in found}
    return [
        DepartmentCoverageRead(
            code=one.code,
            name=one.name,
            level=one.level,
            parent_code=one.parent_code,
            region_code=one.region_code,
            officers=counted[one.code].officers,
            items=counted[one.code].items,
            tasks=counted[one.code].tasks,
        )
        for one in departments
    ]


async def get_coverage_totals(
    session: AsyncSession, covered: Select[Any], on: date
) -> CoverageTotals:
    """How many of these departments have officers, items and tasks."""
    held = {name: (count > 0).label(name) for name, count in _counts(on).items()}
    each = covered.with_only_columns(*held.values()).subquery()
    officers, items, tasks = (each.c[name] for name in held)
    query = select(
        func.count(),
        *(func.count().filter(has) for has in (officers, items, tasks, officers & tasks)),
    ).select_from(each)
    row = (await session.execute(query)).one()
    return CoverageTotals(
        on=on,
        departments=row[0],
        with_officers=row[1],
        with_items=row[2],
        with_tasks=row[3],
        with_officers_and_tasks=row[4],
    )


def _counts(on: date) -> dict[str, ScalarSelect[int]]:
    return {
        "officers": registry.count_officers(Department.code, on),
        "items": registry.count_usable_items(Department.code, on),
        "tasks": _count_tasks(Department.code, on),
    }


def _count_tasks(department: InstrumentedAttribute[str], on: date) -> ScalarSelect[int]:
    query = select(func.count()).select_from(DepartmentTask)
    return query.where(
        DepartmentTask.department_code == department,
        DepartmentTask.window_start <= date(on.year, 12, 31),
        DepartmentTask.window_end >= date(on.year, 1, 1),
    ).scalar_subquery()
