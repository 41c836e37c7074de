"""Caps of an item's frequency: who was inspected as often as a year allows is not drawn from."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from tests.draws.changing import VOID, amendment, changed, refused, substitution
from tests.draws.frequencies import (
    EVERY_D,
    FIVE,
    excluded,
    items,
    line,
    of,
    pool,
    pool_of,
    selected,
    trigger,
    visited,
)
from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    objects_csv,
)
from tests.watching import statements

ONCE = {"frequency_text": "每年1次"}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.joint_registry(key)
    return key


async def test_who_was_inspected_as_often_as_the_cap_allows_is_left_out(
    given: Given, key: Key
) -> None:
    await items(given, key, ONCE)
    before = await visited(given, key, class_rates=FIVE)
    assert len(before) == 5
    address = await given.draw(key, await line(given, key))
    assert await pool(given, key, address) == (35, {"frequency-cap": 5}, {})
    await given.finish(key, address)
    details = (await given.http.get(address, auth=key)).json()["steps"][1]["details"]
    assert details["frame"]["count"] == 35
    assert details["excluded"]["by_reason"] == {"frequency-cap": 5}
    left_out = await excluded(given, key, address)
    assert set(left_out) == before
    assert set(left_out.values()) == {
        ("frequency-cap", f"事项 {DEPARTMENT} SC-01 截至2026年已达频次上限：每年1次")
    }
    assert not before & await selected(given, key, address)


async def test_every_object_beyond_the_cap_leaves_nobody_to_draw_from(
    given: Given, key: Key
) -> None:
    await items(given, key, ONCE)
    await visited(given, key)
    address = await given.draw(key, await line(given, key))
    answer = await given.http.get(f"{address}/preview", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "frame-empty")


@pytest.mark.parametrize(
    "said",
    [
        {"category": "key", "frequency_text": "每年1次"},
        {"frequency_text": "根据实际情况确定"},
        {"frequency_text": "每年不少于1次"},
        {"frequency_text": "每年2次"},
    ],
)
async def test_a_key_item_one_without_a_cap_and_one_below_it_leave_nobody_out(
    given: Given, key: Key, said: dict[str, str]
) -> None:
    await items(given, key, said)
    await visited(given, key, class_rates=FIVE)
    assert await pool_of(given, key) == (40, {}, {})


async def test_inspections_are_counted_up_to_the_cap(given: Given, key: Key) -> None:
    await items(given, key, {"frequency_text": "每年2次"})
    first = await visited(given, key, class_rates=EVERY_D)
    second = await visited(given, key, class_rates=FIVE)
    assert second < first
    assert await pool_of(given, key) == (35, {"frequency-cap": 5}, {})


@pytest.mark.parametrize(
    ("said", "full", "free"),
    [
        ({"frequency_text": "每年1次"}, [2026], [2025, 2027]),
        ({"frequency_text": "每两年1次"}, [2026, 2027], [2025, 2028]),
        ({"caps": {"max_per_year": "0.5"}}, [2026, 2027], [2028]),
        ({"caps": {"max_per_year": "1/3"}}, [2026, 2028], [2029]),
        ({"caps": {"max_per_year": "0.33333333"}}, [2028], [2029]),
        ({"caps": {"max_per_year": "1.5"}}, [], [2026, 2027]),
    ],
)
async def test_less_than_once_a_year_is_once_in_several_years(
    given: Given, key: Key, said: dict[str, object], full: list[int], free: list[int]
) -> None:
    await items(given, key, said)
    await visited(given, key, 2026, class_rates=FIVE)
    for year in full:
        assert (year, await pool_of(given, key, year)) == (year, (35, {"frequency-cap": 5}, {}))
    for year in free:
        assert (year, await pool_of(given, key, year)) == (year, (40, {}, {}))


async def test_only_inspections_of_the_same_item_count(given: Given, key: Key) -> None:
    await items(given, key, ONCE, ONCE | {"code": "SC-02"})
    await items(given, key, ONCE, department=OTHER_DEPARTMENT)
    await visited(given, key, items=of("SC-01"), class_rates=FIVE)
    assert await pool_of(given, key, items=of("SC-02")) == (40, {}, {})
    theirs = of("SC-01", department=OTHER_DEPARTMENT)
    assert await pool_of(given, key, items=theirs) == (40, {}, {})
    both = of("SC-02", "SC-01")
    assert await pool_of(given, key, items=both) == (35, {"frequency-cap": 5}, {})


async def test_each_cap_has_its_own_years(given: Given, key: Key) -> None:
    await items(given, key, ONCE, {"code": "SC-02", "frequency_text": "每两年1次"})
    both = of("SC-01", "SC-02")
    await visited(given, key, 2025, items=of("SC-01"), class_rates=FIVE)
    assert await pool_of(given, key, items=both) == (40, {}, {})
    await visited(given, key, 2025, items=of("SC-02"), class_rates=EVERY_D)
    assert await pool_of(given, key, items=both) == (30, {"frequency-cap": 10}, {})


async def test_rehearsals_and_voided_draws_visit_nobody(given: Given, key: Key) -> None:
    await items(given, key, ONCE)
    rehearsed = await given.draw(key, await line(given, key, class_rates=FIVE), purpose="test")
    await given.finish(key, rehearsed)
    voided = await given.drawn(key, await line(given, key, class_rates=FIVE))
    assert await pool_of(given, key) == (35, {"frequency-cap": 5}, {})
    await changed(given, key, voided, VOID)
    assert await pool_of(given, key) == (40, {}, {})
    draw_id = voided.split("/")[3]
    again = await given.post(f"/v1/draws/{draw_id}/attempts", key)
    assert again["attempt"] == 2
    await given.finish(key, f"/v1/draws/{draw_id}/attempts/2")
    assert await pool_of(given, key) == (35, {"frequency-cap": 5}, {})


async def test_who_is_replaced_is_not_visited_and_the_reserve_is(given: Given, key: Key) -> None:
    await items(given, key, ONCE)
    address = await given.drawn(key, await line(given, key, class_rates=FIVE, reserves=2))
    before = await selected(given, key, address)
    gone = min(before)
    rows = objects_csv(40).splitlines(keepends=True)
    closed = next(row for row in rows if row.startswith(gone)).replace("存续", "注销")
    await given.objects(key, rows[0] + closed)
    await changed(given, key, address, substitution(gone))
    after = await selected(given, key, address)
    assert len(after - before) == 1
    await given.objects(key)
    later = await given.drawn(key, await line(given, key))
    assert set(await excluded(given, key, later)) == after
    assert gone in await selected(given, key, later)


async def test_who_was_inspected_often_enough_is_not_gone_and_no_reserve(
    given: Given, key: Key
) -> None:
    await items(given, key, ONCE)
    address = await given.drawn(key, await line(given, key, class_rates=FIVE, reserves=2))
    drawn = await selected(given, key, address)
    await trigger(given, key, *range(1, 41))
    assert drawn < await visited(given, key, class_rates=EVERY_D)
    await trigger(given, key, *range(1, 41), held=False)
    path, one = f"{address}/changes", min(drawn)
    await refused(given.http, path, key, substitution(one), status=422, code="cause-not-shown")
    stays = amendment(one, reason="wrongly-included")
    await refused(given.http, path, key, stays, status=422, code="nothing-to-amend")
    rows = objects_csv(40).splitlines(keepends=True)
    closed = next(row for row in rows if row.startswith(one)).replace("存续", "注销")
    await given.objects(key, rows[0] + closed)
    await refused(given.http, path, key, substitution(one), status=422, code="reserves-exhausted")


async def test_a_draw_does_not_stand_in_its_own_way(given: Given, key: Key) -> None:
    await items(given, key, ONCE)
    address = await given.drawn(key, await line(given, key, class_rates=FIVE))
    one = min(await selected(given, key, address))
    await given.classes(key, f"uscc,credit_class\n{one},A\n", valid_from="2026-01-02")
    made = await changed(given, key, address, amendment(one, reason="misclassified"))
    (change,) = made["details"]["changes"]
    assert (change["object_id"], change["origin"], change["target"]) == (one, "D", "A")
    assert one not in await selected(given, key, address)


async def test_a_further_round_of_a_line_counts_the_rounds_before(given: Given, key: Key) -> None:
    await items(given, key, ONCE)
    of_line = await line(given, key, class_rates=FIVE)
    await given.drawn(key, of_line)
    second = await given.draw(key, of_line, round=2)
    assert await pool(given, key, second) == (35, {"frequency-cap": 5}, {})


async def test_the_parts_of_a_campaign_do_not_stand_in_each_others_way(
    given: Given, key: Key
) -> None:
    await items(given, key, {"frequency_text": "每年2次"})
    first, second = await line(given, key), await line(given, key)
    address = await given.draw(key, first, campaign_line_codes=[second])
    await given.finish(key, address)
    frozen = (await given.http.get(address, auth=key)).json()["steps"][1]["details"]["parts"]
    assert [one["frame"]["count"] for one in frozen] == [40, 40]
    assert await pool_of(given, key) == (40, {}, {})


async def test_a_pool_is_the_same_whoever_asks(given: Given, key: Key) -> None:
    await items(given, key, ONCE, department=OTHER_DEPARTMENT)
    await given.objects(key, department=OTHER_DEPARTMENT)
    theirs = of("SC-01", department=OTHER_DEPARTMENT)
    seen = await visited(
        given, key, department=OTHER_DEPARTMENT, class_rates=[{"credit_class": "U", "rate": "0.1"}]
    )
    assert len(seen) == 4
    joint = await given.draw(key, await line(given, key, items=[*of("SC-01"), *theirs]))
    mine = await given.key(department=DEPARTMENT)
    told = await pool(given, mine, joint)
    assert told == (36, {"frequency-cap": 4}, {}) == await pool(given, key, joint)
    await given.freeze(mine, joint)
    assert await pool(given, key, joint) == told


async def test_a_pool_asks_no_question_for_each_object(
    app: FastAPI, given: Given, key: Key
) -> None:
    await items(given, key, ONCE)
    await visited(given, key, class_rates=FIVE)
    await trigger(given, key, 3, 7)
    address = await given.draw(key, await line(given, key))

    async def asked() -> int:
        with statements(app) as sent:
            await pool(given, key, address)
        return len(sent)

    few = await asked()
    await given.objects(key, objects_csv(200))
    assert await asked() == few


async def test_the_year_is_that_in_which_the_window_begins(given: Given, key: Key) -> None:
    await items(given, key, ONCE)
    window = {"window_start": "2026-12-31", "window_end": "2027-02-28"}
    await visited(given, key, class_rates=FIVE, **window)
    given.at(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))  # 2027 in China
    assert await pool_of(given, key, 2026) == (35, {"frequency-cap": 5}, {})
    assert await pool_of(given, key, 2027) == (40, {}, {})
    given.now_again()
