"""What a recusal does to seats that are drawn: the head grants it, and a substitute is drawn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import EVERY_DEPARTMENT, Caller
from app.core.database import everywhere
from app.core.events import Event
from app.draws.models import DrawnSeat
from app.registry import queries as registry
from app.registry import service as registry_service
from app.registry.models import RecusalOutcome, RecusalRequest
from app.registry.schemas import RecusalDecide
from app.tasks import queries
from app.tasks.models import InspectionTask, RecusalReplacement
from app.tasks.schemas import RecusalReplacementEvent
from app.tasks.service.turns import begin_substitute, lock_task


async def decide_recusal(
    session: AsyncSession, recusal_id: UUID, body: RecusalDecide, *, caller: Caller, now: datetime
) -> RecusalRequest:
    """Decide as the head. Granted, it keeps the officer out of every later draw at the object, and
    for each seat that they hold there in an inspection under way the draw of a substitute begins.

    Raises RecusalNotFound, and what `registry.service.decide_recusal` raises."""
    recusal = await registry.get_recusal(session, recusal_id)
    decision = await registry_service.decide_recusal(session, recusal, body, caller=caller, now=now)
    if decision.outcome == RecusalOutcome.GRANTED:
        async with everywhere(session):
            for code in sorted({code for _, code, _ in await _held(session, recusal)}):
                await lock_task(session, await session.get_one(InspectionTask, code))
            for seat, code, _ in await _held(session, recusal):
                await _replace(session, recusal, seat, code, caller=caller, now=now)
    return recusal


async def _held(session: AsyncSession, recusal: RecusalRequest) -> list[tuple[DrawnSeat, str, str]]:
    """Read again once the tasks are locked: who came before may have changed the seats."""
    return await queries.get_held_seats(session, recusal)


async def _replace(
    session: AsyncSession,
    recusal: RecusalRequest,
    seat: DrawnSeat,
    task_code: str,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    task = await session.get_one(InspectionTask, task_code)
    draw_id = await begin_substitute(session, task, seat, caller=caller, now=now)
    session.add(
        RecusalReplacement(
            draw_id=draw_id,
            request_id=recusal.id,
            outcome=RecusalOutcome.GRANTED.value,
            task_code=task.code,
            object_code=seat.object_code,
            department_code=seat.department_code,
            seat=seat.seat,
            staff_no=seat.staff_no,
            begun_at=now,
            begun_by=caller.key_id,
        )
    )
    await session.flush()
    events.record(
        session,
        kind="recusal.replacement-begun",
        subject=f"recusal/{recusal.id}",
        department=seat.department_code,
        payload=RecusalReplacementEvent(
            recusal_id=str(recusal.id),
            task_key=task.national_key,
            object_code=seat.object_code,
            department_code=seat.department_code,
            seat=seat.seat,
            staff_no=seat.staff_no,
            draw_id=draw_id,
        ),
        caller=caller,
        at=now,
    )


async def find_recusals(session: AsyncSession, event: Event, at: datetime) -> None:
    """Look, after a declaration or a decision and after officers were sent out, whether somebody
    holds a seat at an object that they must keep away from: either may have come after the list
    was frozen. What the head has granted begins a draw; what is only declared opens a case for
    the head."""
    told = event.payload
    if event.type in {"interest.declared", "recusal.decided"}:
        seats = queries.at_object(told["department_code"], told["object_code"])
    elif event.type == "draw.dispatched":
        seats = queries.drawn_by(told["draw_id"])
    else:
        return
    async with everywhere(session):
        for code in sorted({one.task_code for one in await queries.get_conflicts(session, seats)}):
            await lock_task(session, await session.get_one(InspectionTask, code))
        for one in await queries.get_conflicts(session, seats):
            caller = the_service(one.seat.department_code)
            if one.is_granted:
                await _replace(session, one.recusal, one.seat, one.task_code, caller=caller, now=at)
            else:
                await registry_service.open_found(session, one.recusal, caller=caller, now=at)


def the_service(department: str) -> Caller:
    """Who acts where no person does."""
    name = "system"
    return Caller(name, name, name, department, (EVERY_DEPARTMENT,), frozenset())
