"""Reading requests to replace officers: their number in the year, who agreed, and how many."""

from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import day_in_china
from app.core.database import everywhere
from app.core.pagination import paginate
from app.rules import queries as rules
from app.tasks.errors import ReplacementNotFound
from app.tasks.models import (
    DepartmentTask,
    ReplacementApproval,
    ReplacementEndorsement,
    ReplacementRequest,
)
from app.tasks.schemas import (
    ReplacementCountPage,
    ReplacementCountQuery,
    ReplacementCountRead,
    ReplacementRead,
)


async def get_replacement(session: AsyncSession, replacement_id: UUID) -> ReplacementRequest:
    found = await session.get(ReplacementRequest, replacement_id)
    if found is None:
        raise ReplacementNotFound
    return found


async def get_task_key(session: AsyncSession, request: ReplacementRequest) -> str:
    """The national key of the task of a request."""
    own = await session.get_one(DepartmentTask, (request.task_code, request.department_code))
    return own.national_key


async def next_request_number(session: AsyncSession, person: str, year: int) -> int:
    """The number after a person's last request of a year, in whichever department."""
    query = select(func.max(ReplacementRequest.number)).where(
        ReplacementRequest.requested_person == person, ReplacementRequest.year == year
    )
    async with everywhere(session):
        return (await session.scalar(query) or 0) + 1


async def second_approval_from(session: AsyncSession, request: ReplacementRequest) -> int:
    """From which request of a person in a year on two must approve, by the rule in force on the
    day of this request.

    Raises RuleMissing."""
    on = day_in_china(request.requested_at)
    value: int = await rules.get_value(session, rules.SECOND_APPROVAL_FROM, on)
    return value


async def find_endorsement(
    session: AsyncSession, request: ReplacementRequest
) -> ReplacementEndorsement | None:
    return await session.get(ReplacementEndorsement, request.id)


async def describe_replacement(
    session: AsyncSession, request: ReplacementRequest
) -> ReplacementRead:
    """The request with its endorsement and approval, if it has them."""
    endorsement = await find_endorsement(session, request)
    approval = await session.get(ReplacementApproval, request.id)
    names = ReplacementRead.model_fields.keys() - {"task_key"}
    return ReplacementRead(
        task_key=await get_task_key(session, request),
        **{name: getattr(request, name) for name in names if hasattr(request, name)},
        needs_endorsement=request.number >= await second_approval_from(session, request),
        endorsed_at=endorsement and endorsement.endorsed_at,
        endorsed_person=endorsement and endorsement.endorsed_person,
        approved_at=approval and approval.approved_at,
        approved_person=approval and approval.approved_person,
        draw_id=approval and approval.draw_id,
    )


async def count_replacements(
    session: AsyncSession, wanted: ReplacementCountQuery, *, year: int
) -> ReplacementCountPage:
    """Requests of a year and how many of them are approved, by department, person and reason, of
    the departments that the caller sees."""
    of = [
        ReplacementRequest.department_code,
        ReplacementRequest.requested_person,
        ReplacementRequest.reason,
    ]
    query = select(ReplacementRequest).where(ReplacementRequest.year == year)
    if wanted.department is not None:
        query = query.where(ReplacementRequest.department_code == wanted.department)
    groups, after = await paginate(session, query.ext(distinct_on(*of)), order_by=of, page=wanted)
    places = [(one.department_code, one.requested_person, one.reason) for one in groups]
    counted = await session.execute(
        select(
            *of,
            func.count().label("requested"),
            func.count(ReplacementApproval.request_id).label("approved"),
        )
        .outerjoin(ReplacementApproval, ReplacementApproval.request_id == ReplacementRequest.id)
        .where(ReplacementRequest.year == year, tuple_(*of).in_(places))
        .group_by(*of)
        .order_by(*of)
    )
    items = [ReplacementCountRead(**one._asdict()) for one in counted]
    return ReplacementCountPage(items=items, next=after)
