"""Recusals that are refused: who may not decide, what may not be asked, and what the database
holds whatever the code does."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.embedded import EmbeddedServer
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, object_code, replacement_body
from tests.tasks.recusing import (
    Made,
    decided,
    decision_body,
    declared,
    recusal_body,
    recusals,
    requested,
    settle,
)
from tests.watching import counts

OFFICER = f"{DEPARTMENT}-0001"
PLACE = {
    "department_code": DEPARTMENT,
    "object_code": object_code(1),
    "officers": [OFFICER],
}
"""An officer and an object, before any draw."""


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
    body: Any,
    expected: tuple[int, str],
) -> Made:
    """The problem of a refusal that changes no row."""
    before = await counts(superuser)
    answer = await given.http.post(path, auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert await counts(superuser) == before
    problem: Made = answer.json()
    return problem


def decision_of(recusal: Mapping[str, Any]) -> str:
    return f"/v1/recusals/{recusal['id']}/decision"


async def test_only_a_named_head_other_than_both_decides_and_once(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    made = await requested(given, PLACE)
    path, body = decision_of(made), decision_body()
    for by, code in (
        (await given.officer_key("clerk"), (409, "recusal-same-person")),
        (await given.key(person="clerk", sees=("*",)), (409, "recusal-same-person")),
        (await given.officer_key(OFFICER), (409, "recusal-of-head")),
        (await given.key(), (403, "recusal-head-unnamed")),
        (await given.officer_key("head", OTHER_DEPARTMENT), (404, "recusal-not-found")),
        (await given.key("recusals:request", person="head"), (403, "permission-missing")),
        (await given.key("replacements:approve", person="head"), (403, "permission-missing")),
    ):
        await refused(given, superuser, path, by, body, code)
    await decided(given, made)
    head = await given.officer_key("deputy")
    await refused(given, superuser, path, head, body, (409, "recusal-decided-already"))


async def test_an_officers_own_declaration_needs_no_decision(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    await declared(given, PLACE, OFFICER)
    (own,) = await recusals(given, key)
    head, expected = await given.officer_key("head"), (409, "recusal-needs-no-decision")
    await refused(given, superuser, decision_of(own), head, decision_body(), expected)
    body = {
        "department_code": DEPARTMENT,
        "staff_no": OFFICER,
        "object_code": PLACE["object_code"],
        "ground": "dispute",
    }
    officer, expected = await given.officer_key(OFFICER), (409, "interest-declared-already")
    await refused(given, superuser, "/v1/registry/interests", officer, body, expected)
    clerk, expected = await given.officer_key("clerk"), (403, "not-your-interest")
    await refused(given, superuser, "/v1/registry/interests", clerk, body, expected)


async def test_a_pair_waits_once_and_is_granted_once(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    made = await requested(given, PLACE)
    clerk, body = await given.officer_key("other-clerk"), recusal_body(PLACE, ground="dispute")
    expected = (409, "recusal-requested-already")
    await refused(given, superuser, "/v1/recusals", clerk, body, expected)
    await decided(given, made)
    expected = (409, "recusal-granted-already")
    await refused(given, superuser, "/v1/recusals", clerk, body, expected)


@pytest.mark.parametrize(
    ("changes", "expected", "pointer"),
    [
        ({"staff_no": "610403-SCJG-9999"}, (404, "inspector-not-found"), None),
        ({"object_code": "91610403NOWHERE"}, (404, "inspected-object-not-found"), None),
        ({"department_code": OTHER_DEPARTMENT}, (403, "department-not-visible"), None),
        ({"asked_on": "2999-01-01"}, (422, "recusal-asked-in-future"), "/asked_on"),
        ({"asked_on": "1999-12-31"}, (422, "invalid-input"), "/asked_on"),
        ({"asked_on": "2026-02-30"}, (422, "invalid-input"), "/asked_on"),
        ({"ground": "dislike"}, (422, "invalid-input"), "/ground"),
        ({"evidence": ""}, (422, "invalid-input"), "/evidence"),
        ({"evidence": "长" * 1001}, (422, "invalid-input"), "/evidence"),
        ({"asking_party": ""}, (422, "invalid-input"), "/asking_party"),
        ({"asking_party": None}, (422, "invalid-input"), "/asking_party"),
        ({"object_code": "'; DROP TABLE"}, (422, "invalid-input"), "/object_code"),
        ({"staff_no": "x" * 65}, (422, "invalid-input"), "/staff_no"),
        ({"origin": "declared"}, (422, "invalid-input"), "/origin"),
        ({"outcome": "granted"}, (422, "invalid-input"), "/outcome"),
    ],
)
async def test_hostile_requests_change_nothing(
    given: Given,
    superuser: AsyncEngine,
    key: Key,
    changes: Made,
    expected: tuple[int, str],
    pointer: str | None,
) -> None:
    clerk, body = await given.officer_key("clerk"), recusal_body(PLACE, **changes)
    problem = await refused(given, superuser, "/v1/recusals", clerk, body, expected)
    if pointer is not None:
        assert pointer in {problem.get("pointer"), *(e["pointer"] for e in problem["errors"])}
    assert problem["texts"]["zh-CN"]


async def test_hostile_decisions_change_nothing(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    made = await requested(given, PLACE)
    head = await given.officer_key("head")
    for changes in (
        {"outcome": "postponed"},
        {"reason": ""},
        {"reason": None},
        {"document_no": ""},
        {"document_no": "号" * 101},
        {"decided_person": "somebody-else"},
    ):
        body = decision_body() | changes
        await refused(given, superuser, decision_of(made), head, body, (422, "invalid-input"))
    nowhere = {"id": uuid4()}
    expected = (404, "recusal-not-found")
    await refused(given, superuser, decision_of(nowhere), head, decision_body(), expected)
    await refused(
        given, superuser, decision_of({"id": "x"}), head, decision_body(), (422, "invalid-input")
    )
    odd = await given.http.get("/v1/recusals", auth=head, params={"state": "lost"})
    assert odd.json()["code"] == "invalid-input"


async def test_departments_see_their_own_recusals_only(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    made = await requested(given, PLACE)
    own = await given.key("inspectors:read")
    other = await given.key("inspectors:read", department=OTHER_DEPARTMENT)
    assert [one["id"] for one in await recusals(given, own)] == [made["id"]]
    assert await recusals(given, other) == []
    assert await recusals(given, other, department=DEPARTMENT) == []
    hidden = await given.http.get(f"/v1/recusals/{made['id']}", auth=other)
    assert hidden.json()["code"] == "recusal-not-found"
    clerk = await given.key("recusals:request", department=OTHER_DEPARTMENT, person="clerk")
    expected = (403, "department-not-visible")
    await refused(given, superuser, "/v1/recusals", clerk, recusal_body(PLACE), expected)


async def test_the_list_is_narrowed_by_state_and_object(given: Given, key: Key) -> None:
    places = [PLACE | {"object_code": object_code(n)} for n in (1, 2, 3)]
    await declared(given, places[0], OFFICER)
    await decided(given, await requested(given, places[1]))
    await decided(given, await requested(given, places[2]), "refused")
    for state, place in (("in_force", 0), ("granted", 1), ("refused", 2)):
        (found,) = await recusals(given, key, state=state)
        assert (found["state"], found["object_code"]) == (state, places[place]["object_code"])
    assert await recusals(given, key, state="pending") == []
    (found,) = await recusals(given, key, object_code=places[1]["object_code"])
    assert found["state"] == "granted"


DECIDE = (
    "INSERT INTO openlot.recusal_decision (request_id, origin, requested_person, staff_no,"
    " department_code, outcome, reason, document_no, decided_at, decided_by, decided_person)"
    f" VALUES (CAST(:id AS uuid), :origin, :requested, :officer, '{DEPARTMENT}', :outcome, 'x',"
    " 'x', now(), 'key', :head)"
)
REPLACE = (
    "INSERT INTO openlot.recusal_replacement (draw_id, request_id, outcome, task_code, object_code,"
    " department_code, seat, staff_no, begun_at, begun_by)"
    f" VALUES ('x', CAST(:id AS uuid), :outcome, 'x', 'x', '{DEPARTMENT}', 1, 'x', now(), 'x')"
)


async def test_the_database_refuses_what_the_service_would(
    given: Given, postgres: EmbeddedServer, key: Key
) -> None:
    made = await requested(given, PLACE)
    await declared(given, PLACE | {"object_code": object_code(2)}, OFFICER)
    (own,) = await recusals(given, key, state="in_force")
    good = {
        "id": made["id"],
        "origin": "requested",
        "requested": "clerk",
        "officer": OFFICER,
        "outcome": "granted",
        "head": "head",
    }
    engine = create_async_engine(postgres.runtime_url, poolclass=NullPool)

    async def fails(statement: str, why: str, **changes: str) -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT set_config('app.departments', '*', true)"))
            with pytest.raises(DBAPIError, match=why):
                await connection.execute(text(statement), good | changes)

    await fails(DECIDE, "ck_recusal_decision_two_persons", head="clerk")
    await fails(DECIDE, "ck_recusal_decision_not_the_officer", head=OFFICER)
    await fails(DECIDE, "ck_recusal_decision_named", head="key")
    await fails(DECIDE, "ck_recusal_decision_outcome", outcome="postponed")
    await fails(DECIDE, "ck_recusal_decision_origin", origin="declared")
    foreign = "fk_recusal_decision_request_id_origin_requested_person_staff_no"
    await fails(DECIDE, foreign, requested="somebody")
    await fails(DECIDE, foreign, officer="somebody")
    await fails(DECIDE, foreign, id=own["id"])
    await fails(REPLACE, "fk_recusal_replacement_request_id_outcome")
    await fails(REPLACE, "ck_recusal_replacement_outcome", outcome="refused")
    await decided(given, made, "refused")
    await fails(DECIDE, "pk_recusal_decision")
    await fails(REPLACE, "fk_recusal_replacement_request_id_outcome")
    for table in ("recusal_request", "recusal_decision"):
        await fails(f"UPDATE openlot.{table} SET department_code = 'x'", "permission denied")
        await fails(f"DELETE FROM openlot.{table}", "permission denied")
    await engine.dispose()


async def test_a_valid_certificate_is_no_reason_for_a_replacement(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    clerk = await given.officer_key("clerk")
    path = f"/v1/inspection-tasks/{task['national_key']}/replacements"
    body = replacement_body(part, reason="certificate")
    problem = await refused(given, superuser, path, clerk, body, (409, "certificate-valid"))
    assert part["officers"][0] in problem["texts"]["zh-CN"]
    assert task["window_end"] in problem["texts"]["en"]
    header = "staff_no,name,certificate_no,certificate_valid_to,item_codes\n"
    row = f"{part['officers'][0]},执法员,证1,2026-11-29,SC-01\n"
    await given.inspectors(key, csv=header + row)
    assert (await given.post(path, clerk, json=body))["reason"] == "certificate"


async def test_a_found_case_is_opened_once_and_beside_no_other(given: Given, key: Key) -> None:
    task = await given.task(key)
    part = (await given.parts(key, task))[0]
    made = await requested(given, part)
    await declared(given, part, part["officers"][0])
    await settle(given)
    assert sorted(one["origin"] for one in await recusals(given, key)) == ["declared", "requested"]
    await decided(given, made, "refused")
    await settle(given)
    origins = sorted(one["origin"] for one in await recusals(given, key))
    assert origins == ["declared", "found", "requested"]
    await declared(given, part, part["officers"][1])
    await settle(given)
    found = [one["staff_no"] for one in await recusals(given, key) if one["origin"] == "found"]
    assert sorted(found) == sorted(part["officers"])
