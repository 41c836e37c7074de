"""Triggers: a complaint, lead or case lets an object be visited beyond its caps."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.draws.frequencies import (
    CEILINGS,
    EVERY_D,
    EXCEPTIONS,
    excluded,
    items,
    line,
    of,
    pool,
    rule,
    selected,
    trigger,
    visited,
)
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, object_code

ONCE = {"frequency_text": "每年1次"}
OF_D = [3, 7, 11, 15, 19, 23, 27, 31, 35, 39]
LAST_OF_JUNE = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)
FIRST_OF_JULY = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
"""In China, where the days are counted."""


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.joint_registry(key)
    await items(given, key, ONCE, {"code": "SC-02"})
    return key


async def after_a_visit(given: Given, key: Key, **changes: Any) -> str:
    """The address of a draw after one that took all of class D, ten objects."""
    await visited(given, key, class_rates=EVERY_D)
    return await given.draw(key, await line(given, key, **changes))


async def exceptions(given: Given, key: Key, address: str, limit: int = 50) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        asked = {"limit": limit} | ({"after": after} if after else {})
        answer = await given.http.get(f"{address}/exceptions", auth=key, params=asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return found


async def test_a_trigger_lets_an_object_in_and_is_named(given: Given, key: Key) -> None:
    await trigger(given, key, 3, 7, 8)
    await trigger(given, key, 7, 11, directory="lead", expires_on="2098-12-31")
    address = await after_a_visit(given, key)
    told = (33, {"frequency-cap": 7}, {"complaint": 2, "lead": 1})
    assert await pool(given, key, address) == told
    await given.freeze(key, address)
    assert await pool(given, key, address) == told
    details = (await given.http.get(address, auth=key)).json()["steps"][1]["details"]
    assert details["exceptions"] == told[2]
    wanted = [
        {
            "plan_line_code": address.split("/")[3][:-3],
            "object_code": object_code(n),
            "reason": "frequency-cap",
            "directory_code": directory,
            "number": f"TS-{n}",
            "expires_on": expires_on,
        }
        for n, directory, expires_on in (
            (3, "complaint", "2099-12-31"),
            (7, "complaint", "2099-12-31"),
            (11, "lead", "2098-12-31"),
        )
    ]
    wanted.sort(key=lambda one: one["object_code"])
    assert await exceptions(given, key, address) == wanted
    assert await exceptions(given, key, address, limit=2) == wanted
    await given.finish(key, await given.draw(key, await line(given, key)))
    again = await given.drawn(key, await line(given, key, class_rates=EVERY_D))
    assert await selected(given, key, again) == {object_code(n) for n in (3, 7, 11)}
    assert object_code(7) not in await excluded(given, key, again)


@pytest.mark.parametrize(
    "said",
    [
        {"expires_on": "2026-01-31"},
        {"expires_on": None},
        {"licence_no": ""},
        {"held": False},
        {"directory": "ZX-FOOD"},
    ],
)
async def test_a_trigger_cites_its_number_and_ends(
    given: Given, key: Key, said: dict[str, Any]
) -> None:
    await trigger(given, key, 3, **said)
    address = await after_a_visit(given, key)
    assert await pool(given, key, address) == (30, {"frequency-cap": 10}, {})


async def test_a_trigger_counts_through_its_last_day_in_china(given: Given, key: Key) -> None:
    await trigger(given, key, 3, expires_on="2026-06-30")
    address = await after_a_visit(given, key)
    given.at(LAST_OF_JUNE)
    assert await pool(given, key, address) == (31, {"frequency-cap": 9}, {"complaint": 1})
    given.at(FIRST_OF_JULY)
    assert await pool(given, key, address) == (30, {"frequency-cap": 10}, {})
    given.now_again()


async def test_a_trigger_lifts_the_ceiling_too(given: Given, key: Key) -> None:
    await rule(given, key, CEILINGS, {DEPARTMENT: {"enterprise": 1}})
    await trigger(given, key, *OF_D[:4], directory="anomaly-list")
    address = await after_a_visit(given, key, items=of("SC-02"))
    told = (34, {"x-visit-ceiling": 6}, {"anomaly-list": 4})
    assert await pool(given, key, address) == told
    await given.freeze(key, address)
    listed = await exceptions(given, key, address)
    assert [one["reason"] for one in listed] == ["x-visit-ceiling"] * 4


async def test_a_trigger_does_not_bring_back_who_is_gone(given: Given, key: Key) -> None:
    await trigger(given, key, 3)
    address = await after_a_visit(given, key)
    row = f"{object_code(3)},第3号商店,企业,610403,52,2020-01-02,注销\n"
    header = "uscc,name,object_class,region_code,industry_code,established,status\n"
    await given.objects(key, header + row)
    assert await pool(given, key, address) == (30, {"deregistered": 1, "frequency-cap": 9}, {})


async def test_the_triggers_are_those_of_the_department_that_draws(given: Given, key: Key) -> None:
    await given.objects(key, department=OTHER_DEPARTMENT)
    await trigger(given, key, 3, department=OTHER_DEPARTMENT)
    joint = [*of("SC-01"), *of("SC-01", department=OTHER_DEPARTMENT)]
    address = await after_a_visit(given, key, items=joint)
    assert await pool(given, key, address) == (30, {"frequency-cap": 10}, {})


async def test_the_rule_says_which_directories_hold_triggers(given: Given, key: Key) -> None:
    await rule(given, key, EXCEPTIONS, ["ZX-12345"])
    await trigger(given, key, 3)
    await trigger(given, key, 7, directory="ZX-12345")
    address = await after_a_visit(given, key)
    assert await pool(given, key, address) == (31, {"frequency-cap": 9}, {"ZX-12345": 1})


async def test_a_draft_has_no_exceptions_yet(given: Given, key: Key) -> None:
    address = await given.draw(key, await line(given, key))
    answer = await given.http.get(f"{address}/exceptions", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "draw-not-frozen")
    await given.freeze(key, address)
    assert await exceptions(given, key, address) == []
