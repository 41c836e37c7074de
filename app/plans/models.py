"""Annual plans 年度抽查工作计划 and their lines. Rows are only added: a change is a new line."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from app.core.database import INSERT_ONLY, Base, internal, of_department, public
from app.plans.states import BEFORE

_PAIRS = " OR ".join(
    f"(state = '{state}' AND state_before = '{before}')" for state, before in BEFORE.items()
)

RANDOM_START = "random-start"
"""The rounding by which strata share a total (draw-spec 6, cells); every other one is of a stratum."""


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


class PlanStep(Base):
    """A step of a plan. The person of the step before stands beside it, so that the database
    itself refuses an approval by who submitted."""

    __tablename__ = "plan_step"
    __table_args__ = (
        UniqueConstraint("plan_code", "state", "taken_person"),
        ForeignKeyConstraint(
            ["plan_code", "state_before", "person_before"],
            [
                "openlot.plan_step.plan_code",
                "openlot.plan_step.state",
                "openlot.plan_step.taken_person",
            ],
        ),
        CheckConstraint(
            # NULL in a comparison would pass a CHECK.
            "COALESCE((state = 'draft' AND state_before IS NULL AND person_before IS NULL)"
            f" OR {_PAIRS}, false)",
            name="order",
        ),
        CheckConstraint("state_before IS NULL OR person_before IS NOT NULL", name="person_before"),
        CheckConstraint("state <> 'approved' OR taken_person <> person_before", name="two_persons"),
        {"info": of_department(INSERT_ONLY)},
    )

    plan_code: Mapped[str] = public(ForeignKey("openlot.plan.code"), primary_key=True)
    state: Mapped[str] = public(primary_key=True)
    state_before: Mapped[str | None] = internal()
    department_code: Mapped[str] = public()
    taken_at: Mapped[datetime] = public()
    taken_by: Mapped[str] = internal()
    taken_person: Mapped[str] = internal()
    person_before: Mapped[str | None] = internal()


class PlanLine(Base):
    """A plan line: whom to inspect for what, at which rates, in which window.

    `class_rates` is a list of {"credit_class", "rate", "fixed"}: a rate as text, or a number of
    objects (draw-spec 6)."""

    __tablename__ = "plan_line"
    __table_args__ = (
        CheckConstraint("window_start <= window_end", name="window"),
        CheckConstraint("(query_code IS NULL) = (query_version IS NULL)", name="query"),
        ForeignKeyConstraint(
            ["department_code", "query_code", "query_version"],
            [
                "openlot.saved_query.department_code",
                "openlot.saved_query.code",
                "openlot.saved_query.version",
            ],
        ),
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
    query_code: Mapped[str | None] = public()
    query_version: Mapped[int | None] = public()
    """The saved query that says whom, in place of regions, industries and kinds."""
    class_rates: Mapped[list[dict[str, Any]]] = public(JSONB)
    rounding: Mapped[str] = public()
    by_region: Mapped[bool] = public()
    min_per_stratum: Mapped[int] = public(server_default="0")
    reserves: Mapped[int] = public()
    window_start: Mapped[date] = public()
    window_end: Mapped[date] = public()
    created_at: Mapped[datetime] = public()
    created_by: Mapped[str] = internal()
