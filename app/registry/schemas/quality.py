"""Feeds with their owners and quality, and requests to correct what they told."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.schemas.dated_facts import Code
from app.registry.schemas.fields import ListQuery, Source

FeedCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z._-]{1,64}$",
        description="Code of a feed 数据来源",
        examples=["F-REG"],
    ),
]
FeedKind = Literal["objects", "credit-classes", "object-tags", "object-complaints", "object-leads"]
Body = Annotated[str, Field(min_length=1, max_length=150)]
Fact = Literal[
    "name",
    "kind",
    "ent_type",
    "region_code",
    "industry_code",
    "established_on",
    "status",
    "reg_authority",
    "jurisdiction_unit",
]
Reason = Annotated[str, Field(max_length=2000)]


class RegistryFeedWrite(Schema):
    """A feed of a directory 数据来源: who produces the data, who provides it, who answers for it
    谁产生谁提供谁负责. Sent again with other members, that is the next version."""

    department_code: DepartmentCode
    code: FeedCode
    kind: FeedKind
    source: Source
    producer: Annotated[Body, shown("杨陵区行政审批服务局")]
    provider: Annotated[Body, shown("杨陵区大数据服务中心")]
    responsible_department: DepartmentCode
    interval_days: Annotated[int, Field(ge=1, le=3660, examples=[7])]
    """Days within which the next import is to come."""


class RegistryFeedRead(Schema):
    """A feed of a directory 数据来源."""

    department_code: Annotated[str, shown("610403-SCJG")]
    code: Annotated[str, shown("F-REG")]
    version: Annotated[int, shown(1)]
    kind: Annotated[str, shown("objects")]
    source: Annotated[str, shown("登记注册库")]
    producer: Annotated[str, shown("杨陵区行政审批服务局")]
    provider: Annotated[str, shown("杨陵区大数据服务中心")]
    responsible_department: Annotated[str, shown("610403-SCJG")]
    interval_days: Annotated[int, shown(7)]
    recorded_at: Instant


class RegistryFeedPage(Schema):
    """Feeds by code."""

    items: list[RegistryFeedRead]
    next: NextCursor


class RegistryFeedEvent(Schema):
    """A version of a feed was recorded."""

    feed: RegistryFeedWrite
    version: int


class QualityPart(Schema):
    """How many are as they should be, of how many."""

    good: Annotated[int, shown(1153)]
    of: Annotated[int, shown(1200)]


class FeedQualityRead(Schema):
    """The quality of a feed 数据质量, measured over the listed entries that it told of. The score
    is the mean of the parts that are not null, each good/of; a part of nothing counts as 1."""

    feed: RegistryFeedRead
    measured_at: Instant
    rows: Annotated[int, shown(1200)]
    """Listed entries that the feed told of last."""
    completeness: QualityPart
    """For objects: filled fields of type, industry, day of establishment, registration authority
    and jurisdiction unit, of five a row. For other feeds: listed objects that have a row in force,
    of all."""
    validity: QualityPart | None
    """Rows whose region is a current division and whose industry, if given, is known."""
    freshness: QualityPart
    """Rows that one import within the interval told of (the largest such import), of all rows."""
    uniqueness: QualityPart | None
    """Rows that are not suspected doubles: another active row has the same name in the same
    region."""
    filled: Annotated[dict[str, int], shown({"industry_code": 1153, "established_on": 1200})]
    """Rows that have each of the five fields."""
    last_import_at: Instant | None
    due_at: Instant | None
    """When the next import is to come: the last one and the interval; null if none came yet."""
    score: Annotated[str, shown("0.9734")]
    """Four decimals."""


class CorrectionCreate(Schema):
    """A fact of an object is wrong 更正请求. The department that answers for the entry's source is
    asked."""

    department_code: DepartmentCode
    object_code: Code
    fact: Fact
    right_value: Annotated[str, Field(min_length=1, max_length=200, examples=["610404"])]
    reason: Annotated[Reason, Field(min_length=1), shown("营业执照载明住所在渭城区")]


class CorrectionAnswerCreate(Schema):
    """The answer of the responsible department 答复更正请求."""

    decision: Literal["accepted", "refused"]
    import_id: Annotated[UUID | None, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")] = None
    """The import that corrected the fact, if accepted."""
    reason: Annotated[Reason, shown("已按营业执照更正")] = ""
    """Needed to refuse."""


class CorrectionAnswerRead(Schema):
    """The answer to a correction request."""

    decision: Annotated[str, shown("accepted")]
    import_id: Annotated[UUID | None, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003", None)]
    reason: Annotated[str, shown("已按营业执照更正")]
    answered_at: Instant
    answered_by: Annotated[str, shown("scjgywxt01")]


class CorrectionRead(Schema):
    """A correction request 更正请求 and its answer."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a004")]
    department_code: Annotated[str, shown("610403-SCJG")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    fact: Annotated[str, shown("region_code")]
    held_value: Annotated[str | None, shown("610403", None)]
    right_value: Annotated[str, shown("610404")]
    reason: Annotated[str, shown("营业执照载明住所在渭城区")]
    responsible_department: Annotated[str, shown("610403-SCJG")]
    due_on: Annotated[date, shown("2026-07-15")]
    requested_at: Instant
    requested_by: Annotated[str, shown("scjgywxt01")]
    overdue: Annotated[bool, shown(False)]
    """Not answered, and the day is over."""
    answer: CorrectionAnswerRead | None


class CorrectionQuery(ListQuery):
    """Which page of the requests about a department's directory, or that it is to answer."""

    open: Annotated[
        bool | None, Field(description="Only those without an answer, or with 未答复")
    ] = None
    object: Annotated[Code | None, Field(description="About one object only 检查对象")] = None


class CorrectionPage(Schema):
    """Correction requests by id."""

    items: list[CorrectionRead]
    next: NextCursor


class CorrectionEvent(Schema):
    """A correction was requested, or answered."""

    request_id: str
    object_code: str
    fact: str
    held_value: str | None
    right_value: str
    responsible_department: str
    due_on: date
    decision: str | None
    import_id: str | None
    departments: list[str]
