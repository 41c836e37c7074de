"""What comes before the seed: who holds a secret in escrow, and the values given one by one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, personal


class EscrowReceipt(Base):
    """A custodian holds the secret of this digest in a sealed envelope. Each person once, so that
    two receipts are two persons."""

    __tablename__ = "escrow_receipt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="digest"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = internal(primary_key=True)
    attempt: Mapped[int] = internal(primary_key=True)
    sha256: Mapped[str] = internal(primary_key=True)
    confirmed_person: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    """That of the draw."""
    envelope: Mapped[str] = internal()
    event_id: Mapped[UUID] = internal(ForeignKey("openlot.event.id"))
    confirmed_at: Mapped[datetime] = internal()
    confirmed_by: Mapped[str] = internal()


class SourceValue(Base):
    """The value of one source, as it was given; each source has one."""

    __tablename__ = "source_value"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        CheckConstraint("number >= 1", name="number"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = internal(primary_key=True)
    attempt: Mapped[int] = internal(primary_key=True)
    number: Mapped[int] = internal(primary_key=True)
    """From 1, in the order of the commitment."""
    department_code: Mapped[str] = internal()
    """That of the draw."""
    value: Mapped[dict[str, Any]] = personal(JSONB)
    """With the names of those who signed the minutes."""
    event_id: Mapped[UUID] = internal(ForeignKey("openlot.event.id"))
    given_at: Mapped[datetime] = internal()
    given_by: Mapped[str] = internal()
