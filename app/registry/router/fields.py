"""Parameters that several operations of the registry have."""

from typing import Annotated, Any

from fastapi import Path, Query

from app.access.schemas import DepartmentCode
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)
from app.core.schema import Instant
from app.registry.errors import (
    ImportRefused,
)
from app.registry.schemas import (
    Source,
)

ObjectCode = Annotated[
    str, Path(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
]


ItemCodePath = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$", examples=["SC-01"])]


DirectoryCodePath = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$", examples=["ZX-FOOD"])]


QueryCodePath = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,64}$", examples=["Q-RETAIL-BC"])]


AsOf = Annotated[
    Instant | None,
    Query(
        description="A moment: answers what was known then 截至时点",
        examples=["2026-02-27T01:30:00Z"],
    ),
]


OfDepartment = Annotated[DepartmentCode, Query(description="Department of the directory 所属部门")]


SourceQuery = Annotated[Source, Query()]


IMPORT_PROBLEMS = (ImportRefused, IdempotencyKeyMissing, IdempotencyKeyReused)


def with_etag(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an operation that answers a state which a change can be based on."""
    etag = {
        "description": "Version of the state in quotes; a change names it in `If-Match` 版本标签",
        "schema": {"type": "string"},
        "example": '"3"',
    }
    return {status: {"description": description, "headers": {"ETag": etag}}}
