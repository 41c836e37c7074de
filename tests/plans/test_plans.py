"""Plan lines: what is refused, and where."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, Given, Key, line_body
from tests.watching import counts


def rates(*given: tuple[str, Any]) -> dict[str, Any]:
    return {"class_rates": [{"credit_class": name, "rate": rate} for name, rate in given]}


def item(code: str, department: str = DEPARTMENT) -> dict[str, str]:
    return {"department_code": department, "item_code": code}


@pytest.fixture(scope="module")
async def plan(standing: Given) -> tuple[str, Key]:
    """The address of the lines of a plan, and a key."""
    key = await standing.admin()
    await standing.registry(key)
    return f"/v1/plans/{await standing.plan(key)}/lines", key


REFUSED = [
    ({"regions": ["610403", "999999"]}, "region-unknown", "/regions/1"),
    ({"industries": ["52", "99"]}, "industry-unknown", "/industries/1"),
    ({"items": [item("SC-01"), item("SC-99")]}, "inspection-item-unknown", "/items/1"),
    ({"items": [item("SC-01", "619999-SCJG")]}, "inspection-item-unknown", "/items/0"),
    ({"window_start": "2026-12-01"}, "window-reversed", "/window_end"),
    (rates(("A", "0.1"), ("A", "0.2")), "class-twice", "/class_rates/1/rate"),
    (rates(("A", "0.1"), ("B", "1.01")), "rate-above-one", "/class_rates/1/rate"),
    (rates(("A", "3/2")), "rate-above-one", "/class_rates/0/rate"),
    (rates(("A", "3%")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "0/0")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "1/0")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "-0.1")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", ".5")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "1e-2")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "０.1")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", " 0.1")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", "")), "rate-malformed", "/class_rates/0/rate"),
    (rates(("A", 0.1)), "string-type", "/class_rates/0/rate"),
    (rates(("A", "1" * 41)), "string-too-long", "/class_rates/0/rate"),
    (rates(("E", "0.1")), "enum", "/class_rates/0/credit_class"),
    (rates(), "too-short", "/class_rates"),
    ({"regions": []}, "scope-or-query", "/regions"),
    ({"items": []}, "too-short", "/items"),
    ({"kinds": ["ship"]}, "enum", "/kinds/0"),
    ({"reserves": -1}, "greater-than-equal", "/reserves"),
    ({"rounding": "up"}, "literal-error", "/rounding"),
    ({"window_start": "2026-02-30"}, "date-from-datetime-parsing", "/window_start"),
    ({"code": "X"}, "extra-forbidden", "/code"),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), REFUSED)
async def test_a_wrong_line_is_refused_and_the_place_named(
    standing: Given,
    superuser: AsyncEngine,
    plan: tuple[str, Key],
    changes: dict[str, Any],
    code: str,
    pointer: str,
) -> None:
    address, key = plan
    before = await counts(superuser)
    answer = await standing.http.post(address, auth=key, json=line_body(**changes))
    found = [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]
    assert (answer.status_code, found) == (
        409 if code == "window-reversed" else 422,
        [(code, pointer)],
    )
    assert await counts(superuser) == before


@pytest.mark.parametrize("rate", ["0", "1", "1.0", "0.03", "1/3", "3/3"])
async def test_a_rate_is_a_decimal_or_a_fraction_and_stays_as_written(
    standing: Given, plan: tuple[str, Key], rate: str
) -> None:
    address, key = plan
    made = await standing.post(address, key, json=line_body(**rates(("A", rate))))
    found = await standing.http.get(f"/v1/plan-lines/{made['code']}", auth=key)
    assert found.json() == made
    assert made["class_rates"] == [{"credit_class": "A", "rate": rate, "fixed": None}]


async def test_a_window_of_one_day_is_a_window(standing: Given, plan: tuple[str, Key]) -> None:
    address, key = plan
    window = {"window_start": "2026-12-31", "window_end": "2026-12-31"}
    made = await standing.post(address, key, json=line_body(**window))
    assert made["window_end"] == "2026-12-31"


async def test_what_is_not_there_is_said_so(standing: Given, plan: tuple[str, Key]) -> None:
    _, key = plan
    line = await standing.http.get("/v1/plan-lines/610403-SCJG-2026-009-09", auth=key)
    assert (line.status_code, line.json()["code"]) == (404, "plan-line-not-found")
    nowhere = "/v1/plans/610403-SCJG-2026-999/lines"
    added = await standing.http.post(nowhere, auth=key, json=line_body())
    assert (added.status_code, added.json()["code"]) == (404, "plan-not-found")
    listed = await standing.http.get(nowhere, auth=key)
    assert (listed.status_code, listed.json()["code"]) == (404, "plan-not-found")


async def test_a_plan_needs_a_registered_department(standing: Given, plan: tuple[str, Key]) -> None:
    _, key = plan
    body = {"department_code": "619999-SCJG", "year": 2026, "name": "计划"}
    answer = await standing.http.post("/v1/plans", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "department-not-found")
