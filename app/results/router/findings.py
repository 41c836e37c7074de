"""Inspections, findings and disposals over HTTP 检查结果."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, Page
from app.core.problems import problems
from app.results import queries, service
from app.results.errors import (
    AnswerUnlikeLines,
    DisposalMissing,
    DisposalNotFound,
    DisposalStepOutOfTurn,
    DisposalStepTaken,
    FindingsEnteredAlready,
    FindingsNotFound,
    FindingsReviewedAlready,
    InspectedBeforeWindow,
    InspectedInFuture,
    ItemMissing,
    ItemOutsideTask,
    ItemTwice,
    LineMissing,
    LineTwice,
    LineUnknown,
    OfficerNotDrawn,
    OpinionMissing,
    ReviewerEntered,
    ReviewerSigned,
    SecondOfficerMissing,
    SecondOfficerSame,
    SignedAlready,
    SubItemTwice,
    SubItemUnknown,
    ValueUnlikeLines,
)
from app.results.schemas import (
    DisposalCreate,
    DisposalPage,
    DisposalRead,
    DisposalStepCreate,
    FindingsCreate,
    FindingsPage,
    FindingsRead,
    InspectionChecklistList,
    InspectionPage,
    InspectionProgress,
    InspectionQuery,
    ReviewCreate,
    SignatureCreate,
)
from app.rules.errors import RuleMissing
from app.tasks import queries as tasks
from app.tasks.errors import InspectionPartNotFound, InspectionTaskNotFound

router = APIRouter(prefix="/v1", tags=["results"], route_class=IdempotentRoute)

TaskKey = Annotated[str, Path(pattern=r"^[0-9]{18}$", examples=["610403202603021001"])]
ObjectCode = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
]
Version = Annotated[int, Path(ge=1, le=1000, examples=[1])]
DisposalId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003"])]

_INSPECTIONS = "/inspection-tasks/{task_key}/inspections"
_FINDINGS = f"{_INSPECTIONS}/{{object_code}}/findings"
_ACT = (
    InspectionTaskNotFound,
    InspectionPartNotFound,
    DepartmentNotVisible,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)


@router.get(
    _INSPECTIONS,
    operation_id="listInspections",
    summary="Inspections of a task 任务中的检查",
    description="The parts of one's departments with their state and officers, by object and "
    "department.",
    responses=problems(InspectionTaskNotFound, CursorInvalid),
)
async def list_inspections(
    task_key: TaskKey,
    session: Session,
    page: Annotated[InspectionQuery, Query()],
    _: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> InspectionPage:
    task = await tasks.get_task(session, task_key)
    return await queries.list_inspections(session, task, page)


@router.get(
    "/inspection-tasks/{task_key}/progress",
    operation_id="getInspectionProgress",
    summary="Progress of a task 任务进度",
    description="How many parts of one's departments stand at each state.",
    responses=problems(InspectionTaskNotFound),
)
async def get_progress(
    task_key: TaskKey,
    session: Session,
    _: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> InspectionProgress:
    return await queries.get_progress(session, await tasks.get_task(session, task_key))


@router.get(
    "/inspection-tasks/{task_key}/checklists",
    operation_id="listInspectionChecklists",
    summary="Checklists of a task 任务检查表",
    description="What one's departments check, in the version of each item that was in use at the "
    "dispatch: for officers to take along and to answer without a connection.",
    responses=problems(InspectionTaskNotFound),
)
async def list_checklists(
    task_key: TaskKey,
    session: Session,
    caller: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> InspectionChecklistList:
    task = await tasks.get_task(session, task_key)
    return await queries.list_checklists(session, task, back=caller.scope)


@router.post(
    _FINDINGS,
    operation_id="enterFindings",
    summary="Enter findings 录入检查结果",
    description="By an officer who was drawn for this object: one finding for each item of the "
    "department, its parts answered as a whole or by the lines of the checklist. Findings that "
    "were returned are entered again as the next version.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_ACT,
        OfficerNotDrawn,
        FindingsEnteredAlready,
        ItemOutsideTask,
        ItemMissing,
        ItemTwice,
        SubItemUnknown,
        SubItemTwice,
        LineUnknown,
        LineTwice,
        LineMissing,
        AnswerUnlikeLines,
        ValueUnlikeLines,
        InspectedInFuture,
        InspectedBeforeWindow,
    ),
)
async def enter_findings(
    task_key: TaskKey,
    object_code: ObjectCode,
    body: FindingsCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RESULTS_ENTER)],
    _once: Idempotent,
) -> FindingsRead:
    entry = await service.enter_findings(
        session, task_key, object_code, body, caller=caller, now=now
    )
    return await queries.describe(session, entry)


@router.get(
    _FINDINGS,
    operation_id="listFindings",
    summary="Findings at an object 检查结果",
    description="All versions of one's departments with signatures and reviews, by department and "
    "version.",
    responses=problems(InspectionTaskNotFound, InspectionPartNotFound, CursorInvalid),
)
async def list_findings(
    task_key: TaskKey,
    object_code: ObjectCode,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.RESULTS_READ)],
) -> FindingsPage:
    task = await tasks.get_task(session, task_key)
    return await queries.list_findings(session, task, object_code, page)


@router.post(
    f"{_FINDINGS}/{{version}}/signatures",
    operation_id="signFindings",
    summary="Sign findings 签字确认检查结果",
    description="By another officer who was drawn for this object.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_ACT,
        OfficerNotDrawn,
        FindingsNotFound,
        FindingsReviewedAlready,
        SecondOfficerSame,
        SignedAlready,
    ),
)
async def sign_findings(
    task_key: TaskKey,
    object_code: ObjectCode,
    version: Version,
    body: SignatureCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RESULTS_SIGN)],
    _once: Idempotent,
) -> FindingsRead:
    entry = await service.sign_findings(
        session, task_key, object_code, body.department_code, version, caller=caller, now=now
    )
    return await queries.describe(session, entry)


@router.post(
    f"{_FINDINGS}/{{version}}/review",
    operation_id="reviewFindings",
    summary="Review findings 审核检查结果",
    description="By another person than who entered them, after officers enough have signed. The "
    "approval of the last part completes the inspection, and that of the last one the task.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_ACT,
        FindingsNotFound,
        FindingsReviewedAlready,
        ReviewerEntered,
        ReviewerSigned,
        SecondOfficerMissing,
        DisposalMissing,
        OpinionMissing,
        RuleMissing,
    ),
)
async def review_findings(
    task_key: TaskKey,
    object_code: ObjectCode,
    version: Version,
    body: ReviewCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RESULTS_REVIEW)],
    _once: Idempotent,
) -> FindingsRead:
    entry = await service.review_findings(
        session, task_key, object_code, version, body, caller=caller, now=now
    )
    return await queries.describe(session, entry)


@router.post(
    "/disposals",
    operation_id="createDisposal",
    summary="Open a disposal 登记后续处置",
    description="What follows a problem that was found for an item of one's department.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_ACT, ItemOutsideTask),
)
async def create_disposal(
    body: DisposalCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DISPOSALS_WRITE)],
    _once: Idempotent,
) -> DisposalRead:
    made = await service.open_disposal(session, body, caller=caller, now=now)
    return (await queries.describe_disposals(session, [made]))[0]


@router.get(
    "/disposals",
    operation_id="listDisposals",
    summary="Disposals 后续处置列表",
    description="Those of one's departments, by id.",
    responses=problems(CursorInvalid),
)
async def list_disposals(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.RESULTS_READ)]
) -> DisposalPage:
    return await queries.list_disposals(session, page)


@router.get(
    "/disposals/{disposal_id}",
    operation_id="getDisposal",
    summary="A disposal 后续处置",
    description="With its steps and where it stands.",
    responses=problems(DisposalNotFound),
)
async def get_disposal(
    disposal_id: DisposalId,
    session: Session,
    _: Annotated[Caller, requires(Permission.RESULTS_READ)],
) -> DisposalRead:
    found = await queries.get_disposal(session, disposal_id)
    return (await queries.describe_disposals(session, [found]))[0]


@router.post(
    "/disposals/{disposal_id}/steps",
    operation_id="addDisposalStep",
    summary="Record a step of a disposal 登记处置进展",
    description="Rectified, then re-checked; closed after a passed re-check, or directly where "
    "the kind knows none.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        DisposalNotFound,
        DisposalStepOutOfTurn,
        DisposalStepTaken,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def add_step(
    disposal_id: DisposalId,
    body: DisposalStepCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DISPOSALS_WRITE)],
    _once: Idempotent,
) -> DisposalRead:
    made = await service.take_step(session, disposal_id, body, caller=caller, now=now)
    return (await queries.describe_disposals(session, [made]))[0]
