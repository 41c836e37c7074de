"""Experts and third parties: seats of their own, which never count among the officers."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.draws.offices import (
    assignment_of,
    experts_csv,
    line_drawn,
    officers_csv,
    open_offices,
    seats_of,
)
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import counts

DRUGS = {"department_code": DEPARTMENT, "qualification": "药品检查员", "number": 1}


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await open_offices(given, key)
    await given.inspectors(key, csv=experts_csv())
    yield key
    given.now_again()


async def assistants(given: Given, key: Key, draw_id: str) -> list[dict[str, Any]]:
    answer = await given.http.get(f"/v1/draws/{draw_id}/assisting-seats", auth=key)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_experts_take_seats_beside_the_two_officers(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await line_drawn(given, key)
    draw_id = await given.officers(key, line, experts=[DRUGS])
    officers = Counter(seat["object_code"] for seat in await seats_of(given, key, draw_id))
    assert set(officers.values()) == {2}
    found = await assistants(given, key, draw_id)
    assert Counter(seat["object_code"] for seat in found) == dict.fromkeys(officers, 1)
    assert {seat["group_name"] for seat in found} == {"assist.1"}
    assert all("-Z" in seat["staff_no"] for seat in found)
    held = Counter(seat["staff_no"] for seat in found)
    assert set(held.values()) == {2}
    assignment = await assignment_of(superuser, draw_id)
    assert {len(team["groups"]) for team in assignment["teams"]} == {2}
    address = f"/v1/draws/{draw_id}/attempts/1"
    report = (await given.http.get(f"{address}/load-report", auth=key)).json()
    kinds = {one["kind"]: one for one in report["demands"]}
    assert (kinds["expert"]["people"], kinds["expert"]["seats"]) == (4, 8)
    assert kinds["expert"]["qualifications"] == ["药品检查员"]
    assert (kinds["officer"]["people"], kinds["officer"]["seats"]) == (16, 16)
    bundle = (await given.http.get(f"{address}/bundles/audit", auth=key)).content
    vkey = (await given.http.get("/v1/ledger/key")).json()["vkey"]
    assert verify_bundle(read_bundle(bundle), log_key=vkey).ok


async def test_an_expert_never_counts_as_an_officer(given: Given, key: Key) -> None:
    """Not even with a certificate and every item: one officer and ten experts are no team."""
    gone = {n: {"status": "失效"} for n in range(2, 17)}
    expert = {n: {"kind": "expert", "qualifications": "药品检查员"} for n in range(17, 27)}
    await given.inspectors(key, csv=officers_csv(count=26, changed=gone | expert))
    line = await line_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", experts=[DRUGS])
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    assert "只能由 1 人担任" in answer.json()["texts"]["zh-CN"]


async def test_an_officer_never_takes_the_seat_of_an_expert(given: Given, key: Key) -> None:
    able = {n: {"qualifications": "药品检查员"} for n in range(1, 17)}
    await given.inspectors(key, csv=officers_csv(changed=able))
    await given.inspectors(key, csv=experts_csv(count=1))
    retired = experts_csv().replace("药品检查员", "无")
    await given.inspectors(key, csv=retired)
    await given.inspectors(key, csv=experts_csv(count=1))
    line = await line_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", experts=[DRUGS | {"number": 2}])
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    assert f"expert:{DEPARTMENT}" in answer.json()["texts"]["en"]


async def test_third_parties_are_asked_for_by_their_kind(given: Given, key: Key) -> None:
    laboratory = experts_csv(count=2, kind="third_party").replace("-Z", "-T")
    await given.inspectors(key, csv=laboratory)
    line = await line_drawn(given, key)
    both = [DRUGS, DRUGS | {"kind": "third_party", "number": 2}]
    draw_id = await given.officers(key, line, experts=both)
    found = await assistants(given, key, draw_id)
    kinds = Counter((seat["group_name"], seat["staff_no"][-3]) for seat in found)
    assert kinds == {("assist.1", "Z"): 8, ("assist.2", "T"): 16}
    shown = await given.http.get(f"/v1/draws/{draw_id}/attempts/1", auth=key)
    assert [one["kind"] for one in shown.json()["experts"]] == ["expert", "third_party"]


async def test_the_task_counts_officers_only_and_experts_count_in_later_loads(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await line_drawn(given, key)
    draw_id = await given.officers(key, line, experts=[DRUGS])
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    for part in await given.parts(key, task):
        assert len(part["officers"]) == 2
        assert not any("-Z" in staff_no for staff_no in part["officers"])
    await given.finish(key, await given.draw(key, line, round=2))
    options = {"stage": "inspector", "round": 2, "experts": [DRUGS]}
    address = await given.freeze(key, await given.draw(key, line, **options))
    assignment = await assignment_of(superuser, address.split("/")[3])
    loads = {one["id"]: one["load"] for one in assignment["inspectors"] if "-Z" in one["id"]}
    assert sum(loads.values()) == 8
    assert draw_id != address.split("/")[3]


async def test_an_expert_with_an_interest_or_on_leave_stays_away(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await line_drawn(given, key)
    target = f"/v1/draws/{line}-T1/attempts/1"
    code = (await given.http.get(f"{target}/selected", auth=key)).json()["items"][0]["object_code"]
    interest = {
        "department_code": DEPARTMENT,
        "staff_no": f"{DEPARTMENT}-Z01",
        "object_code": code,
        "ground": "employment",
    }
    await given.post("/v1/registry/interests", key, json=interest)
    leave = {
        "department_code": DEPARTMENT,
        "staff_no": f"{DEPARTMENT}-Z02",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "reason": "出国",
    }
    await given.post("/v1/registry/inspector-leaves", key, json=leave)
    draw_id = await given.officers(key, line, experts=[DRUGS])
    found = await assistants(given, key, draw_id)
    assert f"{DEPARTMENT}-Z02" not in {seat["staff_no"] for seat in found}
    assert f"{DEPARTMENT}-Z01" not in {
        seat["staff_no"] for seat in found if seat["object_code"] == code
    }
    assignment = await assignment_of(superuser, draw_id)
    excluded = {team["id"]: team["groups"][1]["excludes"] for team in assignment["teams"]}
    assert excluded[code] == [f"{DEPARTMENT}-Z01"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"number": 0}, ("invalid-input", "/experts/0/number")),
        ({"kind": "officer"}, ("invalid-input", "/experts/0/kind")),
        ({"qualification": "炼金术"}, ("qualification-unknown", "/experts/0/qualification")),
        ({"kind": "third_party"}, ("qualification-unknown", "/experts/0/qualification")),
        (
            {"department_code": OTHER_DEPARTMENT},
            ("experts-elsewhere", "/experts/0/department_code"),
        ),
    ],
)
async def test_a_demand_that_does_not_fit_is_refused(
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    changes: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    line = await line_drawn(given, key)
    before = await counts(superuser)
    body = {"plan_line_code": line, "stage": "inspector", "experts": [DRUGS | changes]}
    answer = await given.http.post("/v1/draws", auth=key, json=body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, expected[0])
    assert [one["pointer"] for one in told["errors"]] == [expected[1]]
    assert await counts(superuser) == before


async def test_a_further_attempt_asks_for_the_same(given: Given, key: Key) -> None:
    line = await line_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", experts=[DRUGS], mode="district")
    await given.freeze(key, address)
    await given.commit(key, address)
    clerk = await given.key(sees=("*",), person="clerk")
    void = {"kind": "void", "reason": "technical-failure", "evidence": "断电"}
    change = await given.post(f"{address}/changes", clerk, json=void)
    head = await given.key(sees=("*",), person="head")
    decision = f"{address}/changes/{change['number']}/decision"
    await given.post(decision, head, json={"decision": "approved"})
    again = await given.post(f"/v1/draws/{line}-I1/attempts", key)
    assert (again["attempt"], again["mode"]) == (2, "district")
    assert again["experts"] == [DRUGS | {"kind": "expert"}]
