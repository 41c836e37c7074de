"""Finding subscriptions, and the deliveries whose turn it is."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.events import Event
from app.ledger import queries as ledger
from app.webhooks.errors import WebhookSubscriptionNotFound
from app.webhooks.models import WebhookDelivery, WebhookSubscription


def select_subscriptions() -> Select[WebhookSubscription]:
    return select(WebhookSubscription)


async def get_subscription(
    session: AsyncSession, subscription_id: UUID, *, lock: bool = False
) -> WebhookSubscription:
    """One subscription; `lock` keeps its state as it is until the transaction ends."""
    found = await session.get(
        WebhookSubscription, subscription_id, with_for_update={"key_share": True} if lock else None
    )
    if found is None:
        raise WebhookSubscriptionNotFound
    return found


async def find_subscribers(
    session: AsyncSession, event_type: str, departments: Collection[str]
) -> Sequence[WebhookSubscription]:
    """Active subscriptions of any of the departments to a type of event."""
    found = await session.scalars(
        select(WebhookSubscription).where(
            WebhookSubscription.state == "active",
            WebhookSubscription.event_types.contains([event_type]),
            WebhookSubscription.department_code.in_(departments),
        )
    )
    return found.all()


async def lock_due_subscriptions(
    session: AsyncSession, now: datetime, limit: int
) -> Sequence[WebhookSubscription]:
    """Active subscriptions that are not paused, with a delivery that is due and none under way,
    longest waiting first. Until the transaction ends no other worker gets them."""
    waiting = aliased(WebhookDelivery)
    oldest = (
        select(func.min(waiting.run_at))
        .where(
            waiting.subscription_id == WebhookSubscription.id,
            waiting.state == "ready",
            waiting.run_at <= now,
        )
        .scalar_subquery()
    )
    found = await session.scalars(
        select(WebhookSubscription)
        .where(
            WebhookSubscription.state == "active",
            or_(
                WebhookSubscription.paused_until.is_(None),
                WebhookSubscription.paused_until <= now,
            ),
            oldest.is_not(None),
            _idle(now),
        )
        .order_by(oldest, WebhookSubscription.id)
        .limit(limit)
        .with_for_update(of=WebhookSubscription, key_share=True, skip_locked=True)
    )
    return found.all()


async def lock_next_deliveries(
    session: AsyncSession, subscriptions: Collection[UUID], now: datetime
) -> Sequence[WebhookDelivery]:
    """Of each subscription the delivery that waits longest, unless one is under way: a second
    look, since another worker may have taken one just before the subscription was locked."""
    waiting = aliased(WebhookDelivery)
    longest = (
        select(waiting.id)
        .where(
            waiting.subscription_id == WebhookSubscription.id,
            waiting.state == "ready",
            waiting.run_at <= now,
        )
        .order_by(waiting.run_at)
        .limit(1)
        .scalar_subquery()
    )
    chosen = select(longest).where(WebhookSubscription.id.in_(subscriptions), _idle(now))
    found = await session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.id.in_(chosen), WebhookDelivery.state == "ready")
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    return found.all()


def _idle(now: datetime) -> ColumnElement[bool]:
    """Whether no delivery of the subscription is under way."""
    other = aliased(WebhookDelivery)
    return ~exists().where(
        other.subscription_id == WebhookSubscription.id,
        other.state == "ready",
        other.locked_until > now,
    )


async def get_held_delivery(
    session: AsyncSession, delivery_id: UUID, attempt: int
) -> WebhookDelivery | None:
    """The delivery, locked, if its lease is still that of `attempt`: whoever lost it writes
    nothing."""
    return await session.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.id == delivery_id,
            WebhookDelivery.attempts == attempt,
            WebhookDelivery.state == "ready",
        )
        .with_for_update()
    )


async def set_pause(session: AsyncSession, subscription_id: UUID, until: datetime | None) -> None:
    """Leave a receiver alone until a moment, or no longer."""
    await session.execute(
        update(WebhookSubscription)
        .where(
            WebhookSubscription.id == subscription_id,
            WebhookSubscription.paused_until.is_distinct_from(until),
        )
        .values(paused_until=until)
    )


async def get_event(session: AsyncSession, event_id: UUID) -> Event:
    return await session.get_one(Event, event_id)


async def get_witness(session: AsyncSession, event_id: UUID) -> dict[str, object]:
    """The place of an event in the log, and the latest checkpoint."""
    return {
        "index": await ledger.get_index_of_event(session, event_id),
        "checkpoint": (await ledger.get_latest_checkpoint(session)).note,
    }
