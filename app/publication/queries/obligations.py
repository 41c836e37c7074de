"""What is to be published and by which day, derived from what happened: so withholding shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SQLColumnExpression,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.caller import EVERY_DEPARTMENT
from app.core.clock import CHINA, day_in_china
from app.core.pagination import decode_cursor, encode_cursor
from app.core.workdays import Calendar, Due, add_workdays
from app.plans.models import Plan, PlanStep
from app.plans.states import PlanState
from app.publication.models import Publication
from app.publication.schemas import ObligationPage, ObligationQuery, ObligationRead
from app.rules import queries as rules
from app.tasks import queries as tasks
from app.tasks.models import InspectionClosing, InspectionPart, InspectionTask, TaskClosing

INSTANT = timedelta(microseconds=1)


def basis_of(moment: datetime) -> date:
    """The day from which a time limit counts: that of the act, or the last of a window that ends
    at midnight."""
    return day_in_china(moment - INSTANT)


@dataclass(slots=True)
class Deadlines:
    """Days by which publications are due, each by the rule that was in force on its basis."""

    calendar: Calendar
    _rules: dict[date, dict[str, int]] = field(default_factory=dict)

    async def of(self, session: AsyncSession, kind: str, basis: date) -> Due:
        """Raises RuleMissing."""
        if basis not in self._rules:
            self._rules[basis] = await rules.get_value(session, rules.PUBLICATION_DAYS, basis)
        return add_workdays(self.calendar, basis, self._rules[basis][kind])


async def read_deadlines(session: AsyncSession) -> Deadlines:
    return Deadlines(await rules.get_calendar(session))


async def obligations_page(
    session: AsyncSession,
    departments: Sequence[str],
    page: ObligationQuery,
    *,
    now: datetime,
) -> ObligationPage:
    """Everything of these departments whose time has come, by kind and subject. Needs to see all
    departments that take part in their tasks.

    Raises RuleMissing, CursorInvalid."""
    everywhere = EVERY_DEPARTMENT in departments
    own_plans = true() if everywhere else Plan.department_code.in_(departments)
    led = true() if everywhere else InspectionTask.department_code.in_(departments)
    duty = union_all(_plans(own_plans), _tasks(led), _lists(led, now), _results(led, now))
    query = _dated(duty)
    kind, subject, published_at = (query.selected_columns[n] for n in (0, 1, 5))
    if page.unpublished:
        query = query.where(published_at.is_(None))
    if page.after is not None:
        query = query.where(tuple_(kind, subject) > tuple(decode_cursor(page.after, [str, str])))
    items = await _read(session, query.order_by(kind, subject).limit(page.limit + 1), now)
    shown = items[: page.limit]
    more = len(items) > page.limit
    after = encode_cursor([shown[-1].kind, shown[-1].subject]) if more else None
    return ObligationPage(items=shown, next=after)


async def obligations_of_task(
    session: AsyncSession, task: InspectionTask, now: datetime
) -> list[ObligationRead]:
    """Of one task: itself, and from its disclosure on the drawn list and all results."""
    this = InspectionTask.code == task.code
    duty = union_all(_tasks(this), _lists(this, now), _results(this, now))
    return await _read(session, _dated(duty), now)


async def _read(session: AsyncSession, query: Select[Any], now: datetime) -> list[ObligationRead]:
    deadlines = await read_deadlines(session)
    items = []
    for kind, subject, department, basis, inspected_on, published_at in await session.execute(
        query
    ):
        due = await deadlines.of(session, kind, basis)
        strict = await deadlines.of(session, kind, inspected_on) if inspected_on else None
        items.append(
            ObligationRead(
                kind=kind,
                subject=subject,
                lead_department_code=department,
                basis=basis,
                due_on=due.on,
                provisional=due.provisional,
                due_on_by_object=strict.on if strict else None,
                published_at=published_at,
                overdue=day_in_china(published_at or now) > due.on,
            )
        )
    return items


def _dated(duties: Any) -> Select[Any]:
    """Beside each duty the moment at which it was first fulfilled."""
    duty = duties.subquery()
    first = and_(
        Publication.kind == duty.c.kind,
        Publication.subject == duty.c.subject,
        Publication.version == 1,
    )
    return select(*duty.c, Publication.published_at).outerjoin(Publication, first)


def _duty(
    kind: str,
    subject: SQLColumnExpression[str],
    department: SQLColumnExpression[str],
    moment: SQLColumnExpression[datetime],
    inspected_on: SQLColumnExpression[date] | None = None,
) -> Select[Any]:
    basis = cast(func.timezone(str(CHINA), moment - INSTANT), Date())
    columns: list[Any] = [
        literal(kind).label("kind"),
        subject.label("subject"),
        department.label("department"),
        basis.label("basis"),
        (cast(null(), Date()) if inspected_on is None else inspected_on).label("inspected_on"),
    ]
    return select(*columns)


def _plans(which: ColumnElement[bool]) -> Select[Any]:
    approved = and_(PlanStep.plan_code == Plan.code, PlanStep.state == PlanState.APPROVED.value)
    return (
        _duty("plan", Plan.code, Plan.department_code, PlanStep.taken_at)
        .select_from(Plan)
        .join(PlanStep, approved)
        .where(which)
    )


def _tasks(which: ColumnElement[bool]) -> Select[Any]:
    one = InspectionTask
    return _duty("task", one.national_key, one.department_code, one.dispatched_at).where(which)


def _lists(which: ColumnElement[bool], now: datetime) -> Select[Any]:
    one = InspectionTask
    moment = tasks.disclosed_at(tasks.DRAWN_LIST)
    return (
        _duty(tasks.DRAWN_LIST, one.national_key, one.department_code, moment)
        .select_from(one)
        .outerjoin(TaskClosing, TaskClosing.task_code == one.code)
        .where(which, moment <= now)
    )


def _results(which: ColumnElement[bool], now: datetime) -> Select[Any]:
    """A result that was never entered is due as well once the window has ended."""
    visited = (
        select(InspectionPart.task_code, InspectionPart.object_code).distinct().subquery("visited")
    )
    closed = and_(
        InspectionClosing.task_code == visited.c.task_code,
        InspectionClosing.object_code == visited.c.object_code,
    )
    subject = InspectionTask.national_key + "/" + visited.c.object_code
    moment = tasks.result_disclosed_at()
    return (
        _duty(
            tasks.RESULT,
            subject,
            InspectionTask.department_code,
            moment,
            InspectionClosing.inspected_on,
        )
        .select_from(InspectionTask)
        .join(visited, visited.c.task_code == InspectionTask.code)
        .outerjoin(InspectionClosing, closed)
        .outerjoin(TaskClosing, TaskClosing.task_code == InspectionTask.code)
        .where(which, tasks.disclosed_at(tasks.RESULT) <= now, moment <= now)
    )
