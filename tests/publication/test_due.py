"""By which day a publication is due, and that what is withheld shows."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.publication.life import Visited, at_noon, dispatched, load_calendar, midnight_after

OBLIGATIONS = "/v1/publications/obligations"
WINDOW = {"window_start": "2026-08-03", "window_end": "2026-09-18"}
INSPECTED = date(2026, 9, 14)


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    await load_calendar(given, key)
    yield key
    given.now_again()


async def owed(given: Given, key: Key, **query: str) -> dict[tuple[str, str], dict[str, Any]]:
    answer = await given.http.get(OBLIGATIONS, auth=key, params={"limit": "200"} | query)
    assert answer.status_code == 200, answer.text
    return {(one["kind"], one["subject"]): one for one in answer.json()["items"]}


async def approved_plan(given: Given, key: Key, day: date) -> str:
    plan = await given.plan(key)
    await given.plan_line(key, plan)
    given.at(at_noon(day))
    await given.post(f"/v1/plans/{plan}/submission", key)
    await given.post(f"/v1/plans/{plan}/approval", await given.key(person="head", sees=("*",)))
    return plan


@pytest.mark.parametrize(
    ("approved", "due_on", "provisional"),
    [
        (date(2026, 6, 1), "2026-06-08", False),
        (date(2026, 9, 29), "2026-10-12", False),  # National Day, and a working Saturday after it
        (date(2026, 2, 12), "2026-02-26", False),  # Spring Festival, and a working Saturday before
        (date(2026, 9, 19), "2026-09-24", False),  # a Saturday; the Sunday after it is worked
        (date(2026, 12, 24), "2026-12-31", False),
        (date(2026, 12, 25), "2027-01-01", True),  # the notice of 2027 is not loaded
    ],
)
async def test_a_plan_is_due_five_working_days_after_its_approval(
    given: Given, key: Key, approved: date, due_on: str, provisional: bool
) -> None:
    plan = await approved_plan(given, key, approved)
    one = (await owed(given, key))["plan", plan]
    assert (one["basis"], one["due_on"]) == (approved.isoformat(), due_on)
    assert (one["provisional"], one["published_at"], one["overdue"]) == (provisional, None, False)
    published = await given.post("/v1/publications", key, json={"kind": "plan", "subject": plan})
    assert published["due_on"] == due_on
    assert (await owed(given, key, unpublished="true")) == {}


async def test_days_begin_and_end_in_china(given: Given, key: Key) -> None:
    plan = await approved_plan(given, key, date(2026, 6, 1))
    end_of_due = midnight_after(date(2026, 6, 8))
    given.at(end_of_due - timedelta(microseconds=1))
    assert not (await owed(given, key))["plan", plan]["overdue"]
    given.at(end_of_due)
    assert (await owed(given, key))["plan", plan]["overdue"]
    await given.post("/v1/publications", key, json={"kind": "plan", "subject": plan})
    late = (await owed(given, key))["plan", plan]
    assert late["published_at"] is not None
    assert late["overdue"], "what came late stays late"


async def half_visited(given: Given, key: Key) -> Visited:
    """Three objects are visited within the window, the others never are."""
    task = await dispatched(given, key, **WINDOW)
    task.inspected_on = INSPECTED
    given.at(at_noon(INSPECTED))
    for code in task.objects[:3]:
        await task.visit(code)
    return task


async def test_what_is_withheld_is_listed_and_overdue(given: Given, key: Key) -> None:
    task = await half_visited(given, key)
    results = [("result", f"{task.national_key}/{code}") for code in task.objects]
    drawn_list = ("drawn-list", task.national_key)
    assert not {*results, drawn_list} & set(await owed(given, key)), (
        "not due before the window ends"
    )
    given.at(midnight_after(date(2026, 9, 18)))
    now_due = await owed(given, key)
    assert {*results, drawn_list} <= set(now_due)
    # 20 working days after Friday 18 September, over Mid-Autumn Festival and National Day
    assert {(now_due[one]["basis"], now_due[one]["due_on"]) for one in results} == {
        ("2026-09-18", "2026-10-22")
    }
    assert now_due[drawn_list]["due_on"] == "2026-09-24"
    strict = [now_due[one]["due_on_by_object"] for one in results]
    assert strict == ["2026-10-16"] * 3 + [None] * (len(results) - 3)
    assert not any(one["overdue"] for one in now_due.values() if one["kind"] == "result")
    published = await task.publish("result", results[0][1])
    assert published.json()["due_on"] == "2026-10-22"
    given.at(midnight_after(date(2026, 10, 22)))
    late = await owed(given, key)
    assert [late[one]["overdue"] for one in results] == [False] + [True] * (len(results) - 1)
    await task.publish("task")
    page = (await given.http.get(f"/public/tasks/{task.national_key}.html")).text
    assert f"应公示{len(results)}户，已公示1户，未公示{len(results) - 1}户" in page
    assert "逾期" in page
    unpublished = await owed(given, key, unpublished="true")
    assert set(unpublished) == {*results[1:], drawn_list}


async def test_obligations_are_those_of_the_lead_department(given: Given, key: Key) -> None:
    task = await dispatched(given, key)
    assert ("task", task.national_key) in await owed(given, await given.key(department=DEPARTMENT))
    assert await owed(given, await given.key(department=OTHER_DEPARTMENT)) == {}


async def test_obligations_come_in_pages(given: Given, key: Key) -> None:
    task = await dispatched(given, key)
    await task.finish()
    whole = list(await owed(given, key))
    assert whole == sorted(whole)
    assert len(whole) == 2 + 1 + len(task.objects)
    found: list[tuple[str, str]] = []
    after: dict[str, str] = {}
    for _ in range(len(whole)):
        answer = await given.http.get(OBLIGATIONS, auth=key, params={"limit": "3"} | after)
        page = answer.json()
        found += [(one["kind"], one["subject"]) for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == whole


async def test_a_later_rule_holds_for_what_begins_after_it(given: Given, key: Key) -> None:
    value = {"plan": 3, "task": 3, "drawn-list": 3, "result": 7}
    rule = {"key": "publication.working-days", "valid_from": "2026-07-01", "value": value}
    await given.post("/v1/rules", key, json=rule | {"source": "某省规定"})
    before = await approved_plan(given, key, date(2026, 6, 30))
    given.now_again()
    after = await approved_plan(given, key, date(2026, 7, 1))
    found = await owed(given, key)
    assert found["plan", before]["due_on"] == "2026-07-07"
    assert found["plan", after]["due_on"] == "2026-07-06"
