"""Inspectors, their certificates and their leave over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, admits, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.core.uploads import CsvUpload, takes_file
from app.registry import queries, service
from app.registry.errors import (
    DepartmentNotFound,
    InspectorNotFound,
    LeaveDaysReversed,
    LeaveNotFound,
    LeaveReplacedAlready,
    LeaveReplacesNothing,
)
from app.registry.models import (
    CertificateHolder,
    Inspector,
    InspectorLeave,
    RegistryImport,
)
from app.registry.router.fields import IMPORT_PROBLEMS, OfDepartment, SourceQuery
from app.registry.schemas import (
    InspectorPage,
    InspectorQuery,
    InspectorRead,
    InspectorVersionList,
    LeaveCreate,
    LeavePage,
    LeaveRead,
    ListQuery,
    MissingInspectorPage,
    RegistryImportRead,
)
from app.registry.service import Feed

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

StaffNoPath = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["610403-SCJG-0001"])
]


@router.post(
    "/inspector-imports",
    operation_id="importInspectors",
    summary="Import inspectors 导入执法检查人员",
    description="A CSV in UTF-8 with a header: staff_no, name, certificate_no, "
    "certificate_valid_to, item_codes, and if known kind (officer, expert, third_party), station, "
    "region_code, certificate_issuer, phone, qualifications, specialties, teams, status, "
    "status_from, status_to. Lists have semicolons; several certificates stand in the same order "
    "in their three columns. National id numbers are refused. A certificate belongs to one active "
    "entry of all directories.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS, DepartmentNotFound, DepartmentNotVisible),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="staff_no,name,certificate_no,certificate_valid_to,item_codes\n"
        "610403-SCJG-0001,执法员0001,YB-610403-0001,2030-03-01,SCJG-01;SCJG-02\n",
    ),
)
async def import_inspectors(
    _gate: Annotated[Caller, admits(Permission.INSPECTORS_WRITE)],
    upload: CsvUpload,
    department: OfDepartment,
    source: SourceQuery,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    feed = Feed(department, source, "inspectors")
    return await service.import_inspectors(session, upload, feed, caller=caller, now=now)


@router.get(
    "/inspectors",
    operation_id="listInspectors",
    summary="Inspectors 执法检查人员",
    description="Of one department, by staff number. For officials only.",
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_inspectors(
    session: Session,
    page: Annotated[InspectorQuery, Query()],
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> InspectorPage:
    check_department(caller, page.department)
    query = queries.select_inspectors([page.department])
    if page.kind is not None:
        query = query.where(Inspector.kind == page.kind)
    if page.untagged:
        query = query.where(queries.is_untagged())
    items, after = await paginate(session, query, order_by=[Inspector.staff_no], page=page)
    return InspectorPage(
        items=[queries.describe_inspector(one, caller) for one in items], next=after
    )


@router.get(
    "/inspectors/{staff_no}",
    operation_id="getInspector",
    summary="An inspector 执法检查人员信息",
    description="An entry of a department's directory. The phone is masked, but for the key of "
    "the officer whose it is.",
    responses=problems(InspectorNotFound, DepartmentNotVisible),
)
async def get_inspector(
    staff_no: StaffNoPath,
    department: OfDepartment,
    session: Session,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> InspectorRead:
    check_department(caller, department)
    found = await queries.get_inspector(session, department, staff_no)
    return queries.describe_inspector(found, caller)


@router.get(
    "/inspectors/{staff_no}/versions",
    operation_id="listInspectorVersions",
    summary="History of an inspector 人员变更记录",
    description="Every state that the entry had, oldest first, and which import brought it.",
    responses=problems(InspectorNotFound, DepartmentNotVisible),
)
async def list_versions(
    staff_no: StaffNoPath,
    department: OfDepartment,
    session: Session,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> InspectorVersionList:
    check_department(caller, department)
    found = await queries.get_inspector(session, department, staff_no)
    items = await queries.describe_versions(session, found, caller)
    return InspectorVersionList(items=items, next=None)


@router.post(
    "/certificate-imports",
    operation_id="importCertificates",
    summary="Import certificate holders 导入持证人员名单",
    description="All certificates that an issuer knows in a department, in UTF-8 with a header: "
    "certificate_no, staff_no, certificate_valid_to. The newest file is the present state.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS, DepartmentNotFound, DepartmentNotVisible),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="certificate_no,staff_no,certificate_valid_to\n"
        "YB-610403-0001,610403-SCJG-0001,2030-03-01\n",
    ),
)
async def import_certificates(
    _gate: Annotated[Caller, admits(Permission.INSPECTORS_WRITE)],
    upload: CsvUpload,
    department: OfDepartment,
    source: SourceQuery,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    feed = Feed(department, source, "certificates")
    return await service.import_certificates(session, upload, feed, caller=caller, now=now)


@router.get(
    "/missing-inspectors",
    operation_id="listMissingInspectors",
    summary="Certificate holders missing from the directory 应入未入人员",
    description="Who holds a certificate that is valid today, by the newest list of holders, and "
    "stands in the directory neither by staff number nor by that certificate.",
    response_model=MissingInspectorPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_missing(
    session: Session,
    now: Now,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_missing(page.department, day_in_china(now))
    order = [CertificateHolder.certificate_no]
    items, after = await paginate(session, query, order_by=order, page=page)
    return {"items": items, "next": after}


@router.post(
    "/inspector-leaves",
    operation_id="recordLeave",
    summary="Record leave 登记请假",
    description="Draws that are frozen from here on leave out who is away on every working day "
    "that is left of their window. A leave is corrected or withdrawn by a new one that names it.",
    status_code=status.HTTP_201_CREATED,
    response_model=LeaveRead,
    responses=problems(
        InspectorNotFound,
        LeaveNotFound,
        LeaveReplacedAlready,
        LeaveDaysReversed,
        LeaveReplacesNothing,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def record_leave(
    body: LeaveCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.INSPECTORS_WRITE)],
    _once: Idempotent,
) -> InspectorLeave:
    return await service.record_leave(session, body, caller=caller, now=now)


@router.get(
    "/inspector-leaves",
    operation_id="listLeaves",
    summary="Leave 请假",
    description="Leave that stands in one department, by staff number; what was corrected or "
    "withdrawn is left out.",
    response_model=LeavePage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_leaves(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_leaves([page.department])
    order = [InspectorLeave.staff_no, InspectorLeave.id]
    items, after = await paginate(session, query, order_by=order, page=page)
    return {"items": items, "next": after}
