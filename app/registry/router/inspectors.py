"""Inspectors and their interests over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.schemas import DepartmentCode
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
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.core.uploads import CsvUpload, takes_file
from app.registry import queries, service
from app.registry.errors import (
    DepartmentNotFound,
    ImportRefused,
    InspectorNotFound,
    InterestDeclaredAlready,
    NotYourInterest,
)
from app.registry.models import DeclaredInterest, Inspector, RegistryImport
from app.registry.schemas import (
    InspectorPage,
    InterestDeclare,
    InterestRead,
    ListQuery,
    RegistryImportRead,
    Source,
)
from app.registry.service import Feed

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


@router.post(
    "/inspector-imports",
    operation_id="importInspectors",
    summary="Import inspectors 导入执法检查人员",
    description="A CSV in UTF-8 with a header: staff_no, name, certificate_no, "
    "certificate_valid_to, item_codes (with semicolons), and if known station, region_code, "
    "certificate_issuer, qualifications, status. National id numbers are never stored.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(
        ImportRefused,
        DepartmentNotFound,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
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
    department: Annotated[
        DepartmentCode, Query(description="Department of the directory 所属部门")
    ],
    source: Annotated[Source, Query()],
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
    response_model=InspectorPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_inspectors(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_inspectors([page.department])
    items, after = await paginate(session, query, order_by=[Inspector.staff_no], page=page)
    return {"items": items, "next": after}


@router.post(
    "/interests",
    operation_id="declareInterest",
    summary="Declare an interest 申报回避",
    description="From here on no draw gives the officer a seat at the object. A person's own key "
    "declares for that person only.",
    status_code=status.HTTP_201_CREATED,
    response_model=InterestRead,
    responses=problems(
        InspectorNotFound,
        DepartmentNotVisible,
        NotYourInterest,
        InterestDeclaredAlready,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def declare_interest(
    body: InterestDeclare,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.INTERESTS_WRITE)],
    _once: Idempotent,
) -> DeclaredInterest:
    return await service.declare_interest(session, body, caller=caller, now=now)
