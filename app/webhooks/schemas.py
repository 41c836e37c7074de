"""Subscriptions as the API shows them, never their secret, and the bodies of callbacks."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.access.schemas import DepartmentCode
from app.core.egress import LONGEST_URL
from app.core.schema import Instant, NextCursor, Schema, shown
from app.ledger.schemas import EXAMPLE_NOTE

EventType = Literal[
    "inspection.completed",
    "officer.noticed",
    "task.completed",
    "publication.made",
    "credit-repair.ready",
]
"""What can be subscribed to."""

_B64 = "[A-Za-z0-9+/]"
SECRET_PATTERN = (
    f"^whsec_(?:{_B64}{{4}}){{8,20}}(?:{_B64}{{2}}==|{_B64}{{3}}=|{_B64}{{4}}(?:{_B64}{{2}}==)?)?$"
)
"""Base64 of 24 to 64 bytes, with padding."""
_URL = "https://callback.example.gov.cn/openlot"


class WebhookSubscriptionCreate(Schema):
    """Where the events of a department are to be sent. The client makes the secret, with which
    each callback is signed; it is kept encrypted and is never sent back."""

    department_code: DepartmentCode
    url: Annotated[str, Field(min_length=8, max_length=LONGEST_URL, examples=[_URL])]
    """https on port 443 or 8443; without user name and fragment."""
    event_types: Annotated[
        list[EventType],
        Field(min_length=1, max_length=20),
        shown(["inspection.completed", "task.completed"]),
    ]
    secret: Annotated[
        str,
        Field(pattern=SECRET_PATTERN, repr=False),
        shown("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", format="password", writeOnly=True),
    ]
    """`whsec_` + base64 of 24 to 64 random bytes (Standard Webhooks)."""


class WebhookSubscriptionRead(Schema):
    """A subscription 回调订阅."""

    id: Annotated[UUID, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001")]
    department_code: Annotated[str, shown("610403-SCJG")]
    url: Annotated[str, shown(_URL)]
    event_types: Annotated[list[str], shown(["inspection.completed", "task.completed"])]
    state: Annotated[str, shown("active", "disabled")]
    """`active` or `disabled`; an answer 410 of the receiver disables it too."""
    created_at: Instant
    created_by: Annotated[str, shown("scjgywxt01")]
    """Id of the key that made it."""


class WebhookSubscriptionPage(Schema):
    """Subscriptions by id."""

    items: list[WebhookSubscriptionRead]
    next: NextCursor


class WebhookSubscriptionEvent(Schema):
    """A subscription was made, disabled or enabled, and why."""

    subscription_id: str
    url: str
    event_types: list[str]
    reason: str


class InspectionCompletedData(Schema):
    """The inspection of one object is complete: every department's part is approved."""

    task_key: Annotated[str, shown("610403202603011001")]
    task_code: Annotated[str, shown("610403-SCJG抽查〔2026〕1号")]
    object_code: Annotated[str, shown("91610403WY000001XX")]
    object_name: Annotated[str, shown("第1号商店")]
    value: Annotated[int, shown(1)]
    """National value 1 to 8 of the object."""
    value_text: Annotated[str, shown("未发现问题")]
    inspected_on: Annotated[date, shown("2026-04-15")]


class TaskCompletedData(Schema):
    """Every inspection of an inspection task is complete."""

    task_key: Annotated[str, shown("610403202603011001")]
    task_code: Annotated[str, shown("610403-SCJG抽查〔2026〕1号")]
    name: Annotated[str, shown("杨陵区2026年度食品经营抽查")]
    object_count: Annotated[int, shown(40)]
    completed_at: Instant


class PublicationMadeData(Schema):
    """Something was made public; its content is fetched over the API."""

    publication_id: Annotated[str, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001")]
    kind: Annotated[str, shown("plan")]
    subject: Annotated[str, shown("610403-SCJG-2026-001")]
    version: Annotated[int, shown(1)]
    content_sha256: Annotated[str, shown("9a" * 32)]


class CreditRepairReadyData(Schema):
    """A firm may ask for credit repair 信用修复 of what a department found: every disposal is closed
    and the least time of publicity is over. For the system that speaks with firms 主动指导."""

    object_code: Annotated[str, shown("91610403WY000001XX")]
    object_name: Annotated[str, shown("第1号商店")]
    department_code: Annotated[str, shown("610403-SCJG")]
    ready_on: Annotated[date, shown("2026-08-06")]


class OfficerNoticedData(Schema):
    """An officer leaves or enters an inspection; the notice itself is fetched over the API."""

    notice_id: Annotated[str, shown("0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a005")]
    task_key: Annotated[str, shown("610403202603011001")]
    object_code: Annotated[str, shown("91610403WY000001XX")]
    department_code: Annotated[str, shown("610403-SCJG")]
    seat: Annotated[int, shown(1)]
    staff_no: Annotated[str, shown("610403-SCJG-0011")]
    kind: Annotated[str, shown("enters", "leaves")]
    draw_id: Annotated[str, shown("610403-SCJG-2026-001-01-I1-R1")]


class LedgerWitness(Schema):
    """Where the event stands in the log, and a checkpoint that covers it: who keeps it can later
    prove that nothing before it was changed."""

    index: Annotated[int, shown(0, format="int64")]
    """Place of the event in the log, from 0."""
    checkpoint: Annotated[str, shown(EXAMPLE_NOTE)]
    """The latest signed checkpoint (C2SP note)."""


class InspectionCompletedWebhook(Schema):
    """Body of the callback of a completed inspection."""

    type: Literal["inspection.completed"]
    timestamp: Instant
    """When it happened."""
    data: InspectionCompletedData
    ledger: LedgerWitness


class TaskCompletedWebhook(Schema):
    """Body of the callback of a completed inspection task."""

    type: Literal["task.completed"]
    timestamp: Instant
    """When it happened."""
    data: TaskCompletedData
    ledger: LedgerWitness


class PublicationMadeWebhook(Schema):
    """Body of the callback of a publication."""

    type: Literal["publication.made"]
    timestamp: Instant
    """When it happened."""
    data: PublicationMadeData
    ledger: LedgerWitness


class CreditRepairReadyWebhook(Schema):
    """Body of the callback of a firm that may ask for credit repair."""

    type: Literal["credit-repair.ready"]
    timestamp: Instant
    """When it happened."""
    data: CreditRepairReadyData
    ledger: LedgerWitness


class OfficerNoticedWebhook(Schema):
    """Body of the callback of a notice to an officer."""

    type: Literal["officer.noticed"]
    timestamp: Instant
    """When it happened."""
    data: OfficerNoticedData
    ledger: LedgerWitness


BODIES: dict[str, tuple[type[Schema], type[Schema]]] = {
    "inspection.completed": (InspectionCompletedWebhook, InspectionCompletedData),
    "task.completed": (TaskCompletedWebhook, TaskCompletedData),
    "officer.noticed": (OfficerNoticedWebhook, OfficerNoticedData),
    "publication.made": (PublicationMadeWebhook, PublicationMadeData),
    "credit-repair.ready": (CreditRepairReadyWebhook, CreditRepairReadyData),
}
"""Type of an event -> body of its callback, and what a subscriber is told of the event's payload:
further members of the payload stay inside."""
