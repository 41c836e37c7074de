"""Reading attempts: steps, parts and files."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.errors import NEEDS, DrawNotFound
from app.draws.models import Draw, DrawFile, DrawPart, DrawStep
from app.draws.states import DrawState, order


def select_draws() -> Select[Draw]:
    return select(Draw)


async def get_draw(session: AsyncSession, draw_id: str, attempt: int) -> Draw:
    found = await session.get(Draw, (draw_id, attempt))
    if found is None:
        raise DrawNotFound(draw_id=draw_id, attempt=attempt)
    return found


async def get_steps(session: AsyncSession, draw: Draw) -> list[DrawStep]:
    """The steps taken, in order."""
    found = await session.scalars(
        select(DrawStep).where(DrawStep.draw_id == draw.draw_id, DrawStep.attempt == draw.attempt)
    )
    return sorted(found, key=lambda step: order(DrawState(step.state)))


async def get_file(session: AsyncSession, draw: Draw, name: str) -> bytes:
    return (await get_files(session, draw, [name]))[name]


async def get_files(session: AsyncSession, draw: Draw, names: Iterable[str]) -> dict[str, bytes]:
    found = await session.execute(
        select(DrawFile.name, DrawFile.data).where(
            DrawFile.draw_id == draw.draw_id,
            DrawFile.attempt == draw.attempt,
            DrawFile.name.in_(list(names)),
        )
    )
    return dict(found.all())


async def get_source_files(session: AsyncSession, draw: Draw) -> dict[str, bytes]:
    """sources/N-TYPE.json of an attempt."""
    found = await session.execute(
        select(DrawFile.name, DrawFile.data)
        .where(
            DrawFile.draw_id == draw.draw_id,
            DrawFile.attempt == draw.attempt,
            DrawFile.name.startswith("sources/"),
        )
        .order_by(DrawFile.name)
    )
    return dict(found.all())


async def get_step(session: AsyncSession, draw: Draw, state: DrawState) -> DrawStep:
    found = await session.get(DrawStep, (draw.draw_id, draw.attempt, state.value))
    if found is None:
        raise NEEDS[state]
    return found


async def get_parts(session: AsyncSession, draw: Draw) -> list[DrawPart]:
    """The plan lines that a target draw draws from, in the order of its commitment."""
    found = await session.scalars(
        select(DrawPart)
        .where(DrawPart.draw_id == draw.draw_id, DrawPart.attempt == draw.attempt)
        .order_by(DrawPart.number)
    )
    return list(found)


def has_step(state: DrawState) -> ColumnElement[bool]:
    """Whether an attempt has taken a step, in a query on Draw."""
    return exists().where(
        DrawStep.draw_id == Draw.draw_id,
        DrawStep.attempt == Draw.attempt,
        DrawStep.state == state.value,
    )


async def find_drawn_attempt(session: AsyncSession, draw_id: str) -> Draw | None:
    """The attempt of a draw whose result is in force, if one has."""
    return await session.scalar(
        select(Draw).where(
            Draw.draw_id == draw_id, has_step(DrawState.DRAWN), ~has_step(DrawState.VOIDED)
        )
    )


async def find_drawn_part(
    session: AsyncSession, line_code: str, round_: int
) -> tuple[Draw, DrawPart] | None:
    """The target draw in force of a plan line in a round, and the line's part of it."""
    of_line = and_(DrawPart.draw_id == Draw.draw_id, DrawPart.attempt == Draw.attempt)
    found = await session.execute(
        select(Draw, DrawPart)
        .join(DrawPart, of_line)
        .where(
            DrawPart.plan_line_code == line_code,
            DrawPart.round == round_,
            has_step(DrawState.DRAWN),
            ~has_step(DrawState.VOIDED),
        )
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def find_officers_draw(session: AsyncSession, draw: Draw) -> Draw | None:
    """An inspector draw whose frozen input rests on the objects of this target draw, if there is
    one that was not voided."""
    return await session.scalar(
        select(Draw)
        .where(
            Draw.target_draw_id == draw.draw_id,
            has_step(DrawState.FROZEN),
            ~has_step(DrawState.VOIDED),
        )
        .order_by(Draw.draw_id, Draw.attempt)
        .limit(1)
    )


async def last_attempt(session: AsyncSession, draw_id: str) -> Draw:
    """The newest attempt.

    Raises DrawNotFound."""
    found = await session.scalar(
        select(Draw).where(Draw.draw_id == draw_id).order_by(Draw.attempt.desc()).limit(1)
    )
    if found is None:
        raise DrawNotFound(draw_id=draw_id, attempt=1)
    return found
