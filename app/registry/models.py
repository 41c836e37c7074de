"""The one list and two directories 一单两库, and the code tables that they use.

A present state stands in `inspected_object`; every state that ever was stands in
`inspected_object_version`, which is only ever added to.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    MUTABLE,
    Base,
    internal,
    of_department,
    personal,
    public,
)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The CHECK that holds an enumeration's values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class ObjectKind(StrEnum):
    """Kinds of inspected objects 检查对象类型 (domain D.5)."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"
    COOPERATIVE = "cooperative"
    FOREIGN_OFFICE = "foreign_office"
    OTHER = "other"


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


class ItemCategory(StrEnum):
    """Categories of inspection items 事项类别 (domain D.2)."""

    GENERAL = "general"
    KEY = "key"


class Department(Base):
    """A member unit of the joint conference 联席会议成员单位, down to townships."""

    __tablename__ = "department"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    parent_code: Mapped[str | None] = public(ForeignKey("openlot.department.code"))
    level: Mapped[str] = public()
    region_code: Mapped[str | None] = public()
    updated_at: Mapped[datetime] = public()
    updated_by: Mapped[str] = internal()


class Division(Base):
    """An administrative division (GB/T 2260). A code alone is not unique: retired codes were
    given again, so the year from which it is valid belongs to the key."""

    __tablename__ = "division"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    valid_from: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    full_name: Mapped[str] = public()
    level: Mapped[str] = public()
    parent_code: Mapped[str | None] = public()
    status: Mapped[str] = public()
    valid_to: Mapped[str | None] = public()
    successor_codes: Mapped[str | None] = public()


class Industry(Base):
    """An industry of the national classification (GB/T 4754), four levels."""

    __tablename__ = "industry"
    __table_args__ = ({"info": MUTABLE},)

    code: Mapped[str] = public(primary_key=True)
    name: Mapped[str] = public()
    level: Mapped[str] = public()
    parent_code: Mapped[str | None] = public()
    section_code: Mapped[str] = public()


class RegistryImport(Base):
    """One accepted feed: which file, from whom, and what it changed."""

    __tablename__ = "registry_import"
    __table_args__ = (
        Index(None, "department_code", "sequence"),
        {"info": of_department(INSERT_ONLY)},
    )

    id: Mapped[UUID] = internal(primary_key=True)
    sequence: Mapped[int] = internal()
    department_code: Mapped[str] = internal()
    kind: Mapped[str] = internal()
    source: Mapped[str] = internal()
    file_sha256: Mapped[str] = internal()
    rows: Mapped[int] = internal()
    added: Mapped[int] = internal()
    changed: Mapped[int] = internal()
    unchanged: Mapped[int] = internal()
    imported_at: Mapped[datetime] = internal()
    imported_by: Mapped[str] = internal()


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
    """Every state of an entry, from the import that brought it."""

    __tablename__ = "inspected_object_version"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = internal(primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = internal(primary_key=True)


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


class InspectionItem(Base):
    """A version of an inspection item 抽查事项; the highest version is in force."""

    __tablename__ = "inspection_item"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("category", ItemCategory),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = public(primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    name: Mapped[str] = public()
    category: Mapped[str] = public()
    sub_items: Mapped[list[dict[str, Any]]] = public(JSONB)
    legal_basis: Mapped[str] = public()
    checked_by: Mapped[str] = public()
    objects: Mapped[str] = public()
    ratio_text: Mapped[str] = public()
    frequency_text: Mapped[str] = public()
    methods: Mapped[list[str]] = public(ARRAY(Text))
    inspector_requirement: Mapped[str] = public()
    remark: Mapped[str] = public()
    import_id: Mapped[UUID] = internal()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()
