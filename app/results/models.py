"""Findings, their review, and what follows. An entry is never edited: a returned one is entered
again as the next version."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public

_PART = ["task_code", "object_code", "department_code"]
_ENTRY = [*_PART, "version"]
# Where a constraint has a name of its own, that by the convention is too long for Postgres.


class ResultEntry(Base):
    """What a drawn officer found: one national value (1 to 8) and a text for each item of the
    department. `findings` is a list of {"item_code", "item_version", "value", "problem",
    "sub_items"}, a sub-item {"no", "name", "answer", "lines"}, a line {"no", "text", "answer",
    "problem"}; what was entered before there were lines has no version, names and lines."""

    __tablename__ = "result_entry"
    __table_args__ = (
        ForeignKeyConstraint(_PART, [f"openlot.inspection_part.{c}" for c in _PART]),
        UniqueConstraint(*_ENTRY, "entered_person", name="uq_result_entry_person"),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    findings: Mapped[list[dict[str, Any]]] = internal(JSONB)
    method: Mapped[str] = internal()
    inspected_on: Mapped[date] = internal()
    entered_at: Mapped[datetime] = internal()
    entered_by: Mapped[str] = internal()
    entered_person: Mapped[str] = internal()


class ResultSignature(Base):
    """A second drawn officer stands for the entry, with a key of their own (E3)."""

    __tablename__ = "result_signature"
    __table_args__ = (
        ForeignKeyConstraint(
            [*_ENTRY, "entered_person"],
            [f"openlot.result_entry.{c}" for c in (*_ENTRY, "entered_person")],
            name="fk_result_signature_entry",
        ),
        CheckConstraint("signed_person <> entered_person", name="second_officer"),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    signed_person: Mapped[str] = internal(primary_key=True)
    entered_person: Mapped[str] = internal()
    signed_at: Mapped[datetime] = internal()
    signed_by: Mapped[str] = internal()


class ResultReview(Base):
    """Another person approves the entry or returns it with an opinion."""

    __tablename__ = "result_review"
    __table_args__ = (
        ForeignKeyConstraint(
            [*_ENTRY, "entered_person"],
            [f"openlot.result_entry.{c}" for c in (*_ENTRY, "entered_person")],
            name="fk_result_review_entry",
        ),
        CheckConstraint("reviewed_person <> entered_person", name="other_person"),
        CheckConstraint("decision IN ('approved', 'returned')", name="decision"),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    department_code: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    entered_person: Mapped[str] = internal()
    decision: Mapped[str] = internal()
    opinion: Mapped[str] = internal()
    reviewed_at: Mapped[datetime] = internal()
    reviewed_by: Mapped[str] = internal()
    reviewed_person: Mapped[str] = internal()


class Disposal(Base):
    """What follows a problem 后续处置 (domain D.6): opened by the department whose item it is."""

    __tablename__ = "disposal"
    __table_args__ = (
        ForeignKeyConstraint(_PART, [f"openlot.inspection_part.{c}" for c in _PART]),
        CheckConstraint(
            "kind IN ('order_rectify', 'handover_daily', 'case_lead', 'copy_department',"
            " 'penalty', 'criminal', 'anomaly_list')",
            name="kind",
        ),
        Index(None, "object_code", "department_code"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = public(primary_key=True)
    task_code: Mapped[str] = internal()
    object_code: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    item_code: Mapped[str] = internal()
    kind: Mapped[str] = public()
    note: Mapped[str] = internal()
    due_on: Mapped[date] = internal()
    opened_at: Mapped[datetime] = internal()
    opened_by: Mapped[str] = internal()


class DisposalStep(Base):
    """Where a disposal stands: rectified by the firm, re-checked, closed."""

    __tablename__ = "disposal_step"
    __table_args__ = (
        ForeignKeyConstraint(["disposal_id"], ["openlot.disposal.id"]),
        CheckConstraint(
            "kind IN ('rectified', 'recheck_passed', 'recheck_failed', 'closed')", name="kind"
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    disposal_id: Mapped[UUID] = internal(primary_key=True)
    number: Mapped[int] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    note: Mapped[str] = internal()
    taken_at: Mapped[datetime] = internal()
    taken_by: Mapped[str] = internal()


class CreditRepairNotice(Base):
    """A firm was told that it may ask for credit repair 信用修复. Told once for all disposals up to
    and including the one that was closed last."""

    __tablename__ = "credit_repair_notice"
    __table_args__ = (
        ForeignKeyConstraint(["disposal_id"], ["openlot.disposal.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    disposal_id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    object_code: Mapped[str] = internal()
    noticed_at: Mapped[datetime] = internal()
    noticed_by: Mapped[str] = internal()
