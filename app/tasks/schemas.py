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
    pending_recusals: Annotated[int, shown(0, 1)]
    """Recusals of officers of the caller's departments that wait for the head; until the decision
    the inspections go on (行政处罚法 art. 43)."""
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


class RecusalQuery(PageQuery):
    """Which recusals are listed."""

    department: Annotated[
        DepartmentCode | None, Field(description="Of one department only 部门")
    ] = None
    state: Annotated[
        Literal["in_force", "pending", "granted", "refused"] | None,
        Field(description="Where it stands 状态; in_force is an officer's own declaration"),
    ] = None
    object_code: Annotated[ObjectCode | None, Field(description="About one object 检查对象")] = None


class RecusalSummary(Schema):
    """A recusal in a list."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a004")]
    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    origin: Annotated[str, shown("requested", "declared", "found")]
    """declared by the officer, requested by the firm, or found by the service."""
    ground: Annotated[str, shown("kinship")]
    requested_at: Instant
    requested_person: Annotated[str, shown("610403-SCJG-0007")]
    """Who entered it; `system` where the service found it."""
    state: Annotated[str, shown("pending", "granted", "refused", "in_force")]
    """in_force (declared, effective at once), pending, granted or refused; further may come."""


class RecusalSeatRead(Schema):
    """A seat that the officer holds at the object, or held until a substitute was drawn."""

    task_key: NationalKey
    seat: Annotated[int, shown(1)]
    draw_id: Annotated[str | None, shown(None, "610403-SCJG-2026-001-01-I1-R1")]
    """The draw of the substitute, begun when the recusal was granted."""


class RecusalRead(RecusalSummary):
    """A recusal 回避, what the head decided, and the seats that it is about."""

    evidence: Annotated[str, shown("回避申请书 2026-004")]
    asking_party: Annotated[str | None, shown("企业负责人", None)]
    """Who asked for the firm."""
    asked_on: Annotated[date | None, shown("2026-03-02", None)]
    cause_id: Annotated[UUID | None, shown(None)]
    """The officer's own declaration that a found case rests on."""
    work_goes_on: Annotated[bool, shown(True, False)]
    """Whether it waits for the head: until then nothing stops (行政处罚法 art. 43)."""
    decided_at: Annotated[Instant | None, shown(None)]
    decided_person: Annotated[str | None, shown(None, "610403-SCJG-0008")]
    """The head 负责人."""
    reason: Annotated[str | None, shown(None, "配偶持股，属实")]
    document_no: Annotated[str | None, shown(None, "杨市监回避决〔2026〕3号")]
    seats: list[RecusalSeatRead]
    """Of inspections under way."""


class RecusalPage(Schema):
    """Recusals by id."""

    items: list[RecusalSummary]
    next: NextCursor


class RecusalCountRead(Schema):
    """How many recusals a person entered for a department, by origin and ground 回避次数."""

    department_code: Annotated[str, shown("610403-SCJG")]
    requested_person: Annotated[str, shown("610403-SCJG-0007")]
    origin: Annotated[str, shown("requested")]
    ground: Annotated[str, shown("kinship")]
    entered: Annotated[int, shown(3)]
    granted: Annotated[int, shown(2)]
    """Of those entered in the year, whenever the decision came."""
    refused: Annotated[int, shown(1)]
    replaced: Annotated[int, shown(1)]
    """Seats whose substitute is drawn because of them."""


class RecusalCountPage(Schema):
    """Counts of recusals by department, person, origin and ground."""

    items: list[RecusalCountRead]
    next: NextCursor


class RecusalReplacementEvent(Schema):
    """A granted recusal has begun the draw of a substitute."""

    recusal_id: str
    task_key: str
    object_code: str
    department_code: str
    seat: int
    staff_no: str
    draw_id: str


class OfficerNoticeQuery(PageQuery):
    """Which notices are listed."""

    staff_no: Annotated[StaffNumber | None, Field(description="To one officer only 工号")] = None


class OfficerNoticeRead(Schema):
    """What an officer is told when a substitute is drawn 更换检查人员通知."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a005")]
    task_key: NationalKey
    object_code: Annotated[str, shown("91610403WY0000015C")]
    department_code: Annotated[str, shown("610403-SCJG")]
    seat: Annotated[int, shown(1)]
    staff_no: Annotated[str, shown("610403-SCJG-0011")]
    kind: Annotated[str, shown("enters", "leaves")]
    reason: Annotated[str | None, shown(None, "leave")]
    """Why they leave; who comes instead is not told."""
    draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-I1-R1")]
    noticed_at: Instant
    text_zh: Annotated[str, shown("工号 610403-SCJG-0011：经抽取，由您参加对该检查对象的检查。")]
    text_en: Annotated[str, shown("610403-SCJG-0011: you are drawn to inspect this object.")]


class OfficerNoticePage(Schema):
    """Notices by object, department, seat and officer."""

    items: list[OfficerNoticeRead]
    next: NextCursor


class OfficerNoticed(Schema):
    """An officer was told that they leave or enter an inspection."""

    notice_id: str
    task_key: str
    object_code: str
    department_code: str
    seat: int
    staff_no: str
    kind: str
    draw_id: str
