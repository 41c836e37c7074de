"""Imports as the API shows them."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.schemas.fields import ListQuery

_SHA256 = "9a4d5ac4e13e98f6b9453ddf45e88842cbe375136a25ac75afdf258ba0593667"
_OBJECT = "91610403WY0000015C"
Reason = Annotated[str, Field(min_length=1, max_length=500, examples=["企业来函更正名称"])]


class StagedKind(StrEnum):
    """What a staged file holds."""

    OBJECTS = "objects"
    CREDIT_CLASSES = "credit-classes"
    OBJECT_TAGS = "object-tags"
    OBJECT_COMPLAINTS = "object-complaints"
    OBJECT_LEADS = "object-leads"
    SPECIAL_ENTRIES = "special-entries"
    INSPECTORS = "inspectors"
    ITEMS = "items"


class RegistryImportRead(Schema):
    """An accepted import. Counts are rows."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    department_code: Annotated[str, shown("610403-SCJG")]
    kind: Annotated[str, shown("objects")]
    mode: Annotated[str, shown("full")]
    """`changes`, `full`, `record` for a single entry, `undo`."""
    source: Annotated[str, shown("登记注册库")]
    reason: Annotated[str, shown("")]
    """Why a record was corrected or an import undone; empty for feeds."""
    data_date: Annotated[date | None, shown("2026-02-26", None)]
    """Business day of the data, or null where the feed does not tell it."""
    undone_import_id: Annotated[UUID | None, shown(None)]
    """The import that this one undid."""
    file_sha256: Annotated[str, shown(_SHA256)]
    rows: Annotated[int, shown(1200)]
    added: Annotated[int, shown(35)]
    changed: Annotated[int, shown(12)]
    unchanged: Annotated[int, shown(1153)]
    vanished: Annotated[int, shown(0)]
    """Entries that a full feed no longer held."""
    imported_at: Instant


class RegistryImportPage(Schema):
    """Imports of a department in their order."""

    items: list[RegistryImportRead]
    next: NextCursor


class ImportEvent(Schema):
    """A feed was accepted."""

    import_id: str
    department_code: str
    kind: str
    mode: str
    source: str
    reason: str
    data_date: date | None
    undone_import_id: str | None
    file_sha256: str
    rows: int
    added: int
    changed: int
    vanished: int


class StagedQuery(ListQuery):
    """What is known of a file that is uploaded."""

    kind: Annotated[StagedKind, Field(description="What the rows are 数据种类")]
    source: Annotated[
        str, Field(min_length=1, max_length=200, description="Who produced the data 数据来源")
    ]
    data_date: Annotated[
        date,
        Field(
            description="Business day of the data 数据日期; of credit-risk classes, tags and entries "
            "of special directories the day from which they are in force",
            examples=["2026-02-26"],
        ),
    ]
    mode: Annotated[
        Literal["changes", "full"],
        Field(
            description="`changes` 增量: what is new or different; `full` 全量: everything, so that "
            "entries that the file lacks are no longer listed. Inspection items that it lacks are "
            "shown as vanished and stay in force until a version ends their validity "
            "清单中缺少的事项仅作提示，仍然有效; entries of the special directories that the file names "
            "leave them 专项库条目视为退出"
        ),
    ] = "changes"


class PreviewCounts(Schema):
    """What a merge would do, in entries: rows, or of inspection items the items that they make."""

    rows: Annotated[int, shown(1200)]
    added: Annotated[int, shown(35)]
    changed: Annotated[int, shown(12)]
    unchanged: Annotated[int, shown(1153)]
    vanished: Annotated[int, shown(3)]


class FieldBeforeAfter(Schema):
    """A field of a changed entry."""

    name: Annotated[str, shown("name")]
    before: Annotated[Any, shown("杨陵区某某商贸有限公司")]
    after: Annotated[Any, shown("杨陵区某某商贸有限责任公司")]


class ChangedEntry(Schema):
    """A changed entry: the fields that differ, and who must correct them (`source`)."""

    key: Annotated[str, shown(_OBJECT)]
    fields: list[FieldBeforeAfter]


class ReadFile(Schema):
    """How the file was read 文件识别. Look at the sample: a wrong encoding shows there."""

    format: Annotated[str, shown("csv")]
    """csv, ndjson, xlsx, xls or ods."""
    encoding: Annotated[str, shown("utf-8", "gb18030")]
    """utf-8, utf-8-sig or gb18030 for the whole file; empty for workbooks."""
    delimiter: Annotated[str, shown(",")]
    ambiguous: Annotated[bool, shown(False)]
    """Whether the bytes would have made sense in another encoding as well."""
    sample: Annotated[
        list[dict[str, str]], shown([{"uscc": _OBJECT, "name": "杨陵区某某商贸有限公司"}])
    ]
    """The first rows under the headers of the file."""


class Preview(Schema):
    """What a merge would do. `digest` stands for all of it: a confirmation repeats it, so that what
    is merged is what was seen."""

    digest: Annotated[str, shown(_SHA256)]
    counts: PreviewCounts
    file: ReadFile
    added: Annotated[
        list[dict[str, Any]], shown([{"code": _OBJECT, "name": "杨陵区某某商贸有限公司"}])
    ]
    """The first new entries by code."""
    changed: list[ChangedEntry]
    """The first changed entries by code."""
    unchanged: Annotated[list[dict[str, Any]], shown([])]
    """Some entries that stay as they are."""
    vanished: Annotated[list[dict[str, Any]], shown([])]
    """The first entries that a full feed lacks: they stay, but are no longer listed; inspection items
    stay in force until a version ends their validity, entries of a special directory leave it."""


class StagedImportRead(Schema):
    """A file on its way into a directory 分步导入."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    department_code: Annotated[str, shown("610403-SCJG")]
    kind: Annotated[str, shown("objects")]
    mode: Annotated[str, shown("full")]
    source: Annotated[str, shown("登记注册库")]
    data_date: Annotated[date, shown("2026-02-26")]
    file_sha256: Annotated[str, shown(_SHA256)]
    size: Annotated[int, shown(191_696_261)]
    """Bytes of the file."""
    uploaded_at: Instant
    state: Annotated[str, shown("previewed")]
    """`uploaded` until it is checked, `refused` for its faults or `previewed`; then `merged` or
    `discarded`."""
    fault_count: Annotated[int, shown(0)]
    """Faults of the file if it was refused; the first 100,000 of them can be read."""
    preview: Preview | None
    """The newest preview, until the import is merged or discarded."""
    operation_id: Annotated[UUID, shown("5f0e6f0a-3c0c-4d5e-8a5e-0a2c1b7e4f10")]
    """The newest operation on it."""


class StagedImportPage(Schema):
    """Staged imports of a department, by id."""

    items: list[StagedImportRead]
    next: NextCursor


class Confirmation(Schema):
    """What is confirmed: the preview with this digest."""

    preview_digest: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$", description="`preview.digest`", examples=[_SHA256])
    ]


class UndoCreate(Schema):
    """Why an import is undone 撤销导入."""

    reason: Reason


class FileFaultRead(Schema):
    """One fault of a file; row 1 is the header."""

    number: Annotated[int, shown(1)]
    row: Annotated[int | None, shown(17, None)]
    column: Annotated[str | None, shown("uscc", None)]
    code: Annotated[str, shown("code-check-digit")]
    value: Annotated[str | None, shown("91610403WY0000015X", None)]
    zh: Annotated[str, shown("统一社会信用代码校验位不符")]
    en: Annotated[str, shown("the check digit of the unified social credit code is wrong")]


class FileFaultPage(Schema):
    """Faults in the order of the file."""

    items: list[FileFaultRead]
    next: NextCursor


class FaultQuery(PageQuery):
    """Which page of the faults."""


class StagedEvent(Schema):
    """A file was uploaded, refused or discarded."""

    import_id: str
    department_code: str
    kind: str
    source: str
    file_sha256: str
    state: str
