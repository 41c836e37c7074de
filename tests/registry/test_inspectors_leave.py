"""Leave of inspectors: recorded, corrected and withdrawn by new rows."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import counts, rows

OFFICER = f"{DEPARTMENT}-0001"


def leave(**changes: Any) -> dict[str, Any]:
    """Leave that is in order."""
    return {
        "department_code": DEPARTMENT,
        "staff_no": OFFICER,
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-20",
        "reason": "产假",
        **changes,
    }


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key, DEPARTMENT, OTHER_DEPARTMENT)
    await given.inspectors(key)
    return key


async def standing_leave(http: httpx.AsyncClient, key: Key) -> list[tuple[str, str, str]]:
    answer = await http.get(
        "/v1/registry/inspector-leaves", auth=key, params={"department": DEPARTMENT}
    )
    assert answer.status_code == 200, answer.text
    return [(one["staff_no"], one["starts_on"], one["ends_on"]) for one in answer.json()["items"]]


async def test_leave_is_recorded_and_its_reason_is_not_told_in_events(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    made = await given.post("/v1/registry/inspector-leaves", key, json=leave())
    assert made["reason"] == "产假"
    assert (made["withdrawn"], made["replaces_id"]) == (False, None)
    assert await standing_leave(http, key) == [(OFFICER, "2026-03-02", "2026-03-20")]
    ((payload,),) = await rows(
        superuser, "SELECT payload::text FROM openlot.event WHERE type = 'leave.recorded'"
    )
    assert OFFICER in payload
    assert "产假" not in payload


async def test_leave_is_corrected_and_withdrawn_by_new_rows(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    address = "/v1/registry/inspector-leaves"
    first = await given.post(address, key, json=leave())
    second = await given.post(
        address, key, json=leave(ends_on="2026-03-06", replaces_id=first["id"])
    )
    assert await standing_leave(http, key) == [(OFFICER, "2026-03-02", "2026-03-06")]
    twice = await http.post(address, auth=key, json=leave(replaces_id=first["id"]))
    assert (twice.status_code, twice.json()["code"]) == (409, "leave-replaced-already")
    await given.post(address, key, json=leave(replaces_id=second["id"], withdrawn=True))
    assert await standing_leave(http, key) == []
    assert len(await rows(superuser, "SELECT 1 FROM openlot.inspector_leave")) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"staff_no": "nobody"}, (404, "inspector-not-found", None)),
        ({"ends_on": "2026-03-01"}, (422, "leave-days-reversed", "/ends_on")),
        ({"withdrawn": True}, (422, "leave-replaces-nothing", "/replaces_id")),
        (
            {"replaces_id": "4c1f2e6a-9d0b-4a57-8f3c-0e5b7c2d1a90"},
            (404, "leave-not-found", None),
        ),
        ({"reason": ""}, (422, "invalid-input", "/reason")),
        ({"starts_on": "2026-02-30"}, (422, "invalid-input", "/starts_on")),
    ],
)
async def test_leave_that_does_not_fit_is_refused(
    http: httpx.AsyncClient,
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    changes: dict[str, Any],
    expected: tuple[int, str, str | None],
) -> None:
    before = await counts(superuser)
    answer = await http.post("/v1/registry/inspector-leaves", auth=key, json=leave(**changes))
    body = answer.json()
    pointers = [one["pointer"] for one in body.get("errors", [])]
    assert (answer.status_code, body["code"]) == expected[:2]
    assert pointers == ([] if expected[2] is None else [expected[2]])
    assert await counts(superuser) == before


async def test_leave_of_somebody_else_is_not_replaced(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    address = "/v1/registry/inspector-leaves"
    first = await given.post(address, key, json=leave())
    other = leave(staff_no=f"{DEPARTMENT}-0002", replaces_id=first["id"])
    answer = await http.post(address, auth=key, json=other)
    assert (answer.status_code, answer.json()["code"]) == (404, "leave-not-found")


async def test_another_departments_leave_is_not_written(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    stranger = await given.key(department=OTHER_DEPARTMENT)
    answer = await http.post("/v1/registry/inspector-leaves", auth=stranger, json=leave())
    assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")


async def test_the_same_request_records_leave_once(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    headers = {"Idempotency-Key": "leave-test-0001"}
    address = "/v1/registry/inspector-leaves"
    first = await http.post(address, auth=key, json=leave(), headers=headers)
    again = await http.post(address, auth=key, json=leave(), headers=headers)
    assert (first.status_code, again.content) == (201, first.content)
    assert len(await rows(superuser, "SELECT 1 FROM openlot.inspector_leave")) == 1
