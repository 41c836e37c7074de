"""Subscribing, handing events to subscriptions, and what follows from each attempt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.core.egress import Egress, EgressRefused, parse
from app.core.events import Event
from app.core.ids import new_id
from app.core.vault import Vault
from app.registry import queries as registry
from app.webhooks import queries
from app.webhooks.errors import WebhookUrlRefused
from app.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from app.webhooks.schemas import BODIES, WebhookSubscriptionCreate, WebhookSubscriptionEvent

LARGEST_BODY = 20_000
UNFIT = "payload-unfit"
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that a worker holds for one attempt. Without `body` the event has no body that
    fits; then nothing can be sent."""

    delivery_id: UUID
    attempt: int
    subscription_id: UUID
    department: str
    event_id: UUID
    url: str
    secret: bytes
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the status of the answer, if there was one, and what was wrong."""

    status: int | None
    error: str
    duration_ms: int
    retry_after_s: float | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status == 410

    @property
    def overloaded(self) -> bool:
        """Whether it is the receiver that fails, not this event alone."""
        return self.status in {None, 429, 502, 503, 504} and self.error != UNFIT


async def subscribe(
    session: AsyncSession,
    body: WebhookSubscriptionCreate,
    *,
    egress: Egress,
    vault: Vault,
    caller: Caller,
    now: datetime,
) -> WebhookSubscription:
    """Register where events go. Raises WebhookUrlRefused."""
    check_department(caller, body.department_code)
    await registry.get_department(session, body.department_code)
    try:
        await egress.admit(body.url)
    except EgressRefused as why:
        raise WebhookUrlRefused(pointer="/url", why_zh=why.zh, why_en=why.en) from None
    identity = new_id()
    subscription = WebhookSubscription(
        id=identity,
        department_code=body.department_code,
        url=str(parse(body.url)),
        event_types=sorted(set(body.event_types)),
        secret=vault.encrypt(body.secret.encode(), place=f"webhook_subscription/{identity}"),
        state="active",
        created_at=now,
        created_by=caller.key_id,
    )
    session.add(subscription)
    await session.flush()
    _record(session, "created", subscription, caller=caller, now=now)
    return subscription


async def set_state(
    session: AsyncSession, subscription_id: UUID, state: str, *, caller: Caller, now: datetime
) -> None:
    """Disable or enable a subscription; one that is so already stays as it is. What waits for a
    disabled one is sent once it is enabled again; what happens meanwhile is not."""
    subscription = await queries.get_subscription(session, subscription_id, lock=True)
    check_department(caller, subscription.department_code)
    if subscription.state == state:
        return
    subscription.state, subscription.paused_until = state, None
    await session.flush()
    kind = "disabled" if state == "disabled" else "enabled"
    _record(session, kind, subscription, caller=caller, now=now)


def _record(
    session: AsyncSession,
    kind: str,
    subscription: WebhookSubscription,
    *,
    caller: Caller,
    now: datetime,
    reason: str = "requested",
) -> None:
    events.record(
        session,
        kind=f"webhook-subscription.{kind}",
        subject=f"webhook-subscription/{subscription.id}",
        department=subscription.department_code,
        payload=WebhookSubscriptionEvent(
            subscription_id=str(subscription.id),
            url=subscription.url,
            event_types=subscription.event_types,
            reason=reason,
        ),
        caller=caller,
        at=now,
    )


async def fan_out(session: AsyncSession, event: Event, at: datetime) -> None:
    """A delivery for each active subscription of a department that the event is about, made in
    the transaction that hands the event on; handed on twice, it makes none twice."""
    if event.type not in BODIES:
        return
    subscribers = await queries.find_subscribers(session, event.type, _departments(event))
    if not subscribers:
        return
    rows = [
        {
            "id": new_id(),
            "subscription_id": subscription.id,
            "event_id": event.id,
            "department_code": subscription.department_code,
            "run_at": at,
        }
        for subscription in subscribers
    ]
    await session.execute(insert(WebhookDelivery).values(rows).on_conflict_do_nothing())


def _departments(event: Event) -> set[str]:
    """The department of the event, and the others that took part in what it is about."""
    partners = event.payload.get("departments", [])
    named = partners if isinstance(partners, list) else []
    return {event.department_code, *(code for code in named if isinstance(code, str))}


async def lease(
    session: AsyncSession, *, limit: int, now: datetime, until: datetime
) -> list[Leased]:
    """Take due deliveries, at most one a subscription, until a moment at the latest. The number
    of the attempt is the fence: only its holder may write what came of it."""
    subscriptions = {s.id: s for s in await queries.lock_due_subscriptions(session, now, limit)}
    if not subscriptions:
        return []
    leased = []
    for delivery in await queries.lock_next_deliveries(session, list(subscriptions), now):
        delivery.attempts += 1
        delivery.locked_until = until
        subscription = subscriptions[delivery.subscription_id]
        leased.append(
            Leased(
                delivery_id=delivery.id,
                attempt=delivery.attempts,
                subscription_id=subscription.id,
                department=subscription.department_code,
                event_id=delivery.event_id,
                url=subscription.url,
                secret=subscription.secret,
                body=await _compose(session, delivery.event_id),
            )
        )
    return leased


async def _compose(session: AsyncSession, event_id: UUID) -> bytes | None:
    event = await queries.get_event(session, event_id)
    return body_of(event, await queries.get_witness(session, event_id))


def body_of(event: Event, witness: Mapping[str, object]) -> bytes | None:
    """The body of an event's callback, less than 20 kB, or None if its payload does not fit."""
    whole, part = BODIES[event.type]
    told: dict[str, Any] = {k: v for k, v in event.payload.items() if k in part.model_fields}
    members = {"type": event.type, "timestamp": event.occurred_at, "data": told, "ledger": witness}
    try:
        shown = whole.model_validate(members).model_dump(mode="json")
    except ValueError:
        return None
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
    return text if len(text) < LARGEST_BODY else None


async def settle(
    session: AsyncSession,
    leased: Leased,
    outcome: Outcome,
    *,
    began: datetime,
    wait: timedelta | None,
) -> None:
    """Write down an attempt and what follows: delivered, tried again after `wait`, or dead. A
    receiver that does not answer gets a pause of a minute at most, so that the events that wait
    for it do not use up their attempts together. Who lost the lease only writes the attempt."""
    session.add(
        WebhookAttempt(
            delivery_id=leased.delivery_id,
            number=leased.attempt,
            department_code=leased.department,
            status=outcome.status,
            error=outcome.error,
            duration_ms=outcome.duration_ms,
            attempted_at=began,
        )
    )
    await session.flush()
    delivery = await queries.get_held_delivery(session, leased.delivery_id, leased.attempt)
    if delivery is None:
        return
    delivery.locked_until = None
    ended = began + timedelta(milliseconds=outcome.duration_ms)
    if outcome.delivered:
        delivery.state = "delivered"
    elif outcome.gone or wait is None:
        delivery.state = "dead"
    else:
        delivery.run_at = ended + wait
    await session.flush()
    if outcome.gone:
        await _disable_gone(session, leased, now=ended)
    elif outcome.overloaded:
        until = ended + min(wait or LONGEST_PAUSE, LONGEST_PAUSE)
        await queries.set_pause(session, leased.subscription_id, until)
    else:
        await queries.set_pause(session, leased.subscription_id, None)


async def _disable_gone(session: AsyncSession, leased: Leased, *, now: datetime) -> None:
    subscription = await queries.get_subscription(session, leased.subscription_id, lock=True)
    if subscription.state == "disabled":
        return
    subscription.state = "disabled"
    await session.flush()
    worker = Caller(
        "webhook-worker",
        "webhook-worker",
        "webhook-worker",
        leased.department,
        (leased.department,),
        frozenset(),
    )
    _record(session, "disabled", subscription, caller=worker, now=now, reason="answered-410")
