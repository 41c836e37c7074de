"""Draws as rows that are only ever added: an attempt, its steps and its files.

The order of steps is held by keys: a step refers to the row of the step before it, and an
attempt has each step once. So there is no second seed and no second draw, whatever the code does.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public
from app.draws.states import BEFORE

_PAIRS = " OR ".join(
    f"(state = '{state}' AND state_before = '{before}')" for state, before in BEFORE.items()
)


class Draw(Base):
    """One attempt of a draw 抽取: the target draw of a plan line, in a round."""

    __tablename__ = "draw"
    __table_args__ = (
        UniqueConstraint("plan_line_code", "stage", "round", "replacement", "attempt"),
        Index(None, "department_code", "draw_id", "attempt"),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("stage IN ('target', 'inspector')", name="stage"),
        CheckConstraint("purpose IN ('real', 'test')", name="purpose"),
        CheckConstraint("alg IN ('sha256', 'sm3')", name="alg"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = public(primary_key=True)
    attempt: Mapped[int] = public(primary_key=True)
    department_code: Mapped[str] = public()
    plan_line_code: Mapped[str] = public(ForeignKey("openlot.plan_line.code"))
    stage: Mapped[str] = public()
    round: Mapped[int] = public()
    replacement: Mapped[int] = public()
    """0, or the number of the replacement draw within its round."""
    purpose: Mapped[str] = public()
    alg: Mapped[str] = public()
    scope: Mapped[str] = public()
    target_draw_id: Mapped[str | None] = public()
    """At the inspector stage: the draw whose objects are visited (attempt 1 of it drew them)."""
    mends_draw_id: Mapped[str | None] = internal()
    """Of a replacement: the inspector draw whose open seats it fills (draw-spec 7)."""
    cap: Mapped[int | None] = internal()
    """At the inspector stage: the most seats that one officer takes in this draw."""
    slack: Mapped[int | None] = internal()


class DrawStep(Base):
    """A step that an attempt has taken, by whom and with which figures."""

    __tablename__ = "draw_step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        ForeignKeyConstraint(
            ["draw_id", "attempt", "state_before"],
            [
                "openlot.draw_step.draw_id",
                "openlot.draw_step.attempt",
                "openlot.draw_step.state",
            ],
        ),
        CheckConstraint(f"(state = 'draft' AND state_before IS NULL) OR {_PAIRS}", name="order"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = public(primary_key=True)
    attempt: Mapped[int] = public(primary_key=True)
    state: Mapped[str] = public(primary_key=True)
    state_before: Mapped[str | None] = internal()
    department_code: Mapped[str] = internal()
    details: Mapped[dict[str, Any]] = internal(JSONB)
    event_id: Mapped[UUID] = internal(ForeignKey("openlot.event.id"))
    taken_at: Mapped[datetime] = public()
    taken_by: Mapped[str] = internal()


class DrawFile(Base):
    """A file of an attempt, byte for byte as draw-spec has it."""

    __tablename__ = "draw_file"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = internal(primary_key=True)
    attempt: Mapped[int] = internal(primary_key=True)
    name: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    data: Mapped[bytes] = internal(LargeBinary)


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
