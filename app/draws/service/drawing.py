"""The draw itself, and the officers' seats that come of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.draws import outcomes, queries
from app.draws.errors import DrawVoided
from app.draws.models import ASSISTING, AssistingSeat, Draw, DrawnSeat
from app.draws.service.steps import at, keep, last_state, lock, take_step
from app.draws.states import BEFORE, DrawState
from app.sampling.openlot1.commitment import TARGET
from app.sampling.openlot1.inspectors import Seat


async def make_draw(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> Draw:
    """Draw 抽取: a pure function of input, commitment and seed; its digest goes into the log,
    hidden until the result may be public."""
    draw = await at(session, draw_id, attempt, DrawState.DRAWN, caller)
    outcome = await outcome_of(session, draw)
    keep(session, draw, outcome.files)
    await _seat(session, draw, outcome.seats, now)
    await take_step(
        session,
        draw,
        DrawState.DRAWN,
        outcome.details,
        caller=caller,
        now=now,
        published=outcome.published,
        withheld=True,
    )
    if draw.mends_draw_id is not None:
        # The task is under way: who was drawn takes the seat at once.
        await take_step(session, draw, DrawState.DISPATCHED, {}, caller=caller, now=now)
    return draw


async def outcome_of(session: AsyncSession, draw: Draw) -> outcomes.Outcome:
    """What the seed of an attempt gives."""
    fixed = ("commitment.json", "seed.txt")
    if draw.stage != TARGET:
        inputs = await queries.get_files(session, draw, ["assignment.json", *fixed])
        return await outcomes.of_inspectors(inputs)
    folders = {part.name: part.folder for part in await queries.get_parts(session, draw)}
    frames = [f"{folder}frame.tsv" for folder in folders.values()]
    inputs = await queries.get_files(session, draw, [*frames, *fixed])
    return await outcomes.of_target(inputs, folders)


async def mark(
    session: AsyncSession, draw: Draw, state: DrawState, *, caller: Caller, now: datetime
) -> None:
    """Take a step that follows from what became of the draw: dispatched, published, closed.
    Nothing happens if it was taken, or if its time has not come.

    Raises DrawVoided."""
    await lock(session, draw.draw_id, draw.attempt)
    reached = await last_state(session, draw)
    if reached is DrawState.VOIDED:
        raise DrawVoided
    if reached in BEFORE[state]:
        await take_step(session, draw, state, {}, caller=caller, now=now)


async def _seat(session: AsyncSession, draw: Draw, seats: Sequence[Seat], now: datetime) -> None:
    """Give the drawn officers their seats; a substitute takes the seat that was open."""
    inspector_draw_id = draw.mends_draw_id or draw.draw_id
    _seat_assistants(session, draw, seats, now)
    turns = await queries.last_turns(session, inspector_draw_id)
    opened: dict[tuple[str, str], list[int]] = {}
    for one in await queries.get_open_seats(session, draw):
        opened.setdefault((one.object_code, one.department_code), []).append(one.seat)
    for seat in (one for one in seats if not one.group.startswith(ASSISTING)):
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


def _seat_assistants(
    session: AsyncSession, draw: Draw, seats: Sequence[Seat], now: datetime
) -> None:
    """Give experts and third parties their seats, apart from those of officers."""
    for seat in (one for one in seats if one.group.startswith(ASSISTING)):
        demand = draw.experts[int(seat.group.removeprefix(ASSISTING)) - 1]
        session.add(
            AssistingSeat(
                inspector_draw_id=draw.draw_id,
                attempt=draw.attempt,
                object_code=seat.team,
                group_name=seat.group,
                seat=seat.number,
                department_code=demand["department_code"],
                staff_no=seat.inspector,
                drawn_at=now,
            )
        )
