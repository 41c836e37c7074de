"""Findings and disposals as the API shows them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.pagination import PageQuery
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.schemas import InspectionSubItemRead, ItemCode
from app.tasks.schemas import NationalKey, ObjectCode
from app.tasks.states import PartState

Method = Literal["on_site", "written", "other_results", "testing", "network", "entrusted", "remote"]
"""实地核查, 书面检查, 利用其他部门结果, 检验检测, 网络监测, 委托专业机构, 远程监管 (domain D.3)."""
DisposalKind = Literal[
    "order_rectify",
    "handover_daily",
    "case_lead",
    "copy_department",
    "penalty",
    "criminal",
    "anomaly_list",
]
Answer = Literal["yes", "no", "not-checked", "absent"]
"""是 as it should be, 否 not as it should be (however the line is worded), 未检查, 合理缺项 (domain
D: checklist answer)."""
Note = Annotated[str, Field(max_length=4000)]
LineNote = Annotated[str, Field(max_length=1000)]
PartStateText = Annotated[
    str,
    Field(description="pending, entered, signed, returned or approved; further states may come"),
    shown("entered"),
]
_PROBLEM = "货架上两种商品已过保质期"


class InspectionQuery(PageQuery):
    """Which page of the inspections of a task."""

    department: Annotated[
        DepartmentCode | None, Field(description="Of one department only 部门")
    ] = None
    state: Annotated[PartState | None, Field(description="Only parts that stand there 状态")] = None


class InspectionRead(Schema):
    """A department's part of the inspection of an object 检查. For officials only."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    object_name: Annotated[str, shown("杨陵区某某商贸有限公司")]
    region_code: Annotated[str, shown("610403")]
    department_code: Annotated[str, shown("610403-SCJG")]
    state: PartStateText
    officers: Annotated[list[str], shown(["610403-SCJG-0001", "610403-SCJG-0004"])]
    """Staff numbers of who holds its seats now, by seat."""


class InspectionPage(Schema):
    """Inspections by object and department."""

    items: list[InspectionRead]
    next: NextCursor


class InspectionChecklistRead(Schema):
    """An item that a department checks in a task, in the version in use at the dispatch 检查表."""

    department_code: Annotated[str, shown("610403-SCJG")]
    item_code: Annotated[str, shown("SC-01")]
    item_version: Annotated[int, shown(1)]
    name: Annotated[str, shown("食品销售单位监督检查")]
    sub_items: list[InspectionSubItemRead]
    """Of an item that shares a standard, those of the standard as it was published then."""
    standard_version: Annotated[int | None, shown(None, 2)]


class InspectionChecklistList(Schema):
    """The checklists of a task, by department and item."""

    items: list[InspectionChecklistRead]


class InspectionProgress(Schema):
    """How many parts of a task stand where; those of the caller's departments."""

    parts: Annotated[
        dict[str, int],
        shown({"pending": 3, "entered": 1, "signed": 0, "returned": 0, "approved": 12}),
    ]


class ChecklistLineAnswer(Schema):
    """The answer to a line of a checklist 检查表."""

    no: Annotated[int, Field(ge=1, le=100, examples=[1])]
    """Its place among the lines of the sub-item, from 1."""
    answer: Answer
    problem: Annotated[LineNote, shown("")] = ""
    """What is wrong, or why it was not checked 问题描述."""


class SubItemAnswer(Schema):
    """The answer to a part of an item 抽查子项: as a whole, or line by line where the version of the
    item that was in use at the dispatch has a checklist.

    Line by line every line is answered once, and the answer to the whole is `no` if a line's is;
    else `yes`, `not-checked` or `absent`, the first of these that a line has. It may be `no` for
    what no line asks. Where a line says `no`, the value of the finding is that of a problem."""

    no: Annotated[int, Field(ge=1, le=999, examples=[1])]
    answer: Answer
    lines: Annotated[
        list[ChecklistLineAnswer],
        Field(max_length=100),
        shown([{"no": 1, "answer": "yes"}, {"no": 2, "answer": "absent"}]),
    ] = []


class FindingWrite(Schema):
    """What was found for one item."""

    item_code: ItemCode
    value: Annotated[int, Field(ge=1, le=8, examples=[1])]
    """The national value 1 to 8 (1 未发现问题 … 8 发现问题待后续处理)."""
    problem: Annotated[Note, shown("")] = ""
    sub_items: Annotated[list[SubItemAnswer], Field(max_length=200)] = []


class FindingsCreate(Schema):
    """What a drawn officer found at an object 录入检查结果: one finding for each item of the
    department in the task."""

    department_code: DepartmentCode
    method: Method
    inspected_on: Annotated[date, shown("2026-05-08")]
    findings: Annotated[list[FindingWrite], Field(min_length=1, max_length=100)]


class SignatureCreate(Schema):
    """A second drawn officer stands for the findings 第二名执法人员签字."""

    department_code: DepartmentCode


class ReviewCreate(Schema):
    """Approve the findings, or return them 审核."""

    department_code: DepartmentCode
    decision: Literal["approved", "returned"]
    opinion: Annotated[Note, shown("事实清楚，同意")] = ""
    """Needed to return."""


class ChecklistLineRead(Schema):
    """A line of a checklist with its answer."""

    no: Annotated[int, shown(1)]
    text: Annotated[str, shown("在售食品是否均在保质期内")]
    answer: Annotated[str, shown("no")]
    """yes, no, not-checked or absent; further ones may come."""
    problem: Annotated[str, shown(_PROBLEM)]


class SubItemRead(Schema):
    """The answer to a part of an item."""

    no: Annotated[int, shown(1)]
    name: Annotated[str | None, shown("食品贮存和销售情况的检查", None)] = None
    """Null where the item's version has no such part."""
    answer: Annotated[str, shown("no")]
    """yes, no, not-checked or absent; further ones may come."""
    lines: list[ChecklistLineRead] = []
    """Empty where the answer is to the whole."""


class FindingRead(Schema):
    """What was found for one item."""

    item_code: Annotated[str, shown("SC-01")]
    item_version: Annotated[int | None, shown(1, None)] = None
    """The version of the item whose parts and lines were answered; null of what was entered before
    versions were kept with it."""
    value: Annotated[int, shown(5)]
    problem: Annotated[str, shown(_PROBLEM)]
    sub_items: list[SubItemRead]


class SignatureRead(Schema):
    """A signature."""

    signed_person: Annotated[str, shown("610403-SCJG-0004")]
    signed_at: Instant


class ReviewRead(Schema):
    """A review."""

    decision: Annotated[str, shown("approved")]
    opinion: Annotated[str, shown("事实清楚，同意")]
    reviewed_person: Annotated[str, shown("610403-SCJG-0009")]
    reviewed_at: Instant


class FindingsRead(Schema):
    """A version of a department's findings at an object 检查结果."""

    object_code: Annotated[str, shown("91610403WY0000015C")]
    department_code: Annotated[str, shown("610403-SCJG")]
    version: Annotated[int, shown(1)]
    method: Annotated[str, shown("on_site")]
    inspected_on: Annotated[date, shown("2026-05-08")]
    findings: list[FindingRead]
    entered_person: Annotated[str, shown("610403-SCJG-0001")]
    entered_at: Instant
    signatures: list[SignatureRead]
    review: ReviewRead | None


class FindingsPage(Schema):
    """Versions of findings by department and version."""

    items: list[FindingsRead]
    next: NextCursor


class DisposalCreate(Schema):
    """Take on what follows a problem 后续处置."""

    task_key: Annotated[NationalKey, Field(pattern=r"^[0-9]{18}$")]
    object_code: ObjectCode
    department_code: DepartmentCode
    item_code: ItemCode
    kind: DisposalKind
    note: Annotated[Note, shown("责令三日内下架过期商品")] = ""
    due_on: Annotated[date, shown("2026-05-15")]


class DisposalStepCreate(Schema):
    """What has happened since: rectified, re-checked, closed."""

    kind: Literal["rectified", "recheck_passed", "recheck_failed", "closed"]
    note: Annotated[Note, shown("现场复查，过期商品已下架")] = ""


class DisposalStepRead(Schema):
    """A step of a disposal."""

    number: Annotated[int, shown(1)]
    kind: Annotated[str, shown("rectified")]
    note: Annotated[str, shown("过期商品已下架")]
    taken_at: Instant


class DisposalRead(Schema):
    """What follows a problem 后续处置, and where it stands."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003")]
    task_key: NationalKey
    object_code: Annotated[str, shown("91610403WY0000015C")]
    department_code: Annotated[str, shown("610403-SCJG")]
    item_code: Annotated[str, shown("SC-01")]
    kind: Annotated[str, shown("order_rectify")]
    note: Annotated[str, shown("责令三日内下架过期商品")]
    due_on: Annotated[date, shown("2026-05-15")]
    opened_at: Instant
    state: Annotated[
        str,
        Field(
            description="open, rectified, recheck_passed, recheck_failed or closed; further "
            "states may come"
        ),
        shown("rectified"),
    ]
    steps: list[DisposalStepRead]


class DisposalPage(Schema):
    """Disposals by id."""

    items: list[DisposalRead]
    next: NextCursor


class FindingsEvent(Schema):
    """Findings were entered."""

    task_key: str
    object_code: str
    department_code: str
    version: int
    method: str
    inspected_on: date
    findings: list[dict[str, Any]]


class SignatureEvent(Schema):
    """Findings were signed by a further officer."""

    task_key: str
    object_code: str
    department_code: str
    version: int
    signed_person: str


class ReviewEvent(Schema):
    """Findings were approved or returned."""

    task_key: str
    object_code: str
    department_code: str
    version: int
    decision: str
    opinion: str


class DisposalEvent(Schema):
    """A disposal was opened, or took a step."""

    disposal_id: str
    task_key: str
    object_code: str
    department_code: str
    item_code: str
    kind: str
    state: str
    note: str
