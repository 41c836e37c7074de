"""Whom the target draws of some years sent officers to: every visit comes of a drawn list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.draws.models import Draw, DrawFile, DrawPart
from app.draws.queries.attempts import has_step
from app.draws.queries.lists import get_lists
from app.draws.queries.previews import PUBLISHED, find_changed
from app.draws.states import DrawState
from app.plans.models import PlanLine
from app.sampling.openlot1.commitment import TARGET


@dataclass(frozen=True, slots=True)
class Visits:
    """The objects on a part's list as it stands, the items (department, code) that are checked
    there, and the year of the plan line, which is that in which its window begins. What has one
    draw is one visit of an object, in however many parts of a campaign it stands."""

    draw_id: str
    year: int
    places: frozenset[tuple[str, str]]
    codes: frozenset[str]


async def get_visits(
    session: AsyncSession, draw: Draw, departments: Collection[str], years: range
) -> list[Visits]:
    """The visits for items of these departments by lines of these years, done or still to come, by
    draw and part. Neither rehearsals nor voided attempts send anybody, substituted objects are not
    visited, and `draw` itself does not stand in its own way. Ask within `everywhere`."""
    query = (
        select(Draw, DrawPart, PlanLine)
        .join(DrawPart, and_(DrawPart.draw_id == Draw.draw_id, DrawPart.attempt == Draw.attempt))
        .join(PlanLine, PlanLine.code == DrawPart.plan_line_code)
        .where(
            Draw.stage == TARGET,
            Draw.purpose == "real",
            Draw.draw_id != draw.draw_id,
            has_step(DrawState.DRAWN),
            ~has_step(DrawState.VOIDED),
            PlanLine.window_start.between(date(years[0], 1, 1), date(years[-1], 12, 31)),
            or_(*(PlanLine.items.contains([{"department_code": one}]) for one in departments)),
        )
    )
    found = (await session.execute(query.order_by(Draw.draw_id, DrawPart.number))).all()
    place = (DrawFile.draw_id, DrawFile.attempt)
    attempts = query.with_only_columns(Draw.draw_id, Draw.attempt)
    files = await session.execute(
        select(*place, DrawFile.name, DrawFile.data).where(
            tuple_(*place).in_(attempts), DrawFile.name.regexp_match(PUBLISHED)
        )
    )
    drawn = {(draw_id, attempt, name): data for draw_id, attempt, name, data in files}
    changed = await find_changed(session, attempts)
    visits = []
    for one, part, line in found:
        if (one.draw_id, one.attempt) in changed:
            codes = {row.object_code for row in (await get_lists(session, one, part)).selected}
        else:
            data = drawn.get((one.draw_id, one.attempt, f"{part.folder}published.tsv"), b"")
            codes = set(data.decode("ascii").split())
        places = {(item["department_code"], item["item_code"]) for item in line.items}
        visits.append(
            Visits(one.draw_id, line.window_start.year, frozenset(places), frozenset(codes))
        )
    return visits
