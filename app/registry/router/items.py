"""Inspection items over HTTP."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.registry import queries, service
from app.registry.errors import (
    DepartmentNotFound,
    ItemNotFound,
)
from app.registry.models import (
    InspectionItem,
    RegistryImport,
)
from app.registry.router.fields import IMPORT_PROBLEMS, ItemCodePath, OfDepartment
from app.registry.schemas import (
    InspectionItemImport,
    InspectionItemPage,
    InspectionItemRead,
    ListQuery,
    RegistryImportRead,
)

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/inspection-item-imports",
    operation_id="importInspectionItems",
    summary="Import inspection items 导入抽查事项清单",
    description="A department's list. Items that differ from the version in force become a new "
    "version; the former one is kept.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS, DepartmentNotFound, DepartmentNotVisible),
)
async def import_items(
    request: Request,
    body: InspectionItemImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.ITEMS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    digest = sha256(await request.body()).hexdigest()
    return await service.import_items(session, body, digest, caller=caller, now=now)


@router.get(
    "/inspection-items",
    operation_id="listInspectionItems",
    summary="Inspection items in force 抽查事项清单",
    description="The versions in force of a department's items, by code.",
    response_model=InspectionItemPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_items(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_items(page.department)
    items, after = await paginate(session, query, order_by=[InspectionItem.code], page=page)
    return {"items": items, "next": after}


@router.get(
    "/inspection-items/{code}",
    operation_id="getInspectionItem",
    summary="An inspection item 抽查事项",
    description="The version in force.",
    response_model=InspectionItemRead,
    responses=problems(ItemNotFound, DepartmentNotVisible),
)
async def get_item(
    code: ItemCodePath,
    department: OfDepartment,
    session: Session,
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> InspectionItem:
    check_department(caller, department)
    return await queries.get_item(session, department, code)
