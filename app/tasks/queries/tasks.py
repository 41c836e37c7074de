"""Reading inspection tasks. Rows belong to departments; what concerns a whole task is asked
`everywhere`, and only the answer to that question leaves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    ScalarSelect,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.clock import CHINA
from app.core.database import everywhere
from app.draws import queries as draws
from app.draws.models import DrawnSeat
from app.registry import queries as registry
from app.registry.models import InspectedObject, RecusalRequest
from app.rules import queries as rules
from app.tasks.errors import InspectionPartNotFound, InspectionTaskNotFound
from app.tasks.models import (
    DepartmentTask,
    InspectionClosing,
    InspectionPart,
    InspectionTask,
    TaskClosing,
)
from app.tasks.schemas import DepartmentTaskRead, InspectionTaskRead, InspectionTaskSummary
from app.tasks.states import TaskState

DRAWN_LIST = "drawn-list"
RESULT = "result"
"""What a task discloses, each with a moment of its own (`disclosure.moment`)."""


async def get_department_codes(session: AsyncSession, task: InspectionTask) -> list[str]:
    """The departments that take part, the lead among them; ask within `everywhere`."""
    found = await session.scalars(
        select(DepartmentTask.department_code)
        .where(DepartmentTask.task_code == task.code)
        .order_by(DepartmentTask.department_code)
    )
    return list(found)


def select_tasks() -> Select[DepartmentTask]:
    """One row a task, for each that a department of the caller leads or takes part in."""
    return select(DepartmentTask).ext(distinct_on(DepartmentTask.national_key))


def summary(own: DepartmentTask) -> InspectionTaskSummary:
    return InspectionTaskSummary(
        national_key=own.national_key,
        code=own.task_code,
        name=own.task_name,
        department_code=own.lead_department_code,
        window_start=own.window_start,
        window_end=own.window_end,
    )


async def get_task(session: AsyncSession, key: str) -> InspectionTask:
    """The task, if a department of the caller leads it or takes part in it.

    Raises InspectionTaskNotFound."""
    code = await session.scalar(
        select(DepartmentTask.task_code).where(DepartmentTask.national_key == key).limit(1)
    )
    if code is None:
        raise InspectionTaskNotFound(task=key)
    async with everywhere(session):
        return await session.get_one(InspectionTask, code)


async def describe(session: AsyncSession, task: InspectionTask) -> InspectionTaskRead:
    """The task as it stands, with the parts of the caller's departments."""
    counted = (
        select(InspectionPart.department_code, func.count().label("parts"))
        .where(InspectionPart.task_code == task.code)
        .group_by(InspectionPart.department_code)
        .subquery()
    )
    own = await session.execute(
        select(DepartmentTask, func.coalesce(counted.c.parts, 0))
        .outerjoin(counted, counted.c.department_code == DepartmentTask.department_code)
        .where(DepartmentTask.task_code == task.code)
        .order_by(DepartmentTask.department_code)
    )
    completed_at = await find_completion(session, task)
    state = TaskState.DISPATCHED if completed_at is None else TaskState.COMPLETED
    columns = {c.key: getattr(task, c.key) for c in InspectionTask.__table__.columns}
    return InspectionTaskRead(
        **{name: value for name, value in columns.items() if name != "dispatched_by"},
        closed_count=await count_closed(session, task),
        state=state.value,
        completed_at=completed_at,
        pending_recusals=await count_pending_recusals(session, task),
        departments=[
            DepartmentTaskRead(
                department_code=one.department_code,
                item_codes=one.item_codes,
                inspection_count=parts,
            )
            for one, parts in own
        ],
    )


async def count_pending_recusals(session: AsyncSession, task: InspectionTask) -> int:
    """Recusals that wait for the head, of officers who hold seats of a task, of the departments
    that the caller sees."""
    own = draws.select_holders().where(DrawnSeat.inspector_draw_id == task.inspector_draw_id)
    held = aliased(DrawnSeat, own.subquery())
    pair = and_(
        RecusalRequest.department_code == held.department_code,
        RecusalRequest.staff_no == held.staff_no,
        RecusalRequest.object_code == held.object_code,
    )
    query = select(func.count(RecusalRequest.id.distinct())).join(held, pair)
    return await session.scalar(query.where(registry.is_pending())) or 0


async def find_department_task(
    session: AsyncSession, task: InspectionTask, department: str
) -> DepartmentTask | None:
    """What the task asks of a department; another department's is not found."""
    return await session.scalar(
        select(DepartmentTask).where(
            DepartmentTask.task_code == task.code, DepartmentTask.department_code == department
        )
    )


async def find_completion(session: AsyncSession, task: InspectionTask) -> datetime | None:
    """When the last inspection of the task was complete, if it is."""
    query = select(TaskClosing.closed_at).where(TaskClosing.task_code == task.code)
    async with everywhere(session):
        return await session.scalar(query)


async def get_tasks_of(session: AsyncSession, task: InspectionTask) -> list[InspectionTask]:
    """The tasks whose objects came of the same target draw: one, or those of a campaign's lines."""
    query = select(InspectionTask).where(InspectionTask.target_draw_id == task.target_draw_id)
    async with everywhere(session):
        return list(await session.scalars(query.order_by(InspectionTask.code)))


async def count_closed(session: AsyncSession, task: InspectionTask) -> int:
    """Objects whose inspection is complete in every department."""
    query = select(func.count()).where(InspectionClosing.task_code == task.code)
    async with everywhere(session):
        return await session.scalar(query) or 0


async def is_closed(session: AsyncSession, task: InspectionTask, object_code: str) -> bool:
    query = select(func.count()).where(
        InspectionClosing.task_code == task.code, InspectionClosing.object_code == object_code
    )
    async with everywhere(session):
        return bool(await session.scalar(query))


def disclosure_rule(column: str) -> ScalarSelect[Any]:
    """A column of the text of `disclosure.moment` that a task is disclosed by: the one in force on
    the day of its dispatch, whatever is recorded later. In SQL, of a query on InspectionTask."""
    at = InspectionTask.dispatched_at
    on = cast(func.timezone(str(CHINA), at), Date())
    return rules.column_in_force(column, rules.DISCLOSURE, on, at)


def window_over_at() -> ColumnElement[datetime]:
    """The midnight in China at which the window of a task ends. In SQL, on InspectionTask."""
    ends = cast(InspectionTask.window_end + 1, DateTime())
    return func.timezone(str(CHINA), ends, type_=DateTime(timezone=True))


def disclosed_at(kind: str) -> ColumnElement[datetime]:
    """When the drawn list with seed and officers (DRAWN_LIST) or the results (RESULT) of a task
    become fit to be public, by the rule of its dispatch: when the last visit is done or the window
    is over, whichever comes first, if the rule sets no other moment (draw-spec 9). Null while
    nothing is known but that visits are not done. In SQL, of a query on InspectionTask that outer
    joins TaskClosing."""
    moments = {
        rules.LAST_VISIT: TaskClosing.closed_at,
        rules.WINDOW_END: window_over_at(),
        rules.DRAWN: InspectionTask.dispatched_at,
    }
    first = func.least(TaskClosing.closed_at, window_over_at())
    return case(moments, value=disclosure_rule("value")[kind].astext, else_=first)


def result_disclosed_at() -> ColumnElement[datetime]:
    """When the result of an object becomes fit to be public: not before it is approved or, if it
    never was, before the window is over. In SQL, of a query that joins InspectionClosing too."""
    own = func.least(InspectionClosing.closed_at, window_over_at())
    return func.greatest(disclosed_at(RESULT), own)


async def disclosure_moment(
    session: AsyncSession, task: InspectionTask, now: datetime, *, kind: str = DRAWN_LIST
) -> datetime | None:
    """The moment of `disclosed_at` if it has come; else None."""
    query = (
        select(disclosed_at(kind))
        .select_from(InspectionTask)
        .outerjoin(TaskClosing, TaskClosing.task_code == InspectionTask.code)
        .where(InspectionTask.code == task.code)
    )
    async with everywhere(session):
        moment: datetime | None = (await session.execute(query)).scalar_one()
    return moment if moment is not None and moment <= now else None


async def get_result_moment(
    session: AsyncSession, task: InspectionTask, object_code: str
) -> datetime:
    """The moment of `result_disclosed_at` of an approved result whose task is disclosed; ask
    within `everywhere`."""
    own = (InspectionClosing.task_code == task.code, InspectionClosing.object_code == object_code)
    query = (
        select(result_disclosed_at())
        .select_from(InspectionTask)
        .join(InspectionClosing, InspectionClosing.task_code == InspectionTask.code)
        .outerjoin(TaskClosing, TaskClosing.task_code == InspectionTask.code)
        .where(*own)
    )
    moment: datetime = (await session.execute(query)).scalar_one()
    return moment


async def get_disclosure_value(session: AsyncSession, task: InspectionTask, kind: str) -> str:
    """Which of the moments of `disclosure.moment` holds for a task."""
    said = disclosure_rule("value")[kind].astext
    query = select(said).select_from(InspectionTask).where(InspectionTask.code == task.code)
    async with everywhere(session):
        return await session.scalar(query) or rules.LAST_VISIT_OR_WINDOW_END


def select_parts(task: InspectionTask) -> Select[InspectionPart]:
    return select(InspectionPart).where(InspectionPart.task_code == task.code)


async def get_part(
    session: AsyncSession, task: InspectionTask, object_code: str, department_code: str
) -> InspectionPart:
    """A department's part of the inspection of an object; another department's is not found."""
    found = await session.scalar(
        select_parts(task).where(
            InspectionPart.object_code == object_code,
            InspectionPart.department_code == department_code,
        )
    )
    if found is None:
        raise InspectionPartNotFound(object=object_code)
    return found


async def get_object_name(session: AsyncSession, task: InspectionTask, object_code: str) -> str:
    """The name of an object as it was at the dispatch."""
    query = select(InspectionPart.object_name).where(
        InspectionPart.task_code == task.code, InspectionPart.object_code == object_code
    )
    return (await session.scalars(query.limit(1))).one()


async def officers_of(session: AsyncSession, part: InspectionPart) -> list[DrawnSeat]:
    """Who holds the seats of a part now, by seat."""
    inspector_draw = (
        select(DepartmentTask.inspector_draw_id)
        .where(
            DepartmentTask.task_code == part.task_code,
            DepartmentTask.department_code == part.department_code,
        )
        .scalar_subquery()
    )
    query = draws.select_holders().where(
        DrawnSeat.inspector_draw_id == inspector_draw,
        DrawnSeat.object_code == part.object_code,
        DrawnSeat.department_code == part.department_code,
    )
    return list(await session.scalars(query))


async def get_officers(
    session: AsyncSession, task: InspectionTask, objects: Sequence[str]
) -> dict[tuple[str, str], list[str]]:
    """Staff numbers of who holds the seats of some objects now, by object and department."""
    seats = await session.scalars(
        draws.select_holders().where(
            DrawnSeat.inspector_draw_id == task.inspector_draw_id,
            DrawnSeat.object_code == any_(literal(list(objects), ARRAY(Text))),
        )
    )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for seat in seats:
        found[seat.object_code, seat.department_code].append(seat.staff_no)
    return found


async def get_objects(
    session: AsyncSession, department: str, codes: Sequence[str]
) -> list[InspectedObject]:
    """Objects of a directory, by code."""
    return list(
        await session.scalars(
            select(InspectedObject)
            .where(
                InspectedObject.department_code == department,
                InspectedObject.code == any_(literal(list(codes), ARRAY(Text))),
            )
            .order_by(InspectedObject.code)
        )
    )


async def is_dispatched(session: AsyncSession, line_code: str, round_: int) -> bool:
    query = select(func.count()).where(
        InspectionTask.plan_line_code == line_code, InspectionTask.round == round_
    )
    return bool(await session.scalar(query))


async def next_number(session: AsyncSession, department: str, prefix: str) -> int:
    """The number after the last task of a department whose code begins so."""
    query = select(func.count()).where(
        InspectionTask.department_code == department,
        InspectionTask.code.startswith(prefix, autoescape=True),
    )
    return (await session.scalar(query) or 0) + 1


async def next_key_number(session: AsyncSession, prefix: str) -> int:
    """The number after the last national key that begins so, of whichever department."""
    query = select(func.count()).where(
        InspectionTask.national_key.startswith(prefix, autoescape=True)
    )
    return (await session.scalar(query) or 0) + 1
