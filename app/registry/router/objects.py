"""Inspected objects over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, PermissionMissing, admits, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.etags import etag_of
from app.core.idempotency import (
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid
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
from app.registry.router.fields import (
    IMPORT_PROBLEMS,
    AsOf,
    ObjectCode,
    OfDepartment,
    SourceQuery,
    with_etag,
)
from app.registry.schemas import (
    CreditClassHistoryPage,
    CreditClassRead,
    DirectoryDigestRead,
    InspectedObjectPage,
    InspectedObjectQuery,
    InspectedObjectRead,
    ListQuery,
    ObjectVersionPage,
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
    description="Those that fit all filters, by code. A filter that may be repeated wants any of "
    "its values, but tags, which are wanted all; regions and industries include what lies below "
    "them. `as_of` answers what was known at a moment. Filtering by class needs credit:read too.",
    response_model=InspectedObjectPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_objects(
    session: Session,
    now: Now,
    page: Annotated[InspectedObjectQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> Response:
    check_department(caller, page.department)
    if page.credit_class and not caller.may(Permission.CREDIT_READ):
        raise PermissionMissing(permission=Permission.CREDIT_READ.value)
    today = day_in_china(page.as_of or now)
    query, one = queries.select_matching(page.department, page, today, page.as_of)
    found = await queries.read_page(session, query, one, page)
    return Response(found, media_type="application/json")


@router.get(
    "/inspected-objects/{code}",
    operation_id="getInspectedObject",
    summary="An inspected object 检查对象",
    description="One entry of a department's directory, now or as it was known at a moment. The "
    "ETag is the version of the state that is shown, in quotes: a correction sends it in "
    "`If-Match`, and only that of the present state is taken.",
    response_model=InspectedObjectRead,
    responses={
        **with_etag(200, "The entry, with its ETag"),
        **problems(ObjectNotFound, DepartmentNotVisible),
    },
)
async def get_object(
    code: ObjectCode,
    department: OfDepartment,
    response: Response,
    session: Session,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    as_of: AsOf = None,
) -> InspectedObject:
    check_department(caller, department)
    found = await queries.get_object_as_of(session, department, code, as_of)
    response.headers["ETag"] = etag_of(found.version)
    return found


@router.get(
    "/inspected-objects/{code}/versions",
    operation_id="listObjectVersions",
    summary="States of an inspected object 检查对象的各版本",
    description="Every state that was ever known: since when and until when, from which import, by "
    "whom and why; the newest first.",
    responses=problems(ObjectNotFound, DepartmentNotVisible, CursorInvalid),
)
async def list_versions(
    code: ObjectCode,
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> ObjectVersionPage:
    check_department(caller, page.department)
    return await queries.list_object_versions(session, page.department, code, page)


@router.get(
    "/directory-digests",
    operation_id="computeDirectoryDigest",
    summary="Digest of a directory 名录库摘要",
    description="SHA-256 over the entries of a department's directory as it was known at a moment, "
    "in an order and form that anybody can recompute from an export. The same moment always gives "
    "the same digest.",
    responses=problems(DepartmentNotVisible),
)
async def compute_digest(
    department: OfDepartment,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
    as_of: AsOf = None,
) -> DirectoryDigestRead:
    check_department(caller, department)
    return await queries.get_digest(session, department, as_of or now)


@router.get(
    "/inspected-objects/{code}/credit-class",
    operation_id="getCreditClass",
    summary="Credit-risk class of an object 信用风险分类",
    description="The class in force today, or as it was known at a moment. For officials only.",
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
    as_of: AsOf = None,
) -> CreditClassRecord | Response:
    check_department(caller, department)
    await queries.get_object_as_of(session, department, code, as_of)
    today = day_in_china(as_of or now)
    found = await queries.find_class(session, department, code, today, as_of)
    return found or Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/inspected-objects/{code}/credit-classes",
    operation_id="listCreditClasses",
    summary="Classes that were told of an object 信用风险分类历史",
    description="Every class with its source, the one told last first. For officials only.",
    responses=problems(ObjectNotFound, DepartmentNotVisible, CursorInvalid),
)
async def list_classes(
    code: ObjectCode,
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.CREDIT_READ)],
) -> CreditClassHistoryPage:
    check_department(caller, page.department)
    await queries.get_object(session, page.department, code)
    return await queries.list_classes(session, page.department, code, page)
