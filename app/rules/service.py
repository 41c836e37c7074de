"""Recording rules and calendars. A new text is a new row; former decisions keep theirs."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import events
from app.core.caller import Caller
from app.rules import queries
from app.rules.errors import RuleBelowLaw, RuleMissing, RuleShape, RuleUnknown, RuleValueUnknown
from app.rules.models import CalendarDay, Rule
from app.rules.schemas import CalendarEvent, CalendarImport, CalendarRead, RuleEvent, RuleWrite

_DEPARTMENT = re.compile(r"[0-9A-Z][0-9A-Z-]{1,31}")
_DIRECTORY = re.compile(r"[0-9A-Za-z._-]{1,64}")


async def record_rule(
    session: AsyncSession, body: RuleWrite, *, caller: Caller, now: datetime
) -> Rule:
    """Record a text of a known rule; its value must have the shape of the one in force.

    Raises RuleUnknown, RuleShape, RuleValueUnknown, RuleBelowLaw."""
    try:
        known = await queries.get_value(session, body.key, max(body.valid_from, now.date()))
    except RuleMissing:
        raise RuleUnknown(key=body.key) from None
    _check_value(body.key, known, body.value)
    rule = Rule(**body.model_dump(), recorded_at=now, recorded_by=caller.key_id)
    session.add(rule)
    await session.flush()
    events.record(
        session,
        kind="rule.recorded",
        subject=f"rule/{body.key}",
        department=caller.department,
        payload=RuleEvent(**body.model_dump()),
        caller=caller,
        at=now,
    )
    return rule


def _check_value(key: str, known: Any, value: Any) -> None:
    """A rule whose values the service acts on takes no other one.

    Raises RuleShape, RuleValueUnknown, RuleBelowLaw."""
    if type(known) is not type(value):
        raise RuleShape(pointer="/value", key=key)
    if key == queries.OFFICERS_MINIMUM and value < queries.LEAST_OFFICERS:
        raise RuleBelowLaw(pointer="/value", key=key, least=queries.LEAST_OFFICERS)
    if key == queries.DISCLOSURE:
        _check_moments(known, value)
    if key == queries.VISIT_CEILINGS:
        _check_ceilings(value)
    if key == queries.CAP_EXCEPTIONS:
        _check_directories(value)


def _check_moments(known: dict[str, Any], value: dict[str, Any]) -> None:
    if value.keys() != known.keys():
        raise RuleShape(pointer="/value", key=queries.DISCLOSURE)
    for kind, moment in value.items():
        if moment not in queries.DISCLOSURE_MOMENTS:
            listed = ", ".join(queries.DISCLOSURE_MOMENTS)
            raise RuleValueUnknown(pointer=f"/value/{kind}", key=queries.DISCLOSURE, known=listed)


def _check_ceilings(value: dict[str, Any]) -> None:
    """Numbers by department and kind of object; a misspelt kind would leave it without ceiling."""
    key = queries.VISIT_CEILINGS
    for department, ceilings in value.items():
        if not _DEPARTMENT.fullmatch(department):
            raise RuleShape(pointer="/value", key=key)
        pointer = f"/value/{department}"
        if not isinstance(ceilings, dict):
            raise RuleShape(pointer=pointer, key=key)
        for kind, most in ceilings.items():
            if kind not in queries.VISITED_KINDS:
                listed = ", ".join(queries.VISITED_KINDS)
                raise RuleValueUnknown(pointer=pointer, key=key, known=listed)
            if type(most) is not int or most < 0:
                raise RuleShape(pointer=f"{pointer}/{kind}", key=key)


def _check_directories(value: list[Any]) -> None:
    for place, code in enumerate(value):
        if not isinstance(code, str) or not _DIRECTORY.fullmatch(code):
            raise RuleShape(pointer=f"/value/{place}", key=queries.CAP_EXCEPTIONS)


async def import_calendar(
    session: AsyncSession, body: CalendarImport, *, caller: Caller, now: datetime
) -> CalendarRead:
    """Record the notice of a year; a later notice of the same year adds to it."""
    for day in body.days:
        session.add(
            CalendarDay(
                day=day.date,
                is_workday=not day.is_off_day,
                name=day.name,
                year=body.year,
                source=body.source,
                recorded_at=now,
                recorded_by=caller.key_id,
            )
        )
    await session.flush()
    kept = CalendarRead(year=body.year, days=len(body.days), source=body.source)
    events.record(
        session,
        kind="calendar.recorded",
        subject=f"calendar/{body.year}",
        department=caller.department,
        payload=CalendarEvent(**kept.model_dump()),
        caller=caller,
        at=now,
    )
    return kept
