"""Inspectors 执法检查人员, experts and third parties, their certificates, leave and interests."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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


class InspectorKind(StrEnum):
    """Who inspects 执法检查人员, and who only assists: 专家, 第三方机构人员. Assistants are no officers
    of the law and never count among the two of 行政处罚法 art. 42 (domain A.5)."""

    OFFICER = "officer"
    EXPERT = "expert"
    THIRD_PARTY = "third_party"


class InspectorFacts:
    """What is known of an inspector. `certificates` are rows {"number", "issuer", "valid_to"};
    `teams` are the standing teams 检查小组 that they belong to."""

    name: Mapped[str] = personal()
    kind: Mapped[str] = internal()
    station: Mapped[str] = internal()
    region_code: Mapped[str] = internal()
    certificates: Mapped[list[dict[str, Any]]] = personal(JSONB)
    phone: Mapped[str] = personal()
    qualifications: Mapped[list[str]] = internal(ARRAY(Text))
    specialties: Mapped[list[str]] = internal(ARRAY(Text))
    item_codes: Mapped[list[str]] = internal(ARRAY(Text))
    teams: Mapped[list[str]] = internal(ARRAY(Text))
    status: Mapped[str] = internal()
    status_from: Mapped[date | None] = internal()
    status_to: Mapped[date | None] = internal()
    version: Mapped[int] = internal()
    import_id: Mapped[UUID] = internal()

    def is_certified(self, until: date) -> bool:
        """Whether a certificate is valid to the end of that day (domain E4)."""
        return any(date.fromisoformat(held["valid_to"]) >= until for held in self.certificates)

    def is_active(self, on: date) -> bool:
        """Whether they may work on a day: the status holds from `status_from` to `status_to`, and
        beyond these the other one. No beginning means from ever, no end until further notice."""
        begun = self.status_from is None or self.status_from <= on
        holds = begun and (self.status_to is None or on <= self.status_to)
        return holds == (self.status == InspectorStatus.ACTIVE)


INSPECTOR_FACTS = (
    "name",
    "kind",
    "station",
    "region_code",
    "certificates",
    "phone",
    "qualifications",
    "specialties",
    "item_codes",
    "teams",
    "status",
    "status_from",
    "status_to",
)


class Inspector(InspectorFacts, Base):
    """An entry of a department's directory of inspectors 执法检查人员名录库. National id numbers
    are never stored."""

    __tablename__ = "inspector"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("status", InspectorStatus),
        one_of("kind", InspectorKind),
        CheckConstraint("COALESCE(status_from <= status_to, true)", name="validity"),
        {"info": of_department(MUTABLE)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    staff_no: Mapped[str] = internal(primary_key=True)


class InspectorVersion(InspectorFacts, Base):
    """A former state of an entry, from the import that brought it to the one that ended it; the
    present state stands in `inspector` alone."""

    __tablename__ = "inspector_version"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        ForeignKeyConstraint(["ended_import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    staff_no: Mapped[str] = internal(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    ended_import_id: Mapped[UUID] = internal()


class InspectorLeave(Base):
    """Days on which somebody is not there 请假, both ends included. A row that replaces another
    corrects it, or takes it back if it is `withdrawn`; the former row stays."""

    __tablename__ = "inspector_leave"
    __table_args__ = (
        ForeignKeyConstraint(
            ["department_code", "staff_no"],
            ["openlot.inspector.department_code", "openlot.inspector.staff_no"],
        ),
        UniqueConstraint("replaces_id"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("NOT withdrawn OR replaces_id IS NOT NULL", name="withdrawn"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    department_code: Mapped[str] = internal()
    staff_no: Mapped[str] = internal()
    starts_on: Mapped[date] = internal()
    ends_on: Mapped[date] = internal()
    reason: Mapped[str] = personal()
    withdrawn: Mapped[bool] = internal()
    replaces_id: Mapped[UUID | None] = internal(ForeignKey("openlot.inspector_leave.id"))
    recorded_at: Mapped[datetime] = internal()
    recorded_by: Mapped[str] = internal()


class CertificateHolder(Base):
    """A certificate that an issuer says somebody of the department holds 持证人员. The rows of the
    department's newest feed are the present state."""

    __tablename__ = "certificate_holder"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    import_sequence: Mapped[int] = internal(primary_key=True)
    certificate_no: Mapped[str] = personal(primary_key=True)
    staff_no: Mapped[str] = internal()
    valid_to: Mapped[date] = internal()
    import_id: Mapped[UUID] = internal()
