"""Load reports 派员负荷: seats against people, told before officers are drawn (draw-spec 7)."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.draws import pools, queries
from app.draws.errors import NoLoadReport, StageNotReady
from app.draws.models import Draw
from app.draws.schemas.loads import LoadReportRead
from app.draws.service.loads import LoadCount, count_loads
from app.draws.service.steps import check_partners, last_state
from app.draws.states import DrawState
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.sampling.openlot1.assignment import MEMBER, parse_assignment
from app.sampling.openlot1.commitment import INSPECTOR


async def report_loads(
    session: AsyncSession, draw_id: str, attempt: int, *, caller: Caller, now: datetime
) -> LoadReportRead:
    """The figures of a draft from the registry as it stands, or of the frozen assignment.json.

    Raises NoLoadReport, DepartmentNotVisible, StageNotReady, RuleMissing, StationUnknown,
    OfficerListedTwice, CapBelowFixed, and what the core says.
    An assignment that has no filling is answered, not refused."""
    draw = await queries.get_draw(session, draw_id, attempt)
    if draw.stage != INSPECTOR:
        raise NoLoadReport
    line = await plans.get_line(session, draw.plan_line_code)
    check_department(caller, line.department_code)
    # Who does not see a partner's directory would be told a shortage that there is not.
    check_partners(line, caller)
    state = await last_state(session, draw)
    if state is DrawState.DRAFT:
        pool = await _pool(session, draw, line, now)
        data, left_out = pool.assignment, pool.left_out
    else:
        data = await queries.get_file(session, draw, MEMBER)
        details = (await queries.get_step(session, draw, DrawState.FROZEN)).details
        left_out = details["left_out"]
    counted = await asyncio.to_thread(_counted, data)
    return LoadReportRead(
        draw_id=draw.draw_id,
        attempt=draw.attempt,
        state=state.value,
        seats=counted.seats,
        people=counted.people,
        level=counted.level,
        slack=counted.slack,
        demands=counted.demands,
        officers=counted.officers,
        officers_total=counted.people,
        left_out=left_out,
        certificate=counted.certificate,
        shortages=counted.shortages,
    )


def _counted(data: bytes) -> LoadCount:
    return count_loads(parse_assignment(data))


async def _pool(
    session: AsyncSession, draw: Draw, line: PlanLine, now: datetime
) -> pools.InspectorPool:
    """What a freeze at this moment would write."""
    if await queries.find_drawn_part(session, line.code, draw.round) is None:
        raise StageNotReady
    if draw.mends_draw_id is None:
        return await pools.inspector_pool(session, draw, line, now)
    opened = await queries.get_open_seats(session, draw)
    return await pools.replacement_pool(session, draw, line, opened, now)
