"""Annual plans 年度抽查工作计划 and their lines. Rows are only added: a change is a new line."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public


class Plan(Base):
    """The plan of a department for a year."""

    __tablename__ = "plan"
    __table_args__ = ({"info": of_department(INSERT_ONLY)},)

    code: Mapped[str] = public(primary_key=True)
    department_code: Mapped[str] = public(ForeignKey("openlot.department.code"))
    year: Mapped[int] = public()
    name: Mapped[str] = public()
    created_at: Mapped[datetime] = public()
    created_by: Mapped[str] = internal()


class PlanLine(Base):
    """A plan line: whom to inspect for what, at which rates, in which window.

    `class_rates` is a list of {"credit_class", "rate"}, rates as text (draw-spec 6)."""

    __tablename__ = "plan_line"
    __table_args__ = (
        CheckConstraint("window_start <= window_end", name="window"),
        {"info": of_department(INSERT_ONLY)},
    )

    code: Mapped[str] = public(primary_key=True)
    plan_code: Mapped[str] = public(ForeignKey("openlot.plan.code"))
    department_code: Mapped[str] = public()
    name: Mapped[str] = public()
    items: Mapped[list[dict[str, str]]] = public(JSONB)
    regions: Mapped[list[str]] = public(ARRAY(Text))
    industries: Mapped[list[str]] = public(ARRAY(Text))
    kinds: Mapped[list[str]] = public(ARRAY(Text))
    class_rates: Mapped[list[dict[str, Any]]] = public(JSONB)
    rounding: Mapped[str] = public()
    by_region: Mapped[bool] = public()
    reserves: Mapped[int] = public()
    window_start: Mapped[date] = public()
    window_end: Mapped[date] = public()
    created_at: Mapped[datetime] = public()
    created_by: Mapped[str] = internal()
