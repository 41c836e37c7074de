"""What is told of an object from day to day, beside the facts of its registration."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department
from app.registry.models.codes import one_of


class CountKind(StrEnum):
    """What is counted of an object: complaints 投诉举报, leads 线索."""

    COMPLAINT = "complaint"
    LEAD = "lead"


class ObjectTagRecord(Base):
    """All tags of an object from a day on 分级分类分领域, each `kind:value` with the kinds level,
    class, field and mark. The latest row is in force."""

    __tablename__ = "object_tag"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    valid_from: Mapped[date] = internal(primary_key=True)
    import_sequence: Mapped[int] = internal(primary_key=True)
    tags: Mapped[list[str]] = internal(ARRAY(Text))
    import_id: Mapped[UUID] = internal()


class ObjectCountRecord(Base):
    """How many complaints or leads a feed counted in a time. The latest row is in force."""

    __tablename__ = "object_count"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("kind", CountKind),
        CheckConstraint("counted_from <= counted_to", name="days"),
        CheckConstraint("number >= 0", name="number"),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    kind: Mapped[str] = internal(primary_key=True)
    counted_to: Mapped[date] = internal(primary_key=True)
    import_sequence: Mapped[int] = internal(primary_key=True)
    counted_from: Mapped[date] = internal()
    number: Mapped[int] = internal()
    import_id: Mapped[UUID] = internal()


class ObjectInspection(Base):
    """A department's approved inspection of an object. The results of a task write it, so that the
    directory, which knows no tasks, can be asked who was inspected last and when."""

    __tablename__ = "object_inspection"
    __table_args__ = (
        Index(None, "object_code", "department_code", "inspected_on"),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    task_code: Mapped[str] = internal(primary_key=True)
    inspected_on: Mapped[date] = internal()
    recorded_at: Mapped[datetime] = internal()
    recorded_by: Mapped[str] = internal()
