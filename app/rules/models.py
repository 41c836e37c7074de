"""Law as data: dated rows with their sources, and the calendar of working days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, public


class Rule(Base):
    """The value of a rule from a day on, and the text that says so. The row with the latest
    `valid_from` that is not after the day in question is in force; of two, the later recorded."""

    __tablename__ = "rule"
    __table_args__ = (
        CheckConstraint(
            "key <> 'officers.per-department.minimum' OR "
            "COALESCE(jsonb_typeof(value) = 'number' AND value >= '2'::jsonb, false)",
            name="officers",
        ),
        CheckConstraint(
            "key <> 'visits.yearly-ceiling' OR COALESCE(jsonb_typeof(value) = 'object'"
            """ AND NOT jsonb_path_exists(value, '$.*.type() ? (@ <> "object")')"""
            """ AND NOT jsonb_path_exists(value, '$.*.*.type() ? (@ <> "number")')"""
            " AND NOT jsonb_path_exists(value, '$.*.* ? (@ < 0)'), false)",
            name="ceilings",
        ),
        {"info": INSERT_ONLY},
    )

    key: Mapped[str] = public(primary_key=True)
    valid_from: Mapped[date] = public(primary_key=True)
    sequence: Mapped[int] = public(BigInteger, Identity(always=True), primary_key=True)
    value: Mapped[Any] = public(JSONB)
    source: Mapped[str] = public()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()


class CalendarDay(Base):
    """A day whose status the State Council's notice sets: a holiday, or a make-up working day.
    Every other day of a loaded year follows the week. The latest row of a day is in force."""

    __tablename__ = "calendar_day"
    __table_args__ = ({"info": INSERT_ONLY},)

    day: Mapped[date] = public(primary_key=True)
    sequence: Mapped[int] = public(BigInteger, Identity(always=True), primary_key=True)
    is_workday: Mapped[bool] = public()
    name: Mapped[str] = public()
    year: Mapped[int] = public()
    """Year of the notice; the year counts as loaded once it has a row."""
    source: Mapped[str] = public()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()
