"""Inspected objects 检查对象 and their credit-risk classes."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, true
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    MUTABLE,
    Base,
    internal,
    of_department,
    public,
)
from app.registry.models.codes import one_of


class ObjectKind(StrEnum):
    """Kinds of inspected objects 检查对象类型 (domain D.5). The last four are no registered
    subjects 国发〔2019〕5号「产品、项目、行为」: they have codes of the department's own."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"
    COOPERATIVE = "cooperative"
    FOREIGN_OFFICE = "foreign_office"
    OTHER = "other"
    PRODUCT = "product"
    PROJECT = "project"
    BEHAVIOUR = "behaviour"
    PERSON = "person"


OWN_CODE_KINDS = frozenset(
    {ObjectKind.PRODUCT, ObjectKind.PROJECT, ObjectKind.BEHAVIOUR, ObjectKind.PERSON}
)
"""Kinds without a unified social credit code."""


class ObjectStatus(StrEnum):
    """Registration states 登记状态."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEREGISTERED = "deregistered"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    MOVED_OUT = "moved_out"


class CreditClass(StrEnum):
    """Credit-risk classes 信用风险分类; U is not classified. Never public (domain D.4)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    U = "U"


class ObjectFacts:
    """What is known of an inspected object."""

    name: Mapped[str] = public()
    kind: Mapped[str] = public()
    ent_type: Mapped[str | None] = public()
    region_code: Mapped[str] = public()
    industry_code: Mapped[str | None] = public()
    established_on: Mapped[date | None] = public()
    status: Mapped[str] = public()
    reg_authority: Mapped[str | None] = public()
    jurisdiction_unit: Mapped[str | None] = public()
    source: Mapped[str] = internal()
    listed: Mapped[bool] = internal(server_default=true())
    """False: a full feed no longer held the entry. It stays, and no draw takes it."""
    version: Mapped[int] = internal()
    import_id: Mapped[UUID] = internal()


FACTS = (
    "name",
    "kind",
    "ent_type",
    "region_code",
    "industry_code",
    "established_on",
    "status",
    "reg_authority",
    "jurisdiction_unit",
    "source",
)


class InspectedObject(ObjectFacts, Base):
    """An entry of a department's directory of inspected objects 检查对象名录库."""

    __tablename__ = "inspected_object"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("kind", ObjectKind),
        one_of("status", ObjectStatus),
        Index(None, "department_code", "region_code"),
        {"info": of_department(MUTABLE)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    code: Mapped[str] = public(primary_key=True)


class InspectedObjectVersion(ObjectFacts, Base):
    """A former state of an entry, from the import that brought it to the one that ended it; the
    present state stands in `inspected_object` alone, so that a first import writes each row once.
    What was known at a moment: `queries.object_as_of`."""

    __tablename__ = "inspected_object_version"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        ForeignKeyConstraint(["ended_import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)
    ended_import_id: Mapped[UUID] = internal()


class CreditClassRecord(Base):
    """The class of an object from a day on, as a feed told it. The latest row is in force."""

    __tablename__ = "credit_class"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("credit_class", CreditClass),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    object_code: Mapped[str] = internal(primary_key=True)
    valid_from: Mapped[date] = internal(primary_key=True)
    import_sequence: Mapped[int] = internal(primary_key=True)
    credit_class: Mapped[str] = internal()
    import_id: Mapped[UUID] = internal()
