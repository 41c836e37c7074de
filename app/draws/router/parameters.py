"""What the operations on draws share: how an attempt is named and shown."""

from typing import Annotated

from fastapi import Path
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.errors import DepartmentNotVisible
from app.core.idempotency import IdempotencyKeyMissing, IdempotencyKeyReused
from app.draws import queries
from app.draws.errors import DrawNotFound, DrawVoided
from app.draws.models import Draw
from app.draws.schemas import DrawPartRead, DrawRead, StepRead

DrawId = Annotated[str, Path(pattern=r"^[0-9A-Z-]{1,80}$", examples=["610403-SCJG-2026-001-01-T1"])]
Attempt = Annotated[int, Path(ge=1, le=1000, examples=[1])]
STEP = (
    DrawNotFound,
    DrawVoided,
    DepartmentNotVisible,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)
"""The errors of every step."""


async def shown(session: AsyncSession, draw: Draw) -> DrawRead:
    """An attempt with its steps and parts."""
    steps = [StepRead.model_validate(step) for step in await queries.get_steps(session, draw)]
    return DrawRead(
        **{name: getattr(draw, name) for name in DrawRead.model_fields if hasattr(draw, name)},
        state=steps[-1].state,
        steps=steps,
        parts=[DrawPartRead.model_validate(one) for one in await queries.get_parts(session, draw)],
    )
