"""What was asked about an attempt, and what another person decided."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.errors import DrawChangeNotFound
from app.draws.models import Draw, DrawChange, DrawChangeDecision
from app.draws.schemas import DrawChangeRead


@dataclass(frozen=True, slots=True)
class Approved:
    """A change in force; `details` is what it did, `part` the number of the part it touched."""

    number: int
    kind: str
    part: int
    details: dict[str, Any]


def select_changes(draw: Draw) -> Select[DrawChange]:
    return select(DrawChange).where(
        DrawChange.draw_id == draw.draw_id, DrawChange.attempt == draw.attempt
    )


async def get_approved(session: AsyncSession, draw: Draw) -> list[Approved]:
    """The changes in force, in the order in which they were decided."""
    rows = await session.execute(
        select(DrawChange, DrawChangeDecision)
        .join(DrawChangeDecision, DrawChangeDecision.change_id == DrawChange.id)
        .where(
            DrawChange.draw_id == draw.draw_id,
            DrawChange.attempt == draw.attempt,
            DrawChangeDecision.decision == "approved",
        )
        .order_by(DrawChangeDecision.decided_at, DrawChange.number)
    )
    return [
        Approved(change.number, change.kind, change.details.get("part", 1), decision.details)
        for change, decision in rows
    ]


async def get_change(session: AsyncSession, draw: Draw, number: int) -> DrawChange:
    """Raises DrawChangeNotFound."""
    found = await session.scalar(select_changes(draw).where(DrawChange.number == number))
    if found is None:
        raise DrawChangeNotFound(number=number)
    return found


async def find_decision(session: AsyncSession, change_id: UUID) -> DrawChangeDecision | None:
    return await session.get(DrawChangeDecision, change_id)


async def describe_change(session: AsyncSession, change: DrawChange) -> DrawChangeRead:
    """The change with its decision, if it has one."""
    decided = await find_decision(session, change.id)
    names = DrawChangeRead.model_fields.keys() - {"details"}
    return DrawChangeRead(
        **{name: getattr(change, name) for name in names if hasattr(change, name)},
        details=change.details | (decided.details if decided else {}),
        decision=decided and decided.decision,
        decided_at=decided and decided.decided_at,
        decided_person=decided and decided.decided_person,
    )


async def next_change_number(session: AsyncSession, draw: Draw) -> int:
    """From 1 within the attempt."""
    query = select(func.count()).select_from(select_changes(draw).subquery())
    return (await session.scalar(query) or 0) + 1
