"""Which rule is in force, and which days are working days."""

from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.workdays import Calendar
from app.rules.errors import RuleMissing
from app.rules.models import CalendarDay, Rule

OFFICERS_MINIMUM = "officers.per-department.minimum"
PRECEDENCE = "result.precedence"
PUBLICATION_DAYS = "publication.working-days"
DISCLOSURE = "disclosure.moment"


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
