"""Who produces, provides and answers for data 谁产生谁提供谁负责, and requests to correct it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department


class RegistryFeed(Base):
    """A feed of a directory: who produces the data, who provides it, which department answers for
    it, and how often it is to come. `source` is what imports and entries name. The latest version
    is in force."""

    __tablename__ = "registry_feed"
    __table_args__ = (
        ForeignKeyConstraint(["department_code"], ["openlot.department.code"]),
        ForeignKeyConstraint(["responsible_department"], ["openlot.department.code"]),
        CheckConstraint("interval_days >= 1", name="interval"),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    code: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    kind: Mapped[str] = internal()
    source: Mapped[str] = internal()
    producer: Mapped[str] = internal()
    provider: Mapped[str] = internal()
    responsible_department: Mapped[str] = internal()
    interval_days: Mapped[int] = internal()
    recorded_at: Mapped[datetime] = internal()
    recorded_by: Mapped[str] = internal()


class CorrectionRequest(Base):
    """Somebody says that a fact of an object is wrong; the responsible department is to answer by
    a day 更正请求."""

    __tablename__ = "correction_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["department_code", "object_code"],
            ["openlot.inspected_object.department_code", "openlot.inspected_object.code"],
        ),
        ForeignKeyConstraint(["responsible_department"], ["openlot.department.code"]),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    object_code: Mapped[str] = internal()
    fact: Mapped[str] = internal()
    held_value: Mapped[str | None] = internal()
    """The value of the directory when the request was made."""
    right_value: Mapped[str] = internal()
    reason: Mapped[str] = internal()
    responsible_department: Mapped[str] = internal()
    due_on: Mapped[date] = internal()
    requested_at: Mapped[datetime] = internal()
    requested_by: Mapped[str] = internal()


class CorrectionAnswer(Base):
    """The answer to a request: the import that corrected the fact, or why it stays."""

    __tablename__ = "correction_answer"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        CheckConstraint("decision IN ('accepted', 'refused')", name="decision"),
        CheckConstraint("(decision = 'accepted') = (import_id IS NOT NULL)", name="corrected"),
        CheckConstraint("decision = 'accepted' OR reason <> ''", name="refused"),
        {"info": of_department(INSERT_ONLY)},
    )

    request_id: Mapped[UUID] = internal(
        ForeignKey("openlot.correction_request.id"), primary_key=True
    )
    department_code: Mapped[str] = internal()
    decision: Mapped[str] = internal()
    import_id: Mapped[UUID | None] = internal()
    reason: Mapped[str] = internal()
    answered_at: Mapped[datetime] = internal()
    answered_by: Mapped[str] = internal()
