"""Dispatching: what a task is made of, what is refused, and who sees it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import day_in_china
from app.tasks.service import dispatching
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, rates_of
from tests.watching import counts, rows


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def refused(
    given: Given, superuser: AsyncEngine, key: Key, body: dict[str, Any], status: int, code: str
) -> dict[str, Any]:
    before = await counts(superuser)
    answer = await given.http.post("/v1/inspection-tasks", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await counts(superuser) == before
    problem: dict[str, Any] = answer.json()
    return problem


async def test_a_task_gives_each_department_its_part_of_each_object(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 3)
    assert task["code"] == f"{DEPARTMENT}抽查〔{day_in_china(datetime.now(UTC)).year}〕1号"
    line = task["plan_line_code"]
    assert (task["target_draw_id"], task["inspector_draw_id"]) == (f"{line}-T1", f"{line}-I1")
    assert (task["object_count"], task["closed_count"], task["state"]) == (3, 0, "dispatched")
    parts = await given.parts(key, task)
    drawn = (await http.get(f"/v1/draws/{line}-T1/attempts/1/selected", auth=key)).json()["items"]
    expected = sorted(one["object_code"] for one in drawn)
    both = [DEPARTMENT, OTHER_DEPARTMENT]
    assert [(p["object_code"], p["department_code"]) for p in parts] == [
        (code, department) for code in expected for department in both
    ]
    assert {p["state"] for p in parts} == {"pending"}
    assert all(len(set(p["officers"])) == 2 for p in parts)
    assert parts[0]["object_name"].endswith("号商店")
    assert task["departments"] == [
        {"department_code": name, "item_codes": ["SC-01"], "inspection_count": 3} for name in both
    ]
    (event,) = await rows(superuser, "SELECT * FROM openlot.event WHERE type = 'task.dispatched'")
    assert event.subject == f"inspection-task/{task['national_key']}"
    assert event.payload["departments"] == both


async def test_numbers_have_no_gaps_and_belong_to_the_day_in_china(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    """Half past one in the morning of New Year's Day there is still last year in UTC."""
    line = await given.joint_line(key, class_rates=rates_of(1), window_end="2027-11-30")
    made = []
    for round_ in (1, 2):
        await given.finish(key, await given.draw(key, line, round=round_))
        await given.officers(key, line, round=round_)
        given.at(datetime(2026, 12, 31, 17, 30, tzinfo=UTC))
        body = {"plan_line_code": line, "round": round_}
        made.append(await given.post("/v1/inspection-tasks", key, json=body))
    assert [task["code"] for task in made] == [
        f"{DEPARTMENT}抽查〔2027〕1号",
        f"{DEPARTMENT}抽查〔2027〕2号",
    ]
    keys = [task["national_key"] for task in made]
    assert keys == ["000000202701011001", "000000202701011002"]
    page = await http.get("/v1/inspection-tasks?limit=1", auth=key)
    assert [one["national_key"] for one in page.json()["items"]] == keys[:1]
    rest = await http.get(f"/v1/inspection-tasks?after={page.json()['next']}", auth=key)
    assert [one["national_key"] for one in rest.json()["items"]] == keys[1:]
    assert rest.json()["next"] is None


async def test_the_region_of_the_department_stands_in_the_national_key(
    given: Given, key: Key
) -> None:
    rows_ = [{"code": DEPARTMENT, "name": "市监局", "region_code": "610403"}]
    await given.post("/v1/registry/department-imports", key, json={"departments": rows_})
    task = await given.task(key, 1)
    assert task["national_key"][:6] == "610403"


async def test_a_round_is_dispatched_once(given: Given, superuser: AsyncEngine, key: Key) -> None:
    task = await given.task(key, 1)
    body = {"plan_line_code": task["plan_line_code"]}
    await refused(given, superuser, key, body, 409, "task-dispatched-already")


async def test_nothing_is_dispatched_before_objects_and_officers_are_drawn(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    line = await given.joint_line(key)
    body = {"plan_line_code": line}
    await refused(given, superuser, key, body, 409, "draw-not-drawn")
    await given.finish(key, await given.draw(key, line))
    await refused(given, superuser, key, body, 409, "draw-not-drawn")
    await refused(given, superuser, key, {**body, "round": 2}, 409, "draw-not-drawn")
    body = {"plan_line_code": "610403-SCJG-2026-009-09"}
    await refused(given, superuser, key, body, 404, "plan-line-not-found")


async def test_a_department_without_officers_enough_stops_the_dispatch(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    line, _ = await given.officers_drawn(key)
    async with superuser.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("DELETE FROM openlot.drawn_seat WHERE department_code = :department"),
            {"department": OTHER_DEPARTMENT},
        )
    body = {"plan_line_code": line}
    problem = await refused(given, superuser, key, body, 409, "officers-missing")
    assert OTHER_DEPARTMENT in problem["texts"]["en"]


async def test_the_rule_in_force_says_how_many_officers_are_enough(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    line, _ = await given.officers_drawn(key)
    rule = {
        "key": "officers.per-department.minimum",
        "valid_from": "2026-01-01",
        "value": 3,
        "source": "试行",
    }
    await given.post("/v1/rules", key, json=rule)
    await refused(given, superuser, key, {"plan_line_code": line}, 409, "officers-missing")


async def test_a_rehearsal_is_not_dispatched(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    line = await given.joint_line(key, class_rates=rates_of(1))
    await given.finish(key, await given.draw(key, line, purpose="test"))
    await given.officers(key, line, purpose="test")
    await refused(given, superuser, key, {"plan_line_code": line}, 409, "draw-is-rehearsal")


async def test_a_draw_that_drew_nothing_is_not_dispatched(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    line = await given.joint_line(key, class_rates=rates_of(0))
    await given.finish(key, await given.draw(key, line))
    await given.officers(key, line)
    await refused(given, superuser, key, {"plan_line_code": line}, 409, "task-empty")


async def test_the_numbers_of_a_day_can_run_out(
    given: Given, superuser: AsyncEngine, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, _ = await given.officers_drawn(key)
    monkeypatch.setattr(dispatching, "MOST_KEYS_A_DAY", 0)
    await refused(given, superuser, key, {"plan_line_code": line}, 409, "national-keys-exhausted")


async def test_each_department_sees_the_task_and_its_own_parts_only(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key)
    address = f"/v1/inspection-tasks/{task['national_key']}"
    for own in (DEPARTMENT, OTHER_DEPARTMENT):
        mine = await given.key(department=own)
        seen = (await http.get(address, auth=mine)).json()
        assert [one["department_code"] for one in seen["departments"]] == [own]
        assert {p["department_code"] for p in await given.parts(mine, task)} == {own}
        progress = await http.get(f"{address}/progress", auth=mine)
        assert progress.json()["parts"]["pending"] == 2
        listed = (await http.get("/v1/inspection-tasks", auth=mine)).json()["items"]
        assert [one["national_key"] for one in listed] == [task["national_key"]]
    nobody = await given.key(department="619999-SCJG")
    assert (await http.get("/v1/inspection-tasks", auth=nobody)).json()["items"] == []
    foreign = await http.get(address, auth=nobody)
    missing = await http.get("/v1/inspection-tasks/000000202601011001", auth=nobody)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "inspection-task-not-found")
    text_ = missing.json()["texts"]["en"].replace("000000202601011001", task["national_key"])
    assert foreign.json()["texts"]["en"] == text_


async def test_the_lead_department_dispatches_without_seeing_the_others(
    given: Given, key: Key
) -> None:
    line, _ = await given.officers_drawn(key)
    lead = await given.key(department=DEPARTMENT)
    body = {"plan_line_code": line}
    task = await given.post("/v1/inspection-tasks", lead, json=body)
    assert [one["department_code"] for one in task["departments"]] == [DEPARTMENT]
    assert len(await given.parts(key, task)) == 16


async def test_a_lead_department_that_checks_nothing_still_sees_its_task(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    items = [{"department_code": OTHER_DEPARTMENT, "item_code": "SC-01"}]
    line = await given.plan_line(key, items=items, class_rates=rates_of(1))
    await given.finish(key, await given.draw(key, line))
    await given.officers(key, line)
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    lead = await given.key(department=DEPARTMENT)
    listed = (await http.get("/v1/inspection-tasks", auth=lead)).json()["items"]
    assert [one["national_key"] for one in listed] == [task["national_key"]]
    assert await given.parts(lead, task) == []
    assert [p["department_code"] for p in await given.parts(key, task)] == [OTHER_DEPARTMENT]
