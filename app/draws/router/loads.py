"""Load reports of inspector draws over HTTP 派员负荷."""

from typing import Annotated

from fastapi import APIRouter

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.problems import DrawRefused, problems
from app.draws.errors import (
    CapBelowFixed,
    DrawNotFound,
    NoLoadReport,
    OfficerListedTwice,
    StageNotReady,
    StationUnknown,
)
from app.draws.router.parameters import Attempt, DrawId
from app.draws.schemas.loads import LoadReportRead
from app.draws.service.loading import report_loads
from app.rules.errors import RuleMissing

router = APIRouter(prefix="/v1/draws", tags=["draws"])


@router.get(
    "/{draw_id}/attempts/{attempt}/load-report",
    operation_id="getLoadReport",
    summary="Load report 派员负荷",
    description="Of an inspector draw: seats by qualification against people and caps, the scarcest "
    "first; the even share of each officer; what is missing and what would help if the seats cannot "
    "all be filled. A draft is reported of the registry as it is now, so shortages show before the "
    "freeze; later the frozen input is. No ticket is in it.",
    responses=problems(
        DrawNotFound,
        NoLoadReport,
        StageNotReady,
        StationUnknown,
        OfficerListedTwice,
        CapBelowFixed,
        DepartmentNotVisible,
        RuleMissing,
        DrawRefused,
    ),
)
async def get_load_report(
    draw_id: DrawId,
    attempt: Attempt,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.DRAWS_READ)],
) -> LoadReportRead:
    return await report_loads(session, draw_id, attempt, caller=caller, now=now)
