"""Publications over HTTP 公示, for the officials who answer for them."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session, as_departments
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.plans.errors import PlanNotFound, PlanStepMissing
from app.publication import service
from app.publication.errors import PublicationTooEarly, PublishedAlready, SubjectNotFound
from app.publication.models import Publication
from app.publication.queries import obligations, published
from app.publication.schemas import (
    ObligationPage,
    ObligationQuery,
    PublicationCreate,
    PublicationPage,
    PublicationRead,
)
from app.rules.errors import RuleMissing
from app.tasks.errors import InspectionTaskNotFound

router = APIRouter(prefix="/v1/publications", tags=["publication"], route_class=IdempotentRoute)


@router.post(
    "",
    operation_id="publishSubject",
    summary="Make public 公示",
    description="A plan after its approval, a task after its dispatch; its drawn list and results "
    "when the last visit is done or the window ends. What changed since is published as the next "
    "version; the former one stays. The moment of each publication is public, so publish results "
    "in the order of their codes: the order of a drawn list by strata would tell classes.",
    status_code=status.HTTP_201_CREATED,
    response_model=PublicationRead,
    responses=problems(
        SubjectNotFound,
        PlanNotFound,
        InspectionTaskNotFound,
        PlanStepMissing,
        PublicationTooEarly,
        PublishedAlready,
        RuleMissing,
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


@router.get(
    "",
    operation_id="listPublications",
    summary="Publications 公示列表",
    description="All versions of what one's departments published, by kind and subject.",
    response_model=PublicationPage,
    responses=problems(CursorInvalid),
)
async def list_publications(
    session: Session,
    page: Page,
    caller: Annotated[Caller, requires(Permission.PUBLICATIONS_READ)],
) -> dict[str, object]:
    items, after = await paginate(
        session,
        published.select_publications(caller.departments),
        order_by=[Publication.kind, Publication.subject, Publication.version],
        page=page,
    )
    return {"items": items, "next": after}


@router.get(
    "/obligations",
    operation_id="listPublicationObligations",
    summary="What is due 应公示事项",
    description="Everything that one's departments must publish or have published, with the day "
    "by which it is due: plans from their approval, tasks from their dispatch, drawn lists and "
    "results from the disclosure moment of their task, whether or not a result was entered.",
    responses=problems(CursorInvalid, RuleMissing),
)
async def list_obligations(
    session: Session,
    now: Now,
    page: Annotated[ObligationQuery, Query()],
    caller: Annotated[Caller, requires(Permission.PUBLICATIONS_READ)],
) -> ObligationPage:
    async with as_departments(session, "*", back=caller.scope):
        return await obligations.obligations_page(session, caller.departments, page, now=now)
