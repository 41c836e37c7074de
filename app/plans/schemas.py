"""Plans as the API shows them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.plans.states import PlanState
from app.registry.models import CreditClass, ObjectKind
from app.registry.schemas import IndustryCode, ItemCode, QueryCode, RegionCode

Name = Annotated[str, Field(min_length=1, max_length=150)]
State = Annotated[
    str,
    Field(description="draft, submitted, approved or published; further states may come"),
    shown("draft"),
]


class PlanCreate(Schema):
    """A department's plan for a year."""

    department_code: DepartmentCode
    year: Annotated[int, Field(ge=2015, le=2100, examples=[2026])]
    name: Annotated[Name, Field(examples=["杨陵区2026年度“双随机、一公开”抽查工作计划"])]


class PlanStepRead(Schema):
    """A step that was taken."""

    state: State
    taken_at: Instant
    taken_by: Annotated[str, shown("scjgywxt01")]
    """Id of the key that took it."""


class PlanRead(Schema):
    """A plan 年度抽查工作计划."""

    code: Annotated[str, shown("610403-SCJG-2026-001")]
    department_code: Annotated[str, shown("610403-SCJG")]
    year: Annotated[int, shown(2026)]
    name: Annotated[str, shown("杨陵区2026年度“双随机、一公开”抽查工作计划")]
    created_at: Instant
    state: State
    steps: list[PlanStepRead]


class PlanSummary(Schema):
    """A plan without its steps."""

    code: Annotated[str, shown("610403-SCJG-2026-001")]
    department_code: Annotated[str, shown("610403-SCJG")]
    year: Annotated[int, shown(2026)]
    name: Annotated[str, shown("杨陵区2026年度“双随机、一公开”抽查工作计划")]
    created_at: Instant


class PlanPage(Schema):
    """Plans by code."""

    items: list[PlanSummary]
    next: NextCursor


class InspectionItemRef(Schema):
    """An inspection item of a department."""

    department_code: DepartmentCode
    item_code: ItemCode


class ClassRate(Schema):
    """How many of a credit-risk class are drawn: at a rate, or a fixed number of each stratum."""

    credit_class: CreditClass
    rate: Annotated[
        str | None,
        Field(max_length=40, description="Decimal or fraction, as text"),
        shown("0.03", "1/3"),
    ] = None
    fixed: Annotated[int | None, Field(ge=0, le=1_000_000), shown(50)] = None
    """Number of objects of each stratum 定数; a stratum that holds fewer refuses the draw."""


class ClassRateRead(Schema):
    """How many of a credit-risk class are drawn: the one is null where the other is given."""

    credit_class: CreditClass
    rate: Annotated[str | None, shown("0.03", None)]
    """Decimal or fraction, as text."""
    fixed: Annotated[int | None, shown(None, 50)]
    """Number of objects of each stratum."""


class PlanLineCreate(Schema):
    """A plan line 计划条目. Whom it is about say regions, industries and kinds, or in their place a
    version of a saved query 检索方案. Regions and industries include what lies below them; an empty
    list of industries or kinds means all."""

    name: Annotated[Name, Field(examples=["食品销售单位部门联合抽查"])]
    items: Annotated[list[InspectionItemRef], Field(min_length=1, max_length=100)]
    regions: Annotated[list[RegionCode], Field(max_length=200, examples=[["610403"]])] = []
    industries: Annotated[list[IndustryCode], Field(max_length=200, examples=[["52"]])] = []
    kinds: Annotated[
        list[ObjectKind], Field(max_length=10, examples=[["enterprise", "individual"]])
    ] = []
    query_code: QueryCode | None = None
    query_version: Annotated[int | None, Field(ge=1, le=1_000_000, examples=[1])] = None
    class_rates: Annotated[
        list[ClassRate],
        Field(min_length=1, max_length=5),
        shown(
            [
                {"credit_class": "A", "rate": "0.01"},
                {"credit_class": "B", "rate": "0.03"},
                {"credit_class": "C", "rate": "0.1"},
                {"credit_class": "D", "rate": "1/3"},
            ]
        ),
    ]
    rounding: Literal["ceil", "floor", "half_up", "random-start"] = "ceil"
    """How the exact share of a stratum becomes a number. `random-start` 随机起点累计取整 needs
    `by_region`: the regions of a class share one total, which is its exact share within one, and
    chance settles which small region rounds up. A plan that says "not less than" 不低于 needs
    `ceil`."""
    by_region: Annotated[bool, shown(False)] = False
    """Whether each region is a stratum of its own (class/region) or classes alone are."""
    min_per_stratum: Annotated[int, Field(ge=0, le=1000, examples=[1])] = 0
    """At least so many of each stratum that is drawn at a rate and is not empty."""
    reserves: Annotated[int, Field(ge=0, le=1000, examples=[2])] = 0
    """Reserves per stratum, for objects that turn out not to exist."""
    window_start: Annotated[date, shown("2026-03-01")]
    window_end: Annotated[date, shown("2026-11-30")]


class PlanLineRead(PlanLineCreate):
    """A plan line."""

    class_rates: list[ClassRateRead]  # type: ignore[assignment]  # answers say null, requests leave out
    query_code: Annotated[str | None, shown(None, "Q-RETAIL-BC")]
    query_version: Annotated[int | None, shown(None, 1)]

    code: Annotated[str, shown("610403-SCJG-2026-001-01")]
    plan_code: Annotated[str, shown("610403-SCJG-2026-001")]
    department_code: Annotated[str, shown("610403-SCJG")]
    created_at: Instant


class PlanLinePage(Schema):
    """Lines by code."""

    items: list[PlanLineRead]
    next: NextCursor


class PlanEvent(Schema):
    """A plan was made."""

    plan_code: str
    year: int
    name: str


class PlanLineEvent(Schema):
    """A plan line was added."""

    line_code: str
    plan_code: str
    line: PlanLineCreate


class PlanStepEvent(Schema):
    """A plan took a step."""

    plan_code: str
    state: PlanState
