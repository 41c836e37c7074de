"""Reading what was published, and composing what is."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.plans import queries as plans
from app.plans.models import Plan
from app.plans.schemas import PlanLineRead
from app.publication.models import Publication


def select_publications() -> Select[Publication]:
    return select(Publication)


async def find_latest(session: AsyncSession, kind: str, subject: str) -> Publication | None:
    """The version in force of a publication, if there is one."""
    return await session.scalar(
        select(Publication)
        .where(Publication.kind == kind, Publication.subject == subject)
        .order_by(Publication.version.desc())
        .limit(1)
    )


async def plan_content(session: AsyncSession, plan: Plan) -> dict[str, Any]:
    """A plan with its lines, as the public sees it."""
    query = plans.select_lines(plan.code).order_by("code")
    lines = [PlanLineRead.model_validate(line) for line in await session.scalars(query)]
    return {
        "code": plan.code,
        "name": plan.name,
        "year": plan.year,
        "department_code": plan.department_code,
        "lines": [line.model_dump(mode="json", exclude={"created_at"}) for line in lines],
    }
