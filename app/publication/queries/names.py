"""Names of codes: what the public reads beside a code."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.plans.models import PlanLine
from app.registry import queries as registry
from app.registry.models import Department, Division, Industry, InspectionItem, ObjectKind
from app.results import queries as results
from app.tasks.models import InspectionTask

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
    """Names of departments, divisions and industries; a code without a name is its own name."""

    departments: dict[str, str]
    divisions: dict[str, str]
    industries: dict[str, str]
    saved_queries: dict[tuple[str | None, int | None], str]

    def department(self, code: str) -> dict[str, str]:
        return {"code": code, "name": self.departments.get(code, code)}

    def item(self, place: ItemPlace, name: str) -> dict[str, Any]:
        department, code = place
        return {"department": self.department(department), "code": code, "name": name}

    def items(self, named: Mapping[ItemPlace, str]) -> list[dict[str, Any]]:
        return [self.item(place, named[place]) for place in sorted(named)]

    def scope(self, line: PlanLine) -> str:
        """Whom a plan line is about, in words."""
        if line.query_code is not None:
            return self.saved_queries[line.query_code, line.query_version]
        regions = "、".join(self.divisions.get(code, code) for code in line.regions)
        industries = "、".join(self.industries.get(code, code) for code in line.industries)
        kinds = "、".join(KINDS[ObjectKind(kind)] for kind in line.kinds)
        return f"{regions}；行业：{industries or '不限'}；对象类型：{kinds or '不限'}"


async def read_names(
    session: AsyncSession, departments: Iterable[str], lines: Sequence[PlanLine] = ()
) -> Names:
    """The present names of these codes; the regions and industries are those of the lines."""
    regions = {code for line in lines for code in line.regions}
    industries = {code for line in lines for code in line.industries}
    divisions = await session.execute(
        select(Division.code, Division.full_name)
        .where(Division.code.in_(regions))
        .order_by(Division.valid_from)
    )
    return Names(
        departments=await _pairs(session, Department, departments),
        divisions=dict(divisions.all()),
        industries=await _pairs(session, Industry, industries),
        saved_queries=await _saved_queries(session, lines),
    )


async def name_items_of_line(session: AsyncSession, line: PlanLine) -> dict[ItemPlace, str]:
    """The items of a plan line by the names of the versions that it was checked against: those that
    were published when it was added. A version that is not public, or became so later, never
    shows."""
    places = [(item["department_code"], item["item_code"]) for item in line.items]
    query = registry.select_usable_items(
        places, line.window_start, line.window_end, as_of=line.created_at
    )
    return await _names_of(session, places, query)


async def name_items_of_task(
    session: AsyncSession, task: InspectionTask, places: Collection[ItemPlace]
) -> dict[ItemPlace, str]:
    """Items of a task by the names of the versions that bind it: those of its dispatch."""
    return await _names_of(session, places, results.select_items_of_task(task, places))


async def _names_of(
    session: AsyncSession, places: Collection[ItemPlace], query: Select[InspectionItem]
) -> dict[ItemPlace, str]:
    named = {(one.department_code, one.code): one.name for one in await session.scalars(query)}
    return {place: named.get(place, place[1]) for place in places}


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
