"""Tags, counts, special directories and licences as the API shows them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import CountKind
from app.registry.schemas.fields import ListQuery, Source
from app.registry.schemas.search import DirectoryCode, Tag

MOST_ROWS = 5000
"""Rows of one request; more go into several."""
Code = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"]),
]
Licence = Annotated[str, Field(max_length=200)]


class ObjectTagWrite(Schema):
    """All tags of an object from the day on; those it had before end."""

    object_code: Code
    tags: Annotated[list[Tag], Field(max_length=50)]


class ObjectTagImport(Schema):
    """A feed of tags 分级分类分领域."""

    department_code: DepartmentCode
    source: Source
    valid_from: Annotated[date, shown("2026-01-01")]
    objects: Annotated[list[ObjectTagWrite], Field(min_length=1, max_length=MOST_ROWS)]


class ObjectCountWrite(Schema):
    """The number of an object."""

    object_code: Code
    number: Annotated[int, Field(ge=0, le=1_000_000, examples=[3])]


class ObjectCountImport(Schema):
    """A feed of complaints or leads that were counted from one day to another, both included
    投诉举报和线索数."""

    department_code: DepartmentCode
    source: Source
    kind: CountKind
    counted_from: Annotated[date, shown("2025-07-01")]
    counted_to: Annotated[date, shown("2026-06-30")]
    objects: Annotated[list[ObjectCountWrite], Field(min_length=1, max_length=MOST_ROWS)]


class SpecialDirectoryWrite(Schema):
    """A special directory 专项库; sent again with another name, that is the next version."""

    department_code: DepartmentCode
    code: DirectoryCode
    name: Annotated[str, Field(min_length=1, max_length=150, examples=["食品经营单位"])]


class SpecialDirectoryRead(Schema):
    """A special directory 专项库."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("ZX-FOOD")]
    version: Annotated[int, shown(1)]
    name: Annotated[str, shown("食品经营单位")]
    recorded_at: Instant


class SpecialDirectoryPage(Schema):
    """Special directories by code."""

    items: list[SpecialDirectoryRead]
    next: NextCursor


class SpecialEntryWrite(Schema):
    """An object of a special directory, with its licence if the directory asks for one."""

    object_code: Code
    licence_no: Annotated[Licence, shown("JY16104030012345")] = ""
    licence_name: Annotated[Licence, shown("食品经营许可证")] = ""
    licence_issuer: Annotated[Licence, shown("杨陵区市场监督管理局")] = ""
    expires_on: Annotated[date | None, shown("2026-12-30")] = None
    held: Annotated[bool, shown(True)] = True
    """False: it no longer belongs to the directory, or the licence has ended."""


class SpecialEntryImport(Schema):
    """A feed of a special directory. It tells of what it holds; other entries stay."""

    department_code: DepartmentCode
    source: Source
    directory_code: DirectoryCode
    valid_from: Annotated[date, shown("2026-01-01")]
    entries: Annotated[list[SpecialEntryWrite], Field(min_length=1, max_length=MOST_ROWS)]


class SpecialEntryQuery(ListQuery):
    """Which page of a special directory."""


class SpecialEntryRead(Schema):
    """An object of a special directory with its licence."""

    directory_code: Annotated[str, shown("ZX-FOOD")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    licence_no: Annotated[str, shown("JY16104030012345")]
    licence_name: Annotated[str, shown("食品经营许可证")]
    licence_issuer: Annotated[str, shown("杨陵区市场监督管理局")]
    expires_on: Annotated[date | None, shown("2026-12-30", None)]
    valid_from: Annotated[date, shown("2026-01-01")]
    import_id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]


class SpecialEntryPage(Schema):
    """Entries by object and licence number."""

    items: list[SpecialEntryRead]
    next: NextCursor


class SpecialDirectoryEvent(Schema):
    """A version of a special directory was recorded."""

    department_code: str
    code: str
    version: int
    name: str
