"""What two persons decide about an attempt: voids, amendments, substitutions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    Base,
    internal,
    of_department,
    one_of,
    personal,
    public,
)
from app.draws.states import REASONS

_REASONS = " OR ".join(
    f"(kind = '{kind}' AND {one_of('reason', reasons)})" for kind, reasons in REASONS.items()
)


class DrawChange(Base):
    """A void, amendment or substitution that somebody asked for. Nothing changes before another
    person has decided."""

    __tablename__ = "draw_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        UniqueConstraint("id", "requested_person"),
        UniqueConstraint("draw_id", "attempt", "number"),
        CheckConstraint(_REASONS, name="reason"),
        CheckConstraint("number >= 1", name="number"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    draw_id: Mapped[str] = internal()
    attempt: Mapped[int] = internal()
    number: Mapped[int] = internal()
    """From 1 within the attempt."""
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = public()
    reason: Mapped[str] = public()
    evidence: Mapped[str] = personal()
    details: Mapped[dict[str, Any]] = internal(JSONB)
    requested_at: Mapped[datetime] = public()
    requested_by: Mapped[str] = internal()
    requested_person: Mapped[str] = internal()


class DrawChangeDecision(Base):
    """Another person agrees or declines. `details` is what the change did."""

    __tablename__ = "draw_change_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["change_id", "requested_person"],
            ["openlot.draw_change.id", "openlot.draw_change.requested_person"],
        ),
        CheckConstraint("decided_person <> requested_person", name="two_persons"),
        CheckConstraint("decision IN ('approved', 'declined')", name="decision"),
        {"info": of_department(INSERT_ONLY)},
    )

    change_id: Mapped[UUID] = internal(primary_key=True)
    requested_person: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    decision: Mapped[str] = public()
    details: Mapped[dict[str, Any]] = internal(JSONB)
    decided_at: Mapped[datetime] = public()
    decided_by: Mapped[str] = internal()
    decided_person: Mapped[str] = internal()
