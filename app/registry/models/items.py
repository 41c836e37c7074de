"""Inspection items 抽查事项."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from app.core.database import (
    INSERT_ONLY,
    Base,
    internal,
    of_department,
    public,
)
from app.registry.models.codes import one_of


class ItemCategory(StrEnum):
    """Categories of inspection items 事项类别 (domain D.2)."""

    GENERAL = "general"
    KEY = "key"


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
