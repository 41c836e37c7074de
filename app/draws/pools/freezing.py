"""Freezing: rows of the registry become the frozen input of the draw core."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import queries
from app.draws.models import Draw
from app.draws.pools.frozen import Frozen
from app.draws.pools.officers import frozen_inspectors, inspector_pool, replacement_pool
from app.draws.pools.targets import frozen_target
from app.plans import queries as plans
from app.sampling.openlot1.commitment import TARGET


async def freeze(session: AsyncSession, draw: Draw, now: datetime) -> Frozen:
    """The input of a draw as the registry stands.

    Raises FrameEmpty, ClassWithoutRate, AssignmentInfeasible, and what the core says."""
    if draw.stage == TARGET:
        return await frozen_target(session, draw, now)
    line = await plans.get_line(session, draw.plan_line_code)
    if draw.mends_draw_id is None:
        return await frozen_inspectors(draw, await inspector_pool(session, draw, line, now))
    opened = await queries.get_open_seats(session, draw)
    return await frozen_inspectors(draw, await replacement_pool(session, draw, line, opened, now))
