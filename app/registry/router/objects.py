"""Inspected objects over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, admits, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, paginate
from app.core.problems import problems
from app.core.uploads import CsvUpload, takes_file
from app.registry import queries, service
from app.registry.errors import (
    CodeTableEmpty,
    DepartmentNotFound,
    ObjectNotFound,
)
from app.registry.models import (
    CreditClassRecord,
    InspectedObject,
    RegistryImport,
)
from app.registry.router.fields import IMPORT_PROBLEMS, ObjectCode, OfDepartment, SourceQuery
from app.registry.schemas import (
    CreditClassRead,
    InspectedObjectPage,
    InspectedObjectQuery,
    InspectedObjectRead,
    RegistryImportRead,
)
from app.registry.service import Feed

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)


_OBJECTS_CSV = (
    "uscc,name,object_class,region_code,industry_code,established,status\n"
    "91610403WY0000015C,杨陵区某某商贸有限公司,企业,610403,52,2019-05-06,存续\n"
)


@router.post(
    "/object-imports",
    operation_id="importInspectedObjects",
    summary="Import inspected objects 导入检查对象",
    description="A CSV in UTF-8 with a header: uscc, name, object_class, region_code, and if "
    "known ent_type, industry_code, established, status, reg_authority, jurisdiction_unit, "
    "source. All rows are taken or none; every fault is named by row and column.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS, DepartmentNotFound, DepartmentNotVisible, CodeTableEmpty),
    openapi_extra=takes_file("text/csv", "application/octet-stream", example=_OBJECTS_CSV),
)
async def import_objects(
    _gate: Annotated[Caller, admits(Permission.OBJECTS_WRITE)],
    upload: CsvUpload,
    department: OfDepartment,
    source: SourceQuery,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    feed = Feed(department, source, "objects")
    return await service.import_objects(session, upload, feed, caller=caller, now=now)


@router.post(
    "/credit-class-imports",
    operation_id="importCreditClasses",
    summary="Import credit-risk classes 导入信用风险分类",
    description="A CSV of uscc and credit_class (A, B, C, D, or U for not classified), in force "
    "from `valid_from`. Classes are for officials only and never public.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*IMPORT_PROBLEMS, DepartmentNotVisible),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="uscc,credit_class\n91610403WY0000015C,B\n",
    ),
)
async def import_credit_classes(
    _gate: Annotated[Caller, admits(Permission.CREDIT_WRITE)],
    upload: CsvUpload,
    department: OfDepartment,
    source: SourceQuery,
    valid_from: Annotated[date, Query(description="Day from which the classes are in force")],
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CREDIT_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    feed = Feed(department, source, "credit-classes")
    return await service.import_credit_classes(
        session, upload, feed, valid_from, caller=caller, now=now
    )


@router.get(
    "/inspected-objects",
    operation_id="listInspectedObjects",
    summary="Inspected objects 检查对象",
    description="By code. Regions include what lies below them.",
    response_model=InspectedObjectPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_objects(
    session: Session,
    page: Annotated[InspectedObjectQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_objects(page.department, [page.region] if page.region else [])
    items, after = await paginate(session, query, order_by=[InspectedObject.code], page=page)
    return {"items": items, "next": after}


@router.get(
    "/inspected-objects/{code}",
    operation_id="getInspectedObject",
    summary="An inspected object 检查对象",
    description="One entry of a department's directory.",
    response_model=InspectedObjectRead,
    responses=problems(ObjectNotFound, DepartmentNotVisible),
)
async def get_object(
    code: ObjectCode,
    department: OfDepartment,
    session: Session,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> InspectedObject:
    check_department(caller, department)
    return await queries.get_object(session, department, code)


@router.get(
    "/inspected-objects/{code}/credit-class",
    operation_id="getCreditClass",
    summary="Credit-risk class of an object 信用风险分类",
    description="The class in force today. For officials only.",
    response_model=CreditClassRead,
    responses={
        **problems(ObjectNotFound, DepartmentNotVisible),
        204: {"description": "Not classified"},
    },
)
async def get_credit_class(
    code: ObjectCode,
    department: OfDepartment,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CREDIT_READ)],
) -> CreditClassRecord | Response:
    check_department(caller, department)
    await queries.get_object(session, department, code)
    found = await queries.find_class(session, department, code, now.date())
    return found or Response(status_code=status.HTTP_204_NO_CONTENT)
