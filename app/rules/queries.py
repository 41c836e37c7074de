"""Which rule is in force, and which days are working days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, SQLColumnExpression, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.workdays import Calendar
from app.rules.errors import RuleMissing
from app.rules.models import CalendarDay, Rule

OFFICERS_MINIMUM = "officers.per-department.minimum"
LEAST_OFFICERS = 2
"""行政处罚法第四十二条: the law that stands above the texts of a jurisdiction, which may ask for more."""
PRECEDENCE = "result.precedence"
SECOND_APPROVAL_FROM = "replacement.second-approval-from"
"""From which replacement request of a person in a year on two must approve."""
PUBLICATION_DAYS = "publication.working-days"
DISCLOSURE = "disclosure.moment"
CORRECTION_DAYS = "correction.working-days"
REPAIR_DAYS = "credit-repair.publicity-days"
VISIT_CEILINGS = "visits.yearly-ceiling"
"""The most visits on site that a department makes to one object of a kind in a year, as it has
published: {department: {kind: number}} (国办发〔2024〕54号). Whoever is not named has no ceiling."""
VISITED_KINDS = (
    "enterprise",
    "individual",
    "cooperative",
    "foreign_office",
    "other",
    "product",
    "project",
    "behaviour",
    "person",
)
"""The kinds of objects that the registry, which stands above, knows."""
CAP_EXCEPTIONS = "visits.cap-exceptions"
"""Codes of the special directories whose entries let an object be visited beyond its caps."""
LAST_VISIT_OR_WINDOW_END = "last-visit-or-window-end"
LAST_VISIT = "last-visit"
WINDOW_END = "window-end"
DRAWN = "drawn"
DISCLOSURE_MOMENTS = (LAST_VISIT_OR_WINDOW_END, LAST_VISIT, WINDOW_END, DRAWN)
"""What `disclosure.moment` can say of a task's drawn list and results (draw-spec 9): when the last
visit is done or the window ends, whichever is first; each of these alone; or at the dispatch."""
DISCLOSURE_SOURCE = "openlot/1 第9节"
"""Where the first of them stands, for what was done before any text was recorded."""


def select_rules(on: date) -> Select[Rule]:
    """The rules in force on a day, by key."""
    return (
        select(Rule)
        .where(Rule.valid_from <= on)
        .ext(distinct_on(Rule.key))
        .order_by(Rule.key, Rule.valid_from.desc(), Rule.sequence.desc())
    )


async def get_rule(session: AsyncSession, key: str, on: date) -> Rule:
    found = await session.scalar(select_rules(on).where(Rule.key == key))
    if found is None:
        raise RuleMissing(key=key, on=on.isoformat())
    return found


async def get_value(session: AsyncSession, key: str, on: date) -> Any:
    """The value of the rule in force; its shape is that of the key (see the first migration)."""
    return (await get_rule(session, key, on)).value


async def find_value(session: AsyncSession, key: str, on: date) -> Any | None:
    """The value of the rule in force, if there is a text."""
    found = await session.scalar(select_rules(on).where(Rule.key == key))
    return None if found is None else found.value


def column_in_force(
    column: str,
    key: str,
    on: SQLColumnExpression[date],
    known_at: SQLColumnExpression[datetime],
) -> ScalarSelect[Any]:
    """A column of the text of a rule that was in force on a day, as far as it was recorded at a
    moment: a text that is recorded later does not move what was decided then. In SQL, for a query
    that has `on` and `known_at`; null where there was no text."""
    said = aliased(Rule)
    return (
        select(getattr(said, column))
        .where(said.key == key, said.valid_from <= on, said.recorded_at <= known_at)
        .order_by(said.valid_from.desc(), said.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )


async def get_calendar(session: AsyncSession) -> Calendar:
    """All days whose status a notice sets, and the years that have one."""
    rows = list(
        await session.scalars(
            select(CalendarDay)
            .ext(distinct_on(CalendarDay.day))
            .order_by(CalendarDay.day, CalendarDay.sequence.desc())
        )
    )
    return Calendar(
        days={row.day: row.is_workday for row in rows},
        years=frozenset(row.year for row in rows),
    )
