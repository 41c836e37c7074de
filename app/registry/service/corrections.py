"""Registering feeds with their owners, and correcting what they told 谁产生谁提供谁负责."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import EVERY_DEPARTMENT, Caller
from app.core.clock import day_in_china
from app.core.ids import new_id
from app.core.workdays import add_workdays
from app.registry import queries
from app.registry.errors import (
    CorrectionAnsweredAlready,
    CorrectionImportUnfit,
    CorrectionNotYours,
    RefusalUnexplained,
    RegistryFeedNotFound,
    ResponsibleUnknown,
)
from app.registry.models import CorrectionAnswer, CorrectionRequest, RegistryFeed
from app.registry.schemas import (
    CorrectionAnswerCreate,
    CorrectionCreate,
    CorrectionEvent,
    RegistryFeedEvent,
    RegistryFeedWrite,
)
from app.registry.service.imports import Feed, one_feed_at_a_time
from app.rules import queries as rules


async def record_feed(
    session: AsyncSession, body: RegistryFeedWrite, *, caller: Caller, now: datetime
) -> RegistryFeed:
    """Record a feed, or its next version if anything differs."""
    check_department(caller, body.department_code)
    for code in (body.department_code, body.responsible_department):
        await queries.get_department(session, code)
    await one_feed_at_a_time(session, Feed(body.department_code, body.source, "feed"))
    try:
        present = await queries.get_feed(session, body.department_code, body.code)
    except RegistryFeedNotFound:
        present = None
    said = body.model_dump()
    if present and all(getattr(present, name) == value for name, value in said.items()):
        return present
    made = RegistryFeed(
        **said,
        version=present.version + 1 if present else 1,
        recorded_at=now,
        recorded_by=caller.key_id,
    )
    session.add(made)
    await session.flush()
    events.record(
        session,
        kind="registry-feed.recorded",
        subject=f"registry-feed/{made.department_code}/{made.code}",
        department=made.department_code,
        payload=RegistryFeedEvent(feed=body, version=made.version),
        caller=caller,
        at=now,
    )
    return made


async def request_correction(
    session: AsyncSession, body: CorrectionCreate, *, caller: Caller, now: datetime
) -> CorrectionRequest:
    """Ask who answers for an entry to correct a fact, by so many working days as the rule sets.

    Raises ObjectNotFound, ResponsibleUnknown."""
    check_department(caller, body.department_code)
    entry = await queries.get_object(session, body.department_code, body.object_code)
    responsible = await queries.find_responsible(session, entry)
    if responsible is None:
        raise ResponsibleUnknown(source=entry.source)
    today = day_in_china(now)
    days = await rules.get_value(session, rules.CORRECTION_DAYS, today)
    held = getattr(entry, body.fact)
    request = CorrectionRequest(
        id=new_id(),
        **body.model_dump(),
        held_value=None if held is None else str(held),
        responsible_department=responsible,
        due_on=add_workdays(await rules.get_calendar(session), today, int(days)).on,
        requested_at=now,
        requested_by=caller.key_id,
    )
    session.add(request)
    await session.flush()
    _record(session, "requested", request, None, caller=caller, now=now)
    return request


async def answer_correction(
    session: AsyncSession,
    request_id: UUID,
    body: CorrectionAnswerCreate,
    *,
    caller: Caller,
    now: datetime,
) -> tuple[CorrectionRequest, CorrectionAnswer]:
    """Answer a request for the department that is responsible: with the import that corrected the
    fact, or with the reason why it stays.

    Raises CorrectionNotFound, CorrectionNotYours, CorrectionImportUnfit, RefusalUnexplained,
    CorrectionAnsweredAlready."""
    request = await queries.get_correction(session, request_id, caller=caller)
    if not {EVERY_DEPARTMENT, request.responsible_department} & set(caller.departments):
        raise CorrectionNotYours(department=request.responsible_department)
    accepted = body.decision == "accepted"
    if (body.import_id is None) == accepted or not (accepted or body.reason.strip()):
        raise RefusalUnexplained(pointer="/import_id" if accepted else "/reason")
    answer = CorrectionAnswer(
        request_id=request.id,
        department_code=request.department_code,
        answered_at=now,
        answered_by=caller.key_id,
        **body.model_dump(),
    )
    async with queries.between_departments(session, caller):
        if await queries.get_correction_answers(session, [request]):
            raise CorrectionAnsweredAlready
        if body.import_id and not await queries.corrected_by(session, request, body.import_id):
            raise CorrectionImportUnfit(pointer="/import_id")
        session.add(answer)
        _record(session, body.decision, request, body.import_id, caller=caller, now=now)
        await session.flush()
    return request, answer


def _record(
    session: AsyncSession,
    step: str,
    request: CorrectionRequest,
    import_id: UUID | None,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    events.record(
        session,
        kind=f"correction.{step}",
        subject=f"correction/{request.id}",
        department=request.department_code,
        payload=CorrectionEvent(
            request_id=str(request.id),
            object_code=request.object_code,
            fact=request.fact,
            held_value=request.held_value,
            right_value=request.right_value,
            responsible_department=request.responsible_department,
            due_on=request.due_on,
            decision=None if step == "requested" else step,
            import_id=None if import_id is None else str(import_id),
            departments=sorted({request.department_code, request.responsible_department}),
        ),
        caller=caller,
        at=now,
    )
