"""Closing inspections, and the task with its last one."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import Caller
from app.core.clock import day_in_china
from app.core.database import everywhere
from app.draws import queries as draws
from app.draws import service as draws_service
from app.draws.states import DrawState
from app.rules import queries as rules
from app.tasks import queries
from app.tasks.models import InspectionClosing, InspectionTask, TaskClosing
from app.tasks.schemas import InspectionCompleted, TaskCompleted
from app.tasks.service.turns import record
from app.tasks.states import VALUE_TEXTS


async def close_inspection(
    session: AsyncSession,
    task: InspectionTask,
    object_code: str,
    *,
    values: Collection[int],
    inspected_on: date,
    caller: Caller,
    now: datetime,
) -> None:
    """Close the inspection of an object, and the task with its last one. `values` are those of
    all its items; the object's is the first of the published precedence, and one that this does
    not name comes last (domain D.1). The caller has locked the task."""
    precedence = await rules.get_value(session, rules.PRECEDENCE, day_in_china(now))
    places = {value: place for place, value in enumerate(precedence)}
    value = min(values, key=lambda one: (places.get(one, len(places)), one))
    async with everywhere(session):
        session.add(
            InspectionClosing(
                task_code=task.code,
                object_code=object_code,
                department_code=task.department_code,
                value=value,
                inspected_on=inspected_on,
                closed_at=now,
                closed_by=caller.key_id,
            )
        )
        departments = await queries.get_department_codes(session, task)
        payload = InspectionCompleted(
            task_key=task.national_key,
            task_code=task.code,
            object_code=object_code,
            object_name=await queries.get_object_name(session, task, object_code),
            value=value,
            value_text=VALUE_TEXTS[value],
            inspected_on=inspected_on,
            departments=departments,
        )
        kind = "inspection.completed"
        record(session, kind, task, payload, caller=caller, now=now, object_code=object_code)
        if await queries.count_closed(session, task) == task.object_count:
            await _complete(session, task, departments, caller=caller, now=now)


async def _complete(
    session: AsyncSession,
    task: InspectionTask,
    departments: list[str],
    *,
    caller: Caller,
    now: datetime,
) -> None:
    session.add(
        TaskClosing(
            task_code=task.code,
            department_code=task.department_code,
            closed_at=now,
            closed_by=caller.key_id,
        )
    )
    payload = TaskCompleted(
        task_key=task.national_key,
        task_code=task.code,
        name=task.name,
        object_count=task.object_count,
        completed_at=now,
        departments=departments,
    )
    record(session, "task.completed", task, payload, caller=caller, now=now)
    await session.flush()
    await close_draws(session, task, caller=caller, now=now)


async def close_draws(
    session: AsyncSession, task: InspectionTask, *, caller: Caller, now: datetime
) -> None:
    """Close the draws of a task whose lists are published, once every visit is done: of a campaign
    the visits of all its lines. Asked `everywhere`."""
    officers = await draws.find_drawn_attempt(session, task.inspector_draw_id)
    objects = await draws.find_drawn_attempt(session, task.target_draw_id)
    for draw, needed in ((officers, [task]), (objects, await queries.get_tasks_of(session, task))):
        done = [await queries.find_completion(session, one) for one in needed]
        if draw is not None and all(done):
            await draws_service.mark(session, draw, DrawState.CLOSED, caller=caller, now=now)
