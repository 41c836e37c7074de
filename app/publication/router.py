"""Publications over HTTP 公示."""

from typing import Annotated

from fastapi import APIRouter, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.plans.errors import PlanNotFound, PlanStepMissing
from app.publication import service
from app.publication.errors import PublicationTooEarly, PublishedAlready, SubjectNotFound
from app.publication.models import Publication
from app.publication.schemas import PublicationCreate, PublicationRead

router = APIRouter(prefix="/v1/publications", tags=["publication"], route_class=IdempotentRoute)


@router.post(
    "",
    operation_id="publishSubject",
    summary="Make public 公示",
    description="A plan after its approval, a task after its dispatch; its drawn list and results "
    "when the last visit is done or the window ends. What changed since is published as the next "
    "version; the former one stays.",
    status_code=status.HTTP_201_CREATED,
    response_model=PublicationRead,
    responses=problems(
        SubjectNotFound,
        PlanNotFound,
        PlanStepMissing,
        PublicationTooEarly,
        PublishedAlready,
        DepartmentNotVisible,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def publish_subject(
    body: PublicationCreate,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.PUBLICATIONS_WRITE)],
    _once: Idempotent,
) -> Publication:
    return await service.publish(session, body, caller=caller, now=now)
