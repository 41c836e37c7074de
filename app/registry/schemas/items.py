"""Inspection items as the API shows them."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import DutyKind, InspectionMethod, ItemCategory, ObjectKind
from app.registry.schemas.fields import ItemCode, ListQuery, LongText, Source

ShortText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^|\r\n]+$")]
"""One line without the bar that parts the fields of a cell, so that lists go through a file whole."""
LineText = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\r\n]+$")]
Article = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^|\r\n]+$")]
Share = Annotated[
    str,
    Field(
        pattern=r"^(0(\.[0-9]{1,8})?|1(\.0{1,8})?)$", description="Share of the objects, decimal"
    ),
]
YearlyRate = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{1,3}(\.[0-9]{1,8})?|[0-9]{1,3}/[1-9][0-9]?)$",
        description="Inspections of an object a year: a number, a decimal or a fraction; 0.5 is "
        "once in two years",
    ),
]


class SubItem(Schema):
    """A part of an inspection item 抽查子项, with the lines of its checklist 检查表. Officers answer
    yes, no, not checked or reasonably absent 是、否、未检查、合理缺项."""

    model_config = ConfigDict(str_strip_whitespace=True)

    no: Annotated[int, Field(ge=1, le=999, examples=[1])]
    name: Annotated[LongText, Field(min_length=1, examples=["食品经营许可情况的检查"])]
    lines: Annotated[
        list[LineText],
        Field(max_length=100),
        shown(["是否取得食品经营许可", "许可证载明事项与实际是否一致"]),
    ] = []
    """What is looked at, line by line; a line is known by its place, from 1."""


class InspectionSubItemRead(Schema):
    """A part of an inspection item, with the lines of its checklist; a line is known by its place,
    from 1."""

    no: Annotated[int, shown(1)]
    name: Annotated[str, shown("食品经营许可情况的检查")]
    lines: Annotated[
        list[str], shown(["是否取得食品经营许可", "许可证载明事项与实际是否一致"])
    ] = []


class LegalBasis(Schema):
    """A text of law that an inspection rests on 抽查依据."""

    law: Annotated[ShortText, shown("中华人民共和国食品安全法")]
    article: Annotated[Article | None, shown("第一百一十条")] = None
    valid_from: Annotated[date | None, shown("2015-10-01")] = None
    valid_to: Annotated[date | None, shown("2028-12-31")] = None


class LegalBasisRead(Schema):
    """A text of law that an inspection rests on; validity is null where it was not given."""

    law: Annotated[str, shown("中华人民共和国食品安全法")]
    article: Annotated[str | None, shown("第一百一十条", None)]
    valid_from: Annotated[date | None, shown("2015-10-01", None)]
    valid_to: Annotated[date | None, shown(None, "2026-12-31")]


class DepartmentDuty(Schema):
    """Where it stands that the department has this duty (domain E16)."""

    kind: DutyKind
    """`functions` 三定规定, `duty-list` 权责清单."""
    number: Annotated[Article | None, shown("0132004000")] = None
    title: Annotated[ShortText, shown("对食品销售者的监督检查")]


class DepartmentDutyRead(Schema):
    """Where it stands that the department has this duty."""

    kind: Annotated[str, shown("duty-list")]
    """`functions` 三定规定, `duty-list` 权责清单; further kinds may come."""
    number: Annotated[str | None, shown("0132004000", None)]
    title: Annotated[str, shown("对食品销售者的监督检查")]


class InspectionCaps(Schema):
    """Bounds of ratio and frequency (domain E10). The upper ones bind general items: a plan line
    above `max_ratio` is refused."""

    min_ratio: Annotated[Share | None, shown("0.03")] = None
    max_ratio: Annotated[Share | None, shown("0.2")] = None
    min_per_year: Annotated[YearlyRate | None, shown("1")] = None
    max_per_year: Annotated[YearlyRate | None, shown("2")] = None


class InspectionCapsRead(Schema):
    """Bounds of ratio and frequency; null where the text sets none."""

    min_ratio: Annotated[str | None, shown("0.03", None)] = None
    """Share of the objects, decimal."""
    max_ratio: Annotated[str | None, shown(None, "0.2")] = None
    """Share of the objects, decimal."""
    min_per_year: Annotated[str | None, shown("1", None)] = None
    """Inspections of an object a year: a number or a fraction; 0.5 is once in two years."""
    max_per_year: Annotated[str | None, shown("1", "2", None)] = None
    """Inspections of an object a year."""


class StandardRef(Schema):
    """The item of a department whose checklist text is shared 标准互通."""

    department_code: DepartmentCode
    item_code: ItemCode


class InspectionItemTexts(Schema):
    """What an inspection item says as published; free text is kept as it stands."""

    code: ItemCode
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["食品销售单位监督检查"])]
    legal_basis: Annotated[LongText, shown("《中华人民共和国食品安全法》第一百一十条")] = ""
    checked_by: Annotated[LongText, shown("县级以上市场监督管理部门")] = ""
    objects: Annotated[LongText, shown("食品销售者")] = ""
    ratio_text: Annotated[LongText, shown("不低于3%")] = ""
    frequency_text: Annotated[LongText, shown("每年1次")] = ""
    methods: Annotated[
        list[Annotated[LineText, Field(max_length=200)]],
        Field(max_length=20, examples=[["现场检查"]]),
    ] = []
    inspector_requirement: Annotated[LongText, shown("执法人员不少于2名")] = ""
    qualifications: Annotated[list[ShortText], Field(max_length=20), shown(["食品安全检查员"])] = []
    """What an officer must hold 所需资格; none if empty."""
    remark: Annotated[LongText, shown("")] = ""


class InspectionItemWrite(InspectionItemTexts):
    """An inspection item of a department's list. What is left out of basis, caps and method codes
    is read from the published texts as far as they allow."""

    model_config = ConfigDict(str_strip_whitespace=True)

    category: ItemCategory = ItemCategory.GENERAL
    sub_items: Annotated[list[SubItem], Field(max_length=200)] = []
    basis: Annotated[list[LegalBasis] | None, Field(max_length=50)] = None
    """The laws of `legal_basis`, one by one."""
    duties: Annotated[list[DepartmentDuty], Field(max_length=20)] = []
    object_kinds: Annotated[list[ObjectKind], Field(max_length=10), shown(["enterprise"])] = []
    """Kinds of objects that it is for; any if empty."""
    caps: InspectionCaps | None = None
    method_codes: Annotated[
        list[InspectionMethod] | None, Field(max_length=9), shown(["on_site"])
    ] = None
    """The ways of `methods` as codes (domain D.3)."""
    valid_from: Annotated[date | None, shown("2026-01-01")] = None
    """First day in force; from ever if left out."""
    valid_to: Annotated[date | None, shown("2028-12-31")] = None
    """Last day in force; until further notice if left out."""
    standard_of: StandardRef | None = None
    """Shares the checklist of this published item instead of having its own 标准互通."""


class InspectionItemImport(Schema):
    """A department's list of inspection items 随机抽查事项清单."""

    department_code: DepartmentCode
    source: Source
    items: Annotated[
        list[InspectionItemWrite],
        Field(min_length=1, max_length=2000),
        shown(
            [
                {
                    "code": "SC-01",
                    "name": "食品销售单位监督检查",
                    "category": "key",
                    "sub_items": [
                        {
                            "no": 1,
                            "name": "食品经营许可情况的检查",
                            "lines": ["是否取得食品经营许可"],
                        }
                    ],
                    "legal_basis": "《中华人民共和国食品安全法》第一百一十条",
                    "duties": [
                        {
                            "kind": "duty-list",
                            "number": "0132004000",
                            "title": "对食品销售者的监督检查",
                        }
                    ],
                    "checked_by": "县级以上市场监督管理部门",
                    "objects": "食品销售者",
                    "object_kinds": ["enterprise", "individual"],
                    "ratio_text": "不低于3%",
                    "frequency_text": "每年1次",
                    "methods": ["现场检查"],
                    "qualifications": ["食品安全检查员"],
                    "valid_from": "2026-01-01",
                },
                {
                    "code": "SC-02",
                    "name": "用人单位规章制度检查",
                    "standard_of": {"department_code": "610403-RSJ", "item_code": "RS-01"},
                },
            ]
        ),
    ]


class PublicInspectionItemRead(InspectionItemTexts):
    """A published inspection item in force, as anyone may see it. Of an item that shares a
    standard, the sub-items are those of the standard."""

    category: Annotated[str, shown("general")]
    """`general` 一般检查事项, whose ratio and frequency are capped, or `key` 重点检查事项."""
    sub_items: list[InspectionSubItemRead]
    basis: list[LegalBasisRead]
    duties: list[DepartmentDutyRead]
    object_kinds: Annotated[list[str], shown(["enterprise"])]
    caps: InspectionCapsRead
    method_codes: Annotated[list[str], shown(["on_site"])]
    """Codes of domain D.3; further ones may come."""
    valid_from: Annotated[date | None, shown("2026-01-01", None)]
    valid_to: Annotated[date | None, shown(None, "2026-12-31")]
    standard_of: Annotated[
        StandardRef | None,
        shown(None, {"department_code": "610403-RSJ", "item_code": "RS-01"}),
    ]
    standard_version: Annotated[int | None, shown(None, 2)] = None
    """Version of the standard whose sub-items are shown."""
    department_code: Annotated[str, shown("610403-SCJG")]
    version: Annotated[int, shown(1)]
    recorded_at: Instant
    published_at: Annotated[Instant | None, shown("2026-03-02T02:00:00.000000Z")]
    """When it was made public; null if it is not, which only officials see."""


class PublicInspectionItemPage(Schema):
    """Published items in force, by code."""

    items: list[PublicInspectionItemRead]
    next: NextCursor


class PublicInspectionItemQuery(ListQuery):
    """Whose published items."""

    on: Annotated[
        date | None, Field(description="Those in force on this day; today if left out")
    ] = None


class InspectionItemRead(PublicInspectionItemRead):
    """A version of an inspection item. Of an item that shares a standard, the sub-items are those
    of the standard; one that is not published yet, no plan may use."""

    published_by: Annotated[str | None, shown("scjgywxt01", None)]
    """Id of the key that published it."""


class InspectionItemPage(Schema):
    """Items by code, each in one version."""

    items: list[InspectionItemRead]
    next: NextCursor


class ItemMomentQuery(Schema):
    """Which version of an item is asked for."""

    as_of: Annotated[
        AwareDatetime | None,
        Field(description="What was known at this moment 当时所知; now if left out"),
    ] = None
    on: Annotated[
        date | None,
        Field(description="The version in force on this day 当日有效; the newest if left out"),
    ] = None


class InspectionItemQuery(ListQuery, ItemMomentQuery):
    """Which items of a department, in which version."""


class SingleItemQuery(ItemMomentQuery):
    """Of which department an item is asked for, and in which version."""

    department: DepartmentCode


class InspectionItemVersionQuery(PageQuery):
    """Which page of the versions of an item."""

    department: DepartmentCode


class FieldChange(Schema):
    """A field that differs from the version before."""

    field: Annotated[str, shown("ratio_text")]
    before: Annotated[Any, shown("不低于3%")]
    after: Annotated[Any, shown("不低于5%")]


class InspectionItemVersionRead(Schema):
    """A version of an item, and what it changed."""

    version: Annotated[int, shown(2)]
    valid_from: Annotated[date | None, shown("2026-01-01", None)]
    valid_to: Annotated[date | None, shown(None, "2026-12-31")]
    recorded_at: Instant
    recorded_by: Annotated[str, shown("scjgywxt01")]
    published_at: Annotated[Instant | None, shown("2026-03-02T02:00:00.000000Z", None)]
    published_by: Annotated[str | None, shown("scjgywxt01", None)]
    changes: list[FieldChange]
    """None of the first version."""


class InspectionItemVersionPage(Schema):
    """The versions of an item, oldest first."""

    items: list[InspectionItemVersionRead]
    next: NextCursor


class ItemVersionRef(Schema):
    """A version of an inspection item."""

    code: ItemCode
    version: Annotated[int, Field(ge=1, le=1_000_000, examples=[1])]


class InspectionItemPublish(Schema):
    """Make versions of items public. Without `items` the newest version of every item of the
    department that is not public yet."""

    department_code: DepartmentCode
    items: Annotated[list[ItemVersionRef] | None, Field(min_length=1, max_length=2000)] = None


class InspectionItemPublicationRead(Schema):
    """That a version was made public."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("SC-01")]
    version: Annotated[int, shown(1)]
    published_at: Instant
    published_by: Annotated[str, shown("scjgywxt01")]


class InspectionItemPublicationList(Schema):
    """What was made public by one act, by code."""

    items: list[InspectionItemPublicationRead]


class InspectionItemPublicationEvent(Schema):
    """A version of an item was made public."""

    department_code: str
    code: str
    version: int
    name: str
    sha256: str
    """Of the canonical JSON of what the version says."""


class SharedStandardEvent(Schema):
    """The standard that an item of this department shares was published anew."""

    department_code: str
    code: str
    standard: StandardRef
    standard_version: int
