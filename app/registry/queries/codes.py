"""Reading the code tables."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.errors import (
    CodeTableEmpty,
)
from app.registry.models import (
    Division,
    Industry,
)


async def get_region_codes(session: AsyncSession) -> frozenset[str]:
    """All codes of divisions, retired ones included: old entries keep theirs."""
    codes = frozenset(await session.scalars(select(Division.code).distinct()))
    if not codes:
        raise CodeTableEmpty(table="GB/T 2260")
    return codes


async def get_industry_codes(session: AsyncSession) -> frozenset[str]:
    codes = frozenset(await session.scalars(select(Industry.code)))
    if not codes:
        raise CodeTableEmpty(table="GB/T 4754")
    return codes
