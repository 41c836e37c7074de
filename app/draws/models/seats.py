"""Seats at the inspected objects: who was drawn for them, and which a replacement draw fills."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department


class DrawnSeat(Base):
    """Who holds a seat of a department at an object 检查席位, by the inspector draw
    `inspector_draw_id`; a replacement adds the next `turn`, and the latest turn holds the seat."""

    __tablename__ = "drawn_seat"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        CheckConstraint("turn >= 1", name="turn"),
        Index(None, "department_code", "staff_no"),
        {"info": of_department(INSERT_ONLY)},
    )

    inspector_draw_id: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal(primary_key=True)
    seat: Mapped[int] = internal(primary_key=True)
    turn: Mapped[int] = internal(primary_key=True)
    staff_no: Mapped[str] = internal()
    draw_id: Mapped[str] = internal()
    attempt: Mapped[int] = internal()
    drawn_at: Mapped[datetime] = internal()


ASSISTING = "assist."
"""How the groups of experts and third parties begin in assignment.json; department codes, which
name the groups of officers, have capitals."""


class AssistingSeat(Base):
    """A seat of an expert or third party in a team 专家、第三方席位. It stands apart from the seats
    of officers, so that whatever counts officers cannot count it (行政处罚法 art. 42)."""

    __tablename__ = "assisting_seat"
    __table_args__ = (
        ForeignKeyConstraint(
            ["inspector_draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    inspector_draw_id: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    group_name: Mapped[str] = internal(primary_key=True)
    seat: Mapped[int] = internal(primary_key=True)
    attempt: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    """Whose directory they are of."""
    staff_no: Mapped[str] = internal()
    drawn_at: Mapped[datetime] = internal()


class OpenSeat(Base):
    """A seat that a replacement draw fills, because `staff_no` cannot take it. A person leaves a
    seat once."""

    __tablename__ = "open_seat"
    __table_args__ = (
        UniqueConstraint(
            "inspector_draw_id",
            "object_code",
            "department_code",
            "seat",
            "staff_no",
            name="uq_open_seat_leaver",  # the name by the convention is too long for Postgres
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal(primary_key=True)
    seat: Mapped[int] = internal(primary_key=True)
    inspector_draw_id: Mapped[str] = internal()
    staff_no: Mapped[str] = internal()
