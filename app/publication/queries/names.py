"""Names of codes: what the public reads beside a code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import Department, Division, Industry, ObjectKind

KINDS = {
    ObjectKind.ENTERPRISE: "企业",
    ObjectKind.INDIVIDUAL: "个体工商户",
    ObjectKind.COOPERATIVE: "农民专业合作社",
    ObjectKind.FOREIGN_OFFICE: "外国企业常驻代表机构",
    ObjectKind.OTHER: "其他",
    ObjectKind.PRODUCT: "产品",
    ObjectKind.PROJECT: "项目",
    ObjectKind.BEHAVIOUR: "行为",
    ObjectKind.PERSON: "自然人",
}

ItemPlace = tuple[str, str]
"""Department and code of an inspection item."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of departments, divisions, industries and inspection items; a code without a name is
    its own name."""

    departments: dict[str, str]
    divisions: dict[str, str]
    industries: dict[str, str]
    items: dict[ItemPlace, str]
    saved_queries: dict[tuple[str | None, int | None], str]

    def department(self, code: str) -> dict[str, str]:
        return {"code": code, "name": self.departments.get(code, code)}

    def item(self, department: str, code: str) -> dict[str, Any]:
        name = self.items.get((department, code), code)
        return {"department": self.department(department), "code": code, "name": name}

    def items_of(self, places: Iterable[ItemPlace]) -> list[dict[str, Any]]:
        return [self.item(*place) for place in sorted(set(places))]

    def scope(self, line: PlanLine) -> str:
        """Whom a plan line is about, in words."""
        if line.query_code is not None:
            return self.saved_queries[line.query_code, line.query_version]
        regions = "、".join(self.divisions.get(code, code) for code in line.regions)
        industries = "、".join(self.industries.get(code, code) for code in line.industries)
        kinds = "、".join(KINDS[ObjectKind(kind)] for kind in line.kinds)
        return f"{regions}；行业：{industries or '不限'}；对象类型：{kinds or '不限'}"


async def read_names(
    session: AsyncSession,
    departments: Iterable[str],
    items: Iterable[ItemPlace] = (),
    lines: Sequence[PlanLine] = (),
) -> Names:
    """The present names of these codes; the regions and industries are those of the lines."""
    places = set(items)
    regions = {code for line in lines for code in line.regions}
    industries = {code for line in lines for code in line.industries}
    concerned = set(departments) | {department for department, _ in places}
    divisions = await session.execute(
        select(Division.code, Division.full_name)
        .where(Division.code.in_(regions))
        .order_by(Division.valid_from)
    )
    listed = registry.select_items().subquery()
    named = await session.execute(
        select(listed.c.department_code, listed.c.code, listed.c.name).where(
            listed.c.department_code.in_({department for department, _ in places})
        )
    )
    return Names(
        departments=await _pairs(session, Department, concerned),
        divisions=dict(divisions.all()),
        industries=await _pairs(session, Industry, industries),
        items={(department, code): name for department, code, name in named},
        saved_queries=await _saved_queries(session, lines),
    )


async def _saved_queries(
    session: AsyncSession, lines: Sequence[PlanLine]
) -> dict[tuple[str | None, int | None], str]:
    """The words of the saved queries that lines name; the lines are of one department."""
    asked = [line for line in lines if line.query_code is not None]
    saved = [
        await registry.get_saved_query(
            session, line.department_code, str(line.query_code), line.query_version
        )
        for line in asked
    ]
    if not saved:
        return {}
    shown = await registry.describe_saved_queries(session, saved[0].department_code, saved)
    return {(one.code, one.version): one.words_zh for one in shown}


async def _pairs(
    session: AsyncSession, table: type[Department | Industry], codes: Iterable[str]
) -> dict[str, str]:
    found = await session.execute(select(table.code, table.name).where(table.code.in_(set(codes))))
    return dict(found.all())
