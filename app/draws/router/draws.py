"""Draws over HTTP 抽取: freeze, commit, seed, draw, evidence."""

from typing import Annotated

from fastapi import APIRouter, status

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
from app.core.problems import DrawRefused, problems
from app.draws import queries, service
from app.draws.errors import (
    AssignmentInfeasible,
    AttemptStands,
    BeaconWithoutCode,
    CampaignTwice,
    CapBelowFixed,
    ClassWithoutRate,
    CommittedAlready,
    CustodiansTooFew,
    DrawExists,
    DrawnAlready,
    DrawNotFound,
    ExpertsElsewhere,
    FrameEmpty,
    FrozenAlready,
    NotBeforePast,
    NotCommitted,
    NotFrozen,
    NotSeeded,
    OfficerListedTwice,
    QualificationUnknown,
    RolesTooFew,
    SeedBegun,
    SeedByTooEarly,
    SeededAlready,
    SeedTooEarly,
    SeedTooLate,
    SourceMismatch,
    SourceTooEarly,
    StageNotReady,
    StationUnknown,
)
from app.draws.models import Draw
from app.draws.router.parameters import STEP, Attempt, DrawId, shown
from app.draws.schemas import CommitmentCreate, DrawCreate, DrawPage, DrawRead, SeedCreate
from app.plans.errors import PlanLineNotFound, PlanNotPublished
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1/draws", tags=["draws"], route_class=IdempotentRoute)


@router.post(
    "",
    operation_id="createDraw",
    summary="Begin a draw 新建抽取",
    description="Of the objects of a published plan line, or of several lines in a campaign 综合查一次; "
    "or, once these are drawn, of the officers who visit the objects of a line. A round has one "
    "draw of each stage.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        PlanLineNotFound,
        PlanNotPublished,
        StageNotReady,
        DrawExists,
        CampaignTwice,
        ExpertsElsewhere,
        QualificationUnknown,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def create_draw(
    body: DrawCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_PREPARE)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.create_draw(session, body, caller=caller, now=now)
    return await shown(session, draw)


@router.get(
    "",
    operation_id="listDraws",
    summary="Draws 抽取列表",
    description="Draws of one's departments, by id and attempt.",
    response_model=DrawPage,
    responses=problems(CursorInvalid),
)
async def list_draws(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.DRAWS_READ)]
) -> dict[str, object]:
    items, after = await paginate(
        session, queries.select_draws(), order_by=[Draw.draw_id, Draw.attempt], page=page
    )
    return {"items": items, "next": after}


@router.get(
    "/{draw_id}/attempts/{attempt}",
    operation_id="getDraw",
    summary="A draw 抽取",
    description="One attempt with its steps, digests and counts.",
    responses=problems(DrawNotFound),
)
async def get_draw(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> DrawRead:
    return await shown(session, await queries.get_draw(session, draw_id, attempt))


@router.post(
    "/{draw_id}/attempts",
    operation_id="createAttempt",
    summary="Begin the next attempt 另起一次抽取",
    description="Of a draw whose last attempt was voided: the same lines or seats, frozen anew, with "
    "a new commitment and new randomness. Attempts are counted in public.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        DrawNotFound,
        AttemptStands,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def create_attempt(
    draw_id: DrawId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_PREPARE)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.create_attempt(session, draw_id, caller=caller, now=now)
    return await shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/freeze",
    operation_id="freezeDraw",
    summary="Freeze the input 冻结名单",
    description="Writes frame.tsv and excluded.tsv, or assignment.json, from the registry as it is "
    "now. Later changes of the registry do not touch this draw.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        FrozenAlready,
        FrameEmpty,
        ClassWithoutRate,
        AssignmentInfeasible,
        StationUnknown,
        OfficerListedTwice,
        CapBelowFixed,
        StageNotReady,
        RuleMissing,
        DrawRefused,
    ),
)
async def freeze_draw(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_PREPARE)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.freeze(session, draw_id, attempt, caller=caller, now=now)
    return await shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/commitment",
    operation_id="commitDraw",
    summary="Log the commitment 登记承诺",
    description="Fixes frame, design, code, sources and the earliest moment of the seed in the "
    "signed log, before any seed value exists. For a real draw that waits for its sources, two "
    "custodians beside who commits have confirmed that they hold each secret.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        NotFrozen,
        CommittedAlready,
        NotBeforePast,
        SeedByTooEarly,
        BeaconWithoutCode,
        CustodiansTooFew,
        DrawRefused,
    ),
)
async def commit_draw(
    draw_id: DrawId,
    attempt: Attempt,
    body: CommitmentCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_PREPARE)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.commit(session, draw_id, attempt, body, caller=caller, now=now)
    return await shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/seed",
    operation_id="seedDraw",
    summary="Set the seed 产生种子",
    description="The values of all committed sources at once, in their order, not before the "
    "committed moment. One commitment has one seed.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *STEP,
        NotCommitted,
        SeededAlready,
        SeedTooEarly,
        SeedTooLate,
        SeedBegun,
        SourceMismatch,
        RolesTooFew,
        SourceTooEarly,
        DrawRefused,
    ),
)
async def seed_draw(
    draw_id: DrawId,
    attempt: Attempt,
    body: SeedCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_SEED)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.set_seed(session, draw_id, attempt, body, caller=caller, now=now)
    return await shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/result",
    operation_id="runDraw",
    summary="Draw 抽取",
    description="Computes the result from frame, commitment and seed alone, and logs its digest "
    "before anyone sees it.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*STEP, NotSeeded, DrawnAlready, DrawRefused),
)
async def run_draw(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_RUN)],
    _once: Idempotent,
) -> DrawRead:
    draw = await service.make_draw(session, draw_id, attempt, caller=caller, now=now)
    return await shown(session, draw)
