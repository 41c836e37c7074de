"""Voids and further attempts: two persons, nothing hidden, new randomness."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sampling.openlot1 import canonical
from tests.draws.changing import VOID, changed, decide, refused, selected
from tests.factories import Given, Key


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


def next_attempt(address: str) -> str:
    return address.rpartition("/")[0]


async def shown(http: httpx.AsyncClient, address: str, key: Key) -> dict[str, object]:
    body: dict[str, object] = (await http.get(address, auth=key)).json()
    return body


@pytest.mark.parametrize("state", ["committed", "seeded", "drawn"])
async def test_a_void_ends_the_attempt_and_the_next_one_has_its_own_commitment(
    http: httpx.AsyncClient, given: Given, key: Key, state: str
) -> None:
    address = await getattr(given, state)(key)
    given.now_again()
    before = (await shown(http, address, key))["steps"]
    await changed(given, key, address, VOID)
    body = await shown(http, address, key)
    assert body["state"] == "voided"
    assert body["steps"][:-1] == before
    assert body["steps"][-1]["details"]["reason"] == "ceremony-flawed"
    again = await given.post(next_attempt(address), key)
    assert (again["attempt"], again["previous_attempt"]) == (2, 1)
    second = await given.finish(key, f"{next_attempt(address)}/2")
    kept = (await http.get(f"{second}/bundles/audit", auth=key)).content
    steps = {s["state"]: s["details"] for s in (await shown(http, address, key))["steps"]}
    members = read(kept)
    commitment = canonical.loads(members["commitment.json"])
    assert commitment["previous"] == steps["committed"]["cd"]
    assert commitment["attempt"] == 2


def read(bundle: bytes) -> dict[str, bytes]:
    from app.sampling.openlot1.evidence import read_bundle, verify_bundle

    members = read_bundle(bundle)
    report = verify_bundle(members, log_key=None)
    assert report.ok, report
    return members


async def test_a_void_before_the_draw_binds_the_result_that_the_seed_would_have_given(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    voided = await given.seeded(key)
    given.now_again()
    await changed(given, key, voided, VOID)
    details = (await shown(http, voided, key))["steps"][-1]["details"]
    assert len(details["result"]) == 64
    assert details["from"] == "seeded"
    assert details["strata"]


async def test_a_void_after_the_draw_repeats_its_result(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    drawn = (await shown(http, address, key))["steps"][-1]["details"]
    await changed(given, key, address, VOID)
    details = (await shown(http, address, key))["steps"][-1]["details"]
    assert (details["result"], details["strata"]) == (drawn["result"], drawn["strata"])


async def test_who_asks_does_not_decide(http: httpx.AsyncClient, given: Given, key: Key) -> None:
    address = await given.committed(key)
    clerk = await given.key(sees=("*",), person="clerk")
    other_key_of_the_clerk = await given.key(sees=("*",), person="clerk")
    asked = await given.post(f"{address}/changes", clerk, json=VOID)
    path = f"{address}/changes/{asked['number']}/decision"
    for one in (clerk, other_key_of_the_clerk):
        await refused(
            http, path, one, {"decision": "approved"}, status=409, code="draw-change-same-person"
        )
    assert (await shown(http, address, key))["state"] == "committed"


async def test_a_declined_change_changes_nothing_and_is_decided_once(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.committed(key)
    asked = await given.post(f"{address}/changes", key, json=VOID)
    declined = await decide(given, address, asked["number"], "declined")
    assert (declined["decision"], declined["decided_person"]) == ("declined", "head-of-office")
    head = await given.key(sees=("*",), person="head-of-office")
    path = f"{address}/changes/{asked['number']}/decision"
    await refused(
        http, path, head, {"decision": "approved"}, status=409, code="draw-change-decided-already"
    )
    assert (await shown(http, address, key))["state"] == "committed"
    listed = (await http.get(f"{address}/changes", auth=key)).json()["items"]
    assert [one["decision"] for one in listed] == ["declined"]


async def test_a_wrong_body_is_answered_with_the_places_of_the_body(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.committed(key)
    body = {"kind": "void", "reason": "did-not-suit"}
    errors = (await http.post(f"{address}/changes", auth=key, json=body)).json()["errors"]
    assert [one["pointer"] for one in errors] == ["/reason", "/evidence"]
    assert " or " not in errors[0]["texts"]["zh-CN"]


async def test_two_decisions_at_once_give_one(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.committed(key)
    asked = await given.post(f"{address}/changes", key, json=VOID)
    heads = [await given.key(sees=("*",), person=f"head-{n}") for n in range(4)]
    path = f"{address}/changes/{asked['number']}/decision"
    answers = await asyncio.gather(
        *(http.post(path, auth=head, json={"decision": "approved"}) for head in heads)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("state", ["draft", "frozen"])
async def test_there_is_no_void_before_the_commitment(
    http: httpx.AsyncClient, given: Given, key: Key, state: str
) -> None:
    address = await (given.draw(key) if state == "draft" else given.frozen(key))
    await refused(http, f"{address}/changes", key, VOID, status=409, code="draw-not-committed")


async def test_a_voided_attempt_takes_no_further_step(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.seeded(key)
    await changed(given, key, address, VOID)
    for step, body in (("result", None), ("freeze", None), ("changes", VOID)):
        await refused(http, f"{address}/{step}", key, body, status=409, code="draw-voided")


async def test_a_standing_attempt_has_no_successor(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    await refused(http, next_attempt(address), key, None, status=409, code="attempt-stands")


async def test_objects_are_not_voided_while_officers_are_drawn_for_them(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.inspectors(key)
    address = await given.drawn(key)
    line = address.split("/")[3].removesuffix("-T1")
    officers = await given.freeze(key, await given.draw(key, line, stage="inspector"))
    await refused(http, f"{address}/changes", key, VOID, status=409, code="officers-stand")
    await given.commit(key, officers)
    await changed(given, key, officers, VOID)
    await changed(given, key, address, VOID)
    assert (await shown(http, address, key))["state"] == "voided"


async def test_a_dispatched_draw_is_not_voided(http: httpx.AsyncClient, given: Given) -> None:
    key = await given.admin()
    await given.joint_registry(key)
    task = await given.task(key)
    for draw in (task["target_draw_id"], task["inspector_draw_id"]):
        address = f"/v1/draws/{draw}/attempts/1"
        assert (await shown(http, address, key))["state"] == "dispatched"
        await refused(
            http, f"{address}/changes", key, VOID, status=409, code="draw-dispatched-already"
        )


async def test_officers_of_a_second_attempt_hold_the_seats_and_the_load(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.joint_registry(key)
    line, draw_id = await given.officers_drawn(key)
    address = f"/v1/draws/{draw_id}/attempts/1"
    first = (await http.get(f"/v1/draws/{draw_id}/seats", auth=key)).json()["items"]
    await changed(given, key, address, VOID)
    assert (await http.get(f"/v1/draws/{draw_id}/seats", auth=key)).json()["items"] == []
    await given.post(next_attempt(address), key)
    await given.finish(key, f"{next_attempt(address)}/2")
    second = (await http.get(f"/v1/draws/{draw_id}/seats", auth=key)).json()["items"]
    places = [(s["object_code"], s["department_code"], s["seat"]) for s in first]
    assert [(s["object_code"], s["department_code"], s["seat"]) for s in second] == places
    assert {seat["turn"] for seat in second} == {2}
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    assert task["inspector_draw_id"] == draw_id


@pytest.mark.parametrize(
    ("attempt", "previous", "state", "broken"),
    [
        (2, None, None, "after_void"),
        (2, 1, "drawn", "after_void"),
        (3, 1, "voided", "after_void"),
        (2, 1, "voided", "previous"),
    ],
)
async def test_the_database_itself_refuses_an_attempt_without_a_void(
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    attempt: int,
    previous: int | None,
    state: str | None,
    broken: str,
) -> None:
    address = await given.committed(key)
    draw_id = address.split("/")[3]
    async with superuser.connect() as connection:
        columns = "department_code, plan_line_code, stage, round, replacement, purpose, alg, scope"
        with pytest.raises(IntegrityError, match=broken):
            await connection.execute(
                text(
                    f"INSERT INTO openlot.draw (draw_id, attempt, previous_attempt,"
                    f" previous_state, {columns}) SELECT draw_id, :attempt, :previous, :state,"
                    f" {columns} FROM openlot.draw WHERE draw_id = :draw AND attempt = 1"
                ),
                {"attempt": attempt, "previous": previous, "state": state, "draw": draw_id},
            )


async def test_the_database_itself_refuses_a_step_beside_another(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    """A void of a committed attempt that already has its seed would fork its life."""
    address = await given.seeded(key)
    draw_id = address.split("/")[3]
    async with superuser.connect() as connection:
        with pytest.raises(IntegrityError, match="state_before"):
            await connection.execute(
                text(
                    "INSERT INTO openlot.draw_step SELECT draw_id, attempt, 'voided',"
                    " 'committed', department_code, details, event_id, taken_at, taken_by"
                    " FROM openlot.draw_step WHERE draw_id = :draw AND state = 'committed'"
                ),
                {"draw": draw_id},
            )


async def test_the_database_itself_refuses_a_step_that_follows_none(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    address = await given.frozen(key)
    draw_id = address.split("/")[3]
    async with superuser.connect() as connection:
        with pytest.raises(IntegrityError, match="order"):
            await connection.execute(
                text(
                    "INSERT INTO openlot.draw_step SELECT draw_id, attempt, 'drawn', NULL,"
                    " department_code, details, event_id, taken_at, taken_by"
                    " FROM openlot.draw_step WHERE draw_id = :draw AND state = 'frozen'"
                ),
                {"draw": draw_id},
            )


async def test_the_public_log_tells_a_void_at_once_and_not_its_result(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    details = (await shown(http, address, key))["steps"][-1]["details"]
    await changed(given, key, address, VOID)
    entries = await every_entry(http)
    voids = [one for one in entries if one.get("type") == "draw.voided"]
    assert voids[-1]["public"]["reason"] == "ceremony-flawed"
    assert details["result"] not in str(entries)


async def every_entry(http: httpx.AsyncClient) -> list[dict[str, object]]:
    """The entries whose content the log shows."""
    found: list[dict[str, object]] = []
    params: dict[str, object] = {"limit": 200}
    while True:
        page = (await http.get("/v1/ledger/entries", params=params)).json()
        shown = [item["data"] for item in page["items"] if item["data"] is not None]
        found += [canonical.loads(data.encode()) for data in shown]
        if page["next"] is None:
            return found
        params["after"] = page["next"]


async def test_the_list_of_a_voided_attempt_is_still_there_for_officials(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = await selected(http, address, key)
    await changed(given, key, address, VOID)
    assert await selected(http, address, key) == before
