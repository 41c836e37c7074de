"""Officers are drawn for the drawn objects: two of each department, qualified, not recused."""

import io
import json
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, inspectors_csv


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def seats(http: httpx.AsyncClient, draw_id: str, key: Key) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    answer = (await http.get(f"/v1/draws/{draw_id}/seats?limit=200", auth=key)).json()
    found.extend(answer["items"])
    return found


async def test_each_object_gets_two_officers_of_each_department(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    _, draw_id = await given.officers_drawn(key)
    found = await seats(http, draw_id, key)
    objects = {seat["object_code"] for seat in found}
    assert len(objects) == 8
    for code in objects:
        mine = [seat for seat in found if seat["object_code"] == code]
        assert sorted(seat["department_code"] for seat in mine) == [
            DEPARTMENT,
            DEPARTMENT,
            OTHER_DEPARTMENT,
            OTHER_DEPARTMENT,
        ]
        assert len({seat["staff_no"] for seat in mine}) == 4


async def test_the_bundle_of_the_inspector_draw_verifies(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    _, draw_id = await given.officers_drawn(key)
    address = f"/v1/draws/{draw_id}/attempts/1/bundles"
    bundle = (await http.get(f"{address}/audit", auth=key)).content
    vkey = (await http.get("/v1/ledger/key")).json()["vkey"]
    assert verify_bundle(read_bundle(bundle), log_key=vkey).ok
    public = await http.get(f"{address}/public", auth=key)
    assert (public.status_code, public.json()["code"]) == (404, "no-public-bundle")


async def test_an_officer_with_an_interest_is_never_seated_there(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.joint_line(key)
    target = await given.finish(key, await given.draw(key, line))
    drawn = (await http.get(f"{target}/selected", auth=key)).json()["items"]
    recused = {f"{DEPARTMENT}-{n:04d}" for n in range(1, 9)}
    for item in drawn:
        for staff_no in sorted(recused):
            body = {
                "department_code": DEPARTMENT,
                "staff_no": staff_no,
                "object_code": item["object_code"],
                "ground": "kinship",
            }
            await given.post("/v1/registry/interests", key, json=body)
    address = await given.finish(key, await given.draw(key, line, stage="inspector"))
    found = await seats(http, address.split("/")[3], key)
    assert not recused & {seat["staff_no"] for seat in found}


async def test_an_officer_whose_certificate_ends_inside_the_window_is_left_out(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    expiring = inspectors_csv(DEPARTMENT, 6, valid_to="2026-11-29")
    await given.inspectors(key, csv=expiring)
    line, draw_id = await given.officers_drawn(key)
    steps = (await http.get(f"/v1/draws/{draw_id}/attempts/1", auth=key)).json()["steps"]
    assert steps[1]["details"]["left_out"] == {"certificate-expires": 6}
    found = await seats(http, draw_id, key)
    assert not {f"{DEPARTMENT}-{n:04d}" for n in range(1, 7)} & {s["staff_no"] for s in found}
    assert line


async def test_too_few_officers_are_known_at_freeze_in_numbers(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.joint_line(key)
    await given.finish(key, await given.draw(key, line))
    address = await given.draw(key, line, stage="inspector", cap=1)
    answer = await http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    assert "16" in answer.json()["texts"]["zh-CN"]
    assert (await http.get(address, auth=key)).json()["state"] == "draft"


async def test_officers_cannot_be_drawn_before_the_objects(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.joint_line(key)
    await given.publish_plan(key, line.rpartition("-")[0])
    body = {"plan_line_code": line, "stage": "inspector"}
    answer = await http.post("/v1/draws", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "stage-not-ready")


async def test_nothing_is_drawn_on_a_plan_that_is_not_published(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line = await given.joint_line(key)
    answer = await http.post("/v1/draws", auth=key, json={"plan_line_code": line})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan-not-published")


async def test_loads_of_earlier_draws_count(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    line, _ = await given.officers_drawn(key)
    await given.finish(key, await given.draw(key, line, round=2))
    address = await given.finish(key, await given.draw(key, line, stage="inspector", round=2))
    bundle = (await http.get(f"{address}/bundles/audit", auth=key)).content
    assignment = json.loads(zipfile.ZipFile(io.BytesIO(bundle)).read("assignment.json"))
    loads = {one["id"]: one["load"] for one in assignment["inspectors"]}
    assert sum(loads.values()) == 32
    assert max(loads.values()) - min(loads.values()) <= 2


async def test_the_input_of_the_inspector_draw_cannot_be_guessed_from_its_digest(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    _, draw_id = await given.officers_drawn(key)
    address = f"/v1/draws/{draw_id}/attempts/1/bundles/audit"
    bundle = (await http.get(address, auth=key)).content
    assignment = zipfile.ZipFile(io.BytesIO(bundle)).read("assignment.json").decode()
    assert assignment.count("nonce:") == 1


async def test_the_log_hides_a_result_that_is_not_public_yet(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.officers_drawn(key)
    entries = (await http.get("/v1/ledger/entries?limit=200")).json()["items"]
    shown = "".join(entry["data"] or "" for entry in entries)
    assert "draw.committed" in shown
    assert "draw.drawn" not in shown
    assert sum(entry["data"] is None for entry in entries) == 2
