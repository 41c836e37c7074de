"""Items with caps, departments with ceilings, objects with triggers, and the pools that come of it."""

import io
import zipfile
from typing import Any

from tests.factories import DEPARTMENT, Given, Key, object_code

CEILINGS = "visits.yearly-ceiling"
EXCEPTIONS = "visits.cap-exceptions"
ALL = [{"credit_class": c, "rate": "1"} for c in "ABCDU"]
FIVE = [{"credit_class": c, "rate": "0.5" if c == "D" else "0"} for c in "ABCDU"]
"""Five of the ten objects of class D: numbers 3, 7, 11 and so on."""
EVERY_D = [{"credit_class": c, "rate": "1" if c == "D" else "0"} for c in "ABCDU"]
ITEM = {"code": "SC-01", "name": "登记事项检查"}


async def items(
    given: Given, key: Key, *changes: dict[str, Any], department: str = DEPARTMENT
) -> None:
    """A published list of items, each SC-01 unless it says otherwise."""
    answer = await given.upload_items(key, [ITEM | one for one in changes], department)
    assert answer.status_code == 201, answer.text
    await given.publish_items(key, department)


def of(*codes: str, department: str = DEPARTMENT) -> list[dict[str, str]]:
    """Items of a plan line."""
    return [{"department_code": department, "item_code": code} for code in codes]


async def line(
    given: Given, key: Key, year: int = 2026, department: str = DEPARTMENT, **changes: Any
) -> str:
    """A line for all 40 objects, with its window in a year, in a plan of its own."""
    window = {"window_start": f"{year}-03-01", "window_end": f"{year}-11-30"}
    plan = await given.plan(key, department)
    usual = {"class_rates": ALL, "items": of("SC-01", department=department)}
    made = await given.plan_line(key, plan, **{**usual, **window, **changes})
    await given.publish_plan(key, plan)
    return made


async def visited(given: Given, key: Key, year: int = 2026, **changes: Any) -> set[str]:
    """The objects that a draw for such a line sent officers to."""
    address = await given.drawn(key, await line(given, key, year, **changes))
    return await selected(given, key, address)


async def selected(given: Given, key: Key, address: str) -> set[str]:
    answer = await given.http.get(f"{address}/selected?limit=200", auth=key)
    return {one["object_code"] for one in answer.json()["items"]}


async def pool(given: Given, key: Key, address: str) -> tuple[int, dict[str, int], dict[str, int]]:
    """How many are drawn from, left out by reason, and let in by a trigger, as previewed."""
    answer = await given.http.get(f"{address}/preview", auth=key)
    assert answer.status_code == 200, answer.text
    (part,) = answer.json()["parts"]
    return part["total"]["count"], part["excluded"], part["exceptions"]


async def pool_of(
    given: Given, key: Key, year: int = 2026, **changes: Any
) -> tuple[int, dict[str, int], dict[str, int]]:
    """The same of a new draw for a new line."""
    address = await given.draw(key, await line(given, key, year, **changes))
    return await pool(given, key, address)


async def excluded(given: Given, key: Key, address: str) -> dict[str, tuple[str, str]]:
    """Reason and evidence by object, as the audit bundle has them."""
    answer = await given.http.get(f"{address}/bundles/audit", auth=key)
    assert answer.status_code == 200, answer.text
    data = zipfile.ZipFile(io.BytesIO(answer.content)).read("excluded.tsv").decode()
    rows = [row.split("\t") for row in data.splitlines()]
    return {code: (reason, evidence) for code, reason, evidence, _ in rows}


async def rule(
    given: Given, key: Key, name: str, value: object, valid_from: str = "2026-01-01"
) -> None:
    body = {"key": name, "valid_from": valid_from, "value": value, "source": "某局公告2026年第1号"}
    await given.post("/v1/rules", key, json=body)


async def trigger(
    given: Given,
    key: Key,
    *numbers: int,
    directory: str = "complaint",
    department: str = DEPARTMENT,
    **changes: Any,
) -> None:
    """Objects of these numbers stand in a special directory, with a number and an expiry."""
    named = {"department_code": department, "code": directory, "name": "触发线索"}
    await given.post("/v1/registry/special-directories", key, json=named)
    entries = [
        {"object_code": object_code(n), "licence_no": f"TS-{n}", "expires_on": "2099-12-31"}
        | changes
        for n in numbers
    ]
    body = {
        "department_code": department,
        "source": "12315平台",
        "directory_code": directory,
        "valid_from": "2026-01-01",
        "entries": entries,
    }
    await given.post("/v1/registry/special-entry-imports", key, json=body)
