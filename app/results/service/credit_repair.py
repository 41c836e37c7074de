"""Telling firms that they may ask for credit repair 主动指导信用修复."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.clock import day_in_china
from app.registry import queries as registry
from app.registry.errors import ObjectNotFound
from app.results import queries
from app.results.models import CreditRepairNotice
from app.results.schemas import CreditRepairEvent
from app.rules import queries as rules


async def tell_ready_firms(
    session: AsyncSession,
    department: str,
    *,
    caller: Caller,
    now: datetime,
    object_code: str | None = None,
) -> list[CreditRepairNotice]:
    """An event `credit-repair.ready` for each firm whose conditions are met and that was not told
    since its last disposal was opened; of one firm only, if named. Asked twice it tells once."""
    check_department(caller, department)
    today = day_in_china(now)
    days = await rules.get_value(session, rules.REPAIR_DAYS, today)
    found = await session.execute(queries.select_candidates(department, object_code))
    told = []
    for code, rows in groupby(found.all(), key=lambda row: row.object_code):
        disposals = list(rows)
        steps = [queries.Repair(one.id, one.kind, True, one.approved_at) for one in disposals]
        if disposals[-1].told or not queries.repair_of(steps, days, today).met:
            continue
        notice = await _tell(session, department, code, disposals, caller=caller, now=now)
        told += [] if notice is None else [notice]
    return told


async def _tell(
    session: AsyncSession,
    department: str,
    code: str,
    disposals: Sequence[Any],
    *,
    caller: Caller,
    now: datetime,
) -> CreditRepairNotice | None:
    """The notice, or None if another transaction has told meanwhile."""
    notice = CreditRepairNotice(
        disposal_id=disposals[-1].id,
        department_code=department,
        object_code=code,
        noticed_at=now,
        noticed_by=caller.key_id,
    )
    values = {c.key: getattr(notice, c.key) for c in CreditRepairNotice.__table__.columns}
    written = insert(CreditRepairNotice).values(values).on_conflict_do_nothing()
    if not (await session.execute(written.returning(CreditRepairNotice.disposal_id))).first():
        return None
    events.record(
        session,
        kind="credit-repair.ready",
        subject=f"inspected-object/{department}/{code}",
        department=department,
        payload=CreditRepairEvent(
            object_code=code,
            object_name=await _name(session, department, code),
            department_code=department,
            disposal_ids=[str(one.id) for one in disposals],
            ready_on=day_in_china(now),
        ),
        caller=caller,
        at=now,
    )
    return notice


async def _name(session: AsyncSession, department: str, code: str) -> str:
    """The present name; a partner of a joint task may not have the firm in its own directory."""
    try:
        return (await registry.get_object(session, department, code)).name
    except ObjectNotFound:
        return code
