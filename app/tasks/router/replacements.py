"""Replacements of officers over HTTP 更换检查人员, and the notices to them."""

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
from app.draws.errors import SeatNotHeld, SeatOpenAlready
from app.rules.errors import RuleMissing
from app.tasks import queries, service
from app.tasks.errors import (
    CertificateValid,
    EndorsementNotNeeded,
    InspectionClosedAlready,
    InspectionPartNotFound,
    InspectionTaskNotFound,
    ReplacementApprovedAlready,
    ReplacementEndorsedAlready,
    ReplacementNotFound,
    ReplacementRequestedAlready,
    ReplacementSameApprover,
    ReplacementSamePerson,
    SecondApprovalMissing,
)
from app.tasks.router.fields import TaskKey
from app.tasks.schemas import (
    OfficerNoticePage,
    OfficerNoticeQuery,
    ReplacementCountPage,
    ReplacementCountQuery,
    ReplacementCreate,
    ReplacementRead,
)

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=IdempotentRoute)

ReplacementId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003"])]


@router.post(
    "/inspection-tasks/{task_key}/replacements",
    operation_id="requestReplacement",
    summary="Request a replacement 申请更换检查人员",
    description="Of who holds a seat but cannot take it. Another person must approve; who comes "
    "instead is drawn, never chosen. An expired certificate is a reason only if the directory shows "
    "none that is valid to the end of the window.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        InspectionTaskNotFound,
        InspectionPartNotFound,
        SeatNotHeld,
        InspectionClosedAlready,
        ReplacementRequestedAlready,
        CertificateValid,
        RuleMissing,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def request_replacement(
    task_key: TaskKey,
    body: ReplacementCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.REPLACEMENTS_REQUEST)],
    _once: Idempotent,
) -> ReplacementRead:
    made = await service.request_replacement(session, task_key, body, caller=caller, now=now)
    return await queries.describe_replacement(session, made)


@router.post(
    "/replacements/{replacement_id}/endorsement",
    operation_id="endorseReplacement",
    summary="Endorse a replacement 更换检查人员的第一次批准",
    description="The first of two approvals, by another person than who requested it; needed where "
    "that person has made as many requests this year as the rule "
    "`replacement.second-approval-from` says. Yet another person approves.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        ReplacementNotFound,
        ReplacementSamePerson,
        ReplacementApprovedAlready,
        ReplacementEndorsedAlready,
        EndorsementNotNeeded,
        RuleMissing,
        InspectionClosedAlready,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def endorse_replacement(
    replacement_id: ReplacementId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.REPLACEMENTS_APPROVE)],
    _once: Idempotent,
) -> ReplacementRead:
    made = await service.endorse_replacement(session, replacement_id, caller=caller, now=now)
    return await queries.describe_replacement(session, made)


@router.post(
    "/replacements/{replacement_id}/approval",
    operation_id="approveReplacement",
    summary="Approve a replacement 批准更换检查人员",
    description="By another person than who requested it, and than who endorsed it where "
    "`needs_endorsement` says so. Begins the draw of the substitute, with a commitment and a fresh "
    "seed of its own.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        ReplacementNotFound,
        ReplacementSamePerson,
        ReplacementApprovedAlready,
        SecondApprovalMissing,
        ReplacementSameApprover,
        RuleMissing,
        SeatNotHeld,
        SeatOpenAlready,
        InspectionClosedAlready,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def approve_replacement(
    replacement_id: ReplacementId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.REPLACEMENTS_APPROVE)],
    _once: Idempotent,
) -> ReplacementRead:
    made = await service.approve_replacement(session, replacement_id, caller=caller, now=now)
    return await queries.describe_replacement(session, made)


@router.get(
    "/replacements/{replacement_id}",
    operation_id="getReplacement",
    summary="A request for a replacement 更换检查人员申请",
    description="With its endorsement, approval and draw, once it has them.",
    responses=problems(ReplacementNotFound, RuleMissing),
)
async def get_replacement(
    replacement_id: ReplacementId,
    session: Session,
    _: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> ReplacementRead:
    found = await queries.get_replacement(session, replacement_id)
    return await queries.describe_replacement(session, found)


@router.get(
    "/replacement-counts",
    operation_id="listReplacementCounts",
    summary="Counts of replacements 更换检查人员次数",
    description="For auditors: how often each person requested a replacement in a year and how "
    "often it was approved, by department, person and reason, of one's departments.",
    responses=problems(CursorInvalid),
)
async def list_replacement_counts(
    session: Session,
    now: Now,
    page: Annotated[ReplacementCountQuery, Query()],
    _: Annotated[Caller, requires(Permission.EVIDENCE_READ)],
) -> ReplacementCountPage:
    year = page.year or day_in_china(now).year
    return await queries.count_replacements(session, page, year=year)


@router.get(
    "/inspection-tasks/{task_key}/officer-notices",
    operation_id="listOfficerNotices",
    summary="Notices to officers 更换检查人员通知",
    description="Who left and who entered an inspection of the task when a substitute was drawn, "
    "and what each was told, of one's departments.",
    responses=problems(InspectionTaskNotFound, CursorInvalid),
)
async def list_officer_notices(
    task_key: TaskKey,
    session: Session,
    page: Annotated[OfficerNoticeQuery, Query()],
    _: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> OfficerNoticePage:
    task = await queries.get_task(session, task_key)
    return await queries.list_notices(session, task, page)
