"""Who holds which seat, who left one, and how many each officer has."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    any_,
    exists,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.models import AssistingSeat, Draw, DrawnSeat, DrawStep, OpenSeat
from app.draws.queries.attempts import has_step
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


async def get_assisting_seats(session: AsyncSession, inspector_draw_id: str) -> list[AssistingSeat]:
    """Seats of experts and third parties by the attempt that stands, by object, group and seat."""
    one = AssistingSeat
    query = select(one).where(one.inspector_draw_id == inspector_draw_id, ~_assistance_voided())
    order = (one.object_code, one.group_name, one.seat)
    return list(await session.scalars(query.order_by(*order)))


def _assistance_voided() -> ColumnElement[bool]:
    return exists().where(
        DrawStep.draw_id == AssistingSeat.inspector_draw_id,
        DrawStep.attempt == AssistingSeat.attempt,
        DrawStep.state == DrawState.VOIDED.value,
    )


async def get_last_officers(
    session: AsyncSession, objects: Sequence[str], departments: Sequence[str], *, but: str
) -> set[tuple[str, str]]:
    """(object, staff number) of who held the seats of a department at an object the last time: by
    the newest inspector draw that was dispatched, rehearsals and the draw `but` left out."""
    held = (
        select_holders()
        .where(
            DrawnSeat.object_code == any_(literal(list(objects), ARRAY(Text))),
            DrawnSeat.department_code.in_(departments),
            DrawnSeat.inspector_draw_id != but,
        )
        .subquery()
    )
    of_seat = (Draw.draw_id == held.c.draw_id) & (Draw.attempt == held.c.attempt)
    rows = await session.execute(
        select(
            held.c.object_code,
            held.c.department_code,
            held.c.inspector_draw_id,
            held.c.staff_no,
        )
        .join(Draw, of_seat)
        .where(Draw.purpose == "real", has_step(DrawState.DISPATCHED))
        .order_by(held.c.drawn_at, held.c.inspector_draw_id)
    )
    last: dict[tuple[str, str], tuple[str, set[str]]] = {}
    for code, department, draw_id, staff_no in rows:
        newest, people = last.get((code, department), ("", set()))
        kept = people if newest == draw_id else set()
        last[code, department] = (draw_id, kept | {staff_no})
    return {(code, person) for (code, _), (_, people) in last.items() for person in people}


async def get_loads(session: AsyncSession, departments: Sequence[str], year: int) -> dict[str, int]:
    """Seats that each officer of these departments was drawn for in a year and still holds, and
    those of their experts and third parties."""
    held = (
        select_holders()
        .where(
            DrawnSeat.department_code.in_(departments),
            extract("year", DrawnSeat.drawn_at) == year,
        )
        .subquery()
    )
    counted = select(held.c.staff_no, func.count()).group_by(held.c.staff_no)
    one = AssistingSeat
    assisting = select(one.staff_no, func.count()).group_by(one.staff_no)
    assisting = assisting.where(
        one.department_code.in_(departments),
        extract("year", one.drawn_at) == year,
        ~_assistance_voided(),
    )
    loads: Counter[str] = Counter()
    for query in (counted, assisting):
        loads.update(dict((await session.execute(query)).all()))
    return loads


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
