"""Reading imports."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.models import (
    RegistryImport,
)


async def next_import_sequence(session: AsyncSession, department: str) -> int:
    last = await session.scalar(
        select(func.max(RegistryImport.sequence)).where(
            RegistryImport.department_code == department
        )
    )
    return (last or 0) + 1
