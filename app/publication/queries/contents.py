"""What a publication says, composed of public columns at the moment of publishing. Every function
needs to see the rows of all departments that take part."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.schema import rfc3339
from app.draws import queries as draws
from app.plans import queries as plans
from app.plans.models import Plan, PlanLine
from app.plans.schemas import PlanLineRead
from app.publication.queries.names import (
    ItemPlace,
    Names,
    name_items_of_line,
    name_items_of_task,
    read_names,
)
from app.results.models import Disposal, ResultEntry, ResultReview
from app.results.states import PROBLEM_VALUES
from app.sampling.openlot1 import canonical
from app.tasks.models import DepartmentTask, InspectionClosing, InspectionPart, InspectionTask
from app.tasks.states import VALUE_TEXTS

DISPOSALS = {
    "order_rectify": "责令改正",
    "handover_daily": "交日常监管部门处理",
    "case_lead": "移送办案机构",
    "copy_department": "抄告相关部门",
    "penalty": "行政处罚",
    "criminal": "移送司法机关",
    "anomaly_list": "列入经营异常名录",
}


async def plan_content(session: AsyncSession, plan: Plan) -> dict[str, Any]:
    """A plan with its lines. `line` is what the commitment of a draw binds by `plan.sha256`."""
    lines = list(await session.scalars(plans.select_lines(plan.code).order_by("code")))
    items = [await name_items_of_line(session, line) for line in lines]
    departments = {department for named in items for department, _ in named}
    names = await read_names(session, {plan.department_code, *departments}, lines)
    return {
        "code": plan.code,
        "name": plan.name,
        "year": plan.year,
        "department": names.department(plan.department_code),
        "lines": [_line(line, named, names) for line, named in zip(lines, items, strict=True)],
    }


def _line(line: PlanLine, items: Mapping[ItemPlace, str], names: Names) -> dict[str, Any]:
    shown = PlanLineRead.model_validate(line).model_dump(mode="json")
    return {
        "line": shown,
        "sha256": sha256(canonical.dumps(shown)).hexdigest(),
        "items": names.items(items),
        "scope": names.scope(line),
    }


async def task_content(session: AsyncSession, task: InspectionTask) -> dict[str, Any]:
    """A task as it was dispatched: never whom it visits, and never who does."""
    line = await plans.get_line(session, task.plan_line_code)
    parts = await session.scalars(
        select(DepartmentTask).where(DepartmentTask.task_code == task.code)
    )
    places = [(part.department_code, code) for part in parts for code in part.item_codes]
    departments = {department for department, _ in places}
    names = await read_names(session, {task.department_code, *departments}, [line])
    partners = departments - {task.department_code}
    return {
        **_named(task),
        "department": names.department(task.department_code),
        "partners": [names.department(code) for code in sorted(partners)],
        "items": names.items(await name_items_of_task(session, task, places)),
        "plan_code": line.plan_code,
        "plan_line_code": line.code,
        "scope": names.scope(line),
        "window_start": task.window_start.isoformat(),
        "window_end": task.window_end.isoformat(),
        "object_count": task.object_count,
        "target_draw_id": task.target_draw_id,
        "inspector_draw_id": task.inspector_draw_id,
        "dispatched_at": rfc3339(task.dispatched_at),
    }


def _named(task: InspectionTask) -> dict[str, Any]:
    return {"code": task.code, "national_key": task.national_key, "name": task.name}


async def drawn_list_content(session: AsyncSession, task: InspectionTask) -> dict[str, Any]:
    """The drawn objects by code, so that no stratum shows, and the officers by staff number."""
    objects = await session.execute(
        select(InspectionPart.object_code, InspectionPart.object_name)
        .where(InspectionPart.task_code == task.code)
        .distinct()
    )
    officers: dict[str, set[str]] = {}
    for seat in await draws.get_seats(session, task.inspector_draw_id):
        officers.setdefault(seat.department_code, set()).add(seat.staff_no)
    names = await read_names(session, [task.department_code, *officers])
    listed = dict(objects.all())
    return {
        "task": _named(task),
        "department": names.department(task.department_code),
        "objects": [{"code": code, "name": name} for code, name in sorted(listed.items())],
        "officers": [
            {"department": names.department(code), "staff_numbers": sorted(staff)}
            for code, staff in sorted(officers.items())
        ],
    }


async def find_object_name(
    session: AsyncSession, task: InspectionTask, object_code: str
) -> str | None:
    """The name under which an object was drawn for a task."""
    return await session.scalar(
        select(InspectionPart.object_name)
        .where(InspectionPart.task_code == task.code, InspectionPart.object_code == object_code)
        .limit(1)
    )


async def result_content(
    session: AsyncSession, task: InspectionTask, closing: InspectionClosing, object_name: str
) -> dict[str, Any]:
    """The result of one object: values of all items, and a text only where there is a problem."""
    entries = list(await _approved_entries(session, closing))
    places = [
        (entry.department_code, found["item_code"]) for entry in entries for found in entry.findings
    ]
    named = await name_items_of_task(session, task, places)
    departments = {entry.department_code for entry in entries}
    names = await read_names(session, {task.department_code, *departments})
    items = [
        _finding(names.item(place, named[place]), found)
        for entry in entries
        for found in sorted(entry.findings, key=lambda one: str(one["item_code"]))
        for place in [(entry.department_code, found["item_code"])]
    ]
    return {
        "task": _named(task),
        "department": names.department(task.department_code),
        "object": {"code": closing.object_code, "name": object_name},
        "inspected_on": closing.inspected_on.isoformat(),
        "value": closing.value,
        "value_text": VALUE_TEXTS[closing.value],
        "items": items,
        "disposals": await _disposals(session, closing, names),
    }


async def _approved_entries(session: AsyncSession, closing: InspectionClosing) -> list[ResultEntry]:
    place = and_(
        ResultReview.task_code == ResultEntry.task_code,
        ResultReview.object_code == ResultEntry.object_code,
        ResultReview.department_code == ResultEntry.department_code,
        ResultReview.version == ResultEntry.version,
    )
    found = await session.scalars(
        select(ResultEntry)
        .join(ResultReview, place)
        .where(
            ResultEntry.task_code == closing.task_code,
            ResultEntry.object_code == closing.object_code,
            ResultReview.decision == "approved",
        )
        .order_by(ResultEntry.department_code)
    )
    return list(found)


def _finding(item: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Neither the parts of the item nor the lines of its checklist, nor what was noted there."""
    value = int(found["value"])
    return item | {
        "value": value,
        "value_text": VALUE_TEXTS[value],
        "problem": (found.get("problem") or "") if value in PROBLEM_VALUES else "",
    }


async def _disposals(
    session: AsyncSession, closing: InspectionClosing, names: Names
) -> list[dict[str, Any]]:
    """What follows, by kind: neither the notes nor the days."""
    found = await session.execute(
        select(Disposal.department_code, Disposal.item_code, Disposal.kind)
        .where(Disposal.task_code == closing.task_code, Disposal.object_code == closing.object_code)
        .distinct()
    )
    return [
        {
            "department": names.department(department),
            "item_code": item,
            "kind": kind,
            "kind_text": DISPOSALS[kind],
        }
        for department, item, kind in sorted(tuple(row) for row in found)
    ]
