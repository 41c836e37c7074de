"""Recusals before and after the draw: requested by the firm, found by the service, decided by the
head."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, findings_body, findings_of
from tests.tasks.recusing import (
    Made,
    assignment_of,
    decided,
    decision_body,
    declared,
    excluded,
    notices,
    recusals,
    requested,
    settle,
    shown,
)
from tests.watching import rows


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def drawn_line(given: Given, key: Key) -> tuple[str, str]:
    """A line whose objects are drawn, and the first of them."""
    line = await given.joint_line(key)
    address = await given.finish(key, await given.draw(key, line))
    listed = await shown(given, key, f"{address}/selected")
    return line, listed["items"][0]["object_code"]


def place(object_code: str, *officers: str) -> Made:
    """A part as `requested` and `declared` take one, before there is any."""
    return {"department_code": DEPARTMENT, "object_code": object_code, "officers": list(officers)}


def officer(number: int, department: str = DEPARTMENT) -> str:
    return f"{department}-{number:04d}"


async def kinds(superuser: AsyncEngine, subject: str) -> list[str]:
    """The types of the events about a subject that stand in the ledger, in order."""
    found = await rows(
        superuser,
        "SELECT event.type FROM openlot.event JOIN openlot.ledger_entry entry"
        " ON entry.event_id = event.id WHERE subject = :subject ORDER BY sequence",
        subject=subject,
    )
    return [row[0] for row in found]


async def test_before_the_draw_a_granted_recusal_keeps_the_officer_out_and_no_other(
    given: Given, key: Key
) -> None:
    line, code = await drawn_line(given, key)
    granted, refused, _, own = (officer(n) for n in (1, 2, 3, 4))
    yes = await requested(given, place(code, granted))
    assert (yes["state"], yes["work_goes_on"], yes["seats"]) == ("pending", True, [])
    no = await requested(given, place(code, refused))
    await requested(given, place(code, officer(3)))
    await declared(given, place(code), own)
    yes, no = await decided(given, yes), await decided(given, no, "refused")
    assert (yes["state"], yes["decided_person"], yes["work_goes_on"]) == ("granted", "head", False)
    assert (no["state"], no["reason"], no["document_no"]) == (
        "refused",
        "配偶持股",
        "回避决〔2026〕1号",
    )
    draw_id = await given.officers(key, line)
    assignment = await assignment_of(given, key, draw_id)
    assert excluded(assignment, code) == {granted, own}
    others = [team["id"] for team in assignment["teams"] if team["id"] != code]
    assert others
    assert all(excluded(assignment, other) == set() for other in others)


async def test_after_the_draw_the_work_goes_on_until_the_head_decides(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    leaving, staying = part["officers"]
    address = f"/v1/inspection-tasks/{task['national_key']}"
    assert (await shown(given, key, address))["pending_recusals"] == 0
    made = await requested(given, part)
    assert made["seats"] == [{"task_key": task["national_key"], "seat": 1, "draw_id": None}]
    assert (await shown(given, key, address))["pending_recusals"] == 1
    entered = await given.post(
        findings_of(task, part), await given.officer_key(leaving), json=findings_body(part)
    )
    assert entered["entered_person"] == leaving
    decision = await decided(given, made)
    draw_id = f"{task['inspector_draw_id']}-R1"
    seats = [{"task_key": task["national_key"], "seat": 1, "draw_id": draw_id}]
    assert decision["seats"] == seats
    assert await shown(given, key, f"/v1/recusals/{made['id']}") == decision
    assert (await shown(given, key, address))["pending_recusals"] == 0
    assert (await given.parts(key, task))[0]["officers"] == [leaving, staying]
    await given.finish(key, f"/v1/draws/{draw_id}/attempts/1")
    new, still = (await given.parts(key, task))[0]["officers"]
    assert still == staying
    assert new not in {leaving, staying}
    assert leaving in excluded(await assignment_of(given, key, draw_id), part["object_code"])
    assert (await shown(given, key, f"/v1/recusals/{made['id']}"))["seats"] == seats
    assert await kinds(superuser, f"recusal/{made['id']}") == [
        "recusal.requested",
        "recusal.decided",
        "recusal.replacement-begun",
    ]


async def test_a_refused_recusal_changes_no_seat_and_can_be_asked_for_anew(
    given: Given, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    first = await requested(given, part)
    assert (await decided(given, first, "refused"))["seats"][0]["draw_id"] is None
    assert (await given.parts(key, task))[0] == part
    again = await requested(given, part, evidence="新证据")
    assert again["id"] != first["id"]
    assert (await decided(given, again))["seats"][0]["draw_id"] is not None


async def test_an_interest_declared_by_who_holds_a_seat_opens_a_case_for_the_head(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    leaving = part["officers"][0]
    await declared(given, part, leaving, evidence="持股")
    await settle(given)
    await settle(given)
    own, found = sorted(await recusals(given, key), key=lambda one: str(one["origin"]))
    assert (own["origin"], own["state"]) == ("declared", "in_force")
    assert (found["origin"], found["state"], found["ground"]) == ("found", "pending", "investment")
    assert (found["requested_person"], found["staff_no"]) == ("system", leaving)
    case = await shown(given, key, f"/v1/recusals/{found['id']}")
    assert (case["cause_id"], case["evidence"]) == (own["id"], "持股")
    assert case["seats"] == [{"task_key": task["national_key"], "seat": 1, "draw_id": None}]
    assert (await given.parts(key, task))[0] == part
    decision = await decided(given, found)
    assert decision["seats"][0]["draw_id"] == f"{task['inspector_draw_id']}-R1"
    await settle(given)
    assert len(await rows(superuser, "SELECT 1 FROM openlot.recusal_replacement")) == 1
    assert await kinds(superuser, f"recusal/{found['id']}") == [
        "recusal.found",
        "recusal.decided",
        "recusal.replacement-begun",
    ]


async def test_an_interest_in_an_object_without_ones_seat_opens_no_case(
    given: Given, key: Key
) -> None:
    task = await given.task(key)
    parts = [p for p in await given.parts(key, task) if p["department_code"] == DEPARTMENT]
    seated = {name for part in parts for name in part["officers"]}
    free = next(name for name in map(officer, range(1, 11)) if name not in seated)
    await declared(given, parts[0], free)
    elsewhere = next((n for n in parts[1]["officers"] if n not in parts[0]["officers"]), None)
    if elsewhere is not None:
        await declared(given, parts[0], elsewhere)
    await settle(given)
    assert {one["origin"] for one in await recusals(given, key)} == {"declared"}


async def test_what_comes_between_freeze_and_dispatch_is_found_at_the_dispatch(
    given: Given, key: Key
) -> None:
    line, code = await drawn_line(given, key)
    address = await given.freeze(key, await given.draw(key, line, stage="inspector"))
    ours = [officer(n) for n in range(1, 11)]
    theirs = [officer(n, OTHER_DEPARTMENT) for n in range(1, 11)]
    for name in ours:
        await declared(given, place(code), name)
    for name in theirs:
        at = place(code, name) | {"department_code": OTHER_DEPARTMENT}
        await decided(given, await requested(given, at))
    await settle(given)
    assert {one["origin"] for one in await recusals(given, key)} == {"declared", "requested"}
    await given.commit(key, address)
    await given.seed(key, address)
    await given.post(f"{address}/result", key)
    given.now_again()
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    await settle(given)
    parts = {
        one["department_code"]: one["officers"]
        for one in await given.parts(key, task)
        if one["object_code"] == code
    }
    found = [one for one in await recusals(given, key) if one["origin"] == "found"]
    assert sorted(one["staff_no"] for one in found) == sorted(parts[DEPARTMENT])
    granted = [
        await shown(given, key, f"/v1/recusals/{one['id']}")
        for one in await recusals(given, key, department=OTHER_DEPARTMENT)
        if one["staff_no"] in parts[OTHER_DEPARTMENT]
    ]
    begun = sorted(seat["draw_id"] for one in granted for seat in one["seats"])
    assert begun == [f"{task['inspector_draw_id']}-R{n}" for n in (1, 2)]


async def test_a_complete_inspection_keeps_its_officers(given: Given, key: Key) -> None:
    task = await given.task(key, 1)
    parts = await given.parts(key, task)
    made = await requested(given, parts[0])
    for part in parts:
        await given.approved(task, part)
    decision = await decided(given, made)
    assert (decision["state"], decision["seats"]) == ("granted", [])


async def test_a_seat_that_somebody_is_leaving_is_not_drawn_twice(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    made = await requested(given, part)
    other = await given.replacement(task, part)
    head = await given.officer_key("head")
    await given.post(f"/v1/replacements/{other['id']}/approval", head)
    assert (await decided(given, made))["seats"] == []
    assert len(await rows(superuser, "SELECT 1 FROM openlot.open_seat")) == 1


async def test_of_two_decisions_at_once_one_counts(given: Given, key: Key) -> None:
    task = await given.task(key, 1)
    made = await requested(given, (await given.parts(key, task))[0])
    path = f"/v1/recusals/{made['id']}/decision"
    heads = [await given.officer_key(name) for name in ("head", "deputy")]
    answers = await asyncio.gather(
        *(
            given.http.post(path, auth=by, json=decision_body(outcome))
            for by, outcome in zip(heads, ("granted", "refused"), strict=True)
        )
    )
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert {one.json().get("code") for one in answers} == {None, "recusal-decided-already"}


async def test_who_leaves_and_who_enters_are_told(given: Given, key: Key) -> None:
    task = await given.task(key)
    first, second, *_ = await given.parts(key, task)
    by_recusal = (await decided(given, await requested(given, first)))["seats"][0]["draw_id"]
    made = await given.replacement(task, second, reason="illness")
    head = await given.officer_key("head", second["department_code"])
    by_illness = (await given.post(f"/v1/replacements/{made['id']}/approval", head))["draw_id"]
    await settle(given)
    assert await notices(given, key, task) == []
    for draw_id in (by_recusal, by_illness):
        await given.finish(key, f"/v1/draws/{draw_id}/attempts/1")
    await settle(given)
    told = await notices(given, key, task)
    after = {
        (p["object_code"], p["department_code"]): p["officers"][0]
        for p in await given.parts(key, task)
    }
    for part, draw_id, reason, said in (
        (first, by_recusal, "recusal", "因回避"),
        (second, by_illness, "illness", "因病"),
    ):
        leaves, enters = sorted(
            (one for one in told if one["draw_id"] == draw_id),
            key=lambda one: one["kind"] != "leaves",
        )
        assert (leaves["kind"], leaves["staff_no"]) == ("leaves", part["officers"][0])
        assert (leaves["reason"], enters["reason"]) == (reason, None)
        assert said in leaves["text_zh"]
        assert said not in enters["text_zh"]
        assert reason not in enters["text_en"]
        assert enters["staff_no"] == after[part["object_code"], part["department_code"]]
        for one in (leaves, enters):
            assert one["staff_no"] in one["text_zh"]
            assert part["object_code"] in one["text_en"]
    own = await notices(given, key, task, staff_no=first["officers"][0])
    assert [one["kind"] for one in own] == ["leaves"]
    theirs = await given.key("tasks:read", department=OTHER_DEPARTMENT)
    seen = {one["department_code"] for one in await notices(given, theirs, task)}
    assert seen <= {OTHER_DEPARTMENT}
