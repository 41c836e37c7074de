"""Making plans."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.service import check_department
from app.core import events
from app.core.caller import Caller
from app.plans import queries
from app.plans.errors import (
    ClassTwice,
    IndustryUnknown,
    ItemNotPublished,
    ItemUnknown,
    PlanEmpty,
    PlanNotDraft,
    PlanStepMissing,
    PlanStepTaken,
    RateAboveCap,
    RateAboveOne,
    RateMalformed,
    RateOrFixed,
    RegionUnknown,
    SamePerson,
    ScopeOrQuery,
    SharedTotalNeedsRegions,
    WindowReversed,
)
from app.plans.models import RANDOM_START, Plan, PlanLine, PlanStep
from app.plans.schemas import (
    ClassRate,
    InspectionItemRef,
    PlanCreate,
    PlanEvent,
    PlanLineCreate,
    PlanLineEvent,
    PlanStepEvent,
)
from app.plans.states import BEFORE, PlanState, order
from app.registry import queries as registry
from app.registry.errors import ItemNotFound
from app.registry.models import ItemCategory
from app.sampling.openlot1.design import parse_rate
from app.sampling.openlot1.errors import DrawError


async def create_plan(
    session: AsyncSession, body: PlanCreate, *, caller: Caller, now: datetime
) -> Plan:
    """Begin a plan; its code is department, year and number."""
    check_department(caller, body.department_code)
    await registry.get_department(session, body.department_code)
    await _one_at_a_time(session, body.department_code)
    number = await queries.next_plan_number(session, body.department_code, body.year)
    plan = Plan(
        code=f"{body.department_code}-{body.year}-{number:03d}",
        created_at=now,
        created_by=caller.key_id,
        **body.model_dump(),
    )
    session.add(plan)
    await session.flush()
    session.add(_step(plan, PlanState.DRAFT, None, caller=caller, now=now))
    events.record(
        session,
        kind="plan.created",
        subject=f"plan/{plan.code}",
        department=plan.department_code,
        payload=PlanEvent(plan_code=plan.code, year=plan.year, name=plan.name),
        caller=caller,
        at=now,
    )
    return plan


async def add_line(
    session: AsyncSession, plan_code: str, body: PlanLineCreate, *, caller: Caller, now: datetime
) -> PlanLine:
    """Add a line to a plan. Every region, industry and item must be known, every rate a rate."""
    plan = await queries.get_plan(session, plan_code)
    check_department(caller, plan.department_code)
    if await queries.get_state(session, plan_code) is not PlanState.DRAFT:
        raise PlanNotDraft
    if body.window_start > body.window_end:
        raise WindowReversed(pointer="/window_end")
    if body.rounding == RANDOM_START and not body.by_region:
        raise SharedTotalNeedsRegions(pointer="/by_region")
    _check_rates(body.class_rates)
    await _check_scope(session, plan.department_code, body)
    await _check_items(session, body)
    await _one_at_a_time(session, plan.department_code)
    number = await queries.next_line_number(session, plan.code)
    line = PlanLine(
        code=f"{plan.code}-{number:02d}",
        plan_code=plan.code,
        department_code=plan.department_code,
        created_at=now,
        created_by=caller.key_id,
        **body.model_dump(exclude={"items", "class_rates"}),
        items=[item.model_dump() for item in body.items],
        class_rates=[rate.model_dump(mode="json") for rate in body.class_rates],
    )
    session.add(line)
    await session.flush()
    events.record(
        session,
        kind="plan-line.added",
        subject=f"plan-line/{line.code}",
        department=line.department_code,
        payload=PlanLineEvent(line_code=line.code, plan_code=plan.code, line=body),
        caller=caller,
        at=now,
    )
    return line


async def take_step(
    session: AsyncSession, plan_code: str, state: PlanState, *, caller: Caller, now: datetime
) -> Plan:
    """Submit, approve or publish a plan, each once and in this order; who submitted cannot
    approve. A published plan is public from this moment (domain E15)."""
    plan = await queries.get_plan(session, plan_code)
    check_department(caller, plan.department_code)
    await _one_at_a_time(session, plan.department_code)
    last = (await queries.get_steps(session, plan))[-1]
    _check_turn(PlanState(last.state), state)
    if state is PlanState.SUBMITTED and await queries.next_line_number(session, plan_code) == 1:
        raise PlanEmpty
    if state is PlanState.APPROVED and caller.person == last.taken_person:
        raise SamePerson
    session.add(_step(plan, state, last, caller=caller, now=now))
    await session.flush()
    events.record(
        session,
        kind=f"plan.{state.value}",
        subject=f"plan/{plan.code}",
        department=plan.department_code,
        payload=PlanStepEvent(plan_code=plan.code, state=state),
        caller=caller,
        at=now,
    )
    return plan


def _check_turn(reached: PlanState, wanted: PlanState) -> None:
    if order(reached) >= order(wanted):
        raise PlanStepTaken(state=reached.value)
    if BEFORE[wanted] is not reached:
        raise PlanStepMissing(state=BEFORE[wanted].value)


def _step(
    plan: Plan, state: PlanState, last: PlanStep | None, *, caller: Caller, now: datetime
) -> PlanStep:
    return PlanStep(
        plan_code=plan.code,
        state=state.value,
        state_before=last.state if last else None,
        department_code=plan.department_code,
        taken_at=now,
        taken_by=caller.key_id,
        taken_person=caller.person,
        person_before=last.taken_person if last else None,
    )


def _check_rates(rates: Sequence[ClassRate]) -> None:
    seen: set[str] = set()
    for place, one in enumerate(rates):
        pointer = f"/class_rates/{place}/rate"
        if one.credit_class in seen:
            raise ClassTwice(pointer=pointer, credit_class=one.credit_class.value)
        seen.add(one.credit_class)
        if (one.rate is None) == (one.fixed is None):
            raise RateOrFixed(pointer=f"/class_rates/{place}")
        if one.rate is None:
            continue
        try:
            parse_rate(one.rate)
        except DrawError as error:
            above = error.code == "rate-above-one"
            raise (RateAboveOne if above else RateMalformed)(
                pointer=pointer, rate=one.rate
            ) from None


async def _check_scope(session: AsyncSession, department: str, body: PlanLineCreate) -> None:
    """Regions that are known, or a saved query of the department."""
    queried = body.query_code is not None and body.query_version is not None
    if bool(body.query_code) != bool(body.query_version) or queried == bool(body.regions):
        raise ScopeOrQuery(pointer="/query_code" if queried else "/regions")
    if queried and (body.industries or body.kinds):
        raise ScopeOrQuery(pointer="/industries" if body.industries else "/kinds")
    if body.query_code is not None:
        await registry.get_saved_query(session, department, body.query_code, body.query_version)
        return
    regions = await registry.get_region_codes(session)
    for place, region in enumerate(body.regions):
        if region not in regions:
            raise RegionUnknown(pointer=f"/regions/{place}", region=region)
    industries = await registry.get_industry_codes(session)
    for place, industry in enumerate(body.industries):
        if industry not in industries:
            raise IndustryUnknown(pointer=f"/industries/{place}", industry=industry)


async def _check_items(session: AsyncSession, body: PlanLineCreate) -> None:
    """Each item has a published version in force within the window (domain E16), and no rate is
    above what it allows: of a general item the cap holds in every class, a key item has none
    (domain E10; 国市监信〔2019〕38号)."""
    for place, ref in enumerate(body.items):
        department, code = ref.department_code, ref.item_code
        pointer = f"/items/{place}"
        try:
            await registry.get_item(session, department, code)
        except ItemNotFound:
            raise ItemUnknown(pointer=pointer, department=department, item=code) from None
        item = await registry.find_usable_item(
            session, department, code, body.window_start, body.window_end
        )
        if item is None:
            raise ItemNotPublished(pointer=pointer, department=department, item=code)
        most = item.caps.get("max_ratio")
        if item.category == ItemCategory.GENERAL and most is not None:
            _check_cap(body.class_rates, ref, most)


def _check_cap(rates: Sequence[ClassRate], ref: InspectionItemRef, most: str) -> None:
    for place, one in enumerate(rates):
        if one.rate is not None and Fraction(one.rate) > Fraction(most):
            raise RateAboveCap(
                pointer=f"/class_rates/{place}/rate",
                rate=one.rate,
                most=most,
                department=ref.department_code,
                item=ref.item_code,
            )


async def _one_at_a_time(session: AsyncSession, department: str) -> None:
    """Numbers have no gaps: who takes the next one waits for the one before."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:department, 2))"),
        {"department": department},
    )
