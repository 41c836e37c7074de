"""Substitutions: the next reserve takes the place of an object that is objectively not there
(draw-spec 8)."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import pools, queries
from app.draws.errors import CauseNotShown, ObjectNotSelected, ReservesExhausted
from app.draws.models import Draw, DrawPart
from app.draws.schemas import SubstitutionCreate
from app.draws.service.amending import part_of
from app.plans import queries as plans


async def prepare(
    session: AsyncSession, draw: Draw, body: SubstitutionCreate, now: datetime
) -> dict[str, Any]:
    """Who leaves, and the reserve that enters: the first of the stratum that is itself still there.

    Raises PartUnknown, ObjectNotSelected, CauseNotShown, ReservesExhausted."""
    part = await part_of(session, draw, body.plan_line_code)
    lists = await queries.get_lists(session, draw, part)
    leaving = [line for line in lists.selected if line.object_code == body.object_code]
    if not leaving:
        raise ObjectNotSelected(pointer="/object_code", object_code=body.object_code)
    there = await _still_there(session, part, now)
    _check_cause(body, there)
    stratum = leaving[0].stratum
    reserves = [line for line in lists.reserves if line.stratum == stratum]
    taken = {line.object_code for line in lists.selected}
    for line in reserves:
        if line.object_code in there and line.object_code not in taken:
            return {
                "part": part.number,
                "after": len(await queries.get_approved(session, draw)),
                "object_code": body.object_code,
                "duplicate_of": body.duplicate_of,
                "stratum": stratum,
                "substitute_code": line.object_code,
                "rank": line.rank,
                "ticket": line.ticket,
            }
    raise ReservesExhausted(pointer="/object_code", stratum=stratum)


async def _still_there(session: AsyncSession, part: DrawPart, now: datetime) -> set[str]:
    """The objects that the registry has in the scope of the line now."""
    line = await plans.get_line(session, part.plan_line_code)
    pool = await pools.target_pool(session, line, now)
    return {code for code, _ in pool.included}


def _check_cause(body: SubstitutionCreate, there: set[str]) -> None:
    """The registry shows the cause: the object is gone from the scope, or its other code is there
    too."""
    if body.reason == "duplicate":
        other = body.duplicate_of
        shown = other is not None and other != body.object_code and other in there
    else:
        shown = body.object_code not in there
    if not shown:
        raise CauseNotShown(pointer="/reason", reason=body.reason, object_code=body.object_code)
