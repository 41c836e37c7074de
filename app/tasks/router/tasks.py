"""Inspection tasks over HTTP 抽查任务."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

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
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.draws.errors import NotDrawn
from app.plans.errors import PlanLineNotFound
from app.rules.errors import RuleMissing
from app.tasks import queries, service
from app.tasks.errors import (
    InspectionTaskNotFound,
    NationalKeysExhausted,
    OfficersMissing,
    RehearsalDrawn,
    TaskDispatchedAlready,
    TaskEmpty,
)
from app.tasks.models import DepartmentTask
from app.tasks.router.fields import TaskKey
from app.tasks.schemas import InspectionTaskCreate, InspectionTaskPage, InspectionTaskRead

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=IdempotentRoute)


async def _jurisdiction(request: Request) -> str:
    """The region of the whole installation, for departments that have none of their own."""
    prefix: str = request.app.state.jurisdiction_prefix
    return prefix


@router.post(
    "/inspection-tasks",
    operation_id="createInspectionTask",
    summary="Dispatch an inspection task 派发抽查任务",
    description="Of a round of a plan line whose objects and officers are both drawn. Every "
    "department whose items are checked gets its part of each object. A round has one task.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        PlanLineNotFound,
        NotDrawn,
        RehearsalDrawn,
        TaskEmpty,
        OfficersMissing,
        TaskDispatchedAlready,
        NationalKeysExhausted,
        RuleMissing,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def create_task(
    body: InspectionTaskCreate,
    session: Session,
    now: Now,
    jurisdiction: Annotated[str, Depends(_jurisdiction)],
    caller: Annotated[Caller, requires(Permission.TASKS_DISPATCH)],
    _once: Idempotent,
) -> InspectionTaskRead:
    task = await service.dispatch(session, body, jurisdiction=jurisdiction, caller=caller, now=now)
    return await queries.describe(session, task)


@router.get(
    "/inspection-tasks",
    operation_id="listInspectionTasks",
    summary="Inspection tasks 抽查任务列表",
    description="Those that one's departments lead or take part in, by national key.",
    responses=problems(CursorInvalid),
)
async def list_tasks(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.TASKS_READ)]
) -> InspectionTaskPage:
    items, after = await paginate(
        session, queries.select_tasks(), order_by=[DepartmentTask.national_key], page=page
    )
    return InspectionTaskPage(items=[queries.summary(one) for one in items], next=after)


@router.get(
    "/inspection-tasks/{task_key}",
    operation_id="getInspectionTask",
    summary="An inspection task 抽查任务",
    description="One task, how far it has come, and the parts of one's departments.",
    responses=problems(InspectionTaskNotFound),
)
async def get_task(
    task_key: TaskKey,
    session: Session,
    _: Annotated[Caller, requires(Permission.TASKS_READ)],
) -> InspectionTaskRead:
    return await queries.describe(session, await queries.get_task(session, task_key))
