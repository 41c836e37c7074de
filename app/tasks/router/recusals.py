"""Recusals over HTTP 回避."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now, day_in_china
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid
from app.core.problems import problems
from app.registry import queries as registry
from app.registry import service as registry_service
from app.registry.errors import (
    AskedInFuture,
    InspectorNotFound,
    ObjectNotFound,
    RecusalDecidedAlready,
    RecusalGrantedAlready,
    RecusalHeadUnnamed,
    RecusalNeedsNoDecision,
    RecusalNotFound,
    RecusalOfHead,
    RecusalRequestedAlready,
    RecusalSamePerson,
)
from app.registry.schemas import RecusalCreate, RecusalDecide
from app.tasks import queries, service
from app.tasks.schemas import (
    RecusalCountPage,
    RecusalPage,
    RecusalQuery,
    RecusalRead,
    ReplacementCountQuery,
)

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=IdempotentRoute)

RecusalId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a004"])]


@router.post(
    "/recusals",
    operation_id="requestRecusal",
    summary="Request a recusal 申请回避",
    description="What an inspected firm asks for, entered on its behalf (行政处罚法第四十三条). The "
    "head decides; until then the inspection goes on. Officers declare their own interests with "
    "`declareInterest`.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InspectorNotFound,
        ObjectNotFound,
        AskedInFuture,
        RecusalRequestedAlready,
        RecusalGrantedAlready,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def request_recusal(
    body: RecusalCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RECUSALS_REQUEST)],
    _once: Idempotent,
) -> RecusalRead:
    made = await registry_service.request_recusal(session, body, caller=caller, now=now)
    return await queries.describe_recusal(session, made)


@router.get(
    "/recusals",
    operation_id="listRecusals",
    summary="Recusals 回避列表",
    description="Declared, requested and found, of one's departments, by id. For officials only.",
    responses=problems(CursorInvalid),
)
async def list_recusals(
    session: Session,
    page: Annotated[RecusalQuery, Query()],
    _: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> RecusalPage:
    return await queries.list_recusals(session, page)


@router.get(
    "/recusals/{recusal_id}",
    operation_id="getRecusal",
    summary="A recusal 回避",
    description="With the decision, once there is one, and the seats that it is about. For "
    "officials only.",
    responses=problems(RecusalNotFound),
)
async def get_recusal(
    recusal_id: RecusalId,
    session: Session,
    _: Annotated[Caller, requires(Permission.INSPECTORS_READ)],
) -> RecusalRead:
    return await queries.describe_recusal(session, await registry.get_recusal(session, recusal_id))


@router.post(
    "/recusals/{recusal_id}/decision",
    operation_id="decideRecusal",
    summary="Decide a recusal 决定回避",
    description="By the head 负责人, with their own key: neither who entered the request nor the "
    "officer. Granted, no later draw gives the officer a seat at the object; where they hold one in "
    "an inspection under way, the draw of a substitute begins at once, with a commitment and a "
    "fresh seed of its own.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        RecusalNotFound,
        RecusalNeedsNoDecision,
        RecusalHeadUnnamed,
        RecusalSamePerson,
        RecusalOfHead,
        RecusalDecidedAlready,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def decide_recusal(
    recusal_id: RecusalId,
    body: RecusalDecide,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RECUSALS_DECIDE)],
    _once: Idempotent,
) -> RecusalRead:
    decided = await service.decide_recusal(session, recusal_id, body, caller=caller, now=now)
    return await queries.describe_recusal(session, decided)


@router.get(
    "/recusal-counts",
    operation_id="listRecusalCounts",
    summary="Counts of recusals 回避次数",
    description="For auditors: how many recusals each person entered in a year, how they ended and "
    "how many seats were drawn anew because of them, by department, person, origin and ground, of "
    "one's departments.",
    responses=problems(CursorInvalid),
)
async def list_recusal_counts(
    session: Session,
    now: Now,
    page: Annotated[ReplacementCountQuery, Query()],
    _: Annotated[Caller, requires(Permission.EVIDENCE_READ)],
) -> RecusalCountPage:
    year = page.year or day_in_china(now).year
    return await queries.count_recusals(session, page, year=year)
