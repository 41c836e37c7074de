"""Departments, code tables, inspected objects and inspection items over HTTP."""

from datetime import date
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

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
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.core.uploads import CsvUpload, takes_file
from app.registry import queries, service
from app.registry.errors import (
    CodeTableEmpty,
    DepartmentNotFound,
    ImportRefused,
    ItemNotFound,
    ObjectNotFound,
    ParentDepartmentMissing,
)
from app.registry.models import (
    CreditClassRecord,
    Department,
    InspectedObject,
    InspectionItem,
    RegistryImport,
)
from app.registry.schemas import (
    CreditClassRead,
    DepartmentImport,
    DepartmentPage,
    DepartmentRead,
    InspectedObjectPage,
    InspectedObjectQuery,
    InspectedObjectRead,
    InspectionItemImport,
    InspectionItemPage,
    InspectionItemRead,
    ListQuery,
    RegistryImportRead,
    Source,
)
from app.registry.service import Feed

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

ObjectCode = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
]
ItemCodePath = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$", examples=["SC-01"])]
Department_ = Annotated[DepartmentCode, Query(description="Department of the directory 所属部门")]
Source_ = Annotated[Source, Query()]
_IMPORT = (ImportRefused, IdempotencyKeyMissing, IdempotencyKeyReused)
_OBJECTS_CSV = (
    "uscc,name,object_class,region_code,industry_code,established,status\n"
    "91610403WY0000015C,杨陵区某某商贸有限公司,企业,610403,52,2019-05-06,存续\n"
)


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


@router.post(
    "/division-imports",
    operation_id="importDivisions",
    summary="Import divisions 导入行政区划代码",
    description="A CSV of GB/T 2260 codes, current and retired: code, name, full_name, level, "
    "parent_code, status, valid_from, valid_to, successor_codes.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_IMPORT),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="code,name,full_name,level,parent_code,status,valid_from,valid_to,successor_codes\n"
        "610403,杨陵区,陕西省咸阳市杨陵区,county,610400,current,1982,,\n",
    ),
)
async def import_divisions(
    _gate: Annotated[Caller, admits(Permission.CODES_WRITE)],
    upload: CsvUpload,
    source: Source_,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CODES_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    return await service.import_divisions(session, upload, source, caller=caller, now=now)


@router.post(
    "/industry-imports",
    operation_id="importIndustries",
    summary="Import industries 导入国民经济行业分类",
    description="A CSV of GB/T 4754 codes: code, name, level, parent_code, section_code.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_IMPORT),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="code,name,level,parent_code,section_code\n52,零售业,division,F,F\n",
    ),
)
async def import_industries(
    _gate: Annotated[Caller, admits(Permission.CODES_WRITE)],
    upload: CsvUpload,
    source: Source_,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CODES_WRITE)],
    _once: Idempotent,
) -> RegistryImport:
    return await service.import_industries(session, upload, source, caller=caller, now=now)


@router.post(
    "/object-imports",
    operation_id="importInspectedObjects",
    summary="Import inspected objects 导入检查对象",
    description="A CSV in UTF-8 with a header: uscc, name, object_class, region_code, and if "
    "known ent_type, industry_code, established, status, reg_authority, jurisdiction_unit, "
    "source. All rows are taken or none; every fault is named by row and column.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_IMPORT, DepartmentNotFound, DepartmentNotVisible, CodeTableEmpty),
    openapi_extra=takes_file("text/csv", "application/octet-stream", example=_OBJECTS_CSV),
)
async def import_objects(
    _gate: Annotated[Caller, admits(Permission.OBJECTS_WRITE)],
    upload: CsvUpload,
    department: Department_,
    source: Source_,
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
    responses=problems(*_IMPORT, DepartmentNotVisible),
    openapi_extra=takes_file(
        "text/csv",
        "application/octet-stream",
        example="uscc,credit_class\n91610403WY0000015C,B\n",
    ),
)
async def import_credit_classes(
    _gate: Annotated[Caller, admits(Permission.CREDIT_WRITE)],
    upload: CsvUpload,
    department: Department_,
    source: Source_,
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


@router.post(
    "/inspection-item-imports",
    operation_id="importInspectionItems",
    summary="Import inspection items 导入抽查事项清单",
    description="A department's list. Items that differ from the version in force become a new "
    "version; the former one is kept.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryImportRead,
    responses=problems(*_IMPORT, DepartmentNotFound, DepartmentNotVisible),
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
    department: Department_,
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
    department: Department_,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CREDIT_READ)],
) -> CreditClassRecord | Response:
    check_department(caller, department)
    await queries.get_object(session, department, code)
    found = await queries.find_class(session, department, code, now.date())
    return found or Response(status_code=status.HTTP_204_NO_CONTENT)


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
    department: Department_,
    session: Session,
    caller: Annotated[Caller, requires(Permission.ITEMS_READ)],
) -> InspectionItem:
    check_department(caller, department)
    return await queries.get_item(session, department, code)
