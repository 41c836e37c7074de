"""Coverage: which departments, down to townships, have officers, items and tasks."""

from typing import Any

import pytest

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, inspectors_csv

COVERAGES = "/v1/department-coverages"
TOTALS = "/v1/coverage-totals"
EMPTY = f"{DEPARTMENT}-01"
THIRD = "610405-SCJG"
ON = {"on": "2026-05-08"}


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    """Two departments with a task, and an office below one of them that has nothing."""
    key = await standing.admin()
    await standing.joint_registry(key)
    office = {"code": EMPTY, "name": "西街所", "parent": DEPARTMENT, "level": "township"}
    await standing.post("/v1/registry/department-imports", key, json={"departments": [office]})
    await standing.task(key)
    return key


async def listed(given: Given, key: Key, **params: str) -> dict[str, dict[str, Any]]:
    answer = await given.http.get(COVERAGES, auth=key, params={**ON, **params})
    assert answer.status_code == 200, answer.text
    return {one["code"]: one for one in answer.json()["items"]}


def numbers(one: dict[str, Any]) -> tuple[int, int, int]:
    return one["officers"], one["items"], one["tasks"]


async def test_each_department_shows_what_it_has(standing: Given, key: Key) -> None:
    found = await listed(standing, key)
    found.pop(THIRD, None)
    assert {code: numbers(one) for code, one in found.items()} == {
        DEPARTMENT: (10, 1, 1),
        EMPTY: (0, 0, 0),
        OTHER_DEPARTMENT: (10, 1, 1),
    }
    assert (found[EMPTY]["parent_code"], found[EMPTY]["level"]) == (DEPARTMENT, "township")


@pytest.mark.parametrize("missing", ["officer", "item", "task"])
async def test_those_without_something_are_found(standing: Given, key: Key, missing: str) -> None:
    found = await listed(standing, key, missing=missing, within=DEPARTMENT)
    assert list(found) == [EMPTY]


async def test_certificates_and_years_count(standing: Given, key: Key) -> None:
    last = await listed(standing, key, on="2030-12-31", within=EMPTY)
    assert numbers(last[EMPTY]) == (0, 0, 0)
    in_time = await listed(standing, key, on="2030-12-31")
    assert numbers(in_time[DEPARTMENT]) == (10, 1, 0)
    expired = await listed(standing, key, on="2031-01-01")
    assert numbers(expired[DEPARTMENT]) == (0, 1, 0)


async def test_totals_are_of_a_subtree(standing: Given, key: Key) -> None:
    answer = await standing.http.get(TOTALS, auth=key, params={**ON, "within": DEPARTMENT})
    assert answer.json() == {
        **ON,
        "departments": 2,
        "with_officers": 1,
        "with_items": 1,
        "with_tasks": 1,
        "with_officers_and_tasks": 1,
    }


async def test_a_department_sees_its_own_coverage_alone(standing: Given, key: Key) -> None:
    narrow = await standing.key(department=OTHER_DEPARTMENT)
    assert list(await listed(standing, narrow)) == [OTHER_DEPARTMENT]
    totals = (await standing.http.get(TOTALS, auth=narrow, params=ON)).json()
    assert (totals["departments"], totals["with_tasks"]) == (1, 1)


async def test_an_item_counts_once_it_is_public_and_an_officer_while_active(
    standing: Given, key: Key
) -> None:
    await standing.departments(key, THIRD)
    item = {"code": "SC-01", "name": "检查", "valid_to": "2026-05-08"}
    assert (await standing.upload_items(key, [item], THIRD)).status_code == 201
    header, first, *others = inspectors_csv(THIRD, 3).splitlines()
    lines = [f"{header},status", f"{first},失效", *(f"{one},有效" for one in others)]
    await standing.inspectors(key, THIRD, "\n".join(lines) + "\n")

    async def counted(**params: str) -> tuple[int, int, int]:
        return numbers((await listed(standing, key, within=THIRD, **params))[THIRD])

    assert await counted() == (2, 0, 0)
    await standing.publish_items(key, THIRD)
    assert await counted() == (2, 1, 0)
    assert await counted(on="2026-05-09") == (2, 0, 0)
