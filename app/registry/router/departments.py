"""Departments over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.schemas import DepartmentCode
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.registry import queries, service
from app.registry.errors import (
    CapabilityReversed,
    DepartmentBelowItself,
    DepartmentNotFound,
    ParentDepartmentMissing,
)
from app.registry.models import (
    Department,
    DepartmentCapability,
    DepartmentVersion,
)
from app.registry.schemas import (
    CapabilityList,
    CapabilityQuery,
    CapabilityRead,
    CapabilityRecord,
    DepartmentImport,
    DepartmentMomentQuery,
    DepartmentPage,
    DepartmentQuery,
    DepartmentRead,
)

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

DepartmentPath = Annotated[DepartmentCode, Path()]


@router.post(
    "/department-imports",
    operation_id="importDepartments",
    summary="Register departments 导入部门",
    description="Registers or changes departments in the given order; a parent stands before its "
    "children.",
    status_code=status.HTTP_201_CREATED,
    response_model=DepartmentPage,
    responses=problems(
        ParentDepartmentMissing,
        DepartmentBelowItself,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def import_departments(
    body: DepartmentImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DEPARTMENTS_WRITE)],
    _once: Idempotent,
) -> dict[str, object]:
    items = await service.import_departments(session, body, caller=caller, now=now)
    return {"items": items, "next": None}


@router.get(
    "/departments",
    operation_id="listDepartments",
    summary="Departments 部门列表",
    description="All departments by code, those next below a `parent`, or those `within` one, "
    "which includes itself.",
    response_model=DepartmentPage,
    responses=problems(CursorInvalid),
)
async def list_departments(
    session: Session,
    page: Annotated[DepartmentQuery, Query()],
    _: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> dict[str, object]:
    query, code = queries.select_departments(
        parent=page.parent, within=page.within, as_of=page.as_of
    )
    items, after = await paginate(session, query, order_by=[code], page=page)
    return {"items": items, "next": after}


@router.get(
    "/departments/{code}",
    operation_id="getDepartment",
    summary="A department 部门",
    description="One department by its code, in the state that was known `as_of` a moment.",
    response_model=DepartmentRead,
    responses=problems(DepartmentNotFound),
)
async def get_department(
    code: DepartmentPath,
    moment: Annotated[DepartmentMomentQuery, Query()],
    session: Session,
    _: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> Department | DepartmentVersion:
    return await queries.get_department_as_of(session, code, moment.as_of)


@router.post(
    "/departments/{code}/capabilities",
    operation_id="recordDepartmentCapability",
    summary="Record a means of supervision 登记智慧监管条件",
    description="Says from when until when a department has a means of smart supervision. Recorded "
    "again for the same means, it corrects or ends the record before, which is kept.",
    status_code=status.HTTP_201_CREATED,
    response_model=CapabilityRead,
    responses=problems(
        DepartmentNotFound,
        DepartmentNotVisible,
        CapabilityReversed,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def record_capability(
    code: DepartmentPath,
    body: CapabilityRecord,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DEPARTMENTS_WRITE)],
    _once: Idempotent,
) -> DepartmentCapability:
    return await service.record_capability(session, code, body, caller=caller, now=now)


@router.get(
    "/departments/{code}/capabilities",
    operation_id="listDepartmentCapabilities",
    summary="Means of supervision of a department 智慧监管条件",
    description="Each means as it was recorded last; only those that it has `on` a day.",
    response_model=CapabilityList,
    responses=problems(DepartmentNotFound, DepartmentNotVisible),
)
async def list_capabilities(
    code: DepartmentPath,
    asked: Annotated[CapabilityQuery, Query()],
    session: Session,
    caller: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> dict[str, Sequence[DepartmentCapability]]:
    check_department(caller, code)
    await queries.get_department(session, code)
    found = queries.select_capabilities(code, as_of=asked.as_of, on=asked.on)
    return {"items": list(await session.scalars(found))}
