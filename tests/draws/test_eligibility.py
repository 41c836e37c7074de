"""Who may be drawn: certificates, status, leave, qualifications of items, and who came last."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.draws.offices import (
    assignment_of,
    line_drawn,
    officers_csv,
    open_offices,
    seats_of,
    told_freeze,
)
from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    inspectors_csv,
    rates_of,
)
from tests.watching import counts

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 27)
"""Monday of the first and Friday of the last week of a window."""
WINDOW = {"window_start": FIRST.isoformat(), "window_end": LAST.isoformat()}


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await open_offices(given, key)
    yield key
    given.now_again()


async def left_out(
    given: Given, key: Key, line: str, on: date | None = None, **options: Any
) -> dict[str, int]:
    """Who could not be drawn, if officers were drawn on a day."""
    if on is not None:
        given.at(datetime(on.year, on.month, on.day, 4, tzinfo=UTC))
    address = await given.draw(key, line, stage="inspector", **options)
    answer = await given.http.get(f"{address}/load-report", auth=key)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()["left_out"]
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"certificate_valid_to": "2026-03-27"}, {}),
        ({"certificate_valid_to": "2026-03-26"}, {"certificate-expires": 1}),
        ({"certificate_no": "a;b", "certificate_valid_to": "2026-03-01;2026-03-27"}, {}),
        ({"status": "失效"}, {"inactive": 1}),
        ({"status_to": "2026-03-27"}, {}),
        ({"status_to": "2026-03-26"}, {"inactive": 1}),
        ({"status_from": "2026-03-27"}, {}),
        ({"status_from": "2026-03-28"}, {"inactive": 1}),
        ({"status": "失效", "status_to": "2026-03-10"}, {}),
        ({"status": "失效", "status_from": "2026-03-28"}, {}),
    ],
)
async def test_certificate_and_status_reach_to_the_end_of_the_window(
    given: Given, key: Key, fields: dict[str, str], expected: dict[str, int]
) -> None:
    await given.inspectors(key, csv=officers_csv(changed={1: fields}))
    line = await line_drawn(given, key, **WINDOW)
    assert await left_out(given, key, line) == expected


async def take_leave(given: Given, key: Key, first: date, last: date) -> dict[str, Any]:
    body = {
        "department_code": DEPARTMENT,
        "staff_no": f"{DEPARTMENT}-0001",
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "reason": "进修",
    }
    return await given.post("/v1/registry/inspector-leaves", key, json=body)


@pytest.mark.parametrize(
    ("leave", "on", "expected"),
    [
        ([(0, 25)], None, {"on-leave": 1}),
        ([(0, 11), (12, 25)], None, {"on-leave": 1}),
        ([(-3, 30)], None, {"on-leave": 1}),
        ([(0, 24)], None, {}),
        ([(1, 25)], None, {}),
        ([(14, 25)], None, {}),
        ([(14, 25)], FIRST + timedelta(days=12), {"on-leave": 1}),
        ([(14, 25)], FIRST + timedelta(days=11), {}),
        ([(-9, -1)], None, {}),
    ],
)
async def test_who_is_away_on_every_working_day_that_is_left_is_not_drawn(
    given: Given,
    key: Key,
    leave: list[tuple[int, int]],
    on: date | None,
    expected: dict[str, int],
) -> None:
    """`leave` in days after the first of the window, `on` the day of the draw, or before it. Day 12
    is a Saturday: nothing is missed on it and the next day."""
    for first, last in leave:
        await take_leave(given, key, FIRST + timedelta(days=first), FIRST + timedelta(days=last))
    line = await line_drawn(given, key, **WINDOW)
    assert await left_out(given, key, line, on or FIRST - timedelta(days=5)) == expected


async def test_leave_that_was_withdrawn_keeps_nobody_away(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    made = await take_leave(given, key, FIRST, LAST)
    line = await line_drawn(given, key, **WINDOW)
    before = FIRST - timedelta(days=5)
    assert await left_out(given, key, line, before) == {"on-leave": 1}
    given.now_again()
    copied = ("department_code", "staff_no", "starts_on", "ends_on", "reason")
    body = {name: made[name] for name in copied} | {"withdrawn": True, "replaces_id": made["id"]}
    await given.post("/v1/registry/inspector-leaves", key, json=body)
    address = f"/v1/draws/{line}-I1/attempts/1"
    given.at(datetime(2026, 2, 25, 4, tzinfo=UTC))
    report = (await given.http.get(f"{address}/load-report", auth=key)).json()
    assert (report["left_out"], report["people"]) == ({}, 16)
    given.now_again()
    await given.freeze(key, address)
    assignment = await assignment_of(superuser, f"{line}-I1")
    assert f"{DEPARTMENT}-0001" in {one["id"] for one in assignment["inspectors"]}


async def test_every_item_and_its_qualifications_are_asked_for(given: Given, key: Key) -> None:
    items: list[dict[str, Any]] = [
        {"code": "SC-01", "name": "登记事项检查"},
        {"code": "SC-02", "name": "药品经营检查", "qualifications": ["药品检查员"]},
    ]
    answer = await given.upload_items(key, items)
    assert answer.status_code == 201, answer.text
    await given.publish_items(key)
    both = {"item_codes": "SC-01;SC-02"}
    changed = dict.fromkeys(range(1, 9), both)
    changed |= {n: both | {"qualifications": "药品检查员"} for n in range(1, 5)}
    changed |= {9: {"item_codes": "SC-02", "qualifications": "药品检查员"}}
    await given.inspectors(key, csv=officers_csv(changed=changed))
    listed = [{"department_code": DEPARTMENT, "item_code": code} for code in ("SC-01", "SC-02")]
    line = await line_drawn(given, key, items=listed)
    draw_id = await given.officers(key, line)
    found = await seats_of(given, key, draw_id)
    able = {f"{DEPARTMENT}-{n:04d}" for n in range(1, 5)}
    assert {seat["staff_no"] for seat in found} == able
    report = await given.http.get(f"/v1/draws/{draw_id}/attempts/1/load-report", auth=key)
    (demand,) = report.json()["demands"]
    assert (demand["item_codes"], demand["qualifications"]) == (["SC-01", "SC-02"], ["药品检查员"])
    assert demand["people"] == 4


async def visited(given: Given, key: Key, line: str, round_: int, **options: Any) -> dict[str, Any]:
    """Officers of each object by a round of a line that is dispatched."""
    draw_id = await given.officers(key, line, round=round_, **options)
    body = {"plan_line_code": line, "round": round_}
    await given.post("/v1/inspection-tasks", key, json=body)
    people: dict[str, set[str]] = {}
    for seat in await seats_of(given, key, draw_id):
        people.setdefault(seat["object_code"], set()).add(seat["staff_no"])
    return {"draw_id": draw_id, "people": people}


async def next_round(given: Given, key: Key, line: str, round_: int) -> None:
    await given.finish(key, await given.draw(key, line, round=round_))


async def forced_line(given: Given, key: Key) -> str:
    """A line whose every round draws the same ten objects."""
    rates = [{"credit_class": name, "rate": "1" if name == "D" else "0"} for name in "ABCD"]
    return await line_drawn(given, key, class_rates=rates)


async def test_who_inspected_an_object_the_last_time_does_not_come_again(
    given: Given, key: Key
) -> None:
    line = await forced_line(given, key)
    first = await visited(given, key, line, 1)
    assert len(first["people"]) == 10
    await next_round(given, key, line, 2)
    second = await visited(given, key, line, 2)
    assert first["people"].keys() == second["people"].keys()
    for code, people in second["people"].items():
        assert not people & first["people"][code]
    assert (await told_freeze(given, key, second["draw_id"]))["avoids_last_inspectors"] is True
    # The last time counts, not every time.
    await next_round(given, key, line, 3)
    address = await given.draw(key, line, stage="inspector", round=3)
    await given.freeze(key, address)


async def test_only_the_last_time_counts_and_only_what_was_dispatched(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await forced_line(given, key)
    await visited(given, key, line, 1)
    await next_round(given, key, line, 2)
    second = await visited(given, key, line, 2)
    await next_round(given, key, line, 3)
    await given.officers(key, line, round=3)
    await next_round(given, key, line, 4)
    address = await given.freeze(key, await given.draw(key, line, stage="inspector", round=4))
    assignment = await assignment_of(superuser, address.split("/")[3])
    kept_away = {team["id"]: set(team["groups"][0]["excludes"]) for team in assignment["teams"]}
    assert kept_away == second["people"]


async def test_the_last_inspectors_may_come_back_if_the_draw_says_so(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await forced_line(given, key)
    await visited(given, key, line, 1)
    await next_round(given, key, line, 2)
    options = {"stage": "inspector", "round": 2, "avoid_last_inspectors": False}
    address = await given.freeze(key, await given.draw(key, line, **options))
    assignment = await assignment_of(superuser, address.split("/")[3])
    assert [team["groups"][0]["excludes"] for team in assignment["teams"]] == [[]] * 10
    told = await told_freeze(given, key, address.split("/")[3])
    assert told["avoids_last_inspectors"] is False


async def test_the_last_inspectors_come_back_only_where_the_others_do_not_suffice(
    given: Given, key: Key
) -> None:
    gone = {n: {"status": "失效"} for n in range(4, 17)}
    await given.inspectors(key, csv=officers_csv(changed=gone))
    line = await forced_line(given, key)
    await visited(given, key, line, 1)
    await next_round(given, key, line, 2)
    options = {"stage": "inspector", "round": 2}
    strict = await given.draw(key, line, **options, avoid_last_inspectors=True)
    answer = await given.http.post(f"{strict}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "assignment-infeasible")
    await next_round(given, key, line, 3)
    third = await visited(given, key, line, 3)
    assert len(third["people"]) == 10
    told = await told_freeze(given, key, third["draw_id"])
    assert told["avoids_last_inspectors"] is False


async def test_the_same_person_in_two_directories_is_not_drawn_twice(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    """The import refuses a certificate twice; a staff number that two departments use alike shows
    when they draw together."""
    partner = inspectors_csv(OTHER_DEPARTMENT).replace(f"{OTHER_DEPARTMENT}-0", f"{DEPARTMENT}-0")
    await given.inspectors(key, OTHER_DEPARTMENT, partner)
    both = [{"department_code": d, "item_code": "SC-01"} for d in (DEPARTMENT, OTHER_DEPARTMENT)]
    line = await line_drawn(given, key, items=both)
    address = await given.draw(key, line, stage="inspector")
    before = await counts(superuser)
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "officer-listed-twice")
    assert f"{DEPARTMENT}-00" in answer.json()["texts"]["zh-CN"]
    assert await counts(superuser) == before
    alone = await line_drawn(given, key)
    await given.freeze(key, await given.draw(key, alone, stage="inspector"))


async def mended(given: Given, key: Key, **options: Any) -> tuple[str, dict[str, Any]]:
    """A replacement draw that is begun, and the part whose first officer leaves."""
    line = await line_drawn(given, key, class_rates=rates_of(2))
    await given.officers(key, line, **options)
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    part = (await given.parts(key, task))[0]
    made = await given.replacement(task, part)
    head = await given.officer_key("head")
    approved = await given.post(f"/v1/replacements/{made['id']}/approval", head)
    return f"/v1/draws/{approved['draw_id']}/attempts/1", part


async def test_a_replacement_keeps_the_mode_of_the_draw_that_it_mends(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    address, part = await mended(given, key, mode="station", avoid_last_inspectors=False)
    shown = (await given.http.get(address, auth=key)).json()
    assert (shown["mode"], shown["avoid_last_inspectors"]) == ("station", False)
    await given.freeze(key, address)
    assignment = await assignment_of(superuser, address.split("/")[3])
    ((group,),) = [team["groups"] for team in assignment["teams"]]
    assert sum(tag.startswith("station:") for tag in group["requires"]) == 1
    assert set(part["officers"]) <= set(group["excludes"])


async def test_a_cap_below_the_seats_that_stay_is_refused(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    """No operation brings it about: caps of a draw do not change. Should a row say so, the draw is
    refused in words rather than drawn with a cap of none."""
    address, part = await mended(given, key, cap=2)
    staying = part["officers"][1]
    add_seats = text(
        "INSERT INTO openlot.drawn_seat SELECT inspector_draw_id, object_code, department_code,"
        " 100 + number, 1, :staff_no, draw_id, attempt, drawn_at"
        " FROM (SELECT * FROM openlot.drawn_seat LIMIT 1) AS one, generate_series(1, 3) AS number"
    )
    async with superuser.begin() as connection:
        await connection.execute(add_seats, {"staff_no": staying})
    before = await counts(superuser)
    answer = await given.http.post(f"{address}/freeze", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "cap-below-fixed"), answer.text
    assert staying in answer.json()["texts"]["zh-CN"]
    assert await counts(superuser) == before


async def test_a_replacement_for_a_seat_that_does_not_exist_is_refused(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    line = await line_drawn(given, key, class_rates=rates_of(1))
    await given.officers(key, line)
    task = await given.post("/v1/inspection-tasks", key, json={"plan_line_code": line})
    part = (await given.parts(key, task))[0]
    clerk = await given.officer_key("clerk")
    before = await counts(superuser)
    body = {
        "object_code": part["object_code"],
        "department_code": DEPARTMENT,
        "seat": 3,
        "staff_no": part["officers"][0],
        "reason": "leave",
        "evidence": "请假审批单",
    }
    address = f"/v1/inspection-tasks/{task['national_key']}/replacements"
    for changes, expected in (
        ({}, (422, "seat-not-held")),
        ({"seat": 1, "staff_no": f"{DEPARTMENT}-9999"}, (422, "seat-not-held")),
        ({"object_code": "91610403WY9999999X"}, (404, "inspection-part-not-found")),
    ):
        answer = await given.http.post(address, auth=clerk, json=body | changes)
        assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert await counts(superuser) == before
