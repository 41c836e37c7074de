"""The registry as the API shows it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
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


class ListQuery(PageQuery):
    """Which page of a department's list."""

    department: Annotated[DepartmentCode, Field(description="Department of the directory 所属部门")]


class InspectedObjectQuery(ListQuery):
    """Which page of a department's directory."""

    region: RegionCode | None = None


class DepartmentWrite(Schema):
    """What is registered of a department."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["杨陵区市场监督管理局"])]
    parent: DepartmentCode | None = None
    """The department above it."""
    level: Annotated[str, Field(max_length=20, examples=["county"])] = "county"
    region_code: RegionCode | None = None


class DepartmentImportRow(DepartmentWrite):
    """A department and its code."""

    code: DepartmentCode


class DepartmentImport(Schema):
    """Departments; a parent stands before its children."""

    departments: Annotated[
        list[DepartmentImportRow],
        Field(min_length=1, max_length=5000),
        shown(
            [
                {"code": "610403-RMZF", "name": "杨陵区人民政府", "region_code": "610403"},
                {
                    "code": "610403-SCJG",
                    "name": "杨陵区市场监督管理局",
                    "parent": "610403-RMZF",
                    "level": "county",
                    "region_code": "610403",
                },
            ]
        ),
    ]


class DepartmentRead(Schema):
    """A department."""

    code: Annotated[str, shown("610403-SCJG")]
    name: Annotated[str, shown("杨陵区市场监督管理局")]
    parent_code: Annotated[str | None, shown("610403-RMZF", None)]
    level: Annotated[str, shown("county")]
    region_code: Annotated[str | None, shown("610403", None)]
    updated_at: Instant


class DepartmentPage(Schema):
    """Departments by code."""

    items: list[DepartmentRead]
    next: NextCursor


class RegistryImportRead(Schema):
    """An accepted import. Counts are rows."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    department_code: Annotated[str, shown("610403-SCJG")]
    kind: Annotated[str, shown("objects")]
    source: Annotated[str, shown("登记注册库")]
    file_sha256: Annotated[
        str, shown("9a4d5ac4e13e98f6b9453ddf45e88842cbe375136a25ac75afdf258ba0593667")
    ]
    rows: Annotated[int, shown(1200)]
    added: Annotated[int, shown(35)]
    changed: Annotated[int, shown(12)]
    unchanged: Annotated[int, shown(1153)]
    imported_at: Instant


class InspectedObjectRead(Schema):
    """An inspected object 检查对象."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("91610403WY0000015C")]
    name: Annotated[str, shown("杨陵区某某商贸有限公司")]
    kind: ObjectKind
    ent_type: Annotated[str | None, shown("有限责任公司(自然人独资)", None)]
    region_code: Annotated[str, shown("610403")]
    industry_code: Annotated[str | None, shown("52", None)]
    established_on: Annotated[date | None, shown("2019-05-06", None)]
    status: ObjectStatus
    reg_authority: Annotated[str | None, shown("杨陵区市场监督管理局", None)]
    jurisdiction_unit: Annotated[str | None, shown("杨陵街道市场监管所", None)]
    source: Annotated[str, shown("登记注册库")]
    version: Annotated[int, shown(1)]


class InspectedObjectPage(Schema):
    """Inspected objects by code."""

    items: list[InspectedObjectRead]
    next: NextCursor


class CreditClassRead(Schema):
    """The class in force. For officials only, never public."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    credit_class: Annotated[CreditClass, shown("B")]
    valid_from: Annotated[date, shown("2026-01-01")]


class SubItem(Schema):
    """A part of an inspection item 抽查子项."""

    no: Annotated[int, Field(ge=1, le=999, examples=[1])]
    name: Annotated[LongText, shown("食品经营许可情况的检查")]


class InspectionItemWrite(Schema):
    """An inspection item as published; free text is kept as it stands."""

    code: ItemCode
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["食品销售单位监督检查"])]
    category: ItemCategory = ItemCategory.GENERAL
    sub_items: Annotated[list[SubItem], Field(max_length=200)] = []
    legal_basis: Annotated[LongText, shown("《中华人民共和国食品安全法》第一百一十条")] = ""
    checked_by: Annotated[LongText, shown("县级以上市场监督管理部门")] = ""
    objects: Annotated[LongText, shown("食品销售者")] = ""
    ratio_text: Annotated[LongText, shown("不低于3%")] = ""
    frequency_text: Annotated[LongText, shown("每年1次")] = ""
    methods: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(max_length=20, examples=[["现场检查"]])
    ] = []
    inspector_requirement: Annotated[LongText, shown("执法人员不少于2名")] = ""
    remark: Annotated[LongText, shown("")] = ""


class InspectionItemImport(Schema):
    """A department's list of inspection items 随机抽查事项清单."""

    department_code: DepartmentCode
    source: Source
    items: Annotated[list[InspectionItemWrite], Field(min_length=1, max_length=2000)]


class InspectionItemRead(InspectionItemWrite):
    """The version in force."""

    department_code: Annotated[str, shown("610403-SCJG")]
    version: Annotated[int, shown(1)]
    recorded_at: Instant


class InspectionItemPage(Schema):
    """Items in force, by code."""

    items: list[InspectionItemRead]
    next: NextCursor


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


class InspectorRead(Schema):
    """An inspector 执法检查人员. For officials only."""

    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    name: Annotated[str, shown("执法员0001")]
    station: Annotated[str, shown("杨陵区市场监督管理局")]
    region_code: Annotated[str, shown("610403")]
    certificate_no: Annotated[str, shown("YB-610403-0001")]
    certificate_issuer: Annotated[str, shown("陕西省人民政府")]
    certificate_valid_to: Annotated[date, shown("2030-03-01")]
    qualifications: Annotated[list[str], shown(["食品安全检查员"])]
    item_codes: Annotated[list[str], shown(["SCJG-01"])]
    status: Annotated[str, shown("active")]
    version: Annotated[int, shown(1)]


class InspectorPage(Schema):
    """Inspectors by staff number."""

    items: list[InspectorRead]
    next: NextCursor


class InterestDeclare(Schema):
    """An officer's interest in an object 回避申报 (行政处罚法第四十三条)."""

    department_code: DepartmentCode
    staff_no: Annotated[str, Field(min_length=1, max_length=64, examples=["610403-SCJG-0001"])]
    object_code: Annotated[
        str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
    ]
    ground: Literal["kinship", "investment", "employment", "dispute", "other"]
    evidence: Annotated[str, Field(max_length=1000, examples=["配偶为该企业股东"])] = ""


class InterestRead(Schema):
    """A declared interest."""

    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    ground: Annotated[str, shown("kinship")]
    declared_at: Instant


class InterestEvent(Schema):
    """An interest was declared."""

    department_code: str
    staff_no: str
    object_code: str
    ground: str
