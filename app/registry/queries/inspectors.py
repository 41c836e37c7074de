"""Reading inspectors and their interests."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    InspectorNotFound,
)
from app.registry.models import (
    DeclaredInterest,
    Inspector,
)


def select_inspectors(departments: Sequence[str]) -> Select[Inspector]:
    """The officers of some departments."""
    return select(Inspector).where(Inspector.department_code.in_(departments))


async def get_inspector(session: AsyncSession, department: str, staff_no: str) -> Inspector:
    found = await session.get(Inspector, (department, staff_no))
    if found is None:
        raise InspectorNotFound(staff_no=staff_no)
    return found


def select_interests(departments: Sequence[str]) -> Select[DeclaredInterest]:
    query = select(DeclaredInterest).where(DeclaredInterest.department_code.in_(departments))
    return query.order_by(DeclaredInterest.object_code, DeclaredInterest.staff_no)
