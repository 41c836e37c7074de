"""Replacing officers: requested by one person, approved by another, filled by a draw. Who requests
more often than a rule says needs two others to agree."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.clock import day_in_china
from app.core.database import everywhere
from app.core.ids import new_id
from app.draws.errors import SeatNotHeld
from app.registry.models import Inspector
from app.tasks import queries
from app.tasks.errors import (
    CertificateValid,
    EndorsementNotNeeded,
    InspectionClosedAlready,
    ReplacementApprovedAlready,
    ReplacementEndorsedAlready,
    ReplacementSameApprover,
    ReplacementSamePerson,
    SecondApprovalMissing,
)
from app.tasks.models import (
    InspectionPart,
    InspectionTask,
    ReplacementApproval,
    ReplacementEndorsement,
    ReplacementRequest,
)
from app.tasks.schemas import ReplacementCreate, ReplacementEvent
from app.tasks.service.turns import begin_substitute, lock_task, one_at_a_time


async def request_replacement(
    session: AsyncSession, key: str, body: ReplacementCreate, *, caller: Caller, now: datetime
) -> ReplacementRequest:
    """Say that who holds a seat cannot take it. Nothing changes before another person agrees.

    Raises SeatNotHeld, InspectionClosedAlready, CertificateValid."""
    task = await queries.get_task(session, key)
    part = await queries.get_part(session, task, body.object_code, body.department_code)
    check_department(caller, part.department_code)
    await _check_open(session, task, part.object_code)
    holders = {one.seat: one.staff_no for one in await queries.officers_of(session, part)}
    if holders.get(body.seat) != body.staff_no:
        raise SeatNotHeld(pointer="/staff_no", staff_no=body.staff_no)
    if body.reason == "certificate":
        await _check_certificate(session, task, body)
    year = day_in_china(now).year
    await one_at_a_time(session, f"replacements/{caller.person}")
    request = ReplacementRequest(
        id=new_id(),
        task_code=task.code,
        year=year,
        number=await queries.next_request_number(session, caller.person, year),
        requested_at=now,
        requested_by=caller.key_id,
        requested_person=caller.person,
        **body.model_dump(),
    )
    session.add(request)
    await session.flush()
    _record_replacement(
        session, "replacement.requested", task, request, None, caller=caller, now=now
    )
    return request


async def _check_certificate(
    session: AsyncSession, task: InspectionTask, body: ReplacementCreate
) -> None:
    """The directory must show that no certificate is valid to the end of the window (domain E4).

    Raises CertificateValid."""
    holder = await session.get(Inspector, (body.department_code, body.staff_no))
    if holder is not None and holder.is_certified(task.window_end):
        raise CertificateValid(
            pointer="/reason", staff_no=body.staff_no, window_end=task.window_end.isoformat()
        )


async def endorse_replacement(
    session: AsyncSession, replacement_id: UUID, *, caller: Caller, now: datetime
) -> ReplacementRequest:
    """Agree as the first of two persons, where the rule asks for two.

    Raises ReplacementSamePerson, ReplacementApprovedAlready, ReplacementEndorsedAlready,
    EndorsementNotNeeded, InspectionClosedAlready, RuleMissing."""
    request, task = await _get_pending(session, replacement_id, caller=caller)
    threshold = await queries.second_approval_from(session, request)
    if request.number < threshold:
        raise EndorsementNotNeeded(year=request.year, number=request.number, threshold=threshold)
    if await queries.find_endorsement(session, request) is not None:
        raise ReplacementEndorsedAlready
    await _check_open(session, task, request.object_code)
    session.add(
        ReplacementEndorsement(
            request_id=request.id,
            requested_person=request.requested_person,
            department_code=request.department_code,
            endorsed_at=now,
            endorsed_by=caller.key_id,
            endorsed_person=caller.person,
        )
    )
    await session.flush()
    _record_replacement(
        session, "replacement.endorsed", task, request, None, caller=caller, now=now
    )
    return request


async def _get_pending(
    session: AsyncSession, replacement_id: UUID, *, caller: Caller
) -> tuple[ReplacementRequest, InspectionTask]:
    """A request that the caller may agree to, and its task, which nobody else changes meanwhile.

    Raises ReplacementApprovedAlready, ReplacementSamePerson."""
    request = await queries.get_replacement(session, replacement_id)
    check_department(caller, request.department_code)
    task = await queries.get_task(session, await queries.get_task_key(session, request))
    await lock_task(session, task)
    if await session.get(ReplacementApproval, request.id) is not None:
        raise ReplacementApprovedAlready
    if caller.person == request.requested_person:
        raise ReplacementSamePerson
    return request, task


async def _get_endorser(
    session: AsyncSession, request: ReplacementRequest, *, caller: Caller
) -> str | None:
    """Who agreed before the caller; nobody, where one person is enough.

    Raises SecondApprovalMissing, ReplacementSameApprover."""
    endorsement = await queries.find_endorsement(session, request)
    if endorsement is None:
        threshold = await queries.second_approval_from(session, request)
        if request.number >= threshold:
            raise SecondApprovalMissing(
                year=request.year, number=request.number, threshold=threshold
            )
        return None
    if caller.person == endorsement.endorsed_person:
        raise ReplacementSameApprover
    return endorsement.endorsed_person


async def approve_replacement(
    session: AsyncSession, replacement_id: UUID, *, caller: Caller, now: datetime
) -> ReplacementRequest:
    """Agree, as another person than all before, and begin the draw of the substitute
    (draw-spec 7).

    Raises ReplacementSamePerson, ReplacementApprovedAlready, SecondApprovalMissing,
    ReplacementSameApprover, SeatNotHeld, InspectionClosedAlready, RuleMissing."""
    request, task = await _get_pending(session, replacement_id, caller=caller)
    endorser = await _get_endorser(session, request, caller=caller)
    await _check_open(session, task, request.object_code)
    part = await queries.get_part(session, task, request.object_code, request.department_code)
    draw_id = await _begin_draw(session, task, part, request, caller=caller, now=now)
    session.add(
        ReplacementApproval(
            request_id=request.id,
            requested_person=request.requested_person,
            department_code=request.department_code,
            draw_id=draw_id,
            approved_at=now,
            approved_by=caller.key_id,
            approved_person=caller.person,
            endorsed_person=endorser,
        )
    )
    await session.flush()
    _record_replacement(
        session, "replacement.approved", task, request, draw_id, caller=caller, now=now
    )
    return request


async def _begin_draw(
    session: AsyncSession,
    task: InspectionTask,
    part: InspectionPart,
    request: ReplacementRequest,
    *,
    caller: Caller,
    now: datetime,
) -> str:
    """The draw of a substitute for who asked to leave, if they still hold the seat.

    Raises SeatNotHeld."""
    async with everywhere(session):
        seats = [
            seat
            for seat in await queries.officers_of(session, part)
            if (seat.seat, seat.staff_no) == (request.seat, request.staff_no)
        ]
        if not seats:
            raise SeatNotHeld(staff_no=request.staff_no)
        return await begin_substitute(session, task, seats[0], caller=caller, now=now)


async def _check_open(session: AsyncSession, task: InspectionTask, object_code: str) -> None:
    if await queries.is_closed(session, task, object_code):
        raise InspectionClosedAlready


def _record_replacement(
    session: AsyncSession,
    kind: str,
    task: InspectionTask,
    request: ReplacementRequest,
    draw_id: str | None,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    """The evidence is about a person, so the event does not repeat it."""
    events.record(
        session,
        kind=kind,
        subject=f"replacement/{request.id}",
        department=request.department_code,
        payload=ReplacementEvent(
            replacement_id=str(request.id),
            task_key=task.national_key,
            object_code=request.object_code,
            department_code=request.department_code,
            seat=request.seat,
            staff_no=request.staff_no,
            reason=request.reason,
            draw_id=draw_id,
        ),
        caller=caller,
        at=now,
    )
