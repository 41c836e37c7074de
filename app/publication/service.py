"""Making public: each kind at its moment, with the content as it then stands."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.database import as_departments
from app.core.ids import new_id
from app.draws import queries as draws
from app.draws import service as draws_service
from app.draws.states import DrawState
from app.plans import queries as plans
from app.plans import service as plans_service
from app.plans.states import PlanState
from app.publication.errors import PublicationTooEarly, PublishedAlready, SubjectNotFound
from app.publication.models import Publication
from app.publication.queries import contents, obligations, published
from app.publication.schemas import PublicationCreate, PublicationEvent
from app.rules import queries as rules
from app.sampling.openlot1 import canonical
from app.tasks import queries as tasks
from app.tasks.models import InspectionClosing, InspectionTask
from app.tasks.service.closing import close_draws


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be published: whose it is, the content, and the day by which it is due."""

    department: str
    content: dict[str, Any]
    due_on: date | None


async def publish(
    session: AsyncSession, body: PublicationCreate, *, caller: Caller, now: datetime
) -> Publication:
    """Publish, or publish a corrected version of what changed since.

    Raises SubjectNotFound, PublicationTooEarly, PublishedAlready, RuleMissing."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 7))"),
        {"subject": f"{body.kind}/{body.subject}"},
    )
    draft = await _draft(session, body, caller=caller, now=now)
    digest = sha256(canonical.dumps(draft.content)).hexdigest()
    before = await published.find_latest(session, body.kind, body.subject)
    if before is not None and before.content_sha256 == digest:
        raise PublishedAlready
    publication = Publication(
        id=new_id(),
        kind=body.kind,
        subject=body.subject,
        version=before.version + 1 if before else 1,
        lead_department_code=draft.department,
        content=draft.content,
        content_sha256=digest,
        due_on=draft.due_on,
        channel=body.channel,
        published_at=now,
        published_by=caller.key_id,
        supersedes_id=before.id if before else None,
    )
    session.add(publication)
    await session.flush()
    _record(session, publication, caller=caller, now=now)
    if body.kind == "drawn-list":
        await _mark_draws(session, body.subject, caller=caller, now=now)
    return publication


async def _draft(
    session: AsyncSession, body: PublicationCreate, *, caller: Caller, now: datetime
) -> Draft:
    """The content of a kind, after its moment was checked."""
    if body.kind == "plan":
        return await _plan_draft(session, body.subject, caller=caller, now=now)
    key, _, object_code = body.subject.partition("/")
    task = await tasks.get_task(session, key)
    check_department(caller, task.department_code)
    if bool(object_code) != (body.kind == "result"):
        raise SubjectNotFound(subject=body.subject)
    async with as_departments(session, "*", back=caller.scope):
        if body.kind == "task":
            content = await contents.task_content(session, task)
            return await _due(session, body.kind, task, content, task.dispatched_at)
        moment = await _disclosed(session, task, body.kind, now)
        if body.kind == tasks.DRAWN_LIST:
            content = await contents.drawn_list_content(session, task)
        else:
            content = await _result(session, task, object_code, body.subject)
            moment = await tasks.get_result_moment(session, task, object_code)
        return await _due(session, body.kind, task, content, moment)


async def _plan_draft(session: AsyncSession, code: str, *, caller: Caller, now: datetime) -> Draft:
    """A plan is public from the moment that it is published; only then may be drawn on it (E15)."""
    plan = await plans.get_plan(session, code)
    check_department(caller, plan.department_code)
    state = await plans.get_state(session, code)
    if state is not PlanState.PUBLISHED:
        await plans_service.take_step(session, code, PlanState.PUBLISHED, caller=caller, now=now)
    steps = {step.state: step.taken_at for step in await plans.get_steps(session, plan)}
    deadlines = await obligations.read_deadlines(session)
    basis = obligations.basis_of(steps[PlanState.APPROVED])
    due = await deadlines.of(session, "plan", basis)
    async with as_departments(session, "*", back=caller.scope):
        content = await contents.plan_content(session, plan)
    return Draft(plan.department_code, content, due.on)


async def _disclosed(
    session: AsyncSession, task: InspectionTask, kind: str, now: datetime
) -> datetime:
    """Raises PublicationTooEarly."""
    moment = await tasks.disclosure_moment(session, task, now, kind=kind)
    if moment is None:
        end = task.window_end
        visits = ("仍有检查对象未完成检查", "not every inspection is complete")
        window = (f"检查期限（至{end:%Y-%m-%d}）尚未届满", f"the window lasts until {end}")
        said = await tasks.get_disclosure_value(session, task, kind)
        why = {rules.LAST_VISIT: [visits], rules.WINDOW_END: [window]}.get(said, [visits, window])
        raise PublicationTooEarly(
            why_zh="，且".join(zh for zh, _ in why), why_en=", and ".join(en for _, en in why)
        )
    return moment


async def _result(
    session: AsyncSession, task: InspectionTask, object_code: str, subject: str
) -> dict[str, Any]:
    """Raises SubjectNotFound, PublicationTooEarly."""
    name = await contents.find_object_name(session, task, object_code)
    if name is None:
        raise SubjectNotFound(subject=subject)
    closing = await session.get(InspectionClosing, (task.code, object_code))
    if closing is None:
        raise PublicationTooEarly(
            why_zh="该对象的检查结果尚未全部审核通过",
            why_en="not every department's part of this inspection is approved",
        )
    return await contents.result_content(session, task, closing, name)


async def _due(
    session: AsyncSession,
    kind: str,
    task: InspectionTask,
    content: dict[str, Any],
    moment: datetime,
) -> Draft:
    deadlines = await obligations.read_deadlines(session)
    due = await deadlines.of(session, kind, obligations.basis_of(moment))
    return Draft(task.department_code, content, due.on)


async def _mark_draws(session: AsyncSession, key: str, *, caller: Caller, now: datetime) -> None:
    """The draws of a task are published with its list; of a campaign's objects with the last
    list."""
    task = await tasks.get_task(session, key)
    async with as_departments(session, "*", back=caller.scope):
        officers = await draws.find_drawn_attempt(session, task.inspector_draw_id)
        objects = await draws.find_drawn_attempt(session, task.target_draw_id)
        assert officers is not None and objects is not None  # noqa: S101, PT018 -- a task has both
        together = await tasks.get_tasks_of(session, task)
        lists = [
            await published.find_latest(session, "drawn-list", one.national_key) for one in together
        ]
        ready = [officers]
        if all(lists) and len(lists) == len(await draws.get_parts(session, objects)):
            ready.append(objects)
        for draw in ready:
            await draws_service.mark(session, draw, DrawState.PUBLISHED, caller=caller, now=now)
        await close_draws(session, task, caller=caller, now=now)


def _record(
    session: AsyncSession, publication: Publication, *, caller: Caller, now: datetime
) -> None:
    shown = {
        "kind": publication.kind,
        "subject": publication.subject,
        "version": publication.version,
        "content": publication.content_sha256,
    }
    events.record(
        session,
        kind="publication.made",
        subject=f"publication/{publication.id}",
        department=publication.lead_department_code,
        payload=PublicationEvent(
            publication_id=str(publication.id),
            kind=publication.kind,
            subject=publication.subject,
            version=publication.version,
            content_sha256=publication.content_sha256,
        ),
        caller=caller,
        at=now,
        published=shown,
    )
