"""The codes of plans and lines have no gaps, and no two are alike."""

import asyncio

import httpx

from tests.factories import DEPARTMENT, Given


async def test_codes_are_numbered_by_department_and_year_without_gaps(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, "610404-SCJG")
    made = []
    for department, year in (
        (DEPARTMENT, 2026),
        (DEPARTMENT, 2026),
        (DEPARTMENT, 2027),
        ("610404-SCJG", 2026),
        ("619999-SCJG", 2026),
        (DEPARTMENT, 2026),
    ):
        body = {"department_code": department, "year": year, "name": "计划"}
        answer = await http.post("/v1/plans", auth=key, json=body)
        made.append(answer.json()["code"])
    assert made == [
        "610403-SCJG-2026-001",
        "610403-SCJG-2026-002",
        "610403-SCJG-2027-001",
        "610404-SCJG-2026-001",
        "department-not-found",
        "610403-SCJG-2026-003",
    ]


async def test_concurrent_plans_and_lines_get_different_codes(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    await given.registry(key)
    plans = await asyncio.gather(*(given.plan(key) for _ in range(8)))
    assert sorted(plans) == [f"610403-SCJG-2026-{n:03d}" for n in range(1, 9)]
    plan = plans[0]
    lines = await asyncio.gather(*(given.plan_line(key, plan) for _ in range(8)))
    assert sorted(lines) == [f"{plan}-{n:02d}" for n in range(1, 9)]
    listed = await http.get(f"/v1/plans/{plan}/lines", auth=key)
    assert [line["code"] for line in listed.json()["items"]] == sorted(lines)
