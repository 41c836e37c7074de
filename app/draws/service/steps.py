"""Taking a step: whose turn it is, the files that it leaves, and its event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.draws import queries
from app.draws.errors import ALREADY, NEEDS, DrawVoided
from app.draws.models import Draw, DrawFile, DrawStep
from app.draws.schemas import DrawEvent
from app.draws.states import BEFORE, DrawState, order
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.sampling.openlot1.commitment import INSPECTOR


async def at(
    session: AsyncSession, draw_id: str, attempt: int, wanted: DrawState, caller: Caller
) -> Draw:
    """The draw, locked, if its next step may be `wanted`.

    Raises DrawVoided, and what stands for a step that was taken or is missing."""
    draw = await locked(session, draw_id, attempt, caller)
    check_turn(await last_state(session, draw), wanted)
    return draw


async def locked(session: AsyncSession, draw_id: str, attempt: int, caller: Caller) -> Draw:
    """The draw, for one at a time, if the caller sees every department that has a part in it."""
    await lock(session, draw_id, attempt)
    draw = await queries.get_draw(session, draw_id, attempt)
    check_department(caller, draw.department_code)
    if draw.stage == INSPECTOR:
        check_partners(await plans.get_line(session, draw.plan_line_code), caller)
    for part in await queries.get_parts(session, draw):
        line = await plans.get_line(session, part.plan_line_code)
        check_department(caller, line.department_code)
    return draw


async def lock(session: AsyncSession, draw_id: str, attempt: int) -> None:
    """Wait until nobody else changes how far an attempt has come."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:draw, :attempt))"),
        {"draw": draw_id, "attempt": attempt},
    )


def check_partners(line: PlanLine, caller: Caller) -> None:
    """Who draws officers must see the directory of every department that sends some."""
    for item in line.items:
        check_department(caller, item["department_code"])


async def last_state(session: AsyncSession, draw: Draw) -> DrawState:
    return DrawState((await queries.get_steps(session, draw))[-1].state)


def check_turn(reached: DrawState, wanted: DrawState) -> None:
    """Whether a step may follow.

    Raises DrawVoided, and what stands for a step that was taken or is missing."""
    if reached in BEFORE[wanted]:
        return
    if reached is DrawState.VOIDED:
        raise DrawVoided
    if order(reached) > order(BEFORE[wanted][-1]):
        raise ALREADY[wanted]
    raise NEEDS[BEFORE[wanted][0]]


def keep(session: AsyncSession, draw: Draw, contents: Mapping[str, bytes]) -> None:
    """Keep files of an attempt, byte for byte."""
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


async def take_step(
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
    steps = await queries.get_steps(session, draw)
    session.add(
        DrawStep(
            draw_id=draw.draw_id,
            attempt=draw.attempt,
            state=state.value,
            state_before=steps[-1].state if steps else None,
            department_code=draw.department_code,
            details=details,
            event_id=event.id,
            taken_at=now,
            taken_by=caller.key_id,
        )
    )
    await session.flush()
