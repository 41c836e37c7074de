"""Whose turn it is, the draws that mend a task, and its events."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.core.schema import Schema
from app.draws import queries as draws
from app.draws import service as draws_service
from app.draws.errors import NotDrawn
from app.draws.models import DrawnSeat
from app.tasks.models import InspectionTask


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Wait for who came before, until their transaction has ended."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 3))"), {"what": what}
    )


async def lock_task(session: AsyncSession, task: InspectionTask) -> None:
    """Let one at a time change how far a task has come: who finishes the last part must see all
    others finished, and nobody else may."""
    await one_at_a_time(session, task.code)


async def begin_substitute(
    session: AsyncSession, task: InspectionTask, seat: DrawnSeat, *, caller: Caller, now: datetime
) -> str:
    """Begin the draw of a substitute for who holds a seat (draw-spec 7), a draw of the lead
    department, as the one that it mends; its id. Ask within `everywhere`.

    Raises SeatNotHeld."""
    mended = await draws.find_drawn_attempt(session, task.inspector_draw_id)
    if mended is None:
        raise NotDrawn
    draw = await draws_service.create_replacement(session, mended, [seat], caller=caller, now=now)
    return draw.draw_id


def record(
    session: AsyncSession,
    kind: str,
    task: InspectionTask,
    payload: Schema,
    *,
    caller: Caller,
    now: datetime,
    object_code: str | None = None,
) -> None:
    """An event of the lead department, about a task or one inspection of it."""
    subject = f"inspection-task/{task.national_key}"
    events.record(
        session,
        kind=kind,
        subject=subject if object_code is None else f"{subject}/{object_code}",
        department=task.department_code,
        payload=payload,
        caller=caller,
        at=now,
    )
