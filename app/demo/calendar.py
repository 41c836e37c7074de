"""The State Council's notice on the holidays of 2026 (国办发明电〔2025〕7号), as spans of days, for
the generated sample; a data folder brings its own calendar."""

from datetime import date, timedelta
from typing import Any

YEAR = 2026
SOURCE = "国办发明电〔2025〕7号"
HOLIDAYS = (
    ("元旦", (1, 1), (1, 3)),
    ("春节", (2, 15), (2, 23)),
    ("清明节", (4, 4), (4, 6)),
    ("劳动节", (5, 1), (5, 5)),
    ("端午节", (6, 19), (6, 21)),
    ("中秋节", (9, 25), (9, 27)),
    ("国庆节", (10, 1), (10, 7)),
)
MAKE_UP_DAYS = (
    ("元旦", (1, 4)),
    ("春节", (2, 14)),
    ("春节", (2, 28)),
    ("劳动节", (5, 9)),
    ("国庆节", (9, 20)),
    ("国庆节", (10, 10)),
)


def notice() -> dict[str, Any]:
    """The notice in the form of the calendar import."""
    days = [
        {"date": day.isoformat(), "is_off_day": True, "name": name}
        for name, first, last in HOLIDAYS
        for day in _span(date(YEAR, *first), date(YEAR, *last))
    ]
    days += [
        {"date": date(YEAR, *day).isoformat(), "is_off_day": False, "name": name}
        for name, day in MAKE_UP_DAYS
    ]
    return {"year": YEAR, "source": SOURCE, "days": sorted(days, key=lambda day: day["date"])}


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
