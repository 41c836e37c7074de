"""Reading inspection items."""

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    ItemNotFound,
)
from app.registry.models import (
    InspectionItem,
)


def select_items(department: str | None = None) -> Select[InspectionItem]:
    """The versions in force."""
    newest = (
        select(
            InspectionItem.department_code,
            InspectionItem.code,
            func.max(InspectionItem.version).label("version"),
        )
        .group_by(InspectionItem.department_code, InspectionItem.code)
        .subquery()
    )
    query = select(InspectionItem).join(
        newest,
        and_(
            newest.c.department_code == InspectionItem.department_code,
            newest.c.code == InspectionItem.code,
            newest.c.version == InspectionItem.version,
        ),
    )
    return query.where(InspectionItem.department_code == department) if department else query


async def get_item(session: AsyncSession, department: str, code: str) -> InspectionItem:
    found = await session.scalar(select_items(department).where(InspectionItem.code == code))
    if found is None:
        raise ItemNotFound(item=code)
    return found
