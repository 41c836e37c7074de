"""Tags, counts, special directories and licences over HTTP."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.idempotency import Idempotent, IdempotentRoute
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.registry import queries, service
from app.registry.errors import DepartmentNotFound, SpecialDirectoryNotFound
from app.registry.models import RegistryImport, SpecialDirectory, SpecialEntry
from app.registry.router.fields import IMPORT_PROBLEMS, DirectoryCodePath
from app.registry.schemas import (
    ListQuery,
    ObjectCountImport,
    ObjectTagImport,
    RegistryImportRead,
    SpecialDirectoryPage,
    SpecialDirectoryRead,
    SpecialDirectoryWrite,
    SpecialEntryImport,
    SpecialEntryPage,
    SpecialEntryQuery,
)

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

_FEED = (*IMPORT_PROBLEMS, DepartmentNotFound, DepartmentNotVisible)


@router.post(
    "/object-tag-imports",
    operation_id="importObjectTags",
    summary="Import tags of objects 导入分级分类分领域标签",
    description="All tags of each named object from a day on; other objects keep theirs. Files, with "
    "a preview, go by `uploadStagedImport` as `object-tags`.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_FEED),
)
async def import_tags(
    request: Request,
    body: ObjectTagImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    digest = sha256(await request.body()).hexdigest()
    return await service.import_tags(session, body, digest, caller=caller, now=now)


@router.post(
    "/object-count-imports",
    operation_id="importObjectCounts",
    summary="Import numbers of complaints or leads 导入投诉举报和线索数",
    description="What a source counted for each named object between two days. Files, with a preview, "
    "go by `uploadStagedImport` as `object-complaints` or `object-leads`.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_FEED),
)
async def import_counts(
    request: Request,
    body: ObjectCountImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    digest = sha256(await request.body()).hexdigest()
    return await service.import_counts(session, body, digest, caller=caller, now=now)


@router.post(
    "/special-directories",
    operation_id="recordSpecialDirectory",
    summary="Record a special directory 登记专项库",
    description="A code and a name; sent again with another name, that is its next version.",
    status_code=status.HTTP_201_CREATED,
    response_model=SpecialDirectoryRead,
    responses=problems(*_FEED[1:]),
)
async def record_directory(
    body: SpecialDirectoryWrite,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> SpecialDirectory:
    return await service.record_directory(session, body, caller=caller, now=now)


@router.get(
    "/special-directories",
    operation_id="listSpecialDirectories",
    summary="Special directories 专项库",
    description="The versions in force of a department's special directories, by code.",
    response_model=SpecialDirectoryPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_directories(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_directories(page.department)
    items, after = await paginate(session, query, order_by=[SpecialDirectory.code], page=page)
    return {"items": items, "next": after}


@router.post(
    "/special-entry-imports",
    operation_id="importSpecialEntries",
    summary="Import entries of a special directory 导入专项库条目",
    description="Objects of a special directory with their licences, in force from a day on. What "
    "the feed does not tell of stays as it is. Files, with a preview, go by `uploadStagedImport` as "
    "`special-entries`; a full list there takes out what it lacks.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_FEED, SpecialDirectoryNotFound),
)
async def import_entries(
    request: Request,
    body: SpecialEntryImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    digest = sha256(await request.body()).hexdigest()
    return await service.import_entries(session, body, digest, caller=caller, now=now)


@router.get(
    "/special-directories/{directory_code}/entries",
    operation_id="listSpecialEntries",
    summary="Entries of a special directory 专项库条目",
    description="As they stand today, by object and licence number.",
    response_model=SpecialEntryPage,
    responses=problems(CursorInvalid, DepartmentNotVisible, SpecialDirectoryNotFound),
)
async def list_entries(
    directory_code: DirectoryCodePath,
    session: Session,
    now: Now,
    page: Annotated[SpecialEntryQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    await queries.get_directory(session, page.department, directory_code)
    query = queries.select_entries(page.department, day_in_china(now))
    query = query.where(SpecialEntry.directory_code == directory_code)
    order = [SpecialEntry.object_code, SpecialEntry.licence_no]
    items, after = await paginate(session, query, order_by=order, page=page)
    return {"items": items, "next": after}
