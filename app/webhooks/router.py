"""Subscriptions over HTTP, and what callbacks look like 回调通知."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, status

from app.access.errors import DepartmentNotVisible
from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.pagination import CursorInvalid, Page, paginate
from app.core.problems import problems
from app.registry.errors import DepartmentNotFound
from app.webhooks import queries, service
from app.webhooks.errors import WebhookSubscriptionNotFound, WebhookUrlRefused
from app.webhooks.models import WebhookSubscription
from app.webhooks.schemas import (
    CreditRepairReadyWebhook,
    InspectionCompletedWebhook,
    OfficerNoticedWebhook,
    PublicationMadeWebhook,
    TaskCompletedWebhook,
    WebhookSubscriptionCreate,
    WebhookSubscriptionPage,
    WebhookSubscriptionRead,
)

router = APIRouter(
    prefix="/v1/webhook-subscriptions", tags=["subscriptions"], route_class=IdempotentRoute
)
callbacks = APIRouter(tags=["webhooks"])
"""What receivers get; only described here, and served by them."""

SubscriptionId = Annotated[UUID, Path(examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001"])]


@router.post(
    "",
    operation_id="createWebhookSubscription",
    summary="Subscribe to events 订阅回调",
    description="Events of the department, and those that it took part in, are sent to `url` as "
    "Standard Webhooks: signed with the secret, repeated until an answer 2xx comes, always with "
    "the same id. The url is checked now and at every attempt.",
    status_code=status.HTTP_201_CREATED,
    response_model=WebhookSubscriptionRead,
    responses=problems(
        DepartmentNotFound,
        DepartmentNotVisible,
        WebhookUrlRefused,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def create_subscription(
    body: WebhookSubscriptionCreate,
    request: Request,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.WEBHOOKS_WRITE)],
    _once: Idempotent,
) -> WebhookSubscription:
    state = request.app.state
    return await service.subscribe(
        session, body, egress=state.egress, vault=state.vault, caller=caller, now=now
    )


@router.get(
    "",
    operation_id="listWebhookSubscriptions",
    summary="Subscriptions 回调订阅列表",
    description="Those of one's departments by id, without secrets.",
    response_model=WebhookSubscriptionPage,
    responses=problems(CursorInvalid),
)
async def list_subscriptions(
    session: Session, page: Page, _: Annotated[Caller, requires(Permission.WEBHOOKS_READ)]
) -> dict[str, object]:
    items, after = await paginate(
        session, queries.select_subscriptions(), order_by=[WebhookSubscription.id], page=page
    )
    return {"items": items, "next": after}


@router.get(
    "/{subscription_id}",
    operation_id="getWebhookSubscription",
    summary="A subscription 回调订阅",
    description="One subscription, without its secret.",
    response_model=WebhookSubscriptionRead,
    responses=problems(WebhookSubscriptionNotFound),
)
async def get_subscription(
    subscription_id: SubscriptionId,
    session: Session,
    _: Annotated[Caller, requires(Permission.WEBHOOKS_READ)],
) -> WebhookSubscription:
    return await queries.get_subscription(session, subscription_id)


@router.put(
    "/{subscription_id}/disabling",
    operation_id="disableWebhookSubscription",
    summary="Disable a subscription 停用回调订阅",
    description="Nothing is sent from now on, and what happens meanwhile is not kept for it.",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(WebhookSubscriptionNotFound, DepartmentNotVisible),
)
async def disable_subscription(
    subscription_id: SubscriptionId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.WEBHOOKS_WRITE)],
) -> None:
    await service.set_state(session, subscription_id, "disabled", caller=caller, now=now)


@router.put(
    "/{subscription_id}/enabling",
    operation_id="enableWebhookSubscription",
    summary="Enable a subscription 启用回调订阅",
    description="Also after an answer 410 of the receiver has disabled it. What waited when it was "
    "disabled is sent.",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(WebhookSubscriptionNotFound, DepartmentNotVisible),
)
async def enable_subscription(
    subscription_id: SubscriptionId,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.WEBHOOKS_WRITE)],
) -> None:
    await service.set_state(session, subscription_id, "active", caller=caller, now=now)


WebhookId = Annotated[
    str,
    Header(
        description="Id of the event, the same at every attempt: take each once",
        examples=["0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001"],
    ),
]
WebhookTimestamp = Annotated[
    str,
    Header(
        description="Second of the attempt (Unix): refuse what is more than 5 minutes away",
        examples=["1772328600"],
    ),
]
WebhookSignature = Annotated[
    str,
    Header(
        description="Base64 of the HMAC-SHA256 over `id.timestamp.body` with the decoded secret; "
        "several with blanks between them, one of which must fit",
        examples=["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
    ),
]
_ANSWERS: dict[int | str, dict[str, str]] = {
    204: {"description": "Received; any 2xx will do"},
    410: {"description": "No longer wanted; the subscription is disabled"},
}
_DESCRIPTION = (
    "Sent to subscribers. An answer other than 2xx, a redirect too, or none within 15 seconds is "
    "a failure; the callback is then repeated for about three days. The order is not kept: "
    "`ledger.index` tells it."
)


@callbacks.post(
    "inspection.completed",
    operation_id="inspectionCompleted",
    summary="An inspection is complete 检查完成",
    description=_DESCRIPTION,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_ANSWERS,
)
async def inspection_completed(
    body: InspectionCompletedWebhook,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> None: ...


@callbacks.post(
    "task.completed",
    operation_id="taskCompleted",
    summary="An inspection task is complete 抽查任务完成",
    description=_DESCRIPTION,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_ANSWERS,
)
async def task_completed(
    body: TaskCompletedWebhook,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> None: ...


@callbacks.post(
    "officer.noticed",
    operation_id="officerNoticed",
    summary="An officer leaves or enters an inspection 更换检查人员通知",
    description=_DESCRIPTION,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_ANSWERS,
)
async def officer_noticed(
    body: OfficerNoticedWebhook,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> None: ...


@callbacks.post(
    "publication.made",
    operation_id="publicationMade",
    summary="Something was made public 公示",
    description=_DESCRIPTION,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_ANSWERS,
)
async def publication_made(
    body: PublicationMadeWebhook,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> None: ...


@callbacks.post(
    "credit-repair.ready",
    operation_id="creditRepairReady",
    summary="A firm may ask for credit repair 可申请信用修复",
    description=_DESCRIPTION,
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_ANSWERS,
)
async def credit_repair_ready(
    body: CreditRepairReadyWebhook,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
) -> None: ...
