"""Ceilings of a department's visits to one object in a year, as it has published them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.registry.models import ObjectKind
from app.rules.queries import VISITED_KINDS
from tests.draws.changing import VOID, changed
from tests.draws.frequencies import (
    CEILINGS,
    EVERY_D,
    EXCEPTIONS,
    FIVE,
    excluded,
    items,
    line,
    of,
    pool,
    pool_of,
    rule,
    visited,
)
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, objects_csv
from tests.watching import counts

ON_SITE = {"methods": ["现场检查"]}
ITEMS = ("SC-01", "SC-02")
OFF_SITE = {"methods": ["书面检查", "网络监测"]}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.joint_registry(key)
    await given.items(key)
    return key


async def ceiling(given: Given, key: Key, **of_kind: int) -> None:
    await rule(given, key, CEILINGS, {DEPARTMENT: of_kind})


async def test_a_department_without_a_ceiling_may_come_again(given: Given, key: Key) -> None:
    await visited(given, key, class_rates=FIVE)
    await rule(given, key, CEILINGS, {OTHER_DEPARTMENT: {"enterprise": 1}})
    assert await pool_of(given, key) == (40, {}, {})


async def test_who_was_visited_up_to_the_ceiling_is_left_out(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=2)
    await items(given, key, ON_SITE, ON_SITE | {"code": "SC-02"})
    await visited(given, key, items=of("SC-01"), class_rates=EVERY_D)
    assert await pool_of(given, key) == (40, {}, {})
    second = await visited(given, key, items=of("SC-02"), class_rates=FIVE)
    address = await given.draw(key, await line(given, key))
    assert await pool(given, key, address) == (35, {"x-visit-ceiling": 5}, {})
    await given.finish(key, address)
    told = f"部门 {DEPARTMENT} 2026年入户检查已达上限：2次"
    assert await excluded(given, key, address) == dict.fromkeys(second, ("x-visit-ceiling", told))
    assert await pool_of(given, key, 2027) == (40, {}, {})


async def test_a_ceiling_is_that_of_the_kind_of_object(given: Given, key: Key) -> None:
    await ceiling(given, key, individual=1)
    await given.objects(key, objects_csv(20).replace("企业", "个体工商户"))
    await visited(given, key, class_rates=EVERY_D)
    assert await pool_of(given, key) == (35, {"x-visit-ceiling": 5}, {})


async def test_a_ceiling_of_none_lets_nobody_in(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=0)
    await given.objects(key, objects_csv(20).replace("企业", "个体工商户"))
    assert await pool_of(given, key) == (20, {"x-visit-ceiling": 20}, {})


async def test_the_text_in_force_in_the_window_counts(given: Given, key: Key) -> None:
    await rule(given, key, CEILINGS, {DEPARTMENT: {"enterprise": 1}}, "2030-01-01")
    for year in (2029, 2030):
        await visited(given, key, year, class_rates=FIVE)
    assert await pool_of(given, key, 2029) == (40, {}, {})
    assert await pool_of(given, key, 2030) == (35, {"x-visit-ceiling": 5}, {})


async def test_one_joint_draw_is_one_visit(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=2)
    await items(given, key, ON_SITE, ON_SITE | {"code": "SC-02"})
    lines = [await line(given, key, items=of(code), class_rates=EVERY_D) for code in ITEMS]
    address = await given.draw(key, lines[0], campaign_line_codes=lines[1:])
    await given.finish(key, address)
    assert await pool_of(given, key) == (40, {}, {})
    await visited(given, key, class_rates=FIVE)
    assert await pool_of(given, key) == (35, {"x-visit-ceiling": 5}, {})


async def test_each_department_of_a_joint_line_made_its_own_visit(given: Given, key: Key) -> None:
    await rule(
        given, key, CEILINGS, {DEPARTMENT: {"enterprise": 2}, OTHER_DEPARTMENT: {"enterprise": 1}}
    )
    both = [*of("SC-01"), *of("SC-01", department=OTHER_DEPARTMENT)]
    await visited(given, key, items=both, class_rates=FIVE)
    assert await pool_of(given, key) == (40, {}, {})
    assert await pool_of(given, key, items=both) == (35, {"x-visit-ceiling": 5}, {})


async def test_nobody_enters_the_premises_for_an_item_off_site(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=1)
    await items(given, key, ON_SITE, OFF_SITE | {"code": "SC-02"})
    await visited(given, key, items=of("SC-02"), class_rates=FIVE)
    assert await pool_of(given, key) == (40, {}, {})
    await visited(given, key, items=of("SC-01"), class_rates=FIVE)
    assert await pool_of(given, key) == (35, {"x-visit-ceiling": 5}, {})
    assert await pool_of(given, key, items=of("SC-02")) == (40, {}, {})
    assert await pool_of(given, key, items=of(*ITEMS)) == (35, {"x-visit-ceiling": 5}, {})


async def test_a_voided_draw_visited_nobody(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=1)
    address = await given.drawn(key, await line(given, key, class_rates=FIVE))
    assert await pool_of(given, key) == (35, {"x-visit-ceiling": 5}, {})
    await changed(given, key, address, VOID)
    assert await pool_of(given, key) == (40, {}, {})


async def test_the_cap_of_the_item_is_told_before_the_ceiling(given: Given, key: Key) -> None:
    await ceiling(given, key, enterprise=1)
    await items(given, key, ON_SITE, ON_SITE | {"code": "SC-02", "frequency_text": "每年1次"})
    first = await visited(given, key, items=of("SC-02"), class_rates=FIVE)
    second = await visited(given, key, items=of("SC-01"), class_rates=EVERY_D)
    assert len(second - first) == 5
    told = {"frequency-cap": 5, "x-visit-ceiling": 5}
    assert await pool_of(given, key, items=of("SC-02")) == (30, told, {})


def test_rules_know_the_kinds_of_the_registry() -> None:
    assert set(VISITED_KINDS) == {kind.value for kind in ObjectKind}


@pytest.mark.parametrize(
    ("name", "value", "code", "pointer"),
    [
        (CEILINGS, [], "rule-shape", "/value"),
        (CEILINGS, {"not a department": {}}, "rule-shape", "/value"),
        (CEILINGS, {DEPARTMENT: 2}, "rule-shape", f"/value/{DEPARTMENT}"),
        (CEILINGS, {DEPARTMENT: {"firm": 2}}, "rule-value-unknown", f"/value/{DEPARTMENT}"),
        (CEILINGS, {DEPARTMENT: {"person": "2"}}, "rule-shape", f"/value/{DEPARTMENT}/person"),
        (CEILINGS, {DEPARTMENT: {"person": True}}, "rule-shape", f"/value/{DEPARTMENT}/person"),
        (CEILINGS, {DEPARTMENT: {"person": -1}}, "rule-shape", f"/value/{DEPARTMENT}/person"),
        (CEILINGS, {DEPARTMENT: {"person": 1.5}}, "rule-shape", f"/value/{DEPARTMENT}/person"),
        (EXCEPTIONS, {}, "rule-shape", "/value"),
        (EXCEPTIONS, ["complaint", 1], "rule-shape", "/value/1"),
        (EXCEPTIONS, ["投诉举报"], "rule-shape", "/value/0"),
    ],
)
async def test_a_text_of_another_shape_is_refused(
    given: Given, superuser: AsyncEngine, name: str, value: object, code: str, pointer: str
) -> None:
    key = await given.admin()
    before = await counts(superuser)
    body = {"key": name, "valid_from": "2026-01-01", "value": value, "source": "某局公告"}
    answer = await given.http.post("/v1/rules", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await counts(superuser) == before


@pytest.mark.parametrize(
    "value",
    ["null", "2", "[]", '{"A": 2}', '{"A": []}', '{"A": {"person": []}}', '{"A": {"x": -1}}'],
)
async def test_the_database_holds_no_other_shape(superuser: AsyncEngine, value: str) -> None:
    statement = text(
        "INSERT INTO openlot.rule (key, valid_from, value, source, recorded_at, recorded_by)"
        " VALUES (:key, '2026-01-01', CAST(:value AS jsonb), 'x', now(), 'x')"
    )
    async with superuser.connect() as connection:
        with pytest.raises(IntegrityError, match="ck_rule_ceilings"):
            await connection.execute(statement, {"key": CEILINGS, "value": value})


async def test_the_migration_brings_both_rules_with_their_sources(given: Given) -> None:
    listed = (await given.http.get("/v1/rules")).json()["items"]
    found = {one["key"]: one for one in listed if one["key"] in {CEILINGS, EXCEPTIONS}}
    assert found[CEILINGS]["value"] == {}
    assert "complaint" in found[EXCEPTIONS]["value"]
    assert all("国办发〔2024〕54号" in one["source"] for one in found.values())
