"""Saved queries 检索方案: what plans and draws refer to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public


class SavedQuery(Base):
    """A version of a saved query: filters of the directory of objects in their canonical form. A
    change is the next version; what refers to a version keeps its filters."""

    __tablename__ = "saved_query"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    department_code: Mapped[str] = public(ForeignKey("openlot.department.code"), primary_key=True)
    code: Mapped[str] = public(primary_key=True)
    version: Mapped[int] = public(primary_key=True)
    name: Mapped[str] = public()
    filters: Mapped[dict[str, Any]] = public(JSONB)
    created_at: Mapped[datetime] = public()
    created_by: Mapped[str] = internal()
