"""The registry as the API shows it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, Schema
from app.registry.models import CreditClass, ItemCategory, ObjectKind, ObjectStatus

RegionCode = Annotated[
    str, Field(pattern=r"^[0-9]{6}$", description="GB/T 2260 code", examples=["610403"])
]
IndustryCode = Annotated[
    str,
    Field(pattern=r"^([A-T]|[0-9]{2,4})$", description="GB/T 4754 code", examples=["F", "52"]),
]
ItemCode = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z._-]{1,64}$", description="Item code 事项编码", examples=["SC-01"]),
]
Source = Annotated[
    str,
    Field(
        min_length=1, max_length=200, description="Who produced the data", examples=["登记注册库"]
    ),
]
LongText = Annotated[str, Field(max_length=8000)]


class DepartmentWrite(Schema):
    """What is registered of a department."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区市场监督管理局"])]
    parent: DepartmentCode | None = None
    level: Annotated[str, Field(max_length=20, examples=["county"])] = "county"
    region_code: RegionCode | None = None


class DepartmentImportRow(DepartmentWrite):
    """A department and its code."""

    code: DepartmentCode


class DepartmentImport(Schema):
    """Departments; a parent stands before its children."""

    departments: Annotated[list[DepartmentImportRow], Field(min_length=1, max_length=5000)]


class DepartmentRead(Schema):
    """A department."""

    code: str
    name: str
    parent_code: str | None
    level: str
    region_code: str | None
    updated_at: Instant


class DepartmentPage(Schema):
    """Departments by code."""

    items: list[DepartmentRead]
    next: str | None


class ImportRead(Schema):
    """An accepted import. Counts are rows."""

    id: UUID
    department_code: str | None
    kind: str
    source: str
    file_sha256: str
    rows: int
    added: int
    changed: int
    unchanged: int
    imported_at: Instant


class ObjectRead(Schema):
    """An inspected object 检查对象."""

    department_code: str
    code: str
    name: str
    kind: ObjectKind
    ent_type: str | None
    region_code: str
    industry_code: str | None
    established_on: date | None
    status: ObjectStatus
    reg_authority: str | None
    jurisdiction_unit: str | None
    source: str
    version: int


class ObjectPage(Schema):
    """Inspected objects by code."""

    items: list[ObjectRead]
    next: str | None


class CreditClassRead(Schema):
    """The class in force. For officials only, never public."""

    object_code: str
    credit_class: CreditClass
    valid_from: date


class SubItem(Schema):
    """A part of an inspection item 抽查子项."""

    no: Annotated[int, Field(ge=1, le=999)]
    name: LongText


class ItemWrite(Schema):
    """An inspection item as published; free text is kept as it stands."""

    code: ItemCode
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["食品销售单位监督检查"])]
    category: ItemCategory = ItemCategory.GENERAL
    sub_items: Annotated[list[SubItem], Field(max_length=200)] = []
    legal_basis: LongText = ""
    checked_by: LongText = ""
    objects: LongText = ""
    ratio_text: LongText = ""
    frequency_text: LongText = ""
    methods: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(max_length=20, examples=[["现场检查"]])
    ] = []
    inspector_requirement: LongText = ""
    remark: LongText = ""


class ItemImport(Schema):
    """A department's list of inspection items 随机抽查事项清单."""

    department_code: DepartmentCode
    source: Source
    items: Annotated[list[ItemWrite], Field(min_length=1, max_length=2000)]


class ItemRead(ItemWrite):
    """The version in force."""

    department_code: str
    version: int
    recorded_at: Instant


class ItemPage(Schema):
    """Items in force, by code."""

    items: list[ItemRead]
    next: str | None


class ImportEvent(Schema):
    """A feed was accepted."""

    import_id: str
    department_code: str
    kind: str
    source: str
    file_sha256: str
    rows: int
    added: int
    changed: int


class DepartmentEvent(Schema):
    """Departments were registered or changed."""

    codes: list[str]
    changes: list[DepartmentImportRow]
