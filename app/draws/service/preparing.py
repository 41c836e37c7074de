"""Before the seed: a draw is begun, its input frozen, its commitment logged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.draws import files, pools, queries
from app.draws.errors import (
    AttemptStands,
    CampaignTwice,
    ExpertsElsewhere,
    NotBeforePast,
    QualificationUnknown,
    SeatNotHeld,
    StageNotReady,
)
from app.draws.models import Draw, DrawnSeat, DrawPart, OpenSeat
from app.draws.schemas import CommitmentCreate, DrawCreate
from app.draws.service.escrow import check_custodians
from app.draws.service.seeding import seed_deadline
from app.draws.service.steps import (
    at,
    check_partners,
    keep,
    last_state,
    lock,
    locked,
    take_step,
)
from app.draws.states import DrawState
from app.plans import queries as plans
from app.plans.errors import PlanNotPublished
from app.plans.models import PlanLine
from app.plans.states import PlanState
from app.registry import queries as registry
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import INSPECTOR, TARGET, parse_commitment
from app.sampling.openlot1.commitment import cd as commitment_digest

COPIED = (
    "draw_id",
    "department_code",
    "plan_line_code",
    "stage",
    "round",
    "replacement",
    "purpose",
    "alg",
    "scope",
    "target_draw_id",
    "mends_draw_id",
    "cap",
    "slack",
    "mode",
    "avoid_last_inspectors",
    "experts",
)
"""What a further attempt has of the one before."""
PART_NAME_LENGTH = 32
"""The most characters of a part's name (draw-spec 5 and 7)."""


async def create_draw(
    session: AsyncSession, body: DrawCreate, *, caller: Caller, now: datetime
) -> Draw:
    """Begin a draw of a plan line, or of several in a campaign: of their objects, or of the
    officers for the drawn objects of one line.

    Raises PlanNotPublished, StageNotReady, CampaignTwice, ExpertsElsewhere,
    QualificationUnknown."""
    line = await _published_line(session, body.plan_line_code, caller)
    if body.stage == TARGET:
        draw = _new_draw(f"{line.code}-T{body.round}", line, body)
        others = [await _published_line(session, c, caller) for c in body.campaign_line_codes]
        return await _begin_target(session, draw, [line, *others], caller=caller, now=now)
    found = await queries.find_drawn_part(session, line.code, body.round)
    if found is None:
        raise StageNotReady
    check_partners(line, caller)
    draw = _new_draw(f"{line.code}-I{body.round}", line, body)
    draw.target_draw_id, draw.cap, draw.slack = found[0].draw_id, body.cap, body.slack
    draw.mode, draw.avoid_last_inspectors = body.mode.value, body.avoid_last_inspectors
    await _check_experts(session, line, body)
    draw.experts = [demand.model_dump() for demand in body.experts]
    return await _begin(session, draw, caller=caller, now=now)


async def _check_experts(session: AsyncSession, line: PlanLine, body: DrawCreate) -> None:
    """Experts come from a department that takes part, and somebody there has what is asked for.

    Raises ExpertsElsewhere, QualificationUnknown."""
    partners = {line.department_code, *(item["department_code"] for item in line.items)}
    for n, demand in enumerate(body.experts):
        if demand.department_code not in partners:
            raise ExpertsElsewhere(
                pointer=f"/experts/{n}/department_code", department=demand.department_code
            )
        held = await registry.get_qualifications(session, demand.department_code, demand.kind)
        if demand.qualification not in held:
            raise QualificationUnknown(
                pointer=f"/experts/{n}/qualification",
                department=demand.department_code,
                qualification=demand.qualification,
            )


async def _published_line(session: AsyncSession, code: str, caller: Caller) -> PlanLine:
    line = await plans.get_line(session, code)
    check_department(caller, line.department_code)
    if await plans.get_state(session, line.plan_code) is not PlanState.PUBLISHED:
        raise PlanNotPublished
    return line


async def _begin_target(
    session: AsyncSession, draw: Draw, lines: Sequence[PlanLine], *, caller: Caller, now: datetime
) -> Draw:
    if len({line.code for line in lines}) < len(lines):
        raise CampaignTwice(pointer="/campaign_line_codes")
    await _begin(session, draw, caller=caller, now=now)
    _add_parts(session, draw, [line.code for line in lines])
    await session.flush()
    return draw


def _add_parts(session: AsyncSession, draw: Draw, line_codes: Sequence[str]) -> None:
    for number, code in enumerate(line_codes, start=1):
        session.add(
            DrawPart(
                draw_id=draw.draw_id,
                attempt=draw.attempt,
                number=number,
                department_code=draw.department_code,
                plan_line_code=code,
                round=draw.round,
                name=_part_name(number, code) if len(line_codes) > 1 else "",
            )
        )


def _part_name(number: int, line_code: str) -> str:
    """The code of the line, or, where that is too long for a part, its end with the number."""
    if len(line_code) <= PART_NAME_LENGTH:
        return line_code
    return f"{number}.{line_code[-PART_NAME_LENGTH + 3 :]}"


async def create_attempt(
    session: AsyncSession, draw_id: str, *, caller: Caller, now: datetime
) -> Draw:
    """Begin the next attempt of a draw whose last one was voided: the same lines or seats, with a
    new commitment and new randomness (draw-spec 8).

    Raises AttemptStands."""
    await lock(session, draw_id, 0)
    last = await queries.last_attempt(session, draw_id)
    await locked(session, draw_id, last.attempt, caller)
    if await last_state(session, last) is not DrawState.VOIDED:
        raise AttemptStands(attempt=last.attempt)
    draw = Draw(
        attempt=last.attempt + 1,
        previous_attempt=last.attempt,
        previous_state=DrawState.VOIDED.value,
        **{name: getattr(last, name) for name in COPIED},
    )
    lines = [part.plan_line_code for part in await queries.get_parts(session, last)]
    await _begin(session, draw, caller=caller, now=now)
    _add_parts(session, draw, lines)
    await session.flush()
    return draw


async def create_replacement(
    session: AsyncSession,
    inspector_draw: Draw,
    seats: Sequence[DrawnSeat],
    *,
    caller: Caller,
    now: datetime,
) -> Draw:
    """Begin the draw of substitutes for the holders of `seats`: a draw of its own, with its own
    commitment and a fresh source (draw-spec 7, last paragraph). It fills seats of officers only:
    without an expert a visit stands, as they do not count."""
    line = await plans.get_line(session, inspector_draw.plan_line_code)
    held = {
        (s.object_code, s.department_code, s.seat, s.staff_no)
        for s in await queries.get_seats(session, inspector_draw.draw_id)
    }
    for seat in seats:
        if (seat.object_code, seat.department_code, seat.seat, seat.staff_no) not in held:
            raise SeatNotHeld(staff_no=seat.staff_no)
    number = await queries.next_replacement_number(session, inspector_draw.draw_id)
    draw = _new_draw(f"{inspector_draw.draw_id}-R{number}", line, inspector_draw)
    draw.replacement = number
    draw.target_draw_id, draw.mends_draw_id = inspector_draw.target_draw_id, inspector_draw.draw_id
    draw.cap, draw.slack = inspector_draw.cap, inspector_draw.slack
    draw.mode = inspector_draw.mode
    draw.avoid_last_inspectors = inspector_draw.avoid_last_inspectors
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


def _new_draw(draw_id: str, line: PlanLine, like: DrawCreate | Draw) -> Draw:
    """A first attempt, of the stage, round, purpose and algorithm that `like` has."""
    return Draw(
        draw_id=draw_id,
        attempt=1,
        department_code=line.department_code,
        plan_line_code=line.code,
        stage=like.stage,
        round=like.round,
        replacement=0,
        purpose=like.purpose,
        alg=like.alg,
        scope=draw_id,
        experts=[],
    )


async def _begin(session: AsyncSession, draw: Draw, *, caller: Caller, now: datetime) -> Draw:
    session.add(draw)
    await session.flush()
    await take_step(session, draw, DrawState.DRAFT, {}, caller=caller, now=now)
    return draw


async def freeze(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Freeze the input 冻结: from here on, changes of the registry do not touch this draw.

    Raises FrameEmpty, ClassWithoutRate, AssignmentInfeasible, and what the core says."""
    draw = await at(session, draw_id, attempt, DrawState.FROZEN, caller)
    if draw.stage == INSPECTOR:
        # Whoever voids, amends or substitutes in the list of objects has to wait, or is too late.
        target = await queries.find_drawn_part(session, draw.plan_line_code, draw.round)
        if target is None:
            raise StageNotReady
        await lock(session, target[0].draw_id, target[0].attempt)
    frozen = await pools.freeze(session, draw, now)
    keep(session, draw, frozen.files)
    await take_step(
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
    """Log the commitment 登记承诺: input, design, code and sources, before any seed exists.

    Raises NotBeforePast, SeedByTooEarly, CustodiansTooFew, and what the core says."""
    draw = await at(session, draw_id, attempt, DrawState.COMMITTED, caller)
    not_before = body.not_before.astimezone(UTC).replace(microsecond=0)
    if not_before <= now:
        raise NotBeforePast(pointer="/not_before")
    seed_by = seed_deadline(body, not_before)
    await check_custodians(session, draw, body, caller)
    frozen = (await queries.get_step(session, draw, DrawState.FROZEN)).details
    line = await plans.get_line(session, draw.plan_line_code)
    data = canonical.dumps(
        {
            "v": "openlot/1",
            "draw_id": draw.draw_id,
            "attempt": draw.attempt,
            "stage": draw.stage,
            "alg": draw.alg,
            "purpose": draw.purpose,
            **_inputs(frozen),
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
    keep(session, draw, {"commitment.json": data})
    digest = commitment_digest(data)
    details = {
        "cd": digest,
        "not_before": not_before.isoformat(),
        "seed_by": seed_by.isoformat(),
    }
    await take_step(
        session,
        draw,
        DrawState.COMMITTED,
        details,
        caller=caller,
        now=now,
        published={"cd": digest},
    )
    return draw


def _inputs(frozen: dict[str, Any]) -> dict[str, Any]:
    """The members of the commitment that name the frozen input (draw-spec 3)."""
    if "assignment" in frozen:
        return {"assignment": frozen["assignment"]}
    if "parts" in frozen:
        return {"parts": [{"name": part["name"]} | _part(part) for part in frozen["parts"]]}
    return _part(frozen)


def _part(frozen: dict[str, Any]) -> dict[str, Any]:
    return {name: frozen[name] for name in ("frame", "excluded", "design")}


async def _previous(session: AsyncSession, draw: Draw) -> str | None:
    """cd of the attempt before, or of the draw that this one mends (draw-spec 3 and 7)."""
    if draw.previous_attempt is not None:
        before = await queries.get_draw(session, draw.draw_id, draw.previous_attempt)
    elif draw.mends_draw_id is not None:
        mended = await queries.find_drawn_attempt(session, draw.mends_draw_id)
        if mended is None:
            raise StageNotReady
        before = mended
    else:
        return None
    return commitment_digest(await queries.get_file(session, before, "commitment.json"))
