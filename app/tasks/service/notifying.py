"""Telling officers that they leave or enter an inspection 通知."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.database import everywhere
from app.core.events import Event
from app.core.ids import new_id
from app.draws import queries as draws
from app.draws.models import DrawnSeat, OpenSeat
from app.tasks import queries
from app.tasks.models import InspectionTask, OfficerNotice
from app.tasks.schemas import OfficerNoticed
from app.tasks.service.recusing import the_service


async def notify_officers(session: AsyncSession, event: Event, at: datetime) -> None:
    """Once a substitute is drawn, a notice to who leaves the seat and one to who enters it. A
    replacement draw is dispatched by its result, so it is never voided and told once."""
    if event.type != "draw.dispatched":
        return
    draw_id, attempt = event.payload["draw_id"], event.payload["attempt"]
    cause = await queries.find_cause(session, draw_id)
    if cause is None:
        return
    task_code, reason = cause
    async with everywhere(session):
        task = await session.get_one(InspectionTask, task_code)
        draw = await draws.get_draw(session, draw_id, attempt)
        opened = await draws.get_open_seats(session, draw)
        entered = await queries.get_turns(session, draw_id, attempt)
        told: list[tuple[str, OpenSeat | DrawnSeat, str | None]] = [
            *(("leaves", seat, reason) for seat in opened),
            *(("enters", seat, None) for seat in entered),
        ]
        for kind, seat, why in told:
            notice = OfficerNotice(
                id=new_id(),
                task_code=task.code,
                object_code=seat.object_code,
                department_code=seat.department_code,
                seat=seat.seat,
                staff_no=seat.staff_no,
                kind=kind,
                reason=why,
                draw_id=draw_id,
                attempt=attempt,
                noticed_at=at,
                noticed_by=the_service(seat.department_code).key_id,
            )
            session.add(notice)
            _record(session, task, notice, at)


def _record(
    session: AsyncSession, task: InspectionTask, notice: OfficerNotice, at: datetime
) -> None:
    events.record(
        session,
        kind="officer.noticed",
        subject=f"officer-notice/{notice.id}",
        department=notice.department_code,
        payload=OfficerNoticed(
            notice_id=str(notice.id),
            task_key=task.national_key,
            object_code=notice.object_code,
            department_code=notice.department_code,
            seat=notice.seat,
            staff_no=notice.staff_no,
            kind=notice.kind,
            draw_id=notice.draw_id,
        ),
        caller=the_service(notice.department_code),
        at=at,
    )
