"""An attempt of a draw, its parts, its steps and its files.

The order of steps is held by keys: a step refers to the row of the step before it, each step has
one successor, and an attempt has each step once. So there is no second seed, no second draw and
no step after a void, whatever the code does; and a further attempt refers to the void of the one
before.
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

from app.core.database import INSERT_ONLY, Base, internal, of_department, one_of, public
from app.draws.states import BEFORE, Mode

_PAIRS = " OR ".join(
    f"(state = '{state}' AND {one_of('state_before', before)})" for state, before in BEFORE.items()
)


class Draw(Base):
    """One attempt of a draw 抽取: of the objects of a plan line, or of several in a campaign, or of
    the officers who visit them, in a round."""

    __tablename__ = "draw"
    __table_args__ = (
        UniqueConstraint("plan_line_code", "stage", "round", "replacement", "attempt"),
        Index(None, "department_code", "draw_id", "attempt"),
        ForeignKeyConstraint(
            ["draw_id", "previous_attempt", "previous_state"],
            [
                "openlot.draw_step.draw_id",
                "openlot.draw_step.attempt",
                "openlot.draw_step.state",
            ],
            use_alter=True,
        ),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint(
            # NULL in a comparison would pass a CHECK.
            "COALESCE((attempt = 1 AND previous_attempt IS NULL AND previous_state IS NULL) OR "
            "(previous_attempt = attempt - 1 AND previous_state = 'voided'), false)",
            name="after_void",
        ),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("stage IN ('target', 'inspector')", name="stage"),
        CheckConstraint("purpose IN ('real', 'test')", name="purpose"),
        CheckConstraint("alg IN ('sha256', 'sm3')", name="alg"),
        CheckConstraint(one_of("mode", Mode), name="mode"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = public(primary_key=True)
    attempt: Mapped[int] = public(primary_key=True)
    department_code: Mapped[str] = public()
    plan_line_code: Mapped[str] = public(ForeignKey("openlot.plan_line.code"))
    stage: Mapped[str] = public()
    round: Mapped[int] = public()
    previous_attempt: Mapped[int | None] = public()
    previous_state: Mapped[str | None] = internal()
    replacement: Mapped[int] = public()
    """0, or the number of the replacement draw within its round."""
    purpose: Mapped[str] = public()
    alg: Mapped[str] = public()
    scope: Mapped[str] = public()
    target_draw_id: Mapped[str | None] = public()
    """At the inspector stage: the draw whose objects are visited."""
    mends_draw_id: Mapped[str | None] = internal()
    """Of a replacement: the inspector draw whose open seats it fills (draw-spec 7)."""
    cap: Mapped[int | None] = internal()
    """At the inspector stage: the most seats that one officer takes in this draw."""
    slack: Mapped[int | None] = internal()
    mode: Mapped[str | None] = public()
    """At the inspector stage: which officers an object's station or region lets in."""
    avoid_last_inspectors: Mapped[bool | None] = internal()
    """At the inspector stage: whether who inspected an object the last time stays away; null where
    that is left to whether the others suffice."""
    experts: Mapped[list[dict[str, Any]]] = internal(JSONB, server_default="[]")
    """At the inspector stage: further seats of each team, of experts or third parties."""


class DrawPart(Base):
    """A plan line that a target draw draws from: the only one, named "", or one of a campaign's
    several 综合查一次 (draw-spec 5). A line is drawn once a round and attempt."""

    __tablename__ = "draw_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["draw_id", "attempt"], ["openlot.draw.draw_id", "openlot.draw.attempt"]
        ),
        UniqueConstraint("plan_line_code", "round", "attempt"),
        UniqueConstraint("draw_id", "attempt", "name"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = public(primary_key=True)
    attempt: Mapped[int] = public(primary_key=True)
    number: Mapped[int] = public(primary_key=True)
    department_code: Mapped[str] = public()
    """That of the draw."""
    plan_line_code: Mapped[str] = public(ForeignKey("openlot.plan_line.code"))
    round: Mapped[int] = public()
    name: Mapped[str] = public()

    @property
    def folder(self) -> str:
        """Where the part's files lie: "" or "parts/2-food/"."""
        return f"parts/{self.number}-{self.name}/" if self.name else ""


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
        UniqueConstraint("draw_id", "attempt", "state_before"),
        CheckConstraint(
            f"COALESCE((state = 'draft' AND state_before IS NULL) OR {_PAIRS}, false)",
            name="order",
        ),
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
