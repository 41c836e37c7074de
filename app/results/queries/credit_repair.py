"""Whether a firm may ask for credit repair 信用修复: every disposal of the department is closed, and
for each the least time of publicity is over, which the rule `credit-repair.publicity-days` sets by
the kind of disposal. It is counted from the approval of the findings, the first day on which they
can be public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from app.core.clock import day_in_china
from app.results.models import (
    CreditRepairNotice,
    Disposal,
    DisposalStep,
    ResultReview,
)
from app.results.schemas import CreditRepairRead, RepairStep
from app.results.states import CLOSED
from app.tasks.states import PartState


@dataclass(frozen=True, slots=True)
class Repair:
    """A disposal as far as credit repair asks: its state, and when its findings were approved."""

    disposal_id: UUID
    kind: str
    closed: bool
    approved_at: datetime | None

    @classmethod
    def from_json(cls, one: Mapping[str, Any]) -> "Repair":
        """From an object of a JSON answer of the database."""
        approved = one["approved_at"]
        moment = None if approved is None else datetime.fromisoformat(approved)
        return cls(UUID(one["id"]), one["kind"], one["closed"], moment)

    def public_until(self, days: Mapping[str, int]) -> date | None:
        if self.approved_at is None:
            return None
        return day_in_china(self.approved_at) + timedelta(days=days.get(self.kind, 0))


def repair_of(
    steps: Sequence[Repair],
    days: Mapping[str, int],
    today: date,
    noticed_at: datetime | None = None,
) -> CreditRepairRead:
    """What stands in the way of credit repair, if anything. `steps` are all disposals of one
    department about one object."""
    until = {one.disposal_id: one.public_until(days) for one in steps}
    running = any(day is None or today < day for day in until.values())
    reasons = {
        "no-disposal": not steps,
        "disposal-open": not all(one.closed for one in steps),
        "publicity-running": running,
    }
    missing = [reason for reason, holds in reasons.items() if holds]
    return CreditRepairRead(
        met=not missing,
        missing=missing,
        disposals=[describe_repair(one, until[one.disposal_id]) for one in steps],
        noticed_at=noticed_at,
    )


def describe_repair(one: Repair, until: date | None) -> RepairStep:
    return RepairStep(
        disposal_id=one.disposal_id, kind=one.kind, closed=one.closed, public_until=until
    )


def select_candidates(
    department: str, object_code: str | None = None
) -> Select[str, UUID, str, datetime, bool]:
    """Disposals, in the order in which they were opened, of the objects of a department whose
    disposals are all closed and whose firm was not told since the last one was opened: object,
    disposal, kind, moment of approval."""
    earlier, later = aliased(Disposal), aliased(Disposal)
    open_ones = select(earlier.object_code).where(
        earlier.department_code == department, _state(earlier) != CLOSED
    )
    told = (
        select(later.object_code)
        .join(CreditRepairNotice, CreditRepairNotice.disposal_id == later.id)
        .where(
            later.department_code == department,
            later.object_code == Disposal.object_code,
            later.opened_at >= Disposal.opened_at,
        )
    )
    query = select(
        Disposal.object_code,
        Disposal.id,
        Disposal.kind,
        _approved_at(),
        told.exists().label("told"),
    ).where(
        Disposal.department_code == department,
        Disposal.object_code.not_in(open_ones),
    )
    if object_code is not None:
        query = query.where(Disposal.object_code == object_code)
    return query.order_by(Disposal.object_code, Disposal.opened_at, Disposal.id)


def _state(disposal: Any) -> ColumnElement[str]:
    """Where a disposal stands; `open` before its first step."""
    newest = (
        select(DisposalStep.kind)
        .where(DisposalStep.disposal_id == disposal.id)
        .order_by(DisposalStep.number.desc())
        .limit(1)
        .correlate(disposal)
        .scalar_subquery()
    )
    return func.coalesce(newest, "open")


def _approved_at() -> ColumnElement[datetime]:
    approved = (
        select(func.max(ResultReview.reviewed_at))
        .where(
            and_(
                ResultReview.task_code == Disposal.task_code,
                ResultReview.object_code == Disposal.object_code,
                ResultReview.department_code == Disposal.department_code,
                ResultReview.decision == PartState.APPROVED.value,
            )
        )
        .correlate(Disposal)
        .scalar_subquery()
    )
    return approved.label("approved_at")
