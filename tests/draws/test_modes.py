"""Modes of inspector draws: whom an object's station or district lets in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.draws.offices import (
    assignment_of,
    district,
    district_of,
    line_drawn,
    objects_csv,
    officers_csv,
    open_offices,
    seats_of,
    station,
    station_of,
    told_freeze,
)
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import counts

ALLOWED = ("v", "teams", "inspectors", "slack")


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await open_offices(given, key)
    yield key
    given.now_again()


def fits(mode: str, code: str, staff_no: str) -> bool:
    """Said by the office's own words, apart from the code."""
    return {
        "station": station(staff_no) == station_of(code),
        "across-stations": station(staff_no) != station_of(code),
        "district": district(staff_no) == district_of(code),
        "across-districts": district(staff_no) != district_of(code),
        "whole-pool": True,
    }[mode]


@pytest.mark.parametrize(
    "mode", ["station", "across-stations", "district", "across-districts", "whole-pool"]
)
async def test_a_mode_lets_in_whom_it_says(
    given: Given, key: Key, superuser: AsyncEngine, mode: str
) -> None:
    line = await line_drawn(given, key)
    draw_id = await given.officers(key, line, mode=mode)
    found = await seats_of(given, key, draw_id)
    assert len(found) == 16
    assert len({station_of(seat["object_code"]) for seat in found}) >= 2
    for seat in found:
        assert fits(mode, seat["object_code"], seat["staff_no"]), seat
    assert (await told_freeze(given, key, draw_id))["mode"] == mode
    shown = await given.http.get(f"/v1/draws/{draw_id}/attempts/1", auth=key)
    assert shown.json()["mode"] == mode
    # Anybody else may be drawn: every officer who fits may take a seat of the team, none else.
    assignment = await assignment_of(superuser, draw_id)
    assert tuple(assignment) == tuple(sorted(ALLOWED))
    for team in assignment["teams"]:
        (group,) = team["groups"]
        for one in assignment["inspectors"]:
            tags = set(one["tags"])
            able = tags.issuperset(group["requires"]) and tags.isdisjoint(group["forbids"])
            assert able == fits(mode, team["id"], one["id"]), (team["id"], one["id"])


async def test_the_whole_pool_is_drawn_from_if_no_mode_is_asked_for(given: Given, key: Key) -> None:
    line = await line_drawn(given, key)
    draw_id = await given.officers(key, line)
    assert (await told_freeze(given, key, draw_id))["mode"] == "whole-pool"
    target = await given.http.get(f"/v1/draws/{line}-T1/attempts/1", auth=key)
    assert (target.json()["mode"], target.json()["experts"]) == (None, [])


async def test_a_mode_that_does_not_exist_is_refused(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await line_drawn(given, key)
    before = await counts(superuser)
    body = {"plan_line_code": line, "stage": "inspector", "mode": "by-hand"}
    answer = await given.http.post("/v1/draws", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["pointer"] == "/mode"
    assert await counts(superuser) == before


@pytest.mark.parametrize(
    ("mode", "field", "reason"),
    [
        ("station", "station", "station-unknown"),
        ("across-stations", "station", "station-unknown"),
        ("district", "region_code", "region-unknown"),
        ("across-districts", "region_code", "region-unknown"),
        ("whole-pool", "station", None),
    ],
)
async def test_who_has_no_station_or_region_on_record_cannot_be_told_apart(
    given: Given, key: Key, mode: str, field: str, reason: str | None
) -> None:
    await given.inspectors(key, csv=officers_csv(changed={16: {field: ""}}))
    line = await line_drawn(given, key)
    draw_id = await given.officers(key, line, mode=mode)
    told = await told_freeze(given, key, draw_id)
    assert told["left_out"] == ({} if reason is None else {reason: 1})
    assert told["eligible"] == (16 if reason is None else 15)


@pytest.mark.parametrize("mode", ["station", "across-stations"])
async def test_objects_without_a_station_are_named_at_freeze(
    given: Given, key: Key, superuser: AsyncEngine, mode: str
) -> None:
    await given.objects(key, objects_csv(without_station=range(1, 41)))
    line = await line_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", mode=mode)
    before = await counts(superuser)
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "object-station-unknown")
    assert "8 个" in answer.json()["texts"]["zh-CN"]
    report = await given.http.get(f"{address}/load-report", auth=key)
    assert (report.status_code, report.json()["code"]) == (422, "object-station-unknown")
    assert await counts(superuser) == before


async def test_a_station_with_too_few_officers_is_told_with_its_name(
    given: Given, key: Key
) -> None:
    few = {n: {"status": "失效"} for n in (4, 8, 12)}
    await given.inspectors(key, csv=officers_csv(changed=few))
    line = await line_drawn(given, key)
    address = await given.draw(key, line, stage="inspector", mode="station")
    report = (await given.http.get(f"{address}/load-report", auth=key)).json()
    places = {one["place"]: one["people"] for one in report["demands"]}
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert places["李台所"] == 1
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    assert "李台所" in answer.json()["texts"]["zh-CN"]


async def joint(given: Given, key: Key, mode: str, **objects: Any) -> list[dict[str, Any]]:
    """Seats of a draw of two departments; `objects` is the second one's own directory."""
    partner = {n: {"station": "应急一所", "region_code": "610403"} for n in range(1, 17)}
    await given.inspectors(key, OTHER_DEPARTMENT, officers_csv(OTHER_DEPARTMENT, changed=partner))
    if objects:
        await given.objects(key, objects["csv"], OTHER_DEPARTMENT)
    both = [{"department_code": d, "item_code": "SC-01"} for d in (DEPARTMENT, OTHER_DEPARTMENT)]
    line = await line_drawn(given, key, items=both)
    return await seats_of(given, key, await given.officers(key, line, mode=mode))


async def test_a_partner_that_keeps_no_entry_of_an_object_is_not_bound_to_a_station(
    given: Given, key: Key
) -> None:
    found = await joint(given, key, "station")
    mine = [one for one in found if one["department_code"] == DEPARTMENT]
    assert len(found) == 2 * len(mine) == 32
    assert all(station(one["staff_no"]) == station_of(one["object_code"]) for one in mine)


async def test_each_department_goes_by_its_own_entry_of_an_object(given: Given, key: Key) -> None:
    own = objects_csv()
    for name in ("李台所", "五泉所", "中山所", "渭阳所"):
        own = own.replace(name, "应急一所")
    found = await joint(given, key, "station", csv=own)
    assert len(found) == 32
    line = found[0]["draw_id"].rpartition("-")[0]
    await given.finish(key, await given.draw(key, line, round=2))
    address = await given.draw(key, line, stage="inspector", round=2, mode="across-stations")
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    assert OTHER_DEPARTMENT in answer.json()["texts"]["en"]
