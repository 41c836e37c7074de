"""The base of every request and response body."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Instant = Annotated[datetime, PlainSerializer(_rfc3339, return_type=str, when_used="json")]
"""A moment, written in UTC with microseconds and Z."""


class Schema(BaseModel):
    """Unknown members are refused, so that a misspelt one is never silently lost."""

    model_config = ConfigDict(
        extra="forbid",
        from_attributes=True,
        frozen=True,
        allow_inf_nan=False,
        str_max_length=20_000,
        use_attribute_docstrings=True,
    )
