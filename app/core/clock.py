"""One instant per request, so that all rows of one act carry the same time."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends


async def now() -> datetime:
    """The moment at which the request is judged; tests override this dependency."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(now)]
