"""The steps of a draw: rows become keys, the core draws, keys become rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.draws import files, outcomes, pools, queries
from app.draws.errors import (
    ALREADY,
    NEEDS,
    NotBeforePast,
    RolesTooFew,
    SeatNotHeld,
    SeedTooEarly,
    SourceMismatch,
    StageNotReady,
)
from app.draws.models import Draw, DrawFile, DrawnSeat, DrawStep, OpenSeat
from app.draws.schemas import (
    CommitmentCreate,
    DiceValue,
    DrawCreate,
    DrawEvent,
    SeedCreate,
    SeedValue,
)
from app.draws.states import BEFORE, DrawState, order
from app.plans import queries as plans
from app.plans.errors import PlanNotPublished
from app.plans.models import PlanLine
from app.plans.states import PlanState
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import INSPECTOR, TARGET, parse_commitment
from app.sampling.openlot1.commitment import cd as commitment_digest
from app.sampling.openlot1.inspectors import Seat
from app.sampling.openlot1.seed import build_seed_txt, parse_seed_txt

MINIMUM_ROLES = 3


async def create_draw(
    session: AsyncSession, body: DrawCreate, *, caller: Caller, now: datetime
) -> Draw:
    """Begin a draw of a plan line: of its objects, or of the officers for the drawn objects.

    Raises PlanNotPublished, StageNotReady."""
    line = await plans.get_line(session, body.plan_line_code)
    check_department(caller, line.department_code)
    if await plans.get_state(session, line.plan_code) is not PlanState.PUBLISHED:
        raise PlanNotPublished
    target = f"{line.code}-T{body.round}"
    if body.stage == INSPECTOR and await queries.find_drawn_attempt(session, target) is None:
        raise StageNotReady
    _check_partners(body.stage, line, caller)
    draw_id = target if body.stage == TARGET else f"{line.code}-I{body.round}"
    draw = _new_draw(draw_id, line, body.stage, body.round, body.purpose, body.alg)
    if body.stage == INSPECTOR:
        draw.target_draw_id, draw.cap, draw.slack = target, body.cap, body.slack
    return await _begin(session, draw, caller=caller, now=now)


def _check_partners(stage: str, line: PlanLine, caller: Caller) -> None:
    """Who draws officers must see the directory of every department that sends some."""
    if stage == INSPECTOR:
        for item in line.items:
            check_department(caller, item["department_code"])


async def create_replacement(
    session: AsyncSession,
    inspector_draw: Draw,
    seats: Sequence[DrawnSeat],
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Begin the draw of substitutes for the holders of `seats`: a draw of its own, with its own
    commitment and a fresh source (draw-spec 7, last paragraph)."""
    line = await plans.get_line(session, inspector_draw.plan_line_code)
    held = {
        (s.object_code, s.department_code, s.seat, s.staff_no)
        for s in await queries.get_seats(session, inspector_draw.draw_id)
    }
    for seat in seats:
        if (seat.object_code, seat.department_code, seat.seat, seat.staff_no) not in held:
            raise SeatNotHeld(staff_no=seat.staff_no)
    number = await queries.next_replacement_number(session, inspector_draw.draw_id)
    draw = _new_draw(
        f"{inspector_draw.draw_id}-R{number}",
        line,
        INSPECTOR,
        inspector_draw.round,
        inspector_draw.purpose,
        inspector_draw.alg,
    )
    draw.replacement = number
    draw.target_draw_id, draw.mends_draw_id = inspector_draw.target_draw_id, inspector_draw.draw_id
    draw.cap, draw.slack = inspector_draw.cap, inspector_draw.slack
    draw = await _begin(session, draw, caller=caller, now=now)
    for seat in seats:
        session.add(
            OpenSeat(
                draw_id=draw.draw_id,
                object_code=seat.object_code,
                department_code=seat.department_code,
                seat=seat.seat,
                inspector_draw_id=inspector_draw.draw_id,
                staff_no=seat.staff_no,
            )
        )
    await session.flush()
    return draw


def _new_draw(
    draw_id: str, line: PlanLine, stage: str, round_: int, purpose: str, alg: str
) -> Draw:
    return Draw(
        draw_id=draw_id,
        attempt=1,
        department_code=line.department_code,
        plan_line_code=line.code,
        stage=stage,
        round=round_,
        replacement=0,
        purpose=purpose,
        alg=alg,
        scope=draw_id,
    )


async def _begin(session: AsyncSession, draw: Draw, *, caller: Caller, now: datetime) -> Draw:
    session.add(draw)
    await session.flush()
    await _take_step(session, draw, DrawState.DRAFT, {}, caller=caller, now=now)
    return draw


async def freeze(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Freeze the input 冻结: from here on, changes of the registry do not touch this draw.

    Raises FrameEmpty, ClassWithoutRate, AssignmentInfeasible, and what the core says."""
    draw = await _at(session, draw_id, attempt, DrawState.FROZEN, caller)
    line = await plans.get_line(session, draw.plan_line_code)
    frozen = await pools.freeze(session, draw, line, now)
    _keep(session, draw, frozen.files)
    await _take_step(
        session,
        draw,
        DrawState.FROZEN,
        frozen.details,
        caller=caller,
        now=now,
        published=frozen.published,
    )
    return draw


async def commit(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: CommitmentCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Log the commitment 登记承诺: input, design, code and sources, before any seed exists."""
    draw = await _at(session, draw_id, attempt, DrawState.COMMITTED, caller)
    not_before = body.not_before.astimezone(UTC).replace(microsecond=0)
    if not_before <= now:
        raise NotBeforePast(pointer="/not_before")
    frozen = (await queries.get_step(session, draw, DrawState.FROZEN)).details
    line = await plans.get_line(session, draw.plan_line_code)
    inputs = ("frame", "excluded", "design") if draw.stage == TARGET else ("assignment",)
    data = canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": draw.draw_id,
            "attempt": draw.attempt,
            "stage": draw.stage,
            "alg": draw.alg,
            "purpose": draw.purpose,
            **{name: frozen[name] for name in inputs},
            "code": files.code_reference(),
            "plan": files.plan_reference(line),
            "scope": draw.scope,
            "sources": [files.source_params(source) for source in body.sources],
            "not_before": not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "fallback": body.fallback,
            "previous": await _previous(session, draw),
        }
    )
    parse_commitment(data)
    _keep(session, draw, {"commitment.json": data})
    digest = commitment_digest(data)
    details = {"cd": digest, "not_before": not_before.isoformat()}
    await _take_step(
        session,
        draw,
        DrawState.COMMITTED,
        details,
        caller=caller,
        now=now,
        published={"cd": digest},
    )
    return draw


async def _previous(session: AsyncSession, draw: Draw) -> str | None:
    """cd of the draw that this one mends."""
    if draw.mends_draw_id is None:
        return None
    mended = await queries.find_drawn_attempt(session, draw.mends_draw_id)
    if mended is None:
        raise StageNotReady
    return commitment_digest(await queries.get_file(session, mended, "commitment.json"))


async def set_seed(
    session: AsyncSession,
    draw_id: str,
    attempt: int,
    body: SeedCreate,
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Take the values of the sources 产生种子. One commitment has one seed.

    Raises SeedTooEarly, SourceMismatch, RolesTooFew, and what the core says of a value."""
    draw = await _at(session, draw_id, attempt, DrawState.SEEDED, caller)
    data = await queries.get_file(session, draw, "commitment.json")
    commitment = parse_commitment(data)
    if now < datetime.strptime(commitment.not_before, "%Y-%m-%dT%H:%M:%S%z"):
        raise SeedTooEarly(not_before=commitment.not_before)
    expected = [source.type for source in commitment.sources]
    if [value.type for value in body.sources] != expected:
        raise SourceMismatch(pointer="/sources", expected=", ".join(expected))
    _check_roles(body.sources)
    digest = commitment_digest(data)
    lines = [f"{value.type}:{value.value}" for value in body.sources]
    seed_txt = build_seed_txt(digest, lines)
    parse_seed_txt(seed_txt, commitment, digest)
    _keep(session, draw, {"seed.txt": seed_txt, **files.source_files(lines, body.sources)})
    await _take_step(
        session,
        draw,
        DrawState.SEEDED,
        {"cd": digest, "sources": expected},
        caller=caller,
        now=now,
        published={"cd": digest},
    )
    return draw


def _check_roles(values: Sequence[SeedValue]) -> None:
    for place, value in enumerate(values):
        if isinstance(value, DiceValue):
            roles = {signatory.role for signatory in value.minutes.signed_by}
            if len(roles) < MINIMUM_ROLES:
                raise RolesTooFew(pointer=f"/sources/{place}/minutes/signed_by")


async def make_draw(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Draw 抽取: a pure function of input, commitment and seed; its digest goes into the log,
    hidden until the result may be public."""
    draw = await _at(session, draw_id, attempt, DrawState.DRAWN, caller)
    names = ["frame.tsv", "assignment.json", "commitment.json", "seed.txt"]
    inputs = await queries.get_files(session, draw, names)
    of_stage = outcomes.of_target if draw.stage == TARGET else outcomes.of_inspectors
    outcome = await of_stage(inputs)
    _keep(session, draw, outcome.files)
    await _seat(session, draw, outcome.seats, now)
    await _take_step(
        session,
        draw,
        DrawState.DRAWN,
        outcome.details,
        caller=caller,
        now=now,
        published=outcome.published,
        withheld=True,
    )
    return draw


async def _seat(session: AsyncSession, draw: Draw, seats: Sequence[Seat], now: datetime) -> None:
    """Give the drawn officers their seats; a substitute takes the seat that was open."""
    inspector_draw_id = draw.mends_draw_id or draw.draw_id
    turns = {
        (seat.object_code, seat.department_code, seat.seat): seat.turn
        for seat in await queries.get_seats(session, inspector_draw_id)
    }
    opened: dict[tuple[str, str], list[int]] = {}
    for one in await queries.get_open_seats(session, draw):
        opened.setdefault((one.object_code, one.department_code), []).append(one.seat)
    for seat in seats:
        numbers = opened.get((seat.team, seat.group))
        number = numbers[seat.number - 1] if numbers else seat.number
        session.add(
            DrawnSeat(
                inspector_draw_id=inspector_draw_id,
                object_code=seat.team,
                department_code=seat.group,
                seat=number,
                turn=turns.get((seat.team, seat.group, number), 0) + 1,
                staff_no=seat.inspector,
                draw_id=draw.draw_id,
                attempt=draw.attempt,
                drawn_at=now,
            )
        )


async def _at(
    session: AsyncSession, draw_id: str, attempt: int, wanted: DrawState, caller: Caller
) -> Draw:
    """The draw, locked, if its next step may be `wanted`."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:draw, :attempt))"),
        {"draw": draw_id, "attempt": attempt},
    )
    draw = await queries.get_draw(session, draw_id, attempt)
    check_department(caller, draw.department_code)
    _check_partners(draw.stage, await plans.get_line(session, draw.plan_line_code), caller)
    steps = await queries.get_steps(session, draw)
    reached = order(DrawState(steps[-1].state))
    if reached >= order(wanted):
        raise ALREADY[wanted]
    if reached < order(wanted) - 1:
        raise NEEDS[BEFORE[wanted]]
    return draw


def _keep(session: AsyncSession, draw: Draw, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        session.add(
            DrawFile(
                draw_id=draw.draw_id,
                attempt=draw.attempt,
                name=name,
                department_code=draw.department_code,
                data=data,
            )
        )


async def _take_step(
    session: AsyncSession,
    draw: Draw,
    state: DrawState,
    details: dict[str, Any],
    *,
    caller: Caller,
    now: datetime,
    published: dict[str, Any] | None = None,
    withheld: bool = False,
) -> None:
    """Add a step with its event; `published` goes into the public log beside the draw's name."""
    named = {"draw_id": draw.draw_id, "attempt": draw.attempt, "stage": draw.stage}
    event = events.record(
        session,
        kind=f"draw.{state.value}",
        subject=f"draw/{draw.draw_id}/{draw.attempt}",
        department=draw.department_code,
        payload=DrawEvent(
            draw_id=draw.draw_id, attempt=draw.attempt, state=state, taken_at=now, details=details
        ),
        caller=caller,
        at=now,
        published=None if published is None else named | published,
        withheld=withheld,
    )
    await session.flush()
    session.add(
        DrawStep(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            state=state.value,
            state_before=BEFORE.get(state),
            department_code=draw.department_code,
            details=details,
            event_id=event.id,
            taken_at=now,
            taken_by=caller.key_id,
        )
    )
    await session.flush()
