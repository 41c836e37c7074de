"""Substitutions: the next reserve takes the place of an object that is objectively not there
(draw-spec 8)."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.draws import pools, queries
from app.draws.errors import CauseNotShown, ObjectNotSelected, ReservesExhausted
from app.draws.models import Draw
from app.draws.schemas import SubstitutionCreate
from app.draws.service.amending import part_of
from app.plans import queries as plans


async def prepare(
    session: AsyncSession, draw: Draw, body: SubstitutionCreate, now: datetime
) -> dict[str, Any]:
    """Who leaves, and the reserve that enters: the first of the stratum that is itself still there
    and was not visited often enough meanwhile.

    Raises PartUnknown, ObjectNotSelected, CauseNotShown, ReservesExhausted."""
    part = await part_of(session, draw, body.plan_line_code)
    lists = await queries.get_lists(session, draw, part)
    leaving = [one for one in lists.selected if one.object_code == body.object_code]
    if not leaving:
        raise ObjectNotSelected(pointer="/object_code", object_code=body.object_code)
    line = await plans.get_line(session, part.plan_line_code)
    pool = await pools.target_pool(session, draw, line, now)
    _check_cause(body, pool.there)
    free = {code for code, _ in pool.included}
    stratum = leaving[0].stratum
    reserves = [one for one in lists.reserves if one.stratum == stratum]
    taken = {one.object_code for one in lists.selected}
    for entering in reserves:
        if entering.object_code in free and entering.object_code not in taken:
            return {
                "part": part.number,
                "after": len(await queries.get_approved(session, draw)),
                "object_code": body.object_code,
                "duplicate_of": body.duplicate_of,
                "stratum": stratum,
                "substitute_code": entering.object_code,
                "rank": entering.rank,
                "ticket": entering.ticket,
            }
    raise ReservesExhausted(pointer="/object_code", stratum=stratum)


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
