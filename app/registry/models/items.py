"""Inspection items 抽查事项, their versions and their publication."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, relationship

from app.core.database import (
    INSERT_ONLY,
    Base,
    internal,
    of_department,
    public,
)
from app.registry.models.codes import one_of


class ItemCategory(StrEnum):
    """Categories of inspection items 事项类别 (domain D.2): of a general one ratio and frequency
    are capped, of a key one they are not."""

    GENERAL = "general"
    KEY = "key"


class InspectionMethod(StrEnum):
    """Ways to inspect 检查方式 (domain D.3): 现场检查, 书面检查, 检验检测, 利用其他部门结果, 委托专业机构,
    网络监测, 远程监管, 移动监管, 预警防控. The first six are of the item lists in use, the last three
    are off-site supervision."""

    ON_SITE = "on_site"
    WRITTEN = "written"
    TESTING = "testing"
    OTHER_RESULTS = "other_results"
    ENTRUSTED = "entrusted"
    NETWORK = "network"
    REMOTE = "remote"
    MOBILE = "mobile"
    WARNING = "warning"


class DutyKind(StrEnum):
    """Where a department's duty stands: 三定规定 (functions, structure, posts) or 权责清单."""

    FUNCTIONS = "functions"
    DUTY_LIST = "duty-list"


class InspectionItem(Base):
    """A version of an inspection item 抽查事项. Of the versions whose validity holds a day, the
    highest is in force on it; no beginning means from ever, no end means until further notice."""

    __tablename__ = "inspection_item"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["openlot.registry_import.id"]),
        one_of("category", ItemCategory),
        CheckConstraint("COALESCE(valid_from <= valid_to, true)", name="validity"),
        CheckConstraint("(standard_department IS NULL) = (standard_code IS NULL)", name="standard"),
        Index(None, "standard_department", "standard_code"),
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
    basis: Mapped[list[dict[str, Any]]] = public(JSONB, server_default="[]")
    duties: Mapped[list[dict[str, Any]]] = public(JSONB, server_default="[]")
    object_kinds: Mapped[list[str]] = public(ARRAY(Text), server_default="{}")
    caps: Mapped[dict[str, str | None]] = public(JSONB, server_default="{}")
    method_codes: Mapped[list[str]] = public(ARRAY(Text), server_default="{}")
    qualifications: Mapped[list[str]] = public(ARRAY(Text), server_default="{}")
    valid_from: Mapped[date | None] = public()
    valid_to: Mapped[date | None] = public()
    standard_department: Mapped[str | None] = public()
    standard_code: Mapped[str | None] = public()
    import_id: Mapped[UUID] = internal()
    recorded_at: Mapped[datetime] = public()
    recorded_by: Mapped[str] = internal()

    publication: Mapped["InspectionItemPublication | None"] = relationship(
        lazy="raise", viewonly=True
    )

    @property
    def standard_of(self) -> dict[str, str] | None:
        """The item whose checklist this one shares 标准互通."""
        if self.standard_department is None or self.standard_code is None:
            return None
        return {"department_code": self.standard_department, "item_code": self.standard_code}

    @property
    def published_at(self) -> datetime | None:
        return self.publication.published_at if self.publication else None

    @property
    def published_by(self) -> str | None:
        return self.publication.published_by if self.publication else None


class InspectionItemPublication(Base):
    """That a version was made public, by whom and when: from then on plans may use it (domain
    E16; 国办发〔2015〕58号: the list is published)."""

    __tablename__ = "inspection_item_publication"
    __table_args__ = (
        ForeignKeyConstraint(
            ["department_code", "code", "version"],
            [
                "openlot.inspection_item.department_code",
                "openlot.inspection_item.code",
                "openlot.inspection_item.version",
            ],
        ),
        {"info": of_department(INSERT_ONLY)},
    )

    department_code: Mapped[str] = public(primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    published_at: Mapped[datetime] = public()
    published_by: Mapped[str] = internal()
