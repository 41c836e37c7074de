"""Draws over HTTP 抽取: freeze, commit, seed, draw, evidence."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response, status

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
    ClassWithoutRate,
    CommittedAlready,
    DrawExists,
    DrawnAlready,
    DrawNotFound,
    FrameEmpty,
    FrozenAlready,
    NoPublicBundle,
    NotBeforePast,
    NotCommitted,
    NotDrawn,
    NotFrozen,
    NotSeeded,
    RolesTooFew,
    SeededAlready,
    SeedTooEarly,
    SourceMismatch,
    StageNotReady,
)
from app.draws.models import Draw
from app.draws.schemas import (
    CommitmentCreate,
    DrawCreate,
    DrawPage,
    DrawRead,
    SeatPage,
    SeedCreate,
    SelectedPage,
    StepRead,
)
from app.draws.states import DrawState
from app.plans.errors import PlanLineNotFound, PlanNotPublished
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1/draws", tags=["draws"], route_class=IdempotentRoute)

DrawId = Annotated[str, Path(pattern=r"^[0-9A-Z-]{1,80}$", examples=["610403-SCJG-2026-001-01-T1"])]
Attempt = Annotated[int, Path(ge=1, le=1000, examples=[1])]
_STEP = (DrawNotFound, DepartmentNotVisible, IdempotencyKeyMissing, IdempotencyKeyReused)


async def _shown(session: Session, draw: Draw) -> DrawRead:
    steps = [StepRead.model_validate(step) for step in await queries.get_steps(session, draw)]
    return DrawRead(
        **{name: getattr(draw, name) for name in DrawRead.model_fields if hasattr(draw, name)},
        state=steps[-1].state,
        steps=steps,
    )


@router.post(
    "",
    operation_id="createDraw",
    summary="Begin a draw 新建抽取",
    description="Of the objects of a published plan line, or, once these are drawn, of the "
    "officers who visit them. A round has one draw of each stage.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        PlanLineNotFound,
        PlanNotPublished,
        StageNotReady,
        DrawExists,
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
    return await _shown(session, draw)


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
    return await _shown(session, await queries.get_draw(session, draw_id, attempt))


@router.post(
    "/{draw_id}/attempts/{attempt}/freeze",
    operation_id="freezeDraw",
    summary="Freeze the input 冻结名单",
    description="Writes frame.tsv and excluded.tsv, or assignment.json, from the registry as it is "
    "now. Later changes of the registry do not touch this draw.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_STEP,
        FrozenAlready,
        FrameEmpty,
        ClassWithoutRate,
        AssignmentInfeasible,
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
    return await _shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/commitment",
    operation_id="commitDraw",
    summary="Log the commitment 登记承诺",
    description="Fixes frame, design, code, sources and the earliest moment of the seed in the "
    "signed log, before any seed value exists.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_STEP, NotFrozen, CommittedAlready, NotBeforePast, DrawRefused),
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
    return await _shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/seed",
    operation_id="seedDraw",
    summary="Set the seed 产生种子",
    description="The values of the committed sources, in their order, not before the committed "
    "moment. One commitment has one seed.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        *_STEP,
        NotCommitted,
        SeededAlready,
        SeedTooEarly,
        SourceMismatch,
        RolesTooFew,
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
    return await _shown(session, draw)


@router.post(
    "/{draw_id}/attempts/{attempt}/result",
    operation_id="runDraw",
    summary="Draw 抽取",
    description="Computes the result from frame, commitment and seed alone, and logs its digest "
    "before anyone sees it.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_STEP, NotSeeded, DrawnAlready, DrawRefused),
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
    return await _shown(session, draw)


@router.get(
    "/{draw_id}/attempts/{attempt}/selected",
    operation_id="listSelectedObjects",
    summary="Drawn objects 抽中名单",
    description="In the order of selected.tsv. Strata tell classes, so this is for officials only.",
    responses=problems(DrawNotFound, NotDrawn, CursorInvalid),
)
async def list_selected(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> SelectedPage:
    draw = await queries.get_draw(session, draw_id, attempt)
    await queries.get_step(session, draw, DrawState.DRAWN)
    return queries.selected_page(await queries.get_file(session, draw, "selected.tsv"), page)


@router.get(
    "/{draw_id}/seats",
    operation_id="listSeats",
    summary="Officers' seats 检查席位",
    description="Who holds each seat of an inspector draw now, replacements counted.",
    responses=problems(CursorInvalid),
)
async def list_seats(
    draw_id: DrawId,
    session: Session,
    page: Page,
    _: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> SeatPage:
    return queries.seat_page(await queries.get_seats(session, draw_id), page)


@router.get(
    "/{draw_id}/attempts/{attempt}/bundles/{profile}",
    operation_id="getEvidenceBundle",
    summary="Evidence bundle 证据包",
    description="A zip that anyone can verify without this service: `audit` holds everything, "
    "`public` nothing from which a class could be inferred. The same bytes every time.",
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "Evidence bundle (draw-spec 9)",
            "headers": {
                "Content-Disposition": {
                    "description": "A file name of draw, attempt and profile",
                    "schema": {"type": "string"},
                }
            },
        },
        **problems(DrawNotFound, NotDrawn, NoPublicBundle),
    },
)
async def get_bundle(
    draw_id: DrawId,
    attempt: Attempt,
    profile: Literal["audit", "public"],
    session: Session,
    _: Annotated[Caller, requires(Permission.EVIDENCE_READ)],
) -> Response:
    draw = await queries.get_draw(session, draw_id, attempt)
    data = await queries.get_bundle(session, draw, profile)
    name = f"{draw_id}-{attempt}-{profile}.zip"
    return Response(
        data,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
