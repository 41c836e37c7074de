"""Coverage of departments over HTTP 执法机构覆盖."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.caller import Caller, Permission, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.registry.models import Department
from app.registry.schemas import (
    CoverageScopeQuery,
    CoverageTotals,
    DepartmentCoveragePage,
    DepartmentCoverageQuery,
)
from app.tasks import queries

router = APIRouter(prefix="/v1", tags=["tasks"])


@router.get(
    "/department-coverages",
    operation_id="listDepartmentCoverages",
    summary="Coverage of departments 执法机构覆盖情况",
    description="How many active officers, items in force and tasks of the year each department "
    "has that the caller sees, by code; only those `missing` one of these.",
    response_model=DepartmentCoveragePage,
    responses=problems(CursorInvalid),
)
async def list_coverage(
    session: Session,
    page: Annotated[DepartmentCoverageQuery, Query()],
    now: Now,
    caller: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> dict[str, object]:
    on = page.on or day_in_china(now)
    query = queries.select_covered(caller, on, within=page.within, missing=page.missing)
    found, after = await paginate(session, query, order_by=[Department.code], page=page)
    return {"items": await queries.show_coverage(session, found, on), "next": after}


@router.get(
    "/coverage-totals",
    operation_id="getCoverageTotals",
    summary="Coverage in numbers 执法机构覆盖统计",
    description="How many of the departments that the caller sees have an active officer, an item "
    "in force and a task of the year (domain E28).",
)
async def get_totals(
    session: Session,
    asked: Annotated[CoverageScopeQuery, Query()],
    now: Now,
    caller: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> CoverageTotals:
    on = asked.on or day_in_china(now)
    covered = queries.select_covered(caller, on, within=asked.within)
    return await queries.get_coverage_totals(session, covered, on)
