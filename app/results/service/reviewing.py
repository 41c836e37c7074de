"""Reviewing findings 审核, and closing what is thereby complete."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.clock import day_in_china
from app.registry import service as registry_service
from app.results import queries
from app.results.errors import (
    DisposalMissing,
    OpinionMissing,
    ReviewerEntered,
    ReviewerSigned,
    SecondOfficerMissing,
)
from app.results.models import ResultEntry, ResultReview
from app.results.schemas import ReviewCreate, ReviewEvent
from app.results.service.parts import get_part, record
from app.results.states import NEEDS_DISPOSAL
from app.rules import queries as rules
from app.tasks import service as tasks_service
from app.tasks.models import InspectionPart, InspectionTask


async def review_findings(
    session: AsyncSession,
    key: str,
    object_code: str,
    version: int,
    body: ReviewCreate,
    *,
    caller: Caller,
    now: datetime,
) -> ResultEntry:
    """Approve or return 审核. The approval of the last part closes the inspection, and that of
    the last inspection the task, in this transaction.

    Raises ReviewerEntered, ReviewerSigned, SecondOfficerMissing, DisposalMissing, OpinionMissing,
    FindingsReviewedAlready."""
    task, part = await get_part(session, key, object_code, body.department_code, caller)
    await tasks_service.lock_task(session, task)
    entry = await queries.get_unreviewed(session, part, version)
    if caller.person == entry.entered_person:
        raise ReviewerEntered
    if caller.person in await queries.get_signatories(session, entry):
        raise ReviewerSigned
    if body.decision == "approved":
        await _check_officers(session, entry, now)
        await _check_disposals(session, part, entry)
    elif not body.opinion.strip():
        raise OpinionMissing(pointer="/opinion")
    session.add(
        ResultReview(
            task_code=part.task_code,
            object_code=part.object_code,
            version=version,
            entered_person=entry.entered_person,
            reviewed_at=now,
            reviewed_by=caller.key_id,
            reviewed_person=caller.person,
            **body.model_dump(),
        )
    )
    await session.flush()
    payload = ReviewEvent(
        task_key=key, object_code=part.object_code, version=version, **body.model_dump()
    )
    record(session, f"findings.{body.decision}", task, part, payload, caller=caller, now=now)
    if body.decision == "approved":
        await registry_service.record_inspection(
            session,
            part.department_code,
            part.object_code,
            part.task_code,
            entry.inspected_on,
            caller=caller,
            now=now,
        )
        await _close_if_last(session, task, part, caller=caller, now=now)
    return entry


async def _close_if_last(
    session: AsyncSession,
    task: InspectionTask,
    part: InspectionPart,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    outcome = await queries.find_outcome(session, task, part.object_code)
    if outcome is not None:
        await tasks_service.close_inspection(
            session,
            task,
            part.object_code,
            values=outcome.values,
            inspected_on=outcome.inspected_on,
            caller=caller,
            now=now,
        )


async def _check_officers(session: AsyncSession, entry: ResultEntry, now: datetime) -> None:
    minimum = int(await rules.get_value(session, rules.OFFICERS_MINIMUM, day_in_china(now)))
    held = len(await queries.get_signatories(session, entry))
    if held < minimum:
        raise SecondOfficerMissing(held=held, minimum=minimum)


async def _check_disposals(session: AsyncSession, part: InspectionPart, entry: ResultEntry) -> None:
    """Who finds a problem to be followed up has said how (domain E18)."""
    disposed = await queries.get_disposed_items(session, part)
    missing = [
        finding["item_code"]
        for finding in entry.findings
        if finding["value"] in NEEDS_DISPOSAL and finding["item_code"] not in disposed
    ]
    if missing:
        raise DisposalMissing(items=", ".join(missing))
