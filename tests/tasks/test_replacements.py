"""Replacing officers: two persons, a draw of its own, and who may act afterwards."""

import asyncio
import io
import json
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.embedded import EmbeddedServer
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    findings_body,
    findings_of,
    replacement_body,
)
from tests.watching import counts

CAP = 2


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def refused(
    given: Given,
    superuser: AsyncEngine,
    path: str,
    key: Key,
    body: dict[str, Any] | None,
    expected: tuple[int, str],
) -> None:
    before = await counts(superuser)
    answer = await given.http.post(path, auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert await counts(superuser) == before


async def bundle_of(http: httpx.AsyncClient, draw_id: str, key: Key) -> bytes:
    address = f"/v1/draws/{draw_id}/attempts/1/bundles/audit"
    return (await http.get(address, auth=key)).content


def member(bundle: bytes, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(bundle)).read(name))
    return found


async def test_a_substitute_is_drawn_and_takes_the_place_of_who_leaves(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    leaving, staying = part["officers"]
    made = await given.replacement(task, part)
    assert (made["draw_id"], made["approved_person"]) == (None, None)
    assert (await given.parts(key, task))[0] == part
    head = await given.officer_key("head")
    approved = await given.post(f"/v1/replacements/{made['id']}/approval", head)
    assert approved["draw_id"] == f"{task['inspector_draw_id']}-R1"
    shown = await http.get(f"/v1/replacements/{made['id']}", auth=key)
    assert shown.json() == approved
    assert (await given.parts(key, task))[0] == part
    await given.finish(key, f"/v1/draws/{approved['draw_id']}/attempts/1")
    new, still = (await given.parts(key, task))[0]["officers"]
    assert still == staying
    assert new not in {leaving, staying}
    address, body = findings_of(task, part), findings_body(part)
    await refused(
        given, superuser, address, await given.officer_key(leaving), body, (403, "not-drawn")
    )
    entered = await given.post(address, await given.officer_key(new), json=body)
    assert entered["entered_person"] == new


async def test_the_evidence_of_the_substitute_names_the_draw_that_it_mends(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    made = await given.replacement(task, part)
    head = await given.officer_key("head")
    draw_id = (await given.post(f"/v1/replacements/{made['id']}/approval", head))["draw_id"]
    await given.finish(key, f"/v1/draws/{draw_id}/attempts/1")
    bundle = await bundle_of(http, draw_id, key)
    vkey = (await http.get("/v1/ledger/key")).json()["vkey"]
    assert verify_bundle(read_bundle(bundle), log_key=vkey).ok
    mended = await http.get(f"/v1/draws/{task['inspector_draw_id']}/attempts/1", auth=key)
    cd = {step["state"]: step for step in mended.json()["steps"]}["committed"]["details"]["cd"]
    commitment = member(bundle, "commitment.json")
    assert commitment["previous"] == cd
    assert commitment["draw_id"] == draw_id
    assert commitment["sources"], "the old seed is public, so there must be a fresh one"


async def test_loads_and_caps_count_the_seats_that_stay(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.joint_line(key)
    await given.finish(key, await given.draw(key, line))
    await given.officers(key, line, cap=CAP)
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    parts = [p for p in await given.parts(key, task) if p["department_code"] == DEPARTMENT]
    held = Counter(officer for part in parts for officer in part["officers"])
    assert (sum(held.values()), max(held.values())) == (16, CAP)
    leaving, staying = parts[0]["officers"]
    made = await given.replacement(task, parts[0])
    head = await given.officer_key("head")
    draw_id = (await given.post(f"/v1/replacements/{made['id']}/approval", head))["draw_id"]
    await given.finish(key, f"/v1/draws/{draw_id}/attempts/1")
    assignment = member(await bundle_of(http, draw_id, key), "assignment.json")
    (team,) = assignment["teams"]
    assert (team["id"], team["groups"][0]["demand"]) == (parts[0]["object_code"], 1)
    assert {leaving, staying} <= set(team["groups"][0]["excludes"])
    ours = {i["id"]: i for i in assignment["inspectors"] if i["id"].startswith(DEPARTMENT)}
    held[leaving] -= 1
    assert {name: one["cap"] for name, one in ours.items()} == {
        name: CAP - held[name] for name in ours
    }
    assert all(one["load"] >= held[name] for name, one in ours.items())
    (new,) = set((await given.parts(key, task))[0]["officers"]) - {staying}
    assert held[new] < CAP


async def test_who_requests_does_not_approve(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    made = await given.replacement(task, part)
    approval = f"/v1/replacements/{made['id']}/approval"
    for same in (await given.officer_key("clerk"), await given.key(person="clerk", sees=("*",))):
        await refused(given, superuser, approval, same, None, (409, "replacement-same-person"))
    head = await given.officer_key("head")
    await given.post(approval, head)
    await refused(given, superuser, approval, head, None, (409, "replacement-approved-already"))
    foreign = await given.officer_key("head", OTHER_DEPARTMENT)
    await refused(given, superuser, approval, foreign, None, (404, "replacement-not-found"))


async def test_the_database_refuses_an_approval_by_who_requested(
    given: Given, postgres: EmbeddedServer, key: Key
) -> None:
    task = await given.task(key, 1)
    made = await given.replacement(task, (await given.parts(key, task))[0])
    approve = text(
        "INSERT INTO openlot.replacement_approval (request_id, requested_person, department_code,"
        " draw_id, approved_at, approved_by, approved_person)"
        " VALUES (CAST(:id AS uuid), :requested, :department, 'x', now(), 'x', :approved)"
    )
    engine = create_async_engine(postgres.runtime_url, poolclass=NullPool)
    for requested, approved, why in (
        ("clerk", "clerk", "ck_replacement_approval_two_persons"),
        ("somebody", "clerk", "fk_replacement_approval_request_id_requested_person"),
    ):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT set_config('app.departments', '*', true)"))
            values = {"id": made["id"], "requested": requested, "approved": approved}
            with pytest.raises(DBAPIError, match=why):
                await connection.execute(approve, {**values, "department": DEPARTMENT})
    await engine.dispose()


async def test_only_who_holds_the_seat_can_leave_it_and_only_once(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part, others = await given.parts(key, task)
    clerk = await given.officer_key("clerk")
    path = f"/v1/inspection-tasks/{task['national_key']}/replacements"
    for changes, expected in (
        ({"staff_no": part["officers"][1]}, (422, "seat-not-held")),
        ({"seat": 2}, (422, "seat-not-held")),
        ({"seat": 3}, (422, "seat-not-held")),
        ({"reason": "unwilling"}, (422, "invalid-input")),
        ({"evidence": ""}, (422, "invalid-input")),
        ({"object_code": "91610403NOWHERE"}, (404, "inspection-part-not-found")),
        (replacement_body(others), (404, "inspection-part-not-found")),
    ):
        body = replacement_body(part, **changes)
        await refused(given, superuser, path, clerk, body, expected)
    await given.replacement(task, part)
    body = replacement_body(part)
    expected = (409, "replacement-requested-already")
    await refused(given, superuser, path, await given.officer_key("other"), body, expected)
    missing = f"/v1/replacements/{uuid4()}/approval"
    await refused(given, superuser, missing, clerk, None, (404, "replacement-not-found"))


async def test_a_complete_inspection_keeps_its_officers(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    parts = await given.parts(key, task)
    made = await given.replacement(task, parts[0])
    for part in parts:
        await given.approved(task, part)
    head = await given.officer_key("head")
    expected = (409, "inspection-closed-already")
    approval = f"/v1/replacements/{made['id']}/approval"
    await refused(given, superuser, approval, head, None, expected)
    path = f"/v1/inspection-tasks/{task['national_key']}/replacements"
    body = replacement_body(parts[0], seat=2, staff_no=parts[0]["officers"][1])
    await refused(given, superuser, path, head, body, expected)


async def test_seats_that_are_replaced_at_once_have_each_their_draw(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    task = await given.task(key)
    requests = []
    path = f"/v1/inspection-tasks/{task['national_key']}/replacements"
    for number, part in enumerate(await given.parts(key, task), start=1):
        clerk = await given.officer_key(f"clerk-{number}", part["department_code"])
        made = await given.post(path, clerk, json=replacement_body(part))
        head = await given.officer_key("head", part["department_code"])
        requests.append((f"/v1/replacements/{made['id']}/approval", head))
    answers = await asyncio.gather(*(http.post(address, auth=by) for address, by in requests))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted(answer.json()["draw_id"] for answer in answers) == [
        f"{task['inspector_draw_id']}-R{n}" for n in range(1, 5)
    ]
