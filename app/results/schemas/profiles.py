"""The profile of an object and credit repair as the API shows them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.schema import Instant, NextCursor, Schema, shown
from app.registry.schemas import InspectedObjectRead
from app.results.schemas.findings import FindingRead

_DISPOSAL = "0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a003"


class ProfileOwner(Schema):
    """Who produces, provides and answers for the facts 谁产生谁提供谁负责."""

    feed_code: Annotated[str, shown("F-REG")]
    producer: Annotated[str, shown("杨陵区行政审批服务局")]
    provider: Annotated[str, shown("杨陵区大数据服务中心")]
    responsible_department: Annotated[str, shown("610403-SCJG")]


class ProfileFacts(Schema):
    """The entry, the import that told it, and who answers for it; null if no feed names its
    source."""

    entry: InspectedObjectRead
    import_id: Annotated[UUID, shown(_DISPOSAL)]
    import_source: Annotated[str, shown("登记注册库")]
    recorded_at: Instant
    owner: ProfileOwner | None


class ProfileLicence(Schema):
    """An entry of the object in a special directory 专项库, with its licence."""

    directory_code: Annotated[str, shown("ZX-FOOD")]
    directory_name: Annotated[str, shown("食品经营单位")]
    licence_no: Annotated[str, shown("JY16104030012345")]
    licence_name: Annotated[str, shown("食品经营许可证")]
    licence_issuer: Annotated[str, shown("杨陵区市场监督管理局")]
    expires_on: Annotated[date | None, shown("2026-12-30", None)]
    source: Annotated[str, shown("许可系统")]


class ProfileTags(Schema):
    """Tags in force 分级分类分领域; null fields if none were told."""

    tags: Annotated[list[str], shown(["level:重点", "field:食品经营"])]
    valid_from: Annotated[date, shown("2026-01-01")]
    source: Annotated[str, shown("分级分类系统")]


class ProfileCount(Schema):
    """A number of complaints or leads."""

    kind: Annotated[str, shown("complaint")]
    number: Annotated[int, shown(3)]
    counted_from: Annotated[date, shown("2025-07-01")]
    counted_to: Annotated[date, shown("2026-06-30")]
    source: Annotated[str, shown("12315平台")]


class ProfileClass(Schema):
    """A credit-risk class that was told 信用风险分类."""

    credit_class: Annotated[str, shown("B")]
    valid_from: Annotated[date, shown("2026-01-01")]
    source: Annotated[str, shown("信用分类系统")]
    recorded_at: Instant


class ProfileCorrection(Schema):
    """A correction request without an answer."""

    id: Annotated[UUID, shown(_DISPOSAL)]
    fact: Annotated[str, shown("region_code")]
    held_value: Annotated[str | None, shown("610403", None)]
    right_value: Annotated[str, shown("610404")]
    due_on: Annotated[date, shown("2026-07-15")]


class ProfileDisposal(Schema):
    """What followed a problem 后续处置."""

    id: Annotated[UUID, shown(_DISPOSAL)]
    item_code: Annotated[str, shown("SC-01")]
    kind: Annotated[str, shown("order_rectify")]
    due_on: Annotated[date, shown("2026-05-15")]
    state: Annotated[str, shown("closed")]


class ProfileInspection(Schema):
    """An approved inspection by a department of the caller."""

    task_key: Annotated[str, shown("610403202603021001")]
    task_name: Annotated[str, shown("杨陵区2026年度食品经营抽查")]
    department_code: Annotated[str, shown("610403-SCJG")]
    inspected_on: Annotated[date, shown("2026-05-08")]
    method: Annotated[str, shown("on_site")]
    findings: list[FindingRead]
    disposals: list[ProfileDisposal]


class RepairStep(Schema):
    """How far one disposal stands in the way of credit repair."""

    disposal_id: Annotated[UUID, shown(_DISPOSAL)]
    kind: Annotated[str, shown("penalty")]
    closed: Annotated[bool, shown(True)]
    public_until: Annotated[date | None, shown("2026-08-06", None)]
    """First day on which the least time of publicity 最短公示期 is over, counted from the approval
    of the findings; null before it."""


class CreditRepairRead(Schema):
    """Whether a firm may ask for credit repair 信用修复 of what a department found: every disposal is
    closed, and the least time of publicity is over."""

    met: Annotated[bool, shown(False)]
    missing: Annotated[list[str], shown(["publicity-running"])]
    """no-disposal, disposal-open, publicity-running; further reasons may come."""
    disposals: list[RepairStep]
    noticed_at: Instant | None
    """When the firm was told, for all disposals up to the last one."""


class ObjectProfileRead(Schema):
    """What the departments of the caller know of an object 精准画像. The 50 latest inspections."""

    facts: ProfileFacts
    licences: list[ProfileLicence]
    tags: ProfileTags | None
    counts: list[ProfileCount]
    credit_classes: list[ProfileClass] | None
    """All classes that were told, the newest first; null without the permission credit:read."""
    corrections: list[ProfileCorrection]
    inspections: list[ProfileInspection]
    credit_repair: CreditRepairRead


class CreditRepairSweep(Schema):
    """Of which department firms are to be told."""

    department_code: DepartmentCode


class CreditRepairNoticeRead(Schema):
    """A firm was told that it may ask for credit repair 主动指导."""

    disposal_id: Annotated[UUID, shown(_DISPOSAL)]
    department_code: Annotated[str, shown("610403-SCJG")]
    object_code: Annotated[str, shown("91610403WY0000015C")]
    noticed_at: Instant


class CreditRepairNoticePage(Schema):
    """Notices by disposal."""

    items: list[CreditRepairNoticeRead]
    next: NextCursor


class CreditRepairEvent(Schema):
    """The conditions of credit repair are met. Every disposal of the department is closed and its
    least time of publicity is over."""

    object_code: str
    object_name: str
    department_code: str
    disposal_ids: Annotated[list[str], Field(max_length=1000)]
    ready_on: date
