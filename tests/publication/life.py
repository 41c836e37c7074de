"""An inspection task from its plan to its last visit, each step through the HTTP API."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from app.core.clock import CHINA, day_in_china
from app.demo.calendar import notice
from tests.factories import DEPARTMENT, Given, Key

TODAY = day_in_china(datetime.now(UTC))
START, END = TODAY - timedelta(days=20), TODAY + timedelta(days=10)
PROBLEM = "货架上两种商品已过保质期"


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), CHINA)


def midnight_after(day: date) -> datetime:
    """The first instant after a day."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


@dataclass
class Visited:
    """A dispatched task of two departments. `key` may do everything; officers have their own."""

    given: Given
    key: Key
    line: str
    national_key: str
    objects: list[str]
    parts: list[dict[str, Any]] = field(default_factory=list)
    inspected_on: date = TODAY

    @property
    def address(self) -> str:
        return f"/v1/inspection-tasks/{self.national_key}"

    @property
    def plan(self) -> str:
        return self.line.rpartition("-")[0]

    @property
    def target_draw(self) -> str:
        return f"{self.line}-T1"

    @property
    def inspector_draw(self) -> str:
        return f"{self.line}-I1"

    @property
    def staff(self) -> set[str]:
        return {number for part in self.parts for number in part["officers"]}

    async def publish(
        self, kind: str, subject: str | None = None, key: Key | None = None
    ) -> httpx.Response:
        """Whatever comes of it."""
        body = {"kind": kind, "subject": subject or self.national_key}
        return await self.given.http.post("/v1/publications", auth=key or self.key, json=body)

    async def visit(
        self,
        code: str,
        value: int = 1,
        problem: str = "",
        sub_items: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Every department finds this at an object; it is signed and approved. `sub_items` are
        answered by the first department."""
        for part in self.parts:
            if part["object_code"] == code:
                answered = sub_items if part["department_code"] == DEPARTMENT else ()
                await self._visit_part(part, value, problem, answered)

    async def _visit_part(
        self, part: dict[str, Any], value: int, problem: str, sub_items: Sequence[dict[str, Any]]
    ) -> None:
        given, code, department = self.given, part["object_code"], part["department_code"]
        first, second = [
            await given.key(department=department, person=number) for number in part["officers"]
        ]
        finding = {"item_code": "SC-01", "value": value, "problem": problem}
        finding |= {"sub_items": list(sub_items)}
        address = f"{self.address}/inspections/{code}/findings"
        body = {"department_code": department, "method": "on_site", "findings": [finding]}
        body["inspected_on"] = self.inspected_on.isoformat()
        entered = await given.post(address, first, json=body)
        whose = {"department_code": department}
        await given.post(f"{address}/{entered['version']}/signatures", second, json=whose)
        if value in {5, 8}:
            await self.dispose(code, department, "order_rectify" if value == 5 else "case_lead")
        await given.post(
            f"{address}/{entered['version']}/review",
            self.key,
            json=whose | {"decision": "approved"},
        )

    async def dispose(self, code: str, department: str, kind: str) -> None:
        body = {
            "task_key": self.national_key,
            "object_code": code,
            "department_code": department,
            "item_code": "SC-01",
            "kind": kind,
            "note": "内部备注：联系人张三 13900000000",
            "due_on": (TODAY + timedelta(days=30)).isoformat(),
        }
        await self.given.post("/v1/disposals", self.key, json=body)

    async def finish(self, objects: Sequence[str] | None = None) -> None:
        """Visit these objects, or every one; nothing is found."""
        for code in self.objects if objects is None else objects:
            await self.visit(code)


async def dispatched(given: Given, key: Key, **changes: Any) -> Visited:
    """A task whose window is open, made on the registry of two departments."""
    window = {"window_start": START.isoformat(), "window_end": END.isoformat()}
    line = await given.joint_line(key, **window | changes)
    for stage in ("target", "inspector"):
        await given.finish(key, await given.draw(key, line, stage=stage))
    made = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    visited = Visited(given, key, line, made["national_key"], [])
    after: dict[str, str] = {}
    while True:
        query = {"limit": "200"} | after
        answer = await given.http.get(f"{visited.address}/inspections", auth=key, params=query)
        page = answer.json()
        visited.parts += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    visited.objects = sorted({part["object_code"] for part in visited.parts})
    return visited


async def load_calendar(given: Given, key: Key) -> None:
    """The notice of 2026."""
    await given.post("/v1/rules/calendar-imports", key, json=notice())


async def published_item(
    given: Given, key: Key, item: dict[str, Any], department: str = DEPARTMENT
) -> None:
    """A version of an item that is public."""
    answer = await given.upload_items(key, [item], department)
    assert answer.status_code == 201, answer.text
    await given.publish_items(key, department)
