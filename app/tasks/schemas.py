"""Inspection tasks as the API shows them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode, StaffNumber
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown

NationalKey = Annotated[str, shown("610403202603021001")]
"""The 18 characters of the national system: region, day, "1", number of the day."""
TaskCode = Annotated[str, shown("610403-SCJG抽查〔2026〕1号")]
ObjectCode = Annotated[
    str, Field(pattern=r"^[0-9A-Za-z._:-]{1,64}$", examples=["91610403WY0000015C"])
]

TaskStateText = Annotated[
    str,
    Field(description="dispatched or completed; further states may come"),
    shown("dispatched"),
]


class InspectionTaskCreate(Schema):
    """Dispatch what a plan line's round has drawn 派发抽查任务."""

    plan_line_code: Annotated[str, Field(max_length=64, examples=["610403-SCJG-2026-001-01"])]
    round: Annotated[int, Field(ge=1, le=366)] = 1


class DepartmentTaskRead(Schema):
    """A department's part of a task 部门任务."""

    department_code: Annotated[str, shown("610403-SCJG")]
    item_codes: Annotated[list[str], shown(["SC-01"])]
    inspection_count: Annotated[int, shown(8)]
    """Objects that it inspects."""


class InspectionTaskSummary(Schema):
    """An inspection task in a list."""

    national_key: NationalKey
    code: TaskCode
    name: Annotated[str, shown("食品销售单位部门联合抽查")]
    department_code: Annotated[str, shown("610403-SCJG")]
    """The lead department 牵头部门."""
    window_start: Annotated[date, shown("2026-03-01")]
    window_end: Annotated[date, shown("2026-11-30")]


class InspectionTaskRead(InspectionTaskSummary):
    """An inspection task 抽查任务: the batch that a plan line yields."""

    plan_line_code: Annotated[str, shown("610403-SCJG-2026-001-01")]
    round: Annotated[int, shown(1)]
    target_draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-T1")]
    inspector_draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-I1")]
    object_count: Annotated[int, shown(8)]
    closed_count: Annotated[int, shown(0)]
    """Objects whose inspection is complete in every department."""
    dispatched_at: Instant
    state: TaskStateText
    completed_at: Annotated[Instant | None, shown(None, "2026-05-20T08:00:00.000000Z")]
    departments: list[DepartmentTaskRead]
    """Those of the caller."""


class InspectionTaskPage(Schema):
    """Inspection tasks by national key."""

    items: list[InspectionTaskSummary]
    next: NextCursor


class ReplacementCreate(Schema):
    """Request that somebody drawn be replaced 申请更换检查人员. Who comes instead is drawn."""

    object_code: ObjectCode
    department_code: DepartmentCode
    seat: Annotated[int, Field(ge=1, le=1000, examples=[1])]
    staff_no: StaffNumber
    """Who holds the seat now."""
    reason: Literal["illness", "leave", "recusal", "transfer", "certificate"]
    evidence: Annotated[str, Field(min_length=1, max_length=1000, examples=["请假审批单 2026-031"])]


class ReplacementRead(Schema):
    """A request for a replacement, who agreed and, once approved, its draw."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    task_key: NationalKey
    object_code: Annotated[str, shown("91610403WY0000015C")]
    department_code: Annotated[str, shown("610403-SCJG")]
    seat: Annotated[int, shown(1)]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    reason: Annotated[str, shown("leave")]
    evidence: Annotated[str, shown("请假审批单 2026-031")]
    requested_at: Instant
    requested_person: Annotated[str, shown("610403-SCJG-0007")]
    number: Annotated[int, shown(3, 1)]
    """Which request of this person it is in the calendar year."""
    needs_endorsement: Annotated[bool, shown(True, False)]
    """Whether two persons must approve it, by the rule `replacement.second-approval-from`."""
    endorsed_at: Instant | None
    endorsed_person: Annotated[str | None, shown("610403-SCJG-0009", None)]
    """The first of two who approve."""
    approved_at: Instant | None
    approved_person: Annotated[str | None, shown("610403-SCJG-0008", None)]
    draw_id: Annotated[str | None, shown("610403-SCJG-2026-001-01-I1-R1", None)]
    """The draw of the substitute: to be frozen, committed, seeded and drawn like any other."""


class ReplacementCountQuery(PageQuery):
    """Which replacement requests are counted."""

    department: Annotated[
        DepartmentCode | None, Field(description="Of one department only 部门")
    ] = None
    year: Annotated[
        int | None,
        Field(ge=2015, le=2100, description="Of the requests, in China; this one if left out 年度"),
    ] = None


class ReplacementCountRead(Schema):
    """How many replacements a person requested for a department for a reason 更换次数."""

    department_code: Annotated[str, shown("610403-SCJG")]
    requested_person: Annotated[str, shown("610403-SCJG-0007")]
    reason: Annotated[str, shown("leave")]
    requested: Annotated[int, shown(3)]
    approved: Annotated[int, shown(2)]
    """Of those requested in the year, whenever the approval came."""


class ReplacementCountPage(Schema):
    """Counts of replacements by department, person and reason."""

    items: list[ReplacementCountRead]
    next: NextCursor


class TaskDispatched(Schema):
    """An inspection task was dispatched."""

    task_key: str
    task_code: str
    name: str
    plan_line_code: str
    round: int
    target_draw_id: str
    inspector_draw_id: str
    object_count: int
    departments: list[str]


class InspectionCompleted(Schema):
    """Every department has finished with an object."""

    task_key: str
    task_code: str
    object_code: str
    object_name: str
    value: int
    value_text: str
    inspected_on: date
    departments: list[str]


class TaskCompleted(Schema):
    """Every inspection of a task is complete."""

    task_key: str
    task_code: str
    name: str
    object_count: int
    completed_at: Instant
    departments: list[str]


class ReplacementEvent(Schema):
    """A replacement was requested, endorsed, or approved and its draw begun."""

    replacement_id: str
    task_key: str
    object_code: str
    department_code: str
    seat: int
    staff_no: str
    reason: str
    draw_id: str | None
