"""Dispatching 派发: what was drawn becomes inspections."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core.caller import Caller
from app.core.clock import day_in_china
from app.core.database import everywhere
from app.draws import queries as draws
from app.draws import service as draws_service
from app.draws.errors import NotDrawn
from app.draws.models import Draw
from app.draws.states import DrawState
from app.plans import queries as plans
from app.plans.models import PlanLine
from app.registry import queries as registry
from app.rules import queries as rules
from app.tasks import queries
from app.tasks.errors import (
    NationalKeysExhausted,
    OfficersMissing,
    RehearsalDrawn,
    TaskDispatchedAlready,
    TaskEmpty,
)
from app.tasks.models import DepartmentTask, InspectionPart, InspectionTask
from app.tasks.schemas import InspectionTaskCreate, TaskDispatched
from app.tasks.service.turns import one_at_a_time, record

MOST_KEYS_A_DAY = 999


async def dispatch(
    session: AsyncSession,
    body: InspectionTaskCreate,
    *,
    jurisdiction: str,
    caller: Caller,
    now: datetime,
) -> InspectionTask:
    """Dispatch 派发: the drawn objects become inspections, for each department whose items are
    checked. `jurisdiction` is the region of a department that has none.

    Raises NotDrawn, RehearsalDrawn, TaskEmpty, OfficersMissing, TaskDispatchedAlready."""
    line = await plans.get_line(session, body.plan_line_code)
    check_department(caller, line.department_code)
    await one_at_a_time(session, line.department_code)
    if await queries.is_dispatched(session, line.code, body.round):
        raise TaskDispatchedAlready
    found = await draws.find_drawn_part(session, line.code, body.round)
    target = _real(found[0] if found else None)
    inspectors = _real(await draws.find_drawn_attempt(session, f"{line.code}-I{body.round}"))
    objects = await draws.get_drawn_objects(session, line.code, body.round)
    if not objects:
        raise TaskEmpty
    items = _items(line)
    async with everywhere(session):
        await _check_officers(session, inspectors, objects, items, now)
        code, key = await _numbers(session, line.department_code, jurisdiction, now)
        task = _new_task(line, body.round, code, key, len(objects), caller=caller, now=now)
        task.target_draw_id, task.inspector_draw_id = target.draw_id, inspectors.draw_id
        session.add(task)
        await session.flush()
        await _hand_out(session, task, objects, items)
    for draw in (target, inspectors):
        await draws_service.mark(session, draw, DrawState.DISPATCHED, caller=caller, now=now)
    _record_dispatch(session, task, items, caller=caller, now=now)
    return task


def _items(line: PlanLine) -> dict[str, list[str]]:
    """The items of each department, in byte order; the lead department has an entry anyway."""
    found: dict[str, set[str]] = {line.department_code: set()}
    for item in line.items:
        found.setdefault(item["department_code"], set()).add(item["item_code"])
    return {department: sorted(found[department]) for department in sorted(found)}


def _real(draw: Draw | None) -> Draw:
    if draw is None:
        raise NotDrawn
    if draw.purpose != "real":
        raise RehearsalDrawn(draw_id=draw.draw_id)
    return draw


async def _check_officers(
    session: AsyncSession,
    inspectors: Draw,
    objects: Sequence[str],
    items: Mapping[str, Sequence[str]],
    now: datetime,
) -> None:
    """Every department that checks an item has officers enough at every object (domain E3)."""
    minimum = int(await rules.get_value(session, rules.OFFICERS_MINIMUM, day_in_china(now)))
    seats = await draws.get_seats(session, inspectors.draw_id)
    held = Counter((seat.object_code, seat.department_code) for seat in seats)
    for code in objects:
        for department in (name for name, checked in items.items() if checked):
            if held[code, department] < minimum:
                raise OfficersMissing(
                    object=code,
                    department=department,
                    held=held[code, department],
                    minimum=minimum,
                )


async def _numbers(
    session: AsyncSession, department: str, jurisdiction: str, now: datetime
) -> tuple[str, str]:
    """The readable code and the national key of a new task, both without gaps."""
    day = day_in_china(now)
    prefix = f"{department}抽查〔{day.year}〕"
    number = await queries.next_number(session, department, prefix)
    region = (await registry.get_department(session, department)).region_code or jurisdiction
    key_prefix = f"{region}{day:%Y%m%d}1"
    await one_at_a_time(session, key_prefix)
    key_number = await queries.next_key_number(session, key_prefix)
    if key_number > MOST_KEYS_A_DAY:
        raise NationalKeysExhausted
    return f"{prefix}{number}号", f"{key_prefix}{key_number:03d}"


def _new_task(
    line: PlanLine, round_: int, code: str, key: str, count: int, *, caller: Caller, now: datetime
) -> InspectionTask:
    return InspectionTask(
        code=code,
        national_key=key,
        department_code=line.department_code,
        name=line.name,
        plan_line_code=line.code,
        round=round_,
        window_start=line.window_start,
        window_end=line.window_end,
        object_count=count,
        dispatched_at=now,
        dispatched_by=caller.key_id,
    )


async def _hand_out(
    session: AsyncSession,
    task: InspectionTask,
    objects: Sequence[str],
    items: Mapping[str, list[str]],
) -> None:
    """Give each department its sub-task and its parts, with the names as they are now."""
    for department, checked in items.items():
        session.add(
            DepartmentTask(
                task_code=task.code,
                department_code=department,
                national_key=task.national_key,
                lead_department_code=task.department_code,
                task_name=task.name,
                inspector_draw_id=task.inspector_draw_id,
                item_codes=checked,
                window_start=task.window_start,
                window_end=task.window_end,
            )
        )
    await session.flush()
    for one in await queries.get_objects(session, task.department_code, objects):
        for department in (name for name, checked in items.items() if checked):
            session.add(
                InspectionPart(
                    task_code=task.code,
                    object_code=one.code,
                    department_code=department,
                    object_name=one.name,
                    region_code=one.region_code,
                )
            )


def _record_dispatch(
    session: AsyncSession,
    task: InspectionTask,
    items: Collection[str],
    *,
    caller: Caller,
    now: datetime,
) -> None:
    payload = TaskDispatched(
        task_key=task.national_key,
        task_code=task.code,
        name=task.name,
        plan_line_code=task.plan_line_code,
        round=task.round,
        target_draw_id=task.target_draw_id,
        inspector_draw_id=task.inspector_draw_id,
        object_count=task.object_count,
        departments=list(items),
    )
    record(session, "task.dispatched", task, payload, caller=caller, now=now)
