"""The chapters of the demo that inspect: task, replacement, findings, review, disposal."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.demo.draw import Drawn, draw_substitute, head_of, lead_of
from app.demo.people import OFFICER, REVIEWER, People
from app.demo.registry import Scope
from app.demo.story import Story

NO_PROBLEM, ORDERED_TO_RECTIFY, NO_SUCH_BUSINESS = 1, 5, 7


@dataclass(frozen=True, slots=True)
class DispatchedTask:
    """A dispatched inspection task; its address and its objects."""

    key: str
    line: str
    objects: list[str]

    @property
    def address(self) -> str:
        return f"/v1/inspection-tasks/{self.key}"


Seats = dict[tuple[str, str], list[str]]
"""(object, department) -> staff numbers of who holds its seats."""


def dispatch(
    people: People, scope: Scope, line: str, objects: list[str], story: Story
) -> DispatchedTask:
    """Dispatch the inspection task; each department sees its part."""
    story.chapter("下达抽查任务", "The inspection task")
    lead = lead_of(people, scope)
    made = lead.post("/v1/inspection-tasks", {"plan_line_code": line, "round": 1})
    task = DispatchedTask(str(made["national_key"]), line, objects)
    lead.post("/v1/publications", {"kind": "task", "subject": task.key})
    early = lead.refused(
        "publication-too-early",
        "/v1/publications",
        {"kind": "drawn-list", "subject": task.key},
    )
    story.tell(
        f"{made['code']}（国家编号 {task.key}），检查对象 {len(objects)} 户，任务已公示",
        f"{made['code']} (national key {task.key}), {len(objects)} objects; the task is published",
    )
    story.tell(
        f"抽中名单未到公示时间，公示被拒绝：{early}",
        f"the drawn list may not be published yet: {early}",
    )
    return task


def replace_one(
    people: People, scope: Scope, task: DispatchedTask, officers: Drawn, story: Story
) -> None:
    """One officer falls ill: requested by one person, approved by another, drawn."""
    story.chapter(
        "一名人员因病更换：替补仍由抽取产生", "An officer falls ill; the substitute is drawn"
    )
    lead, head = lead_of(people, scope), head_of(people, scope)
    seat = lead.all(f"/v1/draws/{officers.draw_id}/seats")[0]
    body = {
        "object_code": seat["object_code"],
        "department_code": seat["department_code"],
        "seat": seat["seat"],
        "staff_no": seat["staff_no"],
        "reason": "illness",
        "evidence": "病假证明（演示）",
    }
    request = lead.post(f"{task.address}/replacements", body)
    approved = head.post(f"/v1/replacements/{request['id']}/approval")
    draw_substitute(people, scope, approved["draw_id"], story)
    now = lead.all(f"/v1/draws/{officers.draw_id}/seats")[0]
    story.tell(
        f"{seat['staff_no']} 由 {now['staff_no']} 替补（一人申请、另一人批准、重新抽取）",
        f"{seat['staff_no']} is replaced by {now['staff_no']}: requested, approved by another, drawn",
    )


def inspect_all(
    people: People, scope: Scope, task: DispatchedTask, officers: Drawn, story: Story
) -> None:
    """Findings by drawn officers, signed by a second one, reviewed by another person."""
    story.chapter("检查、录入、审核", "Inspection, findings, review")
    seats = _seats(people, scope, officers)
    items = dict(scope.items)
    _refusals(people, scope, task, seats, story)
    for n, code in enumerate(task.objects):
        for department in scope.departments:
            problem = n == 0 and department == scope.departments[0]
            value = ORDERED_TO_RECTIFY if problem else NO_PROBLEM
            finding = _finding(items[department], value)
            version = _enter(people, task, code, department, finding, seats)
            if n == 1:
                _review(people, task, code, department, version, "returned")
                version = _enter(people, task, code, department, finding, seats)
            if problem:
                _rectify(people, task, code, department, items[department], story)
            _review(people, task, code, department, version, "approved")
        story.progress(n + 1, len(task.objects))
    story.tell(
        f"{len(task.objects)} 户全部完成：两人录入并签名，第三人审核；1 户退回一次后重新录入",
        f"all {len(task.objects)} objects done: entered and signed by two officers, reviewed by a "
        "third person; one was returned once and entered again",
    )


def _seats(people: People, scope: Scope, officers: Drawn) -> Seats:
    seats: Seats = defaultdict(list)
    for seat in lead_of(people, scope).all(f"/v1/draws/{officers.draw_id}/seats"):
        seats[seat["object_code"], seat["department_code"]].append(seat["staff_no"])
    return seats


def _finding(item: str, value: int) -> dict[str, Any]:
    problem = "营业执照未悬挂在醒目位置" if value == ORDERED_TO_RECTIFY else ""
    return {"item_code": item, "value": value, "problem": problem}


def _address(task: DispatchedTask, code: str) -> str:
    return f"{task.address}/inspections/{code}/findings"


def _body(department: str, finding: dict[str, Any]) -> dict[str, Any]:
    return {
        "department_code": department,
        "method": "on_site",
        "inspected_on": date.today().isoformat(),  # noqa: DTZ011 -- the demo's own day
        "findings": [finding],
    }


def _enter(
    people: People,
    task: DispatchedTask,
    code: str,
    department: str,
    finding: dict[str, Any],
    seats: Seats,
) -> int:
    """One drawn officer enters, the other signs; the version."""
    first, second = seats[code, department][:2]
    address = _address(task, code)
    entered = people.one(first, department, OFFICER).post(address, _body(department, finding))
    version = int(entered["version"])
    signature = {"department_code": department}
    people.one(second, department, OFFICER).post(f"{address}/{version}/signatures", signature)
    return version


def _review(
    people: People, task: DispatchedTask, code: str, department: str, version: int, decision: str
) -> None:
    reviewer = people.one(f"reviewer-{department}", department, REVIEWER)
    body = {
        "department_code": department,
        "decision": decision,
        "opinion": "请补充检查情况说明" if decision == "returned" else "",
    }
    reviewer.post(f"{_address(task, code)}/{version}/review", body)


def _rectify(
    people: People, task: DispatchedTask, code: str, department: str, item: str, story: Story
) -> None:
    """A problem and what follows: an order to rectify, the re-check, the end."""
    reviewer = people.one(f"reviewer-{department}", department, REVIEWER)
    body = {
        "task_key": task.key,
        "object_code": code,
        "department_code": department,
        "item_code": item,
        "kind": "order_rectify",
        "note": "责令限期改正",
        "due_on": (date.today() + timedelta(days=15)).isoformat(),  # noqa: DTZ011 -- as above
    }
    made = reviewer.post("/v1/disposals", body)
    for kind in ("rectified", "recheck_passed", "closed"):
        reviewer.post(f"/v1/disposals/{made['id']}/steps", {"kind": kind, "note": "演示"})
    story.tell(
        f"{code} 发现问题：责令改正、复查通过、办结",
        f"{code} has a problem: ordered to rectify, re-check passed, closed",
    )


def _refusals(
    people: People, scope: Scope, task: DispatchedTask, seats: Seats, story: Story
) -> None:
    """What must not work, shown on the first object."""
    code, department = task.objects[0], scope.departments[0]
    item = dict(scope.items)[department]
    drawn = seats[code, department]
    outsider = next(
        staff
        for staff in sorted({s for (_, d), all_ in seats.items() if d == department for s in all_})
        if staff not in drawn
    )
    body = _body(department, _finding(item, NO_PROBLEM))
    address = _address(task, code)
    stranger = people.one(outsider, department, OFFICER).refused("not-drawn", address, body)
    foreign = _body(department, _finding("NOT-IN-TASK", NO_PROBLEM))
    outside = people.one(drawn[0], department, OFFICER).refused(
        "item-outside-task", address, foreign
    )
    story.tell(
        f"未被抽中的人员录入被拒绝：{stranger}；任务外的事项被拒绝：{outside}",
        f"findings by someone not drawn: {stranger}; for an item outside the task: {outside}",
    )
