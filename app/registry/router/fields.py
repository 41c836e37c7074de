"""Parameters that several operations of the registry have."""

from typing import Annotated

from fastapi import Path, Query

from app.access.schemas import DepartmentCode
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)
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


OfDepartment = Annotated[DepartmentCode, Query(description="Department of the directory 所属部门")]


SourceQuery = Annotated[Source, Query()]


IMPORT_PROBLEMS = (ImportRefused, IdempotencyKeyMissing, IdempotencyKeyReused)
