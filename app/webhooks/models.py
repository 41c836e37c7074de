"""Subscriptions of other systems, and every attempt to deliver an event to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from app.core.database import DISPOSABLE, INSERT_ONLY, MUTABLE, Base, internal, of_department


class WebhookSubscription(Base):
    """Where a department's system wants to be called. The secret is encrypted (AES-256-GCM)."""

    __tablename__ = "webhook_subscription"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'disabled')", name="state"),
        {"info": of_department(MUTABLE)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    url: Mapped[str] = internal()
    event_types: Mapped[list[str]] = internal(ARRAY(Text))
    secret: Mapped[bytes] = internal(LargeBinary)
    state: Mapped[str] = internal(server_default="active")
    paused_until: Mapped[datetime | None] = internal()
    """The receiver did not answer; until then it is left alone."""
    created_at: Mapped[datetime] = internal()
    created_by: Mapped[str] = internal()


class WebhookDelivery(Base):
    """An event on its way to a subscription; workers lock and mark the row."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id"),
        CheckConstraint("state IN ('ready', 'delivered', 'dead')", name="state"),
        Index(None, "subscription_id", "run_at", postgresql_where=text("state = 'ready'")),
        Index(
            None,
            "subscription_id",
            "locked_until",
            postgresql_where=text("locked_until IS NOT NULL"),
        ),
        {"info": of_department(DISPOSABLE)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    subscription_id: Mapped[UUID] = internal(ForeignKey("openlot.webhook_subscription.id"))
    event_id: Mapped[UUID] = internal(ForeignKey("openlot.event.id"))
    department_code: Mapped[str] = internal()
    state: Mapped[str] = internal(server_default="ready")
    attempts: Mapped[int] = internal(server_default="0")
    run_at: Mapped[datetime] = internal()
    locked_until: Mapped[datetime | None] = internal()


class WebhookAttempt(Base):
    """One attempt: when, how it ended, how long it took."""

    __tablename__ = "webhook_attempt"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    delivery_id: Mapped[UUID] = internal(
        ForeignKey("openlot.webhook_delivery.id"), primary_key=True
    )
    number: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    status: Mapped[int | None] = internal()
    error: Mapped[str] = internal()
    duration_ms: Mapped[int] = internal()
    attempted_at: Mapped[datetime] = internal()
