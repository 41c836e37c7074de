"""Searching the directory: each filter, all together, pages, and who may."""

from typing import Any

import httpx
import pytest

from app.core.pagination import MAX_LIMIT
from tests.factories import DEPARTMENT, Given, Key, object_code
from tests.watching import statements

OBJECTS = "/v1/registry/inspected-objects"
HEADER = "uscc,name,object_class,ent_type,region_code,industry_code,established,status\n"
ROWS = (
    (1, "杨陵春风餐饮管理有限公司", "企业", "有限责任公司", "610403", "62", "存续"),
    (2, "渭城春风餐饮店", "个体户", "", "610404", "62", "存续"),
    (3, "杨陵秋实百货零售有限公司", "企业", "有限责任公司", "610403", "52", "存续"),
    (4, "杨陵秋实批发有限公司", "企业", "股份有限公司", "610403", "51", "停业"),
    (5, "杨陵100%果汁店_一店", "个体户", "", "610403", "62", "注销"),
    (6, "咸阳市无行业合作社", "农专社", "", "610400", "", "存续"),
)
CLASSES = {1: "A", 2: "B", 3: "C", 4: "D"}


def csv() -> str:
    rows = "".join(
        f"{object_code(n)},{name},{kind},{ent},{region},{industry},2020-01-02,{status}\n"
        for n, name, kind, ent, region, industry, status in ROWS
    )
    return HEADER + rows


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    key = await standing.admin()
    await standing.departments(key)
    await standing.code_tables(key)
    await standing.objects(key, csv())
    classes = "".join(f"{object_code(n)},{name}\n" for n, name in CLASSES.items())
    await standing.classes(key, f"uscc,credit_class\n{classes}")
    await tag(
        standing, key, {1: ["level:重点", "field:食品"], 2: ["field:食品"], 3: ["level:重点"]}
    )
    await tag(standing, key, {3: ["level:一般"]}, valid_from="2026-02-01")
    await tag(standing, key, {2: ["level:重点"]}, valid_from="2999-01-01")
    await special(standing, key, {1: "2026-12-30", 2: "2027-06-30", 5: None})
    await special(standing, key, {5: "2026-01-01"}, held=False, valid_from="2026-03-01")
    return key


async def tag(
    given: Given, key: Key, tags: dict[int, list[str]], valid_from: str = "2026-01-01"
) -> None:
    body = {
        "department_code": DEPARTMENT,
        "source": "分级分类系统",
        "valid_from": valid_from,
        "objects": [{"object_code": object_code(n), "tags": said} for n, said in tags.items()],
    }
    await given.post("/v1/registry/object-tag-imports", key, json=body)


async def special(
    given: Given,
    key: Key,
    expiries: dict[int, str | None],
    *,
    held: bool = True,
    valid_from: str = "2026-01-01",
) -> None:
    directory = {"department_code": DEPARTMENT, "code": "ZX-FOOD", "name": "食品经营单位"}
    await given.post("/v1/registry/special-directories", key, json=directory)
    body = {
        "department_code": DEPARTMENT,
        "source": "许可系统",
        "directory_code": "ZX-FOOD",
        "valid_from": valid_from,
        "entries": [
            {
                "object_code": object_code(n),
                "licence_no": f"JY{n}",
                "licence_name": "食品经营许可证",
                "held": held,
            }
            | ({"expires_on": expiry} if expiry else {})
            for n, expiry in expiries.items()
        ],
    }
    await given.post("/v1/registry/special-entry-imports", key, json=body)


async def search(http: httpx.AsyncClient, key: Key, **filters: Any) -> list[int]:
    """Numbers of the objects that are found."""
    params = {"department": DEPARTMENT} | filters
    answer = await http.get(OBJECTS, auth=key, params=params)
    assert answer.status_code == 200, answer.text
    numbers = {object_code(n): n for n, *_ in ROWS}
    return sorted(numbers[one["code"]] for one in answer.json()["items"])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"region": "610403"}, [1, 3, 4, 5]),
        ({"region": "610400"}, [1, 2, 3, 4, 5, 6]),
        ({"region": ["610404", "610000"]}, [1, 2, 3, 4, 5, 6]),
        ({"region": "620000"}, []),
        ({"industry": "F"}, [3, 4]),
        ({"industry": ["62", "51"]}, [1, 2, 4, 5]),
        ({"kind": "individual"}, [2, 5]),
        ({"kind": ["individual", "cooperative"]}, [2, 5, 6]),
        ({"type": "有限责任公司"}, [1, 3]),
        ({"status": ["suspended", "deregistered"]}, [4, 5]),
        ({"name": "春风餐饮"}, [1, 2]),
        ({"name": "100%果"}, [5]),
        ({"name": "%"}, [5]),
        ({"name": "店_"}, [5]),
        ({"credit_class": ["B", "C"]}, [2, 3]),
        ({"credit_class": "U"}, [5, 6]),
        ({"tag": "level:重点"}, [1]),
        ({"tag": "level:一般"}, [3]),
        ({"tag": "field:食品"}, [1, 2]),
        ({"tag": ["field:食品", "level:重点"]}, [1]),
        ({"special_directory": "ZX-FOOD"}, [1, 2]),
        ({"special_directory": "ZX-OTHER"}, []),
        ({"licence_expires_before": "2026-12-31"}, [1]),
        ({"licence_expires_before": "2026-12-30"}, []),
        ({"licence_expires_after": "2026-12-30"}, [2]),
        (
            {"licence_expires_after": "2026-12-29", "licence_expires_before": "2027-07-01"},
            [1, 2],
        ),
        ({"last_inspected_before": "2026-01-01"}, [1, 2, 3, 4, 5, 6]),
        ({"listed": "false"}, []),
        ({"region": "610403", "kind": "enterprise", "credit_class": ["A", "D"]}, [1, 4]),
        ({"region": "610403", "industry": "62", "name": "春风", "tag": "level:重点"}, [1]),
    ],
    ids=str,
)
async def test_a_filter_finds_what_it_says(
    standing: Given, key: Key, filters: dict[str, Any], found: list[int]
) -> None:
    assert await search(standing.http, key, **filters) == found


async def test_pages_of_a_search_are_whole_and_in_order(standing: Given, key: Key) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        params = {"department": DEPARTMENT, "region": "610400", "limit": "2"} | after
        page = (await standing.http.get(OBJECTS, auth=key, params=params)).json()
        seen += [one["code"] for one in page["items"]]
        after = {"after": page["next"] or ""}
    assert seen == sorted(object_code(n) for n, *_ in ROWS)
    assert after == {"after": ""}


async def test_a_page_costs_one_statement_beside_the_key(standing: Given, key: Key) -> None:
    with statements(standing.app) as sent:
        await search(
            standing.http,
            key,
            region="610403",
            industry="F",
            credit_class=["C"],
            tag="level:一般",
            last_inspected_before="2026-01-01",
            limit=MAX_LIMIT,
        )
    assert len([one for one in sent if "inspected_object" in one]) == 1
    assert len(sent) <= 4


async def test_who_may_not_read_classes_may_not_search_by_them(standing: Given, key: Key) -> None:
    reader = await standing.key("objects:read")
    params = {"department": DEPARTMENT}
    assert (await standing.http.get(OBJECTS, auth=reader, params=params)).status_code == 200
    asked = params | {"credit_class": "D"}
    refused = await standing.http.get(OBJECTS, auth=reader, params=asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    assert "credit:read" in refused.json()["texts"]["en"]
    both = await standing.key("objects:read", "credit:read")
    assert (await standing.http.get(OBJECTS, auth=both, params=asked)).status_code == 200


@pytest.mark.parametrize(
    "filters",
    [
        {"region": "61040"},
        {"industry": "Z"},
        {"kind": "firm"},
        {"credit_class": "E"},
        {"tag": "食品"},
        {"tag": "level:"},
        {"name": ""},
        {"name": "x" * 51},
        {"licence_expires_before": "2026-13-01"},
        {"listed": "perhaps"},
        {"colour": "red"},
    ],
    ids=str,
)
async def test_a_malformed_filter_is_refused(
    standing: Given, key: Key, filters: dict[str, Any]
) -> None:
    params = {"department": DEPARTMENT} | filters
    answer = await standing.http.get(OBJECTS, auth=key, params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
