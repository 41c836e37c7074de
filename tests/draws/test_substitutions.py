"""Substitutions: an objective cause takes the next reserve; a closed door does not."""

import httpx
import pytest

from tests.draws.changing import changed, refused, selected, substitution
from tests.factories import Given, Key, object_code, objects_csv


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    await given.inspectors(key)
    return key


def without(csv: str, *codes: str) -> str:
    """The list of objects in which some are deregistered."""
    rows = [
        line.replace("存续", "注销") if line.split(",")[0] in codes else line
        for line in csv.splitlines()
    ]
    return "\n".join(rows) + "\n"


async def gone(given: Given, key: Key, *codes: str) -> None:
    await given.objects(key, without(objects_csv(), *codes))


async def test_a_deregistered_object_gives_way_to_the_next_reserve(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = await selected(http, address, key)
    leaving = before[0]
    await gone(given, key, leaving["object_code"])
    change = await changed(given, key, address, substitution(leaving["object_code"]))
    after = await selected(http, address, key)
    entered = change["details"]["substitute_code"]
    assert {one["object_code"] for one in after} == {
        entered,
        *(one["object_code"] for one in before[1:]),
    }
    assert len(after) == len(before)
    taken = next(one for one in after if one["object_code"] == entered)
    drawn_there = [one for one in before if one["stratum"] == leaving["stratum"]]
    assert taken["stratum"] == leaving["stratum"]
    assert taken["rank"] == len(drawn_there) + 1
    assert all(one["ticket"] < taken["ticket"] for one in drawn_there)


async def test_nothing_moves_before_another_person_agrees(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    before = await selected(http, address, key)
    code = before[0]["object_code"]
    await gone(given, key, code)
    asked = await given.post(f"{address}/changes", key, json=substitution(code))
    assert asked["decision"] is None
    assert await selected(http, address, key) == before


@pytest.mark.parametrize("reason", ["deregistered", "moved-away", "duplicate"])
async def test_a_closed_door_is_no_cause(
    http: httpx.AsyncClient, given: Given, key: Key, reason: str
) -> None:
    address = await given.drawn(key)
    code = (await selected(http, address, key))[0]["object_code"]
    body = substitution(code, reason=reason)
    await refused(http, f"{address}/changes", key, body, status=422, code="cause-not-shown")


async def test_a_reason_of_ones_own_is_refused(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    code = (await selected(http, address, key))[0]["object_code"]
    body = substitution(code, reason="closed-door")
    await refused(http, f"{address}/changes", key, body, status=422, code="invalid-input")


async def test_a_duplicate_names_the_other_code_that_is_there(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    drawn = await selected(http, address, key)
    code = drawn[0]["object_code"]
    others = {object_code(n) for n in range(1, 41)} - {one["object_code"] for one in drawn}
    body = substitution(code, reason="duplicate", duplicate_of=min(others))
    change = await changed(given, key, address, body)
    assert change["details"]["duplicate_of"] == min(others)
    mistaken = {**body, "object_code": drawn[1]["object_code"]}
    mistaken["duplicate_of"] = drawn[1]["object_code"]
    await refused(http, f"{address}/changes", key, mistaken, status=422, code="cause-not-shown")


async def test_a_reserve_that_is_gone_itself_is_passed_over_and_reserves_end(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    code = (await selected(http, address, key))[0]["object_code"]
    await gone(given, key, code)
    path = f"{address}/changes"
    entered = (await given.post(path, key, json=substitution(code)))["details"]["substitute_code"]
    await gone(given, key, code, entered)
    await refused(http, path, key, substitution(code), status=422, code="reserves-exhausted")


async def test_only_a_drawn_object_is_substituted(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    drawn = {one["object_code"] for one in await selected(http, address, key)}
    other = min({object_code(n) for n in range(1, 41)} - drawn)
    await refused(
        http,
        f"{address}/changes",
        key,
        substitution(other),
        status=422,
        code="object-not-selected",
    )


async def test_one_of_two_requests_for_the_same_reserve_is_overtaken(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    drawn = await selected(http, address, key)
    in_d = [one["object_code"] for one in drawn if one["stratum"] == "D"][:2]
    await gone(given, key, *in_d)
    asked = [await given.post(f"{address}/changes", key, json=substitution(code)) for code in in_d]
    head = await given.key(sees=("*",), person="head-of-office")
    first, second = (f"{address}/changes/{one['number']}/decision" for one in asked)
    await given.post(first, head, json={"decision": "approved"})
    await refused(
        http, second, head, {"decision": "approved"}, status=409, code="draw-change-overtaken"
    )


async def test_officers_visit_the_substitute(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    line = address.split("/")[3].removesuffix("-T1")
    code = (await selected(http, address, key))[0]["object_code"]
    await gone(given, key, code)
    change = await changed(given, key, address, substitution(code))
    officers = await given.officers(key, line)
    seats = (await http.get(f"/v1/draws/{officers}/seats", auth=key)).json()["items"]
    visited = {seat["object_code"] for seat in seats}
    assert change["details"]["substitute_code"] in visited
    assert code not in visited
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    parts = await given.parts(key, task)
    assert {part["object_code"] for part in parts} == visited


async def test_a_list_on_which_officers_are_drawn_is_not_changed(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.drawn(key)
    line = address.split("/")[3].removesuffix("-T1")
    code = (await selected(http, address, key))[0]["object_code"]
    await gone(given, key, code)
    await given.freeze(key, await given.draw(key, line, stage="inspector"))
    await refused(
        http, f"{address}/changes", key, substitution(code), status=409, code="officers-stand"
    )


async def test_there_is_nothing_to_substitute_before_the_draw(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = await given.seeded(key)
    given.now_again()
    await refused(
        http,
        f"{address}/changes",
        key,
        substitution(object_code(1)),
        status=409,
        code="draw-not-drawn",
    )
