"""Recusals 回避: declared by the officer, requested by the firm, found by the service; decided by
the head (行政处罚法 art. 43)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.clock import day_in_china
from app.core.database import as_departments
from app.core.ids import new_id
from app.registry import queries
from app.registry.errors import (
    AskedInFuture,
    InterestDeclaredAlready,
    NotYourInterest,
    RecusalDecidedAlready,
    RecusalGrantedAlready,
    RecusalHeadUnnamed,
    RecusalNeedsNoDecision,
    RecusalOfHead,
    RecusalRequestedAlready,
    RecusalSamePerson,
)
from app.registry.models import RecusalDecision, RecusalOrigin, RecusalRequest
from app.registry.schemas import (
    InterestDeclare,
    InterestEvent,
    RecusalCreate,
    RecusalDecide,
    RecusalEvent,
)


async def declare_interest(
    session: AsyncSession, body: InterestDeclare, *, caller: Caller, now: datetime
) -> RecusalRequest:
    """Declare that an officer has an interest in an object 回避: no draw gives them a seat there.
    Whose key is a person's declares for that person only.

    Raises NotYourInterest, InspectorNotFound, InterestDeclaredAlready."""
    check_department(caller, body.department_code)
    if caller.person not in {caller.key_id, body.staff_no}:
        raise NotYourInterest
    await queries.get_inspector(session, body.department_code, body.staff_no)
    said = await lock_pair(session, body.department_code, body.staff_no, body.object_code)
    if any(one.origin == RecusalOrigin.DECLARED for one in said):
        raise InterestDeclaredAlready
    request = _new_request(RecusalOrigin.DECLARED, caller, now, **body.model_dump())
    session.add(request)
    await session.flush()
    events.record(
        session,
        kind="interest.declared",
        subject=f"inspector/{body.staff_no}",
        department=body.department_code,
        payload=InterestEvent(**body.model_dump(exclude={"evidence"})),
        caller=caller,
        at=now,
    )
    return request


async def lock_pair(
    session: AsyncSession, department: str, staff_no: str, object_code: str
) -> list[RecusalRequest]:
    """What was said of an officer and an object so far; nobody else adds to it meanwhile."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 7))"),
        {"pair": f"{department}/{staff_no}/{object_code}"},
    )
    return list(await session.scalars(queries.of_pair(department, staff_no, object_code)))


def _new_request(
    origin: RecusalOrigin, caller: Caller, now: datetime, **facts: object
) -> RecusalRequest:
    return RecusalRequest(
        id=new_id(),
        origin=origin.value,
        requested_at=now,
        requested_by=caller.key_id,
        requested_person=caller.person,
        year=day_in_china(now).year,
        **facts,
    )


async def request_recusal(
    session: AsyncSession, body: RecusalCreate, *, caller: Caller, now: datetime
) -> RecusalRequest:
    """Enter what a firm asks for. The head decides; until then the work goes on.

    Raises InspectorNotFound, ObjectNotFound, AskedInFuture, RecusalRequestedAlready,
    RecusalGrantedAlready."""
    check_department(caller, body.department_code)
    if body.asked_on > day_in_china(now):
        raise AskedInFuture(pointer="/asked_on")
    await queries.get_inspector(session, body.department_code, body.staff_no)
    async with as_departments(session, "*", back=caller.scope):
        await queries.check_object(session, body.object_code)
    said = await lock_pair(session, body.department_code, body.staff_no, body.object_code)
    for one in said:
        decision = await queries.find_decision(session, one)
        if decision is None and one.origin != RecusalOrigin.DECLARED:
            raise RecusalRequestedAlready
        if decision is not None and decision.outcome == "granted":
            raise RecusalGrantedAlready
    request = _new_request(RecusalOrigin.REQUESTED, caller, now, **body.model_dump())
    session.add(request)
    await session.flush()
    _record(session, "recusal.requested", request, None, caller=caller, now=now)
    return request


async def open_found(
    session: AsyncSession, cause: RecusalRequest, *, caller: Caller, now: datetime
) -> RecusalRequest | None:
    """Open the case of an officer who declared an interest in an object and holds a seat at it; a
    declaration opens one case, and none beside another that waits for the head."""
    said = await lock_pair(session, cause.department_code, cause.staff_no, cause.object_code)
    for one in said:
        waits = one.origin != RecusalOrigin.DECLARED and not await queries.find_decision(
            session, one
        )
        if one.cause_id == cause.id or waits:
            return None
    facts = {
        name: getattr(cause, name)
        for name in ("department_code", "staff_no", "object_code", "ground", "evidence")
    }
    request = _new_request(RecusalOrigin.FOUND, caller, now, cause_id=cause.id, **facts)
    session.add(request)
    await session.flush()
    _record(session, "recusal.found", request, None, caller=caller, now=now)
    return request


async def decide_recusal(
    session: AsyncSession,
    request: RecusalRequest,
    body: RecusalDecide,
    *,
    caller: Caller,
    now: datetime,
) -> RecusalDecision:
    """Decide as the head of the officer's department. The key must be a person's, who is neither
    the one who entered the request nor the officer.

    Raises RecusalNeedsNoDecision, RecusalHeadUnnamed, RecusalSamePerson, RecusalOfHead,
    RecusalDecidedAlready."""
    check_department(caller, request.department_code)
    if request.origin == RecusalOrigin.DECLARED:
        raise RecusalNeedsNoDecision
    if caller.person == caller.key_id:
        raise RecusalHeadUnnamed
    if caller.person == request.requested_person:
        raise RecusalSamePerson
    if caller.person == request.staff_no:
        raise RecusalOfHead
    await lock_pair(session, request.department_code, request.staff_no, request.object_code)
    if await queries.find_decision(session, request) is not None:
        raise RecusalDecidedAlready
    decision = RecusalDecision(
        request_id=request.id,
        origin=request.origin,
        requested_person=request.requested_person,
        staff_no=request.staff_no,
        department_code=request.department_code,
        decided_at=now,
        decided_by=caller.key_id,
        decided_person=caller.person,
        **body.model_dump(),
    )
    session.add(decision)
    await session.flush()
    _record(session, "recusal.decided", request, decision, caller=caller, now=now)
    return decision


def _record(
    session: AsyncSession,
    kind: str,
    request: RecusalRequest,
    decision: RecusalDecision | None,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    events.record(
        session,
        kind=kind,
        subject=f"recusal/{request.id}",
        department=request.department_code,
        payload=RecusalEvent(
            recusal_id=str(request.id),
            department_code=request.department_code,
            staff_no=request.staff_no,
            object_code=request.object_code,
            origin=request.origin,
            ground=request.ground,
            outcome=decision and decision.outcome,
            decided_person=decision and decision.decided_person,
            document_no=decision and decision.document_no,
        ),
        caller=caller,
        at=now,
    )
