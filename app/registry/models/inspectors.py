"""Inspectors 执法检查人员 and their declared interests."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    MUTABLE,
    Base,
    internal,
    of_department,
    personal,
)
from app.registry.models.codes import one_of


class InspectorStatus(StrEnum):
    """Whether an officer may be drawn 人员状态."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class InspectorFacts:
    """What is known of an inspector."""

    name: Mapped[str] = personal()
    station: Mapped[str] = internal()
    region_code: Mapped[str] = internal()
    certificate_no: Mapped[str] = personal()
    certificate_issuer: Mapped[str] = internal()
    certificate_valid_to: Mapped[date] = internal()
    qualifications: Mapped[list[str]] = internal(ARRAY(Text))
    item_codes: Mapped[list[str]] = internal(ARRAY(Text))
    status: Mapped[str] = internal()
    version: Mapped[int] = internal()
    import_id: Mapped[UUID] = internal()


INSPECTOR_FACTS = (
    "name",
    "station",
    "region_code",
    "certificate_no",
    "certificate_issuer",
    "certificate_valid_to",
    "qualifications",
    "item_codes",
    "status",
)


class Inspector(InspectorFacts, Base):
    """An entry of a department's directory of inspectors 执法检查人员名录库. National id numbers
    are never stored."""

    __tablename__ = "inspector"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("status", InspectorStatus),
        {"info": of_department(MUTABLE)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    staff_no: Mapped[str] = internal(primary_key=True)


class InspectorVersion(InspectorFacts, Base):
    """Every state of an entry, from the import that brought it."""

    __tablename__ = "inspector_version"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    staff_no: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)


class DeclaredInterest(Base):
    """An interest of an officer in an object, so that they recuse 回避 (行政处罚法 art. 43): from
    here on no draw gives them a seat at it."""

    __tablename__ = "declared_interest"
    __table_args__ = (
        ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
        ),
        CheckConstraint(
            "ground IN ('kinship', 'investment', 'employment', 'dispute', 'other')", name="ground"
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    staff_no: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    ground: Mapped[str] = internal()
    evidence: Mapped[str] = personal()
    declared_at: Mapped[datetime] = internal()
    declared_by: Mapped[str] = internal()
