"""What follows a problem: no approval without it, and its steps in their order."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, findings_of, review_body
from tests.watching import counts


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


def disposal_body(task: dict[str, Any], part: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "task_key": task["national_key"],
        "object_code": part["object_code"],
        "department_code": part["department_code"],
        "item_code": "SC-01",
        "kind": "order_rectify",
        "note": "责令改正",
        "due_on": "2026-04-01",
        **changes,
    }


async def refused(
    given: Given,
    superuser: AsyncEngine,
    path: str,
    key: Key,
    body: dict[str, Any],
    expected: tuple[int, str],
) -> None:
    before = await counts(superuser)
    answer = await given.http.post(path, auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert await counts(superuser) == before


@pytest.mark.parametrize("value", [5, 8])
async def test_a_problem_is_not_approved_before_somebody_follows_it_up(
    given: Given, superuser: AsyncEngine, key: Key, value: int
) -> None:
    task = await given.task(key, 1)
    part, other = await given.parts(key, task)
    await given.signed(task, part, value=value)
    head = await given.key(person="head", sees=("*",))
    address = f"{findings_of(task, part)}/1/review"
    missing = (409, "disposal-missing")
    await refused(given, superuser, address, head, review_body(part), missing)
    await given.post("/v1/disposals", key, json=disposal_body(task, other))
    await refused(given, superuser, address, head, review_body(part), missing)
    await given.post("/v1/disposals", head, json=disposal_body(task, part))
    await given.post(address, head, json=review_body(part))


async def test_other_values_need_none(given: Given, key: Key) -> None:
    task = await given.task(key, 3)
    for part, value in zip(await given.parts(key, task), (1, 2, 3, 4, 6, 7), strict=True):
        await given.approved(task, part, value=value)


async def test_an_order_to_rectify_ends_with_a_passed_recheck(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    made = await given.post("/v1/disposals", key, json=disposal_body(task, part))
    assert (made["state"], made["task_key"]) == ("open", task["national_key"])
    path = f"/v1/disposals/{made['id']}/steps"
    kinds = ("rectified", "recheck_passed", "recheck_failed", "closed")
    taken = []
    for allowed in (
        "rectified",
        "recheck_failed",
        "rectified",
        "recheck_passed",
        "closed",
        None,
    ):
        may = {"recheck_passed", "recheck_failed"} if "recheck" in str(allowed) else {allowed}
        for kind in sorted(set(kinds) - may):
            expected = (409, "disposal-step-out-of-turn")
            await refused(given, superuser, path, key, {"kind": kind}, expected)
        if allowed is not None:
            body = {"kind": allowed, "note": "现场"}
            assert (await given.post(path, key, json=body))["state"] == allowed
            taken.append(allowed)
    shown = (await http.get(f"/v1/disposals/{made['id']}", auth=key)).json()
    assert [(step["number"], step["kind"]) for step in shown["steps"]] == [
        (number, kind) for number, kind in enumerate(taken, start=1)
    ]
    assert (await http.get("/v1/disposals", auth=key)).json()["items"] == [shown]


async def test_other_disposals_are_closed_directly(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    for kind in (
        "handover_daily",
        "case_lead",
        "copy_department",
        "penalty",
        "criminal",
        "anomaly_list",
    ):
        made = await given.post("/v1/disposals", key, json=disposal_body(task, part, kind=kind))
        path = f"/v1/disposals/{made['id']}/steps"
        assert (await given.post(path, key, json={"kind": "closed"}))["state"] == "closed"
        expected = (409, "disposal-step-out-of-turn")
        await refused(given, superuser, path, key, {"kind": "closed"}, expected)


async def test_a_disposal_belongs_to_the_department_whose_item_it_is(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part, other = await given.parts(key, task)
    ours = await given.key(department=DEPARTMENT)
    theirs = await given.key(department=OTHER_DEPARTMENT)
    outside = disposal_body(task, part, item_code="SC-99")
    path = "/v1/disposals"
    await refused(given, superuser, path, ours, outside, (422, "item-outside-task"))
    foreign = disposal_body(task, other)
    await refused(given, superuser, path, ours, foreign, (404, "inspection-part-not-found"))
    nowhere = disposal_body(task, part, task_key="000000202601011001")
    await refused(given, superuser, path, ours, nowhere, (404, "inspection-task-not-found"))
    made = await given.post(path, ours, json=disposal_body(task, part))
    steps = f"{path}/{made['id']}/steps"
    missing = (404, "disposal-not-found")
    await refused(given, superuser, steps, theirs, {"kind": "rectified"}, missing)
    unknown = f"{path}/{uuid4()}/steps"
    await refused(given, superuser, unknown, ours, {"kind": "rectified"}, missing)
    assert (await http.get(f"{path}/{made['id']}", auth=theirs)).status_code == 404
    assert (await http.get(path, auth=theirs)).json()["items"] == []
