"""Inspection tasks (the batch) and inspections (one object in it). Rows are only added."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, personal, public


class InspectionTask(Base):
    """An inspection task 抽查任务: what a plan line yields, with one target draw and one inspector
    draw. `code` is the readable number, `national_key` the 18 characters of the national system:
    department (6), day (8), "1", sequence of the day (3) (domain A.2)."""

    __tablename__ = "inspection_task"
    __table_args__ = (
        UniqueConstraint("plan_line_code", "round"),
        UniqueConstraint("national_key"),
        {"info": of_department(INSERT_ONLY)},
    )

    code: Mapped[str] = public(primary_key=True)
    national_key: Mapped[str] = public()
    department_code: Mapped[str] = public()
    """The lead department 牵头部门."""
    name: Mapped[str] = public()
    plan_line_code: Mapped[str] = public(ForeignKey("openlot.plan_line.code"))
    round: Mapped[int] = public()
    target_draw_id: Mapped[str] = public()
    inspector_draw_id: Mapped[str] = public()
    window_start: Mapped[date] = public()
    window_end: Mapped[date] = public()
    object_count: Mapped[int] = public()
    dispatched_at: Mapped[datetime] = public()
    dispatched_by: Mapped[str] = internal()


class DepartmentTask(Base):
    """A department's sub-task 部门任务: its items in the task. Visible to that department; the
    lead department has one too, without items if it checks none itself."""

    __tablename__ = "department_task"
    __table_args__ = (
        UniqueConstraint("national_key", "department_code"),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = public(ForeignKey("openlot.inspection_task.code"), primary_key=True)
    department_code: Mapped[str] = public(primary_key=True)
    national_key: Mapped[str] = public()
    lead_department_code: Mapped[str] = public()
    task_name: Mapped[str] = public()
    inspector_draw_id: Mapped[str] = internal()
    item_codes: Mapped[list[str]] = public(ARRAY(Text))
    window_start: Mapped[date] = public()
    window_end: Mapped[date] = public()


class InspectionPart(Base):
    """A department's part of the inspection of one object 检查."""

    __tablename__ = "inspection_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["task_code", "department_code"],
            ["openlot.department_task.task_code", "openlot.department_task.department_code"],
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = public(primary_key=True)
    object_code: Mapped[str] = public(primary_key=True)
    department_code: Mapped[str] = public(primary_key=True)
    object_name: Mapped[str] = public()
    region_code: Mapped[str] = public()


class InspectionClosing(Base):
    """An object's inspection is complete: every department's part is approved. `value` is the
    national value of the object by the published precedence (domain D.1)."""

    __tablename__ = "inspection_closing"
    __table_args__ = (
        CheckConstraint("value BETWEEN 1 AND 8", name="value"),
        {"info": of_department(INSERT_ONLY)},
    )

    task_code: Mapped[str] = public(ForeignKey("openlot.inspection_task.code"), primary_key=True)
    object_code: Mapped[str] = public(primary_key=True)
    department_code: Mapped[str] = internal()
    value: Mapped[int] = public()
    inspected_on: Mapped[date] = public()
    closed_at: Mapped[datetime] = public()
    closed_by: Mapped[str] = internal()


class TaskClosing(Base):
    """The task is complete: every inspection of it is."""

    __tablename__ = "task_closing"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    task_code: Mapped[str] = public(ForeignKey("openlot.inspection_task.code"), primary_key=True)
    department_code: Mapped[str] = internal()
    closed_at: Mapped[datetime] = public()
    closed_by: Mapped[str] = internal()


class ReplacementRequest(Base):
    """Somebody drawn cannot take their seat. Another person approves; the substitute is drawn."""

    __tablename__ = "replacement_request"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('illness', 'leave', 'recusal', 'transfer', 'certificate')", name="reason"
        ),
        CheckConstraint("number >= 1", name="number"),
        UniqueConstraint("id", "requested_person"),
        UniqueConstraint("requested_person", "year", "number"),
        UniqueConstraint(
            "task_code",
            "object_code",
            "department_code",
            "seat",
            "staff_no",
            name="uq_replacement_request_holder",  # the name by the convention is too long
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    task_code: Mapped[str] = internal(ForeignKey("openlot.inspection_task.code"))
    object_code: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    seat: Mapped[int] = internal()
    staff_no: Mapped[str] = internal()
    reason: Mapped[str] = internal()
    evidence: Mapped[str] = personal()
    requested_at: Mapped[datetime] = internal()
    requested_by: Mapped[str] = internal()
    requested_person: Mapped[str] = internal()
    year: Mapped[int] = internal()
    """That of the request, in China."""
    number: Mapped[int] = internal()
    """From 1, of the requests of this person in the year, in whichever department."""


class ReplacementEndorsement(Base):
    """The first of two persons who approve a request of somebody who has made many this year."""

    __tablename__ = "replacement_endorsement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "requested_person"],
            ["openlot.replacement_request.id", "openlot.replacement_request.requested_person"],
        ),
        CheckConstraint("endorsed_person <> requested_person", name="two_persons"),
        UniqueConstraint("request_id", "endorsed_person"),
        {"info": of_department(INSERT_ONLY)},
    )

    request_id: Mapped[UUID] = internal(primary_key=True)
    requested_person: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    endorsed_at: Mapped[datetime] = internal()
    endorsed_by: Mapped[str] = internal()
    endorsed_person: Mapped[str] = internal()


class ReplacementApproval(Base):
    """Another person than who requested it, and than who endorsed it if that was needed, agrees,
    and the draw of the substitute begins."""

    __tablename__ = "replacement_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "requested_person"],
            ["openlot.replacement_request.id", "openlot.replacement_request.requested_person"],
        ),
        ForeignKeyConstraint(
            ["request_id", "endorsed_person"],
            [
                "openlot.replacement_endorsement.request_id",
                "openlot.replacement_endorsement.endorsed_person",
            ],
        ),
        CheckConstraint("approved_person <> requested_person", name="two_persons"),
        CheckConstraint("approved_person <> endorsed_person", name="two_approvers"),
        {"info": of_department(INSERT_ONLY)},
    )

    request_id: Mapped[UUID] = internal(primary_key=True)
    requested_person: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    draw_id: Mapped[str] = internal()
    approved_at: Mapped[datetime] = internal()
    approved_by: Mapped[str] = internal()
    approved_person: Mapped[str] = internal()
    endorsed_person: Mapped[str | None] = internal()


class RecusalReplacement(Base):
    """The draw of a substitute that a granted recusal begins: the head's decision is all that it
    needs."""

    __tablename__ = "recusal_replacement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "outcome"],
            ["openlot.recusal_decision.request_id", "openlot.recusal_decision.outcome"],
        ),
        CheckConstraint("outcome = 'granted'", name="outcome"),
        {"info": of_department(INSERT_ONLY)},
    )

    draw_id: Mapped[str] = internal(primary_key=True)
    request_id: Mapped[UUID] = internal()
    outcome: Mapped[str] = internal()
    task_code: Mapped[str] = internal(ForeignKey("openlot.inspection_task.code"))
    object_code: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    seat: Mapped[int] = internal()
    staff_no: Mapped[str] = internal()
    begun_at: Mapped[datetime] = internal()
    begun_by: Mapped[str] = internal()


class OfficerNotice(Base):
    """What an officer is told when a substitute is drawn 通知: who leaves that they leave and why,
    who enters that they enter."""

    __tablename__ = "officer_notice"
    __table_args__ = (
        CheckConstraint("kind IN ('leaves', 'enters')", name="kind"),
        CheckConstraint("(reason IS NOT NULL) = (kind = 'leaves')", name="reason"),
        UniqueConstraint(
            "draw_id",
            "attempt",
            "object_code",
            "department_code",
            "seat",
            "kind",
            name="uq_officer_notice_change",  # the name by the convention is too long
        ),
        Index(None, "task_code", "staff_no"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    task_code: Mapped[str] = internal(ForeignKey("openlot.inspection_task.code"))
    object_code: Mapped[str] = internal()
    department_code: Mapped[str] = internal()
    seat: Mapped[int] = internal()
    staff_no: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    reason: Mapped[str | None] = internal()
    """Why somebody leaves; who comes instead is not told."""
    draw_id: Mapped[str] = internal()
    attempt: Mapped[int] = internal()
    noticed_at: Mapped[datetime] = internal()
    noticed_by: Mapped[str] = internal()
