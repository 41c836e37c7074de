"""Who holds which seat, who left one, and how many each officer has."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, extract, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.models import Draw, DrawnSeat, DrawStep, OpenSeat
from app.draws.states import DrawState


def _voided() -> ColumnElement[bool]:
    """Whether the attempt that drew a seat was voided."""
    return exists().where(
        DrawStep.draw_id == DrawnSeat.draw_id,
        DrawStep.attempt == DrawnSeat.attempt,
        DrawStep.state == DrawState.VOIDED.value,
    )


def select_holders() -> Select[DrawnSeat]:
    """Who holds each seat now: the latest turn of those that stand, by draw and place. A query
    narrows it to a draw, an object or a department."""
    place = (
        DrawnSeat.inspector_draw_id,
        DrawnSeat.object_code,
        DrawnSeat.department_code,
        DrawnSeat.seat,
    )
    latest = select(DrawnSeat).where(~_voided()).ext(distinct_on(*place))
    return latest.order_by(*place, DrawnSeat.turn.desc())


async def last_turns(
    session: AsyncSession, inspector_draw_id: str
) -> dict[tuple[str, str, int], int]:
    """The last turn of each seat (object, department, seat), voided ones counted."""
    place = (DrawnSeat.object_code, DrawnSeat.department_code, DrawnSeat.seat)
    rows = await session.execute(
        select(*place, func.max(DrawnSeat.turn))
        .where(DrawnSeat.inspector_draw_id == inspector_draw_id)
        .group_by(*place)
    )
    return {(code, department, seat): turn for code, department, seat, turn in rows}


async def get_seats(session: AsyncSession, inspector_draw_id: str) -> list[DrawnSeat]:
    """Who holds each seat now, by object, department and seat."""
    query = select_holders().where(DrawnSeat.inspector_draw_id == inspector_draw_id)
    return list(await session.scalars(query))


async def get_loads(session: AsyncSession, departments: Sequence[str], year: int) -> dict[str, int]:
    """Seats that each officer of these departments was drawn for in a year and still holds."""
    held = (
        select_holders()
        .where(
            DrawnSeat.department_code.in_(departments),
            extract("year", DrawnSeat.drawn_at) == year,
        )
        .subquery()
    )
    counted = select(held.c.staff_no, func.count()).group_by(held.c.staff_no)
    return dict((await session.execute(counted)).all())


async def next_replacement_number(session: AsyncSession, inspector_draw_id: str) -> int:
    last = await session.scalar(
        select(func.max(Draw.replacement)).where(Draw.mends_draw_id == inspector_draw_id)
    )
    return (last or 0) + 1


async def get_leavers(session: AsyncSession, inspector_draw_id: str) -> list[tuple[str, str]]:
    """Who ever left a seat of an inspector draw: (object, staff number). They do not come back to
    that object by a later draw."""
    found = await session.execute(
        select(OpenSeat.object_code, OpenSeat.staff_no).where(
            OpenSeat.inspector_draw_id == inspector_draw_id
        )
    )
    return [(code, staff_no) for code, staff_no in found]


async def get_open_seats(session: AsyncSession, draw: Draw) -> list[OpenSeat]:
    """The seats that a replacement draw fills, by object, department and seat."""
    return list(
        await session.scalars(
            select(OpenSeat)
            .where(OpenSeat.draw_id == draw.draw_id)
            .order_by(OpenSeat.object_code, OpenSeat.department_code, OpenSeat.seat)
        )
    )
