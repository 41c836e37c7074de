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
        UniqueConstraint("plan_line_code", "stage", "round", "attempt"),
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
    purpose: Mapped[str] = public()
    alg: Mapped[str] = public()
    scope: Mapped[str] = public()


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
