"""Rules over HTTP: law as dated rows 法定规则."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, status

from app.core.caller import Caller, Permission, requires
from app.core.clock import Now
from app.core.database import Session
from app.core.idempotency import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Idempotent,
    IdempotentRoute,
)
from app.core.problems import problems
from app.core.workdays import add_workdays
from app.rules import queries, service
from app.rules.errors import RuleBelowLaw, RuleShape, RuleUnknown, RuleValueUnknown
from app.rules.models import Rule
from app.rules.schemas import (
    CalendarImport,
    CalendarRead,
    DeadlineRead,
    RuleList,
    RuleRead,
    RuleWrite,
)

router = APIRouter(prefix="/v1/rules", tags=["rules"], route_class=IdempotentRoute)


@router.get(
    "",
    operation_id="listRules",
    summary="Rules in force 现行规则",
    description="Public. The rules in force on a day, today if none is given, with their sources.",
)
async def list_rules(
    session: Session, now: Now, on: Annotated[date | None, Query()] = None
) -> RuleList:
    found = await session.scalars(queries.select_rules(on or now.date()))
    return RuleList(items=[RuleRead.model_validate(rule) for rule in found], next=None)


@router.post(
    "",
    operation_id="recordRule",
    summary="Record a text of a rule 录入规则",
    description="In force from a day on; former texts stay for the days before it.",
    status_code=status.HTTP_201_CREATED,
    response_model=RuleRead,
    responses=problems(
        RuleUnknown,
        RuleShape,
        RuleValueUnknown,
        RuleBelowLaw,
        IdempotencyKeyMissing,
        IdempotencyKeyReused,
    ),
)
async def record_rule(
    body: RuleWrite,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RULES_WRITE)],
    _once: Idempotent,
) -> Rule:
    return await service.record_rule(session, body, caller=caller, now=now)


@router.post(
    "/calendar-imports",
    operation_id="importCalendar",
    summary="Import a year's holidays 导入节假日安排",
    description="The State Council's yearly notice: holidays and make-up working days.",
    status_code=status.HTTP_201_CREATED,
    responses=problems(IdempotencyKeyMissing, IdempotencyKeyReused),
)
async def import_calendar(
    body: CalendarImport,
    session: Session,
    now: Now,
    caller: Annotated[Caller, requires(Permission.RULES_WRITE)],
    _once: Idempotent,
) -> CalendarRead:
    return await service.import_calendar(session, body, caller=caller, now=now)


@router.get(
    "/deadline",
    operation_id="computeDeadline",
    summary="Count working days 计算工作日期限",
    description="Public. The day so many working days after a day, which itself does not count.",
)
async def compute_deadline(
    session: Session,
    start: Annotated[date, Query(examples=["2026-09-21"])],
    working_days: Annotated[int, Query(ge=1, le=250, examples=[20])],
) -> DeadlineRead:
    due = add_workdays(await queries.get_calendar(session), start, working_days)
    return DeadlineRead(
        start=start, working_days=working_days, due_on=due.on, provisional=due.provisional
    )
