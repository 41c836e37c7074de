"""Plans over HTTP 抽查计划."""

from typing import Annotated

from fastapi import APIRouter, Path, status

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
from app.plans import queries, service
from app.plans.errors import (
    ClassTwice,
    IndustryUnknown,
    ItemNotPublished,
    ItemUnknown,
    PlanEmpty,
    PlanLineNotFound,
    PlanNotDraft,
    PlanNotFound,
    PlanStepMissing,
    PlanStepTaken,
    RateAboveCap,
    RateAboveOne,
    RateMalformed,
    RateOrFixed,
    RegionUnknown,
    SamePerson,
    ScopeOrQuery,
    SharedTotalNeedsRegions,
    WindowReversed,
)
from app.plans.models import Plan, PlanLine
from app.plans.schemas import (
    PlanCreate,
    PlanLineCreate,
    PlanLinePage,
    PlanLineRead,
    PlanPage,
    PlanRead,
    PlanStepRead,
)
from app.plans.states import PlanState
from app.registry.errors import CodeTableEmpty, DepartmentNotFound, SavedQueryNotFound

router = APIRouter(prefix="/v1", tags=["plans"], route_class=IdempotentRoute)

PlanCode = Annotated[str, Path(pattern=r"^[0-9A-Z-]{1,60}$", examples=["610403-SCJG-2026-001"])]
LineCode = Annotated[str, Path(pattern=r"^[0-9A-Z-]{1,64}$", examples=["610403-SCJG-2026-001-01"])]


_STEP = (
    PlanNotFound,
    DepartmentNotVisible,
    PlanStepTaken,
    PlanStepMissing,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)


async def _shown(session: Session, plan: Plan) -> PlanRead:
    steps = [PlanStepRead.model_validate(step) for step in await queries.get_steps(session, plan)]
    return PlanRead(
        code=plan.code,
        department_code=plan.department_code,
        year=plan.year,
        name=plan.name,
        created_at=plan.created_at,
        state=steps[-1].state,
        steps=steps,
    )


@router.post(
    "/plans",
    operation_id="createPlan",
    summary="Create a plan 制定抽查计划",
    description="A department's plan for a year. The service gives the code.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        DepartmentNotFound, DepartmentNotVisible, IdempotencyKeyMissing, IdempotencyKeyReused
    ),
)
async def create_plan(
    body: PlanCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.PLANS_WRITE)],
    _once: Idempotent,
) -> PlanRead:
    return await _shown(session, await service.create_plan(session, body, caller=caller, now=now))


@router.get(
    "/plans/{plan_code}",
    operation_id="getPlan",
    summary="A plan 抽查计划",
    description="One plan with its steps.",
    responses=problems(PlanNotFound),
)
async def get_plan(
    plan_code: PlanCode,
    session: Session,
    _: Annotated[Caller, requires(Permission.PLANS_READ)],
) -> PlanRead:
    return await _shown(session, await queries.get_plan(session, plan_code))


@router.post(
    "/plans/{plan_code}/submission",
    operation_id="submitPlan",
    summary="Submit a plan 提交计划",
    description="From here on no line can be added. Another person must approve it.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_STEP, PlanEmpty),
)
async def submit_plan(
    plan_code: PlanCode,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.PLANS_SUBMIT)],
    _once: Idempotent,
) -> PlanRead:
    state = PlanState.SUBMITTED
    plan = await service.take_step(session, plan_code, state, caller=caller, now=now)
    return await _shown(session, plan)


@router.post(
    "/plans/{plan_code}/approval",
    operation_id="approvePlan",
    summary="Approve a plan 审批计划",
    description="By another person than who submitted it.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_STEP, SamePerson),
)
async def approve_plan(
    plan_code: PlanCode,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.PLANS_APPROVE)],
    _once: Idempotent,
) -> PlanRead:
    state = PlanState.APPROVED
    plan = await service.take_step(session, plan_code, state, caller=caller, now=now)
    return await _shown(session, plan)


@router.get(
    "/plans",
    operation_id="listPlans",
    summary="Plans 抽查计划列表",
    description="Plans of one's departments, by code.",
    response_model=PlanPage,
    responses=problems(CursorInvalid),
)
async def list_plans(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.PLANS_READ)]
) -> dict[str, object]:
    items, after = await paginate(session, queries.select_plans(), order_by=[Plan.code], page=page)
    return {"items": items, "next": after}


@router.post(
    "/plans/{plan_code}/lines",
    operation_id="addPlanLine",
    summary="Add a plan line 增加计划条目",
    description="Scope or saved query, inspection items, rates per credit-risk class and window.",
    status_code=status.HTTP_201_CREATED,
    response_model=PlanLineRead,
    responses=problems(
        PlanNotFound,
        PlanNotDraft,
        DepartmentNotVisible,
        RateAboveOne,
        RateMalformed,
        RateOrFixed,
        ScopeOrQuery,
        SavedQueryNotFound,
        ClassTwice,
        RegionUnknown,
        IndustryUnknown,
        ItemUnknown,
        ItemNotPublished,
        RateAboveCap,
        SharedTotalNeedsRegions,
        WindowReversed,
        CodeTableEmpty,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def add_line(
    plan_code: PlanCode,
    body: PlanLineCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.PLANS_WRITE)],
    _once: Idempotent,
) -> PlanLine:
    return await service.add_line(session, plan_code, body, caller=caller, now=now)


@router.get(
    "/plans/{plan_code}/lines",
    operation_id="listPlanLines",
    summary="Lines of a plan 计划条目",
    description="By code.",
    response_model=PlanLinePage,
    responses=problems(PlanNotFound, CursorInvalid),
)
async def list_lines(
    plan_code: PlanCode,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.PLANS_READ)],
) -> dict[str, object]:
    await queries.get_plan(session, plan_code)
    items, after = await paginate(
        session, queries.select_lines(plan_code), order_by=[PlanLine.code], page=page
    )
    return {"items": items, "next": after}


@router.get(
    "/plan-lines/{line_code}",
    operation_id="getPlanLine",
    summary="A plan line 计划条目",
    description="One line by its code.",
    response_model=PlanLineRead,
    responses=problems(PlanLineNotFound),
)
async def get_line(
    line_code: LineCode,
    session: Session,
    _: Annotated[Caller, requires(Permission.PLANS_READ)],
) -> PlanLine:
    return await queries.get_line(session, line_code)
