"""Departments over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app.access.schemas import DepartmentCode
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.registry import queries, service
from app.registry.errors import (
    DepartmentNotFound,
    ParentDepartmentMissing,
)
from app.registry.models import (
    Department,
)
from app.registry.schemas import (
    DepartmentImport,
    DepartmentPage,
    DepartmentRead,
)

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/department-imports",
    operation_id="importDepartments",
    summary="Register departments 导入部门",
    description="Registers or changes departments in the given order; a parent stands before its "
    "children.",
    status_code=status.HTTP_201_CREATED,
    response_model=DepartmentPage,
    responses=problems(ParentDepartmentMissing, IdempotencyKeyMissing, IdempotencyKeyReused),
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
    description="All departments, by code.",
    response_model=DepartmentPage,
    responses=problems(CursorInvalid),
)
async def list_departments(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)]
) -> dict[str, object]:
    items, after = await paginate(
        session, queries.select_departments(), order_by=[Department.code], page=page
    )
    return {"items": items, "next": after}


@router.get(
    "/departments/{code}",
    operation_id="getDepartment",
    summary="A department 部门",
    description="One department by its code.",
    response_model=DepartmentRead,
    responses=problems(DepartmentNotFound),
)
async def get_department(
    code: Annotated[DepartmentCode, Path()],
    session: Session,
    _: Annotated[Caller, requires(Permission.DEPARTMENTS_READ)],
) -> Department:
    return await queries.get_department(session, code)
