"""Inspection items over HTTP."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session, as_departments
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
    DepartmentNotFound,
    ItemNotFound,
    ItemPublishedAlready,
)
from app.registry.models import (
    InspectionItem,
    InspectionItemPublication,
    RegistryImport,
)
from app.registry.router.fields import IMPORT_PROBLEMS, ItemCodePath
from app.registry.schemas import (
    InspectionItemImport,
    InspectionItemPage,
    InspectionItemPublicationList,
    InspectionItemPublish,
    InspectionItemQuery,
    InspectionItemRead,
    InspectionItemVersionPage,
    InspectionItemVersionQuery,
    PublicInspectionItemPage,
    PublicInspectionItemQuery,
    RegistryImportRead,
    SingleItemQuery,
)

router = APIRouter(prefix="/v1", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/registry/inspection-item-imports",
    operation_id="importInspectionItems",
    summary="Import inspection items 导入抽查事项清单",
    description="A department's list. Items that differ from their newest version become a new "
    "version; the former one is kept. Legal basis, caps and method codes that are left out are "
    "read from the published texts as far as these allow. Plans may use a version once it is "
    "published.",
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


@router.post(
    "/registry/inspection-item-publications",
    operation_id="publishInspectionItems",
    summary="Publish inspection items 公示抽查事项清单",
    description="Makes versions public, the newest of every item if none is named. From then on "
    "plan lines may use them. The digest of each stands in the public log.",
    status_code=status.HTTP_201_CREATED,
    response_model=InspectionItemPublicationList,
    responses=problems(
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
        DepartmentNotFound,
        DepartmentNotVisible,
        ItemNotFound,
        ItemPublishedAlready,
    ),
)
async def publish_items(
    body: InspectionItemPublish,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.ITEMS_WRITE)],
    _once: Idempotent,
) -> dict[str, Sequence[InspectionItemPublication]]:
    return {"items": await service.publish_items(session, body, caller=caller, now=now)}


@router.get(
    "/registry/inspection-items",
    operation_id="listInspectionItems",
    summary="Inspection items 抽查事项清单",
    description="A department's items by code, each in its newest version: of those in force `on` "
    "a day, of those known `as_of` a moment.",
    response_model=InspectionItemPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_items(
    session: Session,
    page: Annotated[InspectionItemQuery, Query()],
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_items(page.department, as_of=page.as_of, on=page.on)
    items, after = await paginate(
        session, queries.with_publication(query), order_by=[InspectionItem.code], page=page
    )
    shown = await queries.show_items(session, items, as_of=page.as_of, back=caller.scope)
    return {"items": shown, "next": after}


@router.get(
    "/registry/inspection-items/{code}",
    operation_id="getInspectionItem",
    summary="An inspection item 抽查事项",
    description="Its newest version: of those in force `on` a day, of those known `as_of` a "
    "moment.",
    responses=problems(ItemNotFound, DepartmentNotVisible),
)
async def get_item(
    code: ItemCodePath,
    asked: Annotated[SingleItemQuery, Query()],
    session: Session,
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> InspectionItemRead:
    check_department(caller, asked.department)
    item = await queries.get_item(session, asked.department, code, as_of=asked.as_of, on=asked.on)
    shown = await queries.show_items(session, [item], as_of=asked.as_of, back=caller.scope)
    return shown[0]


@router.get(
    "/registry/inspection-items/{code}/versions",
    operation_id="listInspectionItemVersions",
    summary="Versions of an inspection item 抽查事项的历次版本",
    description="Oldest first, each with the fields that it changed.",
    response_model=InspectionItemVersionPage,
    responses=problems(CursorInvalid, ItemNotFound, DepartmentNotVisible),
)
async def list_versions(
    code: ItemCodePath,
    session: Session,
    page: Annotated[InspectionItemVersionQuery, Query()],
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    await queries.get_item(session, page.department, code)
    query = queries.select_item_versions(page.department, code)
    items, after = await paginate(session, query, order_by=[InspectionItem.version], page=page)
    return {"items": await queries.show_versions(session, items), "next": after}


@router.get(
    "/public/inspection-items",
    operation_id="listPublicInspectionItems",
    summary="Published inspection items 公示的抽查事项清单",
    description="A department's published items in force, by code, with basis, subject, content "
    "and methods (国办发〔2015〕58号). Needs no key.",
    response_model=PublicInspectionItemPage,
    responses=problems(CursorInvalid),
)
async def list_public_items(
    session: Session, page: Annotated[PublicInspectionItemQuery, Query()], now: Now
) -> dict[str, object]:
    query = queries.select_public_items(page.department, page.on or day_in_china(now))
    async with as_departments(session, "*", back=""):
        items, after = await paginate(
            session, queries.with_publication(query), order_by=[InspectionItem.code], page=page
        )
        shown = await queries.show_items(session, items, back="*")
    return {"items": shown, "next": after}
