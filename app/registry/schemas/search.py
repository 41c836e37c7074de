"""What the directory of objects is searched by, and searches that are saved."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.models import CreditClass, ObjectKind, ObjectStatus
from app.registry.schemas.fields import IndustryCode, RegionCode

Tag = Annotated[
    str,
    Field(
        pattern=r"^(level|class|field|mark):[^\x00-\x1f\x7f]{1,60}$",
        description="level 分级, class 分类, field 分领域 or mark 监管标签, and its value",
        examples=["level:重点", "field:食品经营"],
    ),
]
DirectoryCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z._-]{1,64}$",
        description="Code of a special directory 专项库",
        examples=["ZX-FOOD"],
    ),
]
QueryCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z._-]{1,64}$",
        description="Code of a saved query 检索方案",
        examples=["Q-RETAIL-BC"],
    ),
]


class ObjectFilters(Schema):
    """Which objects of a directory. What is left out does not matter; of several regions,
    industries, kinds, types, states or classes any one will do, tags are wanted all."""

    region: Annotated[
        list[RegionCode],
        Field(max_length=200, description="With what lies below 含下级", examples=[["610403"]]),
    ] = []
    industry: Annotated[
        list[IndustryCode],
        Field(max_length=200, description="With what lies below 含下级", examples=[["52"]]),
    ] = []
    kind: Annotated[list[ObjectKind], Field(max_length=20, examples=[["enterprise"]])] = []
    type: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(
            max_length=50, description="Registered types 市场主体类型", examples=[["有限责任公司"]]
        ),
    ] = []
    status: Annotated[list[ObjectStatus], Field(max_length=10, examples=[["active"]])] = []
    name: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=50,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="A fragment of the name 名称片段",
            examples=["餐饮"],
        ),
    ] = None
    credit_class: Annotated[
        list[CreditClass],
        Field(
            max_length=5,
            description="Needs credit:read; U is not classified 未分类",
            examples=[["B", "C"]],
        ),
    ] = []
    tag: Annotated[list[Tag], Field(max_length=20, examples=[["level:重点"]])] = []
    special_directory: DirectoryCode | None = None
    licence_expires_before: Annotated[
        date | None,
        Field(description="A licence ends before this day 许可证到期早于", examples=["2026-12-31"]),
    ] = None
    licence_expires_after: Annotated[
        date | None,
        Field(description="A licence ends after this day 许可证到期晚于", examples=["2026-01-01"]),
    ] = None
    last_inspected_before: Annotated[
        date | None,
        Field(
            description="The last inspection by the department is before this day, or none was",
            examples=["2025-01-01"],
        ),
    ] = None
    listed: Annotated[
        bool,
        Field(
            description="Entries that the last full feed told of; false: those it left out",
            examples=[True],
        ),
    ] = True


class InspectedObjectQuery(PageQuery, ObjectFilters):
    """Which page of a department's directory."""

    department: Annotated[DepartmentCode, Field(description="Department of the directory 所属部门")]
    as_of: Annotated[
        Instant | None,
        Field(
            description="A moment: answers what was known then 截至时点",
            examples=["2026-02-27T01:30:00Z"],
        ),
    ] = None


class SavedQueryWrite(Schema):
    """A saved query. Sent again with other filters or another name, it is the next version."""

    department_code: DepartmentCode
    code: QueryCode
    name: Annotated[str, Field(min_length=1, max_length=150, examples=["零售业 B、C 类企业"])]
    filters: ObjectFilters


class ObjectFiltersRead(Schema):
    """Filters in their canonical form: what does not matter is null or empty."""

    region: Annotated[list[str], shown(["610403"])]
    industry: Annotated[list[str], shown(["52"])]
    kind: Annotated[list[str], shown(["enterprise"])]
    type: Annotated[list[str], shown([])]
    status: Annotated[list[str], shown([])]
    name: Annotated[str | None, shown(None)]
    credit_class: Annotated[list[str], shown(["B", "C"])]
    tag: Annotated[list[str], shown([])]
    special_directory: Annotated[str | None, shown(None)]
    licence_expires_before: Annotated[date | None, shown("2026-12-31")]
    licence_expires_after: Annotated[date | None, shown(None)]
    last_inspected_before: Annotated[date | None, shown(None)]
    listed: Annotated[bool, shown(True)]


class SavedQueryRead(Schema):
    """A version of a saved query 检索方案."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("Q-RETAIL-BC")]
    version: Annotated[int, shown(1)]
    name: Annotated[str, shown("零售业 B、C 类企业")]
    filters: ObjectFiltersRead
    words_zh: Annotated[str, shown("杨陵区 · 零售业 · 企业 · B、C 类 · 许可证 2026-12-31 前到期")]
    """The filters in Chinese."""
    words_en: Annotated[
        str, shown("杨陵区 · 零售业 · enterprise · class B, C · licence ends before 2026-12-31")
    ]
    """The filters in English; names of places and trades are Chinese."""
    created_at: Instant
    created_by: Annotated[str, shown("scjgywxt01")]


class SavedQueryPage(Schema):
    """Saved queries: by code the versions in force, or all versions of one."""

    items: list[SavedQueryRead]
    next: NextCursor


class SavedQueryEvent(Schema):
    """A version of a query was saved."""

    department_code: str
    code: str
    version: int
    name: str
    filters: dict[str, object]
