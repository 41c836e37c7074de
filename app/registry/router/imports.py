"""Imports over HTTP: accepted ones, their undoing, and imports in stages 分步导入."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, admits, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.operation_router import OperationRead, accepted
from app.core.operations import Operation, OperationUnderWay
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.core.uploads import TABLES, TableUpload, takes_file
from app.registry import queries, service
from app.registry.errors import (
    DepartmentNotFound,
    FullFeedUnfit,
    ImportChangedSince,
    ImportNotFound,
    NothingPreviewed,
    NothingToMark,
    PreviewStale,
    StagedImportNotFound,
    StagedImportOver,
    UndoneAlready,
    UndoUnfit,
)
from app.registry.models import ImportMode, RegistryImport, StagedFault, StagedImport
from app.registry.schemas import (
    Confirmation,
    FaultQuery,
    FileFaultPage,
    ListQuery,
    RegistryImportPage,
    RegistryImportRead,
    StagedImportPage,
    StagedImportRead,
    StagedQuery,
    UndoCreate,
)
from app.registry.service import Feed

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

ImportId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003"])]
_ONCE = (IdempotencyKeyMissing, IdempotencyKeyReused)
_STAGED = (StagedImportNotFound, StagedImportOver, OperationUnderWay)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A workbook",
        "content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_CSV = (
    "uscc,name,object_class,region_code,industry_code,established,status\n"
    "91610403WY0000015C,杨陵区某某商贸有限公司,企业,610403,52,2019-05-06,存续\n"
)


@router.get(
    "/imports",
    operation_id="listRegistryImports",
    summary="Imports 导入记录",
    description="Every accepted import of a department in their order: feeds, single corrections "
    "and undone ones.",
    response_model=RegistryImportPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_imports(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_imports(page.department)
    items, after = await paginate(session, query, order_by=[RegistryImport.sequence], page=page)
    return {"items": items, "next": after}


@router.get(
    "/imports/{import_id}",
    operation_id="getRegistryImport",
    summary="An import 一次导入",
    description="Who imported what from where, and how many rows it changed.",
    response_model=RegistryImportRead,
    responses=problems(ImportNotFound),
)
async def get_import(
    import_id: ImportId,
    session: Session,
    _caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> RegistryImport:
    return await queries.get_import(session, import_id)


@router.post(
    "/imports/{import_id}/undo",
    operation_id="undoRegistryImport",
    summary="Undo an import 撤销导入",
    description="A new import that brings back what stood before: changed and vanished entries "
    "get their former facts as a new version, new entries are no longer listed. Nothing is "
    "deleted. The operation fails with `import-changed-since` if later imports changed the same "
    "rows; undo those first. What is told of objects from day to day is undone by rows that say "
    "again what was in force before. Not undone (`import-undo-unfit`) are imports of inspection "
    "items, as plans may use their versions: import the former list, which becomes a new version; "
    "and of complaints and leads, as no number says that none was told: import the right ones.",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=OperationRead,
    responses=problems(
        ImportNotFound, UndoUnfit, UndoneAlready, ImportChangedSince, OperationUnderWay, *_ONCE
    ),
)
async def undo_import(
    import_id: ImportId,
    body: UndoCreate,
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.IMPORTS_WRITE)],
    _once: Idempotent,
) -> Operation:
    started = await service.ask_undo(session, import_id, body.reason, caller=caller, now=now)
    return accepted(started, response)


@router.post(
    "/staged-imports",
    operation_id="uploadStagedImport",
    summary="Upload a file to be previewed 上传待导入文件",
    description="A table as CSV, NDJSON, xlsx, xls or ods, in UTF-8 or GB18030, with Chinese or "
    "English headers: `getFileTemplate` gives an empty one of each kind, the exports one that is "
    "filled. It is kept whole or not at all, then checked and previewed by the operation "
    "that the answer names; nothing changes in the directory before it is confirmed. The caller "
    "also needs the permission to write rows of this kind.",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=OperationRead,
    responses=problems(DepartmentNotFound, DepartmentNotVisible, FullFeedUnfit, *_ONCE),
    openapi_extra=takes_file(*TABLES, example=_CSV),
)
async def upload_file(
    _gate: Annotated[Caller, admits(Permission.IMPORTS_WRITE)],
    upload: TableUpload,
    about: Annotated[StagedQuery, Query()],
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.IMPORTS_WRITE)],
    _once: Idempotent,
) -> Operation:
    feed = Feed(
        about.department,
        about.source,
        about.kind,
        mode=ImportMode(about.mode),
        data_date=about.data_date,
    )
    started = await service.upload(session, upload, feed, caller=caller, now=now)
    return accepted(started, response)


@router.get(
    "/staged-imports",
    operation_id="listStagedImports",
    summary="Staged imports 分步导入",
    description="Files of a department that were uploaded, and where each stands.",
    response_model=StagedImportPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_staged(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_staged(page.department)
    items, after = await paginate(session, query, order_by=[StagedImport.id], page=page)
    return {"items": [await queries.describe_staged(session, one) for one in items], "next": after}


@router.get(
    "/staged-imports/{import_id}",
    operation_id="getStagedImport",
    summary="A staged import with its preview 分步导入与预览",
    description="What a merge would do, with some rows of each kind, and how the file was read.",
    responses=problems(StagedImportNotFound),
)
async def get_staged(
    import_id: ImportId,
    session: Session,
    _caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> StagedImportRead:
    staged = await queries.get_staged(session, import_id)
    return await queries.describe_staged(session, staged)


@router.get(
    "/staged-imports/{import_id}/faults",
    operation_id="listStagedFaults",
    summary="Faults of a staged file 文件错误",
    description="Row, column, value and reason of the first 100,000 faults, in the order of the "
    "file.",
    response_model=FileFaultPage,
    responses=problems(StagedImportNotFound, CursorInvalid),
)
async def list_faults(
    import_id: ImportId,
    session: Session,
    page: Annotated[FaultQuery, Query()],
    _caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> dict[str, object]:
    await queries.get_staged(session, import_id)
    query = queries.select_faults(import_id)
    items, after = await paginate(session, query, order_by=[StagedFault.number], page=page)
    return {"items": items, "next": after}


@router.get(
    "/staged-imports/{import_id}/faulty-rows",
    operation_id="getFaultyRows",
    summary="Faulty rows as a workbook 错误行工作簿",
    description="An Excel workbook of the rows that have faults, the cells marked and the reasons "
    "beside them, to be corrected and uploaded again.",
    response_class=Response,
    responses={**_WORKBOOK, **problems(StagedImportNotFound, NothingToMark)},
)
async def get_faulty_rows(
    import_id: ImportId,
    session: Session,
    _caller: Annotated[Caller, requires(Permission.IMPORTS_READ)],
) -> Response:
    marked = await service.mark_faults(session, import_id)
    return Response(
        marked,
        media_type=_XLSX,
        headers={"Content-Disposition": f'attachment; filename="faults-{import_id}.xlsx"'},
    )


@router.post(
    "/staged-imports/{import_id}/previews",
    operation_id="previewStagedImport",
    summary="Preview once more 重新预览",
    description="Checks and compares the file with the directory as it is now.",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=OperationRead,
    responses=problems(*_STAGED, *_ONCE),
)
async def preview_again(
    import_id: ImportId,
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.IMPORTS_WRITE)],
    _once: Idempotent,
) -> Operation:
    started = await service.preview_again(session, import_id, caller=caller, now=now)
    return accepted(started, response)


@router.post(
    "/staged-imports/{import_id}/confirmation",
    operation_id="confirmStagedImport",
    summary="Confirm a preview 确认导入",
    description="Merges what the preview with this digest showed, in one transaction. Had the "
    "directory moved since, nothing is merged: the answer or the operation says `preview-stale`, "
    "and a new preview is to be looked at.",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=OperationRead,
    responses=problems(*_STAGED, NothingPreviewed, PreviewStale, *_ONCE),
)
async def confirm(
    import_id: ImportId,
    body: Confirmation,
    response: Response,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.IMPORTS_WRITE)],
    _once: Idempotent,
) -> Operation:
    started = await service.confirm(session, import_id, body.preview_digest, caller=caller, now=now)
    return accepted(started, response)


@router.post(
    "/staged-imports/{import_id}/cancellation",
    operation_id="discardStagedImport",
    summary="Discard a staged import 放弃导入",
    description="The file is deleted, and the directory stays as it is. What was merged is undone "
    "instead; an operation under way is cancelled first.",
    status_code=status.HTTP_200_OK,
    responses=problems(*_STAGED, *_ONCE),
)
async def discard(
    import_id: ImportId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.IMPORTS_WRITE)],
    _once: Idempotent,
) -> StagedImportRead:
    staged = await service.discard(session, import_id, caller=caller, now=now)
    return await queries.describe_staged(session, staged)
