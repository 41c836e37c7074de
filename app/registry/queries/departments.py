"""Reading departments."""

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    DepartmentNotFound,
)
from app.registry.models import (
    Department,
)


def select_departments() -> Select[Department]:
    return select(Department)


async def get_department(session: AsyncSession, code: str) -> Department:
    found = await session.get(Department, code)
    if found is None:
        raise DepartmentNotFound(department=code)
    return found
