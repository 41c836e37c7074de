"""One instant per request, so that all rows of one act carry the same time."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from fastapi import Depends

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The one zone of the law's days; it has had no summer time since 1991."""


async def now() -> datetime:
    """The moment at which the request is judged; tests override this dependency."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(now)]


def day_in_china(moment: datetime) -> date:
    """The day on which `moment` falls where the inspections are."""
    return moment.astimezone(CHINA).date()
