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
from app.core.ids import new_id
from app.plans import queries as plans
from app.plans import service as plans_service
from app.plans.states import PlanState
from app.publication import queries
from app.publication.errors import PublishedAlready
from app.publication.models import Publication
from app.publication.schemas import PublicationCreate, PublicationEvent
from app.sampling.openlot1 import canonical


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

    Raises SubjectNotFound, PublicationTooEarly, PublishedAlready."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 7))"),
        {"subject": f"{body.kind}/{body.subject}"},
    )
    draft = await _draft(session, body, caller=caller, now=now)
    digest = sha256(canonical.dumps(draft.content)).hexdigest()
    before = await queries.find_latest(session, body.kind, body.subject)
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
    return publication


async def _draft(
    session: AsyncSession, body: PublicationCreate, *, caller: Caller, now: datetime
) -> Draft:
    """The content of a kind, after its moment was checked."""
    return await _plan_draft(session, body.subject, caller=caller, now=now)


async def _plan_draft(session: AsyncSession, code: str, *, caller: Caller, now: datetime) -> Draft:
    """A plan is public from the moment that it is published; only then may be drawn on it (E15)."""
    plan = await plans.get_plan(session, code)
    check_department(caller, plan.department_code)
    state = await plans.get_state(session, code)
    if state is not PlanState.PUBLISHED:
        await plans_service.take_step(session, code, PlanState.PUBLISHED, caller=caller, now=now)
    return Draft(plan.department_code, await queries.plan_content(session, plan), None)


def _record(
    session: AsyncSession, publication: Publication, *, caller: Caller, now: datetime
) -> None:
    published = {
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
        published=published,
    )
