"""Entering findings 录入 and signing them 签字: drawn officers only."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.clock import day_in_china
from app.results import queries
from app.results.errors import (
    FindingsEnteredAlready,
    InspectedBeforeWindow,
    InspectedInFuture,
    ItemMissing,
    ItemOutsideTask,
    ItemTwice,
    OfficerNotDrawn,
    SecondOfficerSame,
    SignedAlready,
)
from app.results.models import ResultEntry, ResultSignature
from app.results.schemas import FindingsCreate, FindingsEvent, FindingWrite, SignatureEvent
from app.results.service.answering import with_texts
from app.results.service.parts import get_item_codes, get_part, record
from app.tasks import queries as tasks
from app.tasks.models import InspectionPart, InspectionTask
from app.tasks.states import PartState


async def enter_findings(
    session: AsyncSession,
    key: str,
    object_code: str,
    body: FindingsCreate,
    *,
    caller: Caller,
    now: datetime,
) -> ResultEntry:
    """Enter what was found, once, or once more after it was returned 录入检查结果.

    Raises OfficerNotDrawn, FindingsEnteredAlready, ItemOutsideTask, ItemMissing, ItemTwice,
    InspectedInFuture, InspectedBeforeWindow, and what `with_texts` raises."""
    task, part = await get_part(session, key, object_code, body.department_code, caller)
    await _check_drawn(session, part, caller)
    # Read before the state: who comes in between makes this a version that stands already.
    before = await queries.find_latest(session, part)
    state = await queries.get_state(session, part)
    if state not in {PartState.PENDING, PartState.RETURNED}:
        raise FindingsEnteredAlready
    _check_day(body.inspected_on, task, now)
    codes = await get_item_codes(session, task, part)
    _check_items(body.findings, codes)
    places = [(part.department_code, code) for code in codes]
    checklists = await queries.read_checklists(session, task, places, back=caller.scope)
    entry = ResultEntry(
        task_code=part.task_code,
        object_code=part.object_code,
        department_code=part.department_code,
        version=1 if before is None else before.version + 1,
        findings=with_texts(body.findings, {one.item_code: one for one in checklists}),
        method=body.method,
        inspected_on=body.inspected_on,
        entered_at=now,
        entered_by=caller.key_id,
        entered_person=caller.person,
    )
    session.add(entry)
    await session.flush()
    payload = FindingsEvent(
        task_key=key,
        object_code=part.object_code,
        department_code=part.department_code,
        version=entry.version,
        method=entry.method,
        inspected_on=entry.inspected_on,
        findings=entry.findings,
    )
    record(session, "findings.entered", task, part, payload, caller=caller, now=now)
    return entry


async def sign_findings(
    session: AsyncSession,
    key: str,
    object_code: str,
    department_code: str,
    version: int,
    *,
    caller: Caller,
    now: datetime,
) -> ResultEntry:
    """Stand for the findings of another officer, as one who was drawn too (domain E3).

    Raises OfficerNotDrawn, SecondOfficerSame, SignedAlready, FindingsReviewedAlready."""
    task, part = await get_part(session, key, object_code, department_code, caller)
    await _check_drawn(session, part, caller)
    entry = await queries.get_unreviewed(session, part, version)
    if caller.person == entry.entered_person:
        raise SecondOfficerSame
    if caller.person in await queries.get_signatories(session, entry):
        raise SignedAlready
    session.add(
        ResultSignature(
            task_code=part.task_code,
            object_code=part.object_code,
            department_code=part.department_code,
            version=version,
            signed_person=caller.person,
            entered_person=entry.entered_person,
            signed_at=now,
            signed_by=caller.key_id,
        )
    )
    await session.flush()
    payload = SignatureEvent(
        task_key=key,
        object_code=part.object_code,
        department_code=part.department_code,
        version=version,
        signed_person=caller.person,
    )
    record(session, "findings.signed", task, part, payload, caller=caller, now=now)
    return entry


async def _check_drawn(session: AsyncSession, part: InspectionPart, caller: Caller) -> None:
    """Only who holds a drawn seat now may say what was found (domain E6)."""
    if caller.person not in {seat.staff_no for seat in await tasks.officers_of(session, part)}:
        raise OfficerNotDrawn


def _check_day(inspected_on: date, task: InspectionTask, now: datetime) -> None:
    if inspected_on > day_in_china(now):
        raise InspectedInFuture(pointer="/inspected_on", on=inspected_on)
    if inspected_on < task.window_start:
        raise InspectedBeforeWindow(
            pointer="/inspected_on", on=inspected_on, start=task.window_start
        )


def _check_items(findings: Sequence[FindingWrite], wanted: Sequence[str]) -> None:
    """Every item of the department exactly once, and no other."""
    found: set[str] = set()
    for place, finding in enumerate(findings):
        pointer = f"/findings/{place}/item_code"
        if finding.item_code not in wanted:
            raise ItemOutsideTask(pointer=pointer, item=finding.item_code)
        if finding.item_code in found:
            raise ItemTwice(pointer=pointer, item=finding.item_code)
        found.add(finding.item_code)
    missing = [item for item in wanted if item not in found]
    if missing:
        raise ItemMissing(pointer="/findings", items=", ".join(missing))
