"""The base of every request and response body."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer


def shown(*examples: Any, **schema: Any) -> Any:
    """The examples of a field, most telling first, with further keywords of its JSON schema. The
    examples of whole bodies in the OpenAPI document are put together from those of their fields."""
    return Field(examples=list(examples), json_schema_extra=schema or None)


def rfc3339(value: datetime) -> str:
    """UTC with microseconds and Z."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    shown("2026-02-27T01:30:00.000000Z"),
]
"""A moment, written in UTC with microseconds and Z."""

NextCursor = Annotated[
    str | None,
    Field(description="Value for `after` of the next page; null on the last page"),
    shown(None, "WyI2MTA0MDMtU0NKRyJd"),
]


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
