"""Reading plans."""

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.plans.errors import PlanLineNotFound, PlanNotFound
from app.plans.models import Plan, PlanLine, PlanStep
from app.plans.states import PlanState, order


def select_plans() -> Select[Plan]:
    return select(Plan)


def select_lines(plan_code: str) -> Select[PlanLine]:
    return select(PlanLine).where(PlanLine.plan_code == plan_code)


async def get_plan(session: AsyncSession, code: str) -> Plan:
    found = await session.get(Plan, code)
    if found is None:
        raise PlanNotFound(plan=code)
    return found


async def get_line(session: AsyncSession, code: str) -> PlanLine:
    found = await session.get(PlanLine, code)
    if found is None:
        raise PlanLineNotFound(line=code)
    return found


async def next_plan_number(session: AsyncSession, department: str, year: int) -> int:
    query = select(func.count()).where(Plan.department_code == department, Plan.year == year)
    return (await session.scalar(query) or 0) + 1


async def next_line_number(session: AsyncSession, plan_code: str) -> int:
    query = select(func.count()).where(PlanLine.plan_code == plan_code)
    return (await session.scalar(query) or 0) + 1


async def get_steps(session: AsyncSession, plan: Plan) -> list[PlanStep]:
    """The steps taken, in order."""
    found = await session.scalars(select(PlanStep).where(PlanStep.plan_code == plan.code))
    return sorted(found, key=lambda step: order(PlanState(step.state)))


async def get_state(session: AsyncSession, plan_code: str) -> PlanState:
    plan = await get_plan(session, plan_code)
    return PlanState((await get_steps(session, plan))[-1].state)
