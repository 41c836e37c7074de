"""Working days: the week, but for the days that the State Council's yearly notice sets."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """`days` whose status a notice sets (True: working day); `years` whose notice is loaded."""

    days: Mapping[date, bool]
    years: AbstractSet[int]

    def is_workday(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < SATURDAY)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline. `provisional`: it passes through a year whose notice is not loaded, so that
    holidays of that year are not counted yet."""

    on: date
    provisional: bool


def add_workdays(calendar: Calendar, start: date, count: int) -> Due:
    """The `count`-th working day after `start`; `start` itself does not count (domain E1)."""
    day, left, provisional = start, count, False
    while left:
        day += timedelta(days=1)
        provisional = provisional or day.year not in calendar.years
        left -= calendar.is_workday(day)
    return Due(day, provisional)
