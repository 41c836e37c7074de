"""Reading recusals: which are in force, and which wait for the head."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import ObjectNotFound, RecusalNotFound
from app.registry.models import (
    InspectedObject,
    RecusalDecision,
    RecusalOrigin,
    RecusalOutcome,
    RecusalRequest,
)


def select_interests(departments: Sequence[str]) -> Select[RecusalRequest]:
    """The recusals in force of the officers of some departments: no draw gives such an officer a
    seat at such an object."""
    query = select(RecusalRequest).where(RecusalRequest.department_code.in_(departments))
    return query.where(in_force()).order_by(RecusalRequest.object_code, RecusalRequest.staff_no)


def in_force() -> ColumnElement[bool]:
    """Whether a recusal keeps its officer away: declared, or granted. In SQL, on RecusalRequest."""
    return or_(RecusalRequest.origin == RecusalOrigin.DECLARED.value, is_granted())


def is_granted() -> ColumnElement[bool]:
    """Whether the head has granted it. In SQL, on RecusalRequest."""
    return exists().where(
        RecusalDecision.request_id == RecusalRequest.id,
        RecusalDecision.outcome == RecusalOutcome.GRANTED.value,
    )


def is_pending() -> ColumnElement[bool]:
    """Whether it waits for the head. In SQL, on RecusalRequest."""
    decided = exists().where(RecusalDecision.request_id == RecusalRequest.id)
    return (RecusalRequest.origin != RecusalOrigin.DECLARED.value) & ~decided


def of_pair(department: str, staff_no: str, object_code: str) -> Select[RecusalRequest]:
    """All that was ever said of an officer and an object."""
    return select(RecusalRequest).where(
        RecusalRequest.department_code == department,
        RecusalRequest.staff_no == staff_no,
        RecusalRequest.object_code == object_code,
    )


async def get_recusal(session: AsyncSession, recusal_id: UUID) -> RecusalRequest:
    found = await session.get(RecusalRequest, recusal_id)
    if found is None:
        raise RecusalNotFound
    return found


async def find_decision(session: AsyncSession, request: RecusalRequest) -> RecusalDecision | None:
    return await session.get(RecusalDecision, request.id)


async def check_object(session: AsyncSession, code: str) -> None:
    """Whether any directory that is seen has an object; ask as all departments, since the officer's
    own department need not keep it.

    Raises ObjectNotFound."""
    query = select(InspectedObject.code).where(InspectedObject.code == code).limit(1)
    if await session.scalar(query) is None:
        raise ObjectNotFound(object=code)
