"""Saved queries: versions, words, and draws from exactly what a plan line's query finds."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    Given,
    Key,
    classes_csv,
    line_body,
    object_code,
    objects_csv,
)
from tests.watching import counts, rows, statements

QUERIES = "/v1/registry/saved-queries"
OF = {"department": DEPARTMENT}


def query_body(code: str = "Q-1", **changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "code": code,
        "name": "零售业 B、C 类企业",
        "filters": {"region": ["610403"], "industry": ["52"], "credit_class": ["C", "B"]},
    } | changes


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.registry(key)
    return key


async def get(http: httpx.AsyncClient, key: Key, path: str = QUERIES, **params: Any) -> Any:
    answer = await http.get(path, auth=key, params=OF | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_query_is_saved_in_canonical_form_and_in_words(given: Given, key: Key) -> None:
    filters = {
        "industry": ["52"],
        "region": ["610403"],
        "kind": ["enterprise"],
        "credit_class": ["C", "B", "C"],
        "licence_expires_before": "2026-12-31",
    }
    saved = await given.post(QUERIES, key, json=query_body(filters=filters))
    assert saved["version"] == 1
    assert saved["words_zh"] == "杨陵区 · 零售业 · 企业 · B、C 类 · 许可证 2026-12-31 前到期"
    assert saved["words_en"] == (
        "杨陵区 · 零售业 · enterprise · class B, C · licence ends before 2026-12-31"
    )
    assert saved["filters"]["credit_class"] == ["B", "C"]
    assert saved["filters"]["name"] is None
    found = await get(given.http, key, f"{QUERIES}/Q-1/versions/1")
    assert found == saved


@pytest.mark.parametrize(
    ("filters", "zh", "en"),
    [
        ({}, "全部在册对象", "all listed objects"),
        ({"credit_class": ["U"]}, "未分类", "class U"),
        ({"credit_class": ["U", "D"]}, "D 类、未分类", "class D, U"),
        (
            {"tag": ["level:重点"], "name": "餐饮", "last_inspected_before": "2025-01-01"},
            "名称含“餐饮” · 分级“重点” · 2025-01-01 以来未检查",
            "name holds 餐饮 · level 重点 · not inspected since 2025-01-01",
        ),
        (
            {"kind": ["product", "behaviour"], "status": ["active"], "listed": False},
            "行为、产品 · 存续 · 已不在名录",
            "behaviour, product · active · no longer listed",
        ),
        (
            {"licence_expires_after": "2026-01-01", "type": ["股份有限公司"]},
            "股份有限公司 · 许可证 2026-01-01 后到期",
            "股份有限公司 · licence ends after 2026-01-01",
        ),
    ],
    ids=str,
)
async def test_every_filter_has_its_words(
    given: Given, key: Key, filters: dict[str, Any], zh: str, en: str
) -> None:
    saved = await given.post(QUERIES, key, json=query_body(filters=filters))
    assert (saved["words_zh"], saved["words_en"]) == (zh, en)


async def test_a_change_is_the_next_version_and_the_same_is_none(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    first = await given.post(QUERIES, key, json=query_body())
    before = await counts(superuser)
    reordered = {"credit_class": ["B", "C"], "industry": ["52"], "region": ["610403"] * 2}
    again = await given.post(QUERIES, key, json=query_body(filters=reordered))
    assert again == first
    after = await counts(superuser)
    assert {t for t in after if after[t] != before[t]} == {"openlot.kept_reply"}
    second = await given.post(QUERIES, key, json=query_body(filters={"industry": ["51"]}))
    assert second["version"] == 2
    versions = await get(given.http, key, f"{QUERIES}/Q-1/versions")
    assert versions["items"] == [first, second]
    assert (await get(given.http, key))["items"] == [second]
    missing = await given.http.get(f"{QUERIES}/Q-1/versions/3", auth=key, params=OF)
    assert (missing.status_code, missing.json()["code"]) == (404, "saved-query-not-found")


async def test_a_list_of_queries_costs_the_same_however_long(given: Given, key: Key) -> None:
    sent_for = []
    for number in (1, 2, 3):
        await given.post(QUERIES, key, json=query_body(f"Q-{number}"))
        with statements(given.app) as sent:
            assert len((await get(given.http, key))["items"]) == number
        sent_for.append(len(sent))
    assert len(set(sent_for)) == 1


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ({"region": ["610403", "999999"]}, "/filters/region/1"),
        ({"industry": ["99"]}, "/filters/industry/0"),
        ({"special_directory": "ZX-NONE"}, "/filters/special_directory"),
    ],
    ids=str,
)
async def test_unknown_codes_are_refused_by_their_place(
    given: Given, key: Key, superuser: AsyncEngine, filters: dict[str, Any], pointer: str
) -> None:
    before = await counts(superuser)
    answer = await given.http.post(QUERIES, auth=key, json=query_body(filters=filters))
    assert (answer.status_code, answer.json()["code"]) == (422, "filter-unknown")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await counts(superuser) == before


async def test_a_draw_takes_exactly_what_the_query_of_the_line_finds(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    await given.objects(key, objects_csv(3, region="610404"))
    await given.post(QUERIES, key, json=query_body())
    asked = {"regions": [], "query_code": "Q-1", "query_version": 1}
    line = await given.plan_line(key, **asked)
    shown = (await given.http.get(f"/v1/plan-lines/{line}", auth=key)).json()
    assert (shown["query_code"], shown["query_version"], shown["regions"]) == ("Q-1", 1, [])
    await given.post(QUERIES, key, json=query_body(filters={"region": ["610404"]}))
    address = await given.frozen(key, line)
    frozen = (await given.http.get(address, auth=key)).json()
    wanted = {object_code(n) for n in range(1, 41) if "ABCD"[n % 4] in "BC"}
    details = await rows(superuser, "SELECT details FROM openlot.draw_step WHERE state = 'frozen'")
    said = details[0].details
    assert sum(said["counts"].values()) == len(wanted), frozen
    assert set(said["counts"]) == {"B", "C"}
    assert said["query"] == {
        "department_code": DEPARTMENT,
        "code": "Q-1",
        "version": 1,
        "filters": {"region": ["610403"], "industry": ["52"], "credit_class": ["B", "C"]},
    }
    files = await rows(
        superuser,
        "SELECT data FROM openlot.draw_file WHERE name = 'frame.tsv'",
    )
    codes = {line.split("\t")[0] for line in bytes(files[0].data).decode().splitlines()}
    assert codes >= wanted
    assert not codes & {object_code(n) for n in range(1, 41) if "ABCD"[n % 4] in "AD"}


async def test_the_published_plan_says_the_query_in_words(given: Given, key: Key) -> None:
    await given.post(QUERIES, key, json=query_body())
    plan = await given.plan(key)
    await given.plan_line(key, plan, regions=[], query_code="Q-1", query_version=1)
    await given.publish_plan(key, plan)
    page = await given.http.get("/v1/public/publications", params={"kind": "plan"})
    (one,) = page.json()["items"]
    text = (await given.http.get(f"/v1/public/publications/{one['id']}")).json()
    assert text["content"]["lines"][0]["scope"] == "杨陵区 · 零售业 · B、C 类"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"query_code": "Q-1", "query_version": 1}, 422, "scope-or-query"),
        ({"regions": [], "query_code": "Q-1"}, 422, "scope-or-query"),
        ({"regions": [], "query_version": 1}, 422, "scope-or-query"),
        (
            {"regions": [], "query_code": "Q-1", "query_version": 1, "industries": ["52"]},
            422,
            "scope-or-query",
        ),
        (
            {"regions": [], "query_code": "Q-1", "query_version": 1, "kinds": ["other"]},
            422,
            "scope-or-query",
        ),
        ({"regions": [], "query_code": "Q-1", "query_version": 2}, 404, "saved-query-not-found"),
        ({"regions": [], "query_code": "Q-2", "query_version": 1}, 404, "saved-query-not-found"),
    ],
    ids=str,
)
async def test_a_line_has_a_scope_or_a_query_that_exists(
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    await given.post(QUERIES, key, json=query_body())
    plan = await given.plan(key)
    before = await counts(superuser)
    answer = await given.http.post(f"/v1/plans/{plan}/lines", auth=key, json=line_body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await counts(superuser) == before


async def test_objects_that_left_the_directory_are_not_drawn(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    async with superuser.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE openlot.inspected_object SET listed = false WHERE code <> $1",
            (object_code(1),),
        )
    await given.classes(key, classes_csv(1, "AB"))
    await given.frozen(key)
    details = await rows(superuser, "SELECT details FROM openlot.draw_step WHERE state = 'frozen'")
    assert details[0].details["counts"] == {"B": 1}
