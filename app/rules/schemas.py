"""Rules and the calendar as the API shows them."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.core.schema import Instant, NextCursor, Schema, shown

Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9.-]{2,79}$",
        description="Name of the rule",
        examples=["publication.working-days"],
    ),
]
Source = Annotated[
    str, Field(min_length=1, max_length=500, examples=["国发〔2019〕5号；2024年工作要点第七条"])
]


class RuleWrite(Schema):
    """A text of a rule, in force from a day on."""

    key: Key
    valid_from: Annotated[date, shown("2024-01-01")]
    value: Annotated[Any, shown(20)]
    """A value of the same shape as the one in force."""
    source: Source


class RuleRead(Schema):
    """A rule in force 法定规则."""

    key: Key
    valid_from: Annotated[date, shown("2024-01-01")]
    value: Annotated[Any, shown(20)]
    source: Annotated[str, shown("国发〔2019〕5号；2024年工作要点第七条")]
    recorded_at: Instant


class RuleList(Schema):
    """The rules in force on a day, by key."""

    items: list[RuleRead]
    next: NextCursor


class DayWrite(Schema):
    """A day whose status the notice sets."""

    date: Annotated[date, shown("2026-10-01")]
    is_off_day: Annotated[bool, shown(True)]
    """True: holiday; False: make-up working day 调休上班."""
    name: Annotated[str, Field(max_length=50, examples=["国庆节"])]


class CalendarImport(Schema):
    """The State Council's notice on the holidays of a year 节假日安排."""

    year: Annotated[int, Field(ge=2000, le=2100, examples=[2026])]
    source: Source
    days: Annotated[list[DayWrite], Field(min_length=1, max_length=120)]


class CalendarRead(Schema):
    """A loaded year."""

    year: Annotated[int, shown(2026)]
    days: Annotated[int, shown(39)]
    """Number of days that the notice sets."""
    source: Annotated[str, shown("国办发明电〔2025〕7号")]


class DeadlineRead(Schema):
    """A day so many working days after another; the first day does not count."""

    start: Annotated[date, shown("2026-09-21")]
    working_days: Annotated[int, shown(20)]
    due_on: Annotated[date, shown("2026-10-26")]
    provisional: Annotated[bool, shown(False)]
    """The notice of a year on the way is not loaded, so its holidays are not counted yet."""


class RuleEvent(Schema):
    """A text of a rule was recorded."""

    key: str
    valid_from: date
    value: Any
    source: str


class CalendarEvent(Schema):
    """A year's notice was recorded."""

    year: int
    days: int
    source: str
