"""Campaigns 综合查一次: several lines of several departments, one seed, one ticket per object."""

import io
import zipfile

import httpx
import pytest

from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.draws.changing import VOID, changed, refused, selected, substitution
from tests.draws.test_substitutions import gone
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.joint_registry(key)
    await given.objects(key, department=OTHER_DEPARTMENT)
    return key


async def lines(given: Given, key: Key) -> tuple[str, str]:
    """A line of each department; the other's objects have no class."""
    first = await given.plan_line(key)
    plan = await given.plan(key, OTHER_DEPARTMENT)
    items = [{"department_code": OTHER_DEPARTMENT, "item_code": "SC-01"}]
    rates = [{"credit_class": "U", "rate": "0.5"}]
    second = await given.plan_line(key, plan, items=items, class_rates=rates)
    await given.publish_plan(key, plan)
    return first, second


async def campaign(given: Given, key: Key) -> tuple[str, str, str]:
    """The address of a campaign that was drawn, and its two lines."""
    first, second = await lines(given, key)
    address = await given.draw(key, first, campaign_line_codes=[second])
    return await given.finish(key, address), first, second


async def test_each_line_is_a_part_with_its_own_lists_and_one_ticket_per_object(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address, first, second = await campaign(given, key)
    body = (await http.get(address, auth=key)).json()
    assert [one["plan_line_code"] for one in body["parts"]] == [first, second]
    drawn = await selected(http, address, key)
    of_second = [one for one in drawn if one["stratum"] == "U"]
    of_first = {one["object_code"]: one["ticket"] for one in drawn if one["stratum"] != "U"}
    assert len(of_second) == 20
    both = [one for one in of_second if one["object_code"] in of_first]
    assert both
    assert all(one["ticket"] == of_first[one["object_code"]] for one in both)


async def test_the_bundles_of_a_campaign_verify(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address, *_ = await campaign(given, key)
    vkey = (await http.get("/v1/ledger/key")).json()["vkey"]
    for profile in ("audit", "public"):
        content = (await http.get(f"{address}/bundles/{profile}", auth=key)).content
        report = verify_bundle(read_bundle(content), log_key=vkey)
        assert report.ok, report
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
        assert len([n for n in names if n.endswith("frame.tsv")]) == (profile == "audit") * 2
        assert len([n for n in names if n.endswith("published.tsv")]) == (profile != "audit") * 2


async def test_each_line_is_dispatched_with_its_own_officers(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address, first, second = await campaign(given, key)
    drawn = await selected(http, address, key)
    for line, is_second in ((first, False), (second, True)):
        await given.officers(key, line)
        task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
        wanted = {o["object_code"] for o in drawn if (o["stratum"] == "U") is is_second}
        assert {part["object_code"] for part in await given.parts(key, task)} == wanted
        assert task["target_draw_id"] == address.split("/")[3]
    assert (await http.get(address, auth=key)).json()["state"] == "dispatched"


async def test_a_line_is_drawn_once_a_round(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    _, first, second = await campaign(given, key)
    for code in (first, second):
        await refused(
            http, "/v1/draws", key, {"plan_line_code": code}, status=409, code="draw-exists"
        )
    body = {"plan_line_code": second, "campaign_line_codes": [second], "round": 2}
    await refused(http, "/v1/draws", key, body, status=422, code="campaign-line-twice")


async def test_a_campaign_needs_sight_of_every_department(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    first, second = await lines(given, key)
    await given.publish_plan(key, first.rpartition("-")[0])
    own = await given.key(department=DEPARTMENT)
    body = {"plan_line_code": first, "campaign_line_codes": [second]}
    answer = await http.post("/v1/draws", auth=own, json=body)
    assert answer.status_code == 404, answer.text


async def test_a_further_attempt_has_the_same_parts(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address, first, second = await campaign(given, key)
    await changed(given, key, address, VOID)
    again = await given.post(address.rpartition("/")[0], key)
    assert [one["plan_line_code"] for one in again["parts"]] == [first, second]
    await given.finish(key, f"{address.rpartition('/')[0]}/2")


async def test_a_substitution_names_the_line_whose_list_it_is(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address, _, second = await campaign(given, key)
    drawn = await selected(http, address, key)
    code = next(one["object_code"] for one in drawn if one["stratum"] != "U")
    await gone(given, key, code)
    await changed(given, key, address, substitution(code))
    unknown = substitution(code, plan_line_code="610403-SCJG-2026-001-77")
    await refused(http, f"{address}/changes", key, unknown, status=422, code="draw-part-unknown")
    after = await selected(http, address, key)
    assert len([one for one in after if one["stratum"] == "U"]) == 20
    assert second
