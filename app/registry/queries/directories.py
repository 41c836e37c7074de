"""Reading special directories and licences 专项库."""

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import SpecialDirectoryNotFound
from app.registry.models import SpecialDirectory, SpecialEntry
from app.registry.queries.search import ENTRY_KEY, latest_of


def select_directories(department: str) -> Select[SpecialDirectory]:
    """The versions in force of a department's special directories, by code."""
    return (
        select(SpecialDirectory)
        .where(SpecialDirectory.department_code == department)
        .ext(distinct_on(SpecialDirectory.code))
        .order_by(SpecialDirectory.code, SpecialDirectory.version.desc())
    )


async def get_directory(session: AsyncSession, department: str, code: str) -> SpecialDirectory:
    """The version in force. Raises SpecialDirectoryNotFound."""
    query = select_directories(department).where(SpecialDirectory.code == code)
    found = await session.scalar(query)
    if found is None:
        raise SpecialDirectoryNotFound(directory=code)
    return found


def select_entries(department: str, on: date) -> Select[SpecialEntry]:
    """Who stands in special directories on a day, with the licences."""
    return latest_of(SpecialEntry, ENTRY_KEY, department, on).where(SpecialEntry.held)
