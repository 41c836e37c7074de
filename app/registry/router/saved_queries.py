"""Saved queries over HTTP 检索方案."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
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
from app.registry import queries, service
from app.registry.errors import DepartmentNotFound, FilterUnknown, SavedQueryNotFound
from app.registry.models import SavedQuery
from app.registry.router.fields import OfDepartment, QueryCodePath
from app.registry.schemas import ListQuery, SavedQueryPage, SavedQueryRead, SavedQueryWrite

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

Version = Annotated[int, Path(ge=1, le=1_000_000, examples=[1])]


@router.post(
    "/saved-queries",
    operation_id="saveObjectQuery",
    summary="Save a query 保存检索方案",
    description="Filters of the directory of objects under a code. Plans and draws refer to a "
    "version; what is saved again differently is the next one.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        DepartmentNotFound,
        DepartmentNotVisible,
        FilterUnknown,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def save_query(
    body: SavedQueryWrite,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.QUERIES_WRITE)],
    _once: Idempotent,
) -> SavedQueryRead:
    saved = await service.save_query(session, body, caller=caller, now=now)
    return (await queries.describe_saved_queries(session, body.department_code, [saved]))[0]


@router.get(
    "/saved-queries",
    operation_id="listSavedQueries",
    summary="Saved queries 检索方案列表",
    description="The versions in force, with their filters in words, by code.",
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_saved_queries(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> SavedQueryPage:
    check_department(caller, page.department)
    query = queries.select_saved_queries(page.department)
    saved, after = await paginate(session, query, order_by=[SavedQuery.code], page=page)
    items = await queries.describe_saved_queries(session, page.department, saved)
    return SavedQueryPage(items=items, next=after)


@router.get(
    "/saved-queries/{query_code}/versions",
    operation_id="listSavedQueryVersions",
    summary="Versions of a saved query 检索方案的各版本",
    description="All versions, by number.",
    responses=problems(CursorInvalid, DepartmentNotVisible, SavedQueryNotFound),
)
async def list_versions(
    query_code: QueryCodePath,
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> SavedQueryPage:
    check_department(caller, page.department)
    await queries.get_saved_query(session, page.department, query_code)
    query = queries.select_query_versions(page.department, query_code)
    saved, after = await paginate(session, query, order_by=[SavedQuery.version], page=page)
    items = await queries.describe_saved_queries(session, page.department, saved)
    return SavedQueryPage(items=items, next=after)


@router.get(
    "/saved-queries/{query_code}/versions/{version}",
    operation_id="getSavedQuery",
    summary="A version of a saved query 检索方案",
    description="With its filters in canonical form and in words.",
    responses=problems(DepartmentNotVisible, SavedQueryNotFound),
)
async def get_saved_query(
    query_code: QueryCodePath,
    version: Version,
    department: OfDepartment,
    session: Session,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> SavedQueryRead:
    check_department(caller, department)
    saved = await queries.get_saved_query(session, department, query_code, version)
    return (await queries.describe_saved_queries(session, department, [saved]))[0]
