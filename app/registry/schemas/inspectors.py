"""Inspectors as the API shows them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.schemas.fields import ListQuery

StaffNo = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z._:-]{1,64}$",
        description="Staff number 工号",
        examples=["610403-SCJG-0001"],
    ),
]


class CertificateRead(Schema):
    """A certificate of an officer 执法证件."""

    number: Annotated[str, shown("YB-610403-0001")]
    issuer: Annotated[str, shown("陕西省人民政府")]
    valid_to: Annotated[date, shown("2030-03-01")]


class InspectorRead(Schema):
    """An inspector 执法检查人员, expert 专家 or third party 第三方. For officials only."""

    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    name: Annotated[str, shown("执法员0001")]
    kind: Annotated[str, shown("officer")]
    """officer, expert or third_party; the last two only assist."""
    station: Annotated[str, shown("杨陵市场监管所")]
    """Code or name of the own station 所, as `jurisdiction_unit` of objects has it."""
    region_code: Annotated[str, shown("610403")]
    certificates: Annotated[
        list[CertificateRead],
        shown([{"number": "YB-610403-0001", "issuer": "陕西省人民政府", "valid_to": "2030-03-01"}]),
    ]
    """The one that ends first first."""
    phone: Annotated[str | None, shown("139****0000", None)]
    """Masked, but for the officer's own key; null if none is known."""
    qualifications: Annotated[list[str], shown(["食品安全检查员"])]
    specialties: Annotated[list[str], shown(["餐饮服务"])]
    item_codes: Annotated[list[str], shown(["SCJG-01"])]
    """The items that they may inspect 执法事项范围."""
    teams: Annotated[list[str], shown(["检查一组"])]
    """Standing teams 检查小组."""
    status: Annotated[str, shown("active")]
    status_from: Annotated[date | None, shown(None, "2026-01-01")]
    """The first day of the status; null: from ever."""
    status_to: Annotated[date | None, shown(None, "2026-12-31")]
    """The last day of the status, after which the other one holds; null: until further notice."""
    version: Annotated[int, shown(1)]


class InspectorPage(Schema):
    """Inspectors by staff number."""

    items: list[InspectorRead]
    next: NextCursor


class InspectorQuery(ListQuery):
    """Which inspectors of a department's directory."""

    kind: Annotated[
        Literal["officer", "expert", "third_party"] | None,
        Field(description="Officers, experts or third parties alone"),
    ] = None
    untagged: Annotated[
        bool,
        Field(
            description="Only who can never be drawn: officers without an item, experts and third "
            "parties without a qualification"
        ),
    ] = False


class InspectorVersionRead(InspectorRead):
    """A state of an entry, with the import that brought it."""

    import_id: Annotated[UUID, shown("b3a1d0c4-2f6e-4b1d-9a77-5e0c8d4f2a10")]
    source: Annotated[str, shown("人事库")]
    recorded_at: Instant
    recorded_by: Annotated[str, shown("scjgjgrk01")]


class InspectorVersionList(Schema):
    """Every state of an entry, oldest first."""

    items: list[InspectorVersionRead]
    next: NextCursor


class MissingInspectorRead(Schema):
    """Somebody with a valid certificate who is not in the directory 应入未入."""

    department_code: Annotated[str, shown("610403-SCJG")]
    certificate_no: Annotated[str, shown("YB-610403-0099")]
    staff_no: Annotated[str, shown("610403-SCJG-0099")]
    valid_to: Annotated[date, shown("2030-03-01")]


class MissingInspectorPage(Schema):
    """Certificate holders who are missing, by certificate number."""

    items: list[MissingInspectorRead]
    next: NextCursor


class LeaveCreate(Schema):
    """Days on which an inspector is not there 请假, both ends included."""

    department_code: DepartmentCode
    staff_no: StaffNo
    starts_on: Annotated[date, shown("2026-03-02")]
    ends_on: Annotated[date, shown("2026-03-20")]
    reason: Annotated[str, Field(min_length=1, max_length=200, examples=["产假"])]
    replaces_id: Annotated[UUID | None, shown("7d7a0b6e-5c58-4bb0-a0a4-3c4a3f0b6f11")] = None
    """The leave that this one corrects."""
    withdrawn: Annotated[bool, shown(False)] = False
    """That the leave of `replaces_id` is not taken at all 销假."""


class LeaveRead(Schema):
    """Leave as it was recorded."""

    id: Annotated[UUID, shown("4c1f2e6a-9d0b-4a57-8f3c-0e5b7c2d1a90")]
    department_code: Annotated[str, shown("610403-SCJG")]
    staff_no: Annotated[str, shown("610403-SCJG-0001")]
    starts_on: Annotated[date, shown("2026-03-02")]
    ends_on: Annotated[date, shown("2026-03-20")]
    reason: Annotated[str, shown("产假")]
    withdrawn: Annotated[bool, shown(False)]
    replaces_id: Annotated[UUID | None, shown(None)]
    recorded_at: Instant
    recorded_by: Annotated[str, shown("scjgjgrk01")]


class LeavePage(Schema):
    """Leave by staff number; what was replaced is left out."""

    items: list[LeaveRead]
    next: NextCursor


class LeaveEvent(Schema):
    """Leave was recorded; its reason concerns the person."""

    leave_id: str
    department_code: str
    staff_no: str
    starts_on: date
    ends_on: date
    withdrawn: bool
    replaces_id: str | None
