"""Feeds with their owners and quality, and correction requests, over HTTP 谁产生谁提供谁负责."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.access.service import check_department
from app.core.caller import Caller, Permission, requires
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
from app.registry import queries, service
from app.registry.errors import (
    CorrectionAnsweredAlready,
    CorrectionImportUnfit,
    CorrectionNotFound,
    CorrectionNotYours,
    DepartmentNotFound,
    ObjectNotFound,
    RefusalUnexplained,
    RegistryFeedNotFound,
    ResponsibleUnknown,
)
from app.registry.models import CorrectionRequest, RegistryFeed
from app.registry.router.fields import OfDepartment
from app.registry.schemas import (
    CorrectionAnswerCreate,
    CorrectionCreate,
    CorrectionPage,
    CorrectionQuery,
    CorrectionRead,
    FeedQualityRead,
    ListQuery,
    RegistryFeedPage,
    RegistryFeedRead,
    RegistryFeedWrite,
)
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1/registry", tags=["registry"], route_class=IdempotentRoute)

FeedCodePath = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$", examples=["F-REG"])]
CorrectionId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a004"])]
_WRITE = (DepartmentNotVisible, IdempotencyKeyMissing, IdempotencyKeyReused)


@router.post(
    "/feeds",
    operation_id="recordRegistryFeed",
    summary="Record a feed 登记数据来源",
    description="Who produces the data of a source, who provides it, which department answers for "
    "it, and how often it is to come.",
    status_code=status.HTTP_201_CREATED,
    response_model=RegistryFeedRead,
    responses=problems(*_WRITE, DepartmentNotFound),
)
async def record_feed(
    body: RegistryFeedWrite,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_WRITE)],
    _once: Idempotent,
) -> RegistryFeed:
    return await service.record_feed(session, body, caller=caller, now=now)


@router.get(
    "/feeds",
    operation_id="listRegistryFeeds",
    summary="Feeds of a directory 数据来源",
    description="The versions in force, by code.",
    response_model=RegistryFeedPage,
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_feeds(
    session: Session,
    page: Annotated[ListQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> dict[str, object]:
    check_department(caller, page.department)
    query = queries.select_feeds(page.department)
    items, after = await paginate(session, query, order_by=[RegistryFeed.code], page=page)
    return {"items": items, "next": after}


@router.get(
    "/feeds/{feed_code}/quality",
    operation_id="computeFeedQuality",
    summary="Quality of a feed 数据质量",
    description="Completeness, validity, freshness and uniqueness with their numbers, and the "
    "score; measured now over the whole directory.",
    responses=problems(DepartmentNotVisible, RegistryFeedNotFound),
)
async def compute_quality(
    feed_code: FeedCodePath,
    department: OfDepartment,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> FeedQualityRead:
    check_department(caller, department)
    return await queries.measure_feed(
        session, await queries.get_feed(session, department, feed_code), now
    )


@router.post(
    "/correction-requests",
    operation_id="requestCorrection",
    summary="Ask to correct a fact 请求更正",
    description="The department that answers for the source of the entry is asked; it is to answer "
    "within the working days of the rule `correction.working-days`.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_WRITE, ObjectNotFound, ResponsibleUnknown, RuleMissing),
)
async def request_correction(
    body: CorrectionCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CORRECTIONS_WRITE)],
    _once: Idempotent,
) -> CorrectionRead:
    made = await service.request_correction(session, body, caller=caller, now=now)
    return queries.describe_correction(made, None, day_in_china(now))


@router.get(
    "/correction-requests",
    operation_id="listCorrections",
    summary="Correction requests 更正请求列表",
    description="About a department's directory, or for it to answer, by id.",
    responses=problems(CursorInvalid, DepartmentNotVisible),
)
async def list_corrections(
    session: Session,
    now: Now,
    page: Annotated[CorrectionQuery, Query()],
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> CorrectionPage:
    check_department(caller, page.department)
    async with queries.between_departments(session, caller):
        query = queries.select_corrections(page)
        found, after = await paginate(session, query, order_by=[CorrectionRequest.id], page=page)
        answers = await queries.get_correction_answers(session, found)
    today = day_in_china(now)
    items = [queries.describe_correction(one, answers.get(one.id), today) for one in found]
    return CorrectionPage(items=items, next=after)


@router.get(
    "/correction-requests/{request_id}",
    operation_id="getCorrection",
    summary="A correction request 更正请求",
    description="With its answer, if there is one.",
    responses=problems(CorrectionNotFound),
)
async def get_correction(
    request_id: CorrectionId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.OBJECTS_READ)],
) -> CorrectionRead:
    found = await queries.get_correction(session, request_id, caller=caller)
    async with queries.between_departments(session, caller):
        answers = await queries.get_correction_answers(session, [found])
    return queries.describe_correction(found, answers.get(found.id), day_in_china(now))


@router.post(
    "/correction-requests/{request_id}/decision",
    operation_id="decideCorrection",
    summary="Answer a correction request 答复更正请求",
    description="By the responsible department, once: with the import that corrected the fact, or "
    "with the reason why it stays.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_WRITE[1:],
        CorrectionNotFound,
        CorrectionNotYours,
        CorrectionAnsweredAlready,
        CorrectionImportUnfit,
        RefusalUnexplained,
    ),
)
async def decide_correction(
    request_id: CorrectionId,
    body: CorrectionAnswerCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.CORRECTIONS_WRITE)],
    _once: Idempotent,
) -> CorrectionRead:
    asked, answer = await service.answer_correction(
        session, request_id, body, caller=caller, now=now
    )
    return queries.describe_correction(asked, answer, day_in_china(now))
