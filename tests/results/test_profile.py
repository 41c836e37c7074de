"""The profile of an object, and guidance to credit repair."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.dispatch import dispatch_once
from app.main import HANDLERS
from app.results.worker import tell_once
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import rows, statements

OBJECTS = "/v1/registry/inspected-objects"
OF = {"department": DEPARTMENT}
APPROVED = datetime(2026, 3, 3, 2, tzinfo=UTC)


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def profile(given: Given, key: Key, code: str, **params: str) -> dict[str, Any]:
    answer = await given.http.get(f"{OBJECTS}/{code}/profile", auth=key, params=OF | params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def dispatched(given: Given, key: Key) -> tuple[dict[str, Any], dict[str, Any]]:
    """A task, and the part of the department at its one object."""
    task = await given.task(key, 1)
    (part,) = await given.parts(key, task, department=DEPARTMENT)
    return task, part


async def disposal(
    given: Given, key: Key, task: dict[str, Any], part: dict[str, Any], kind: str = "penalty"
) -> str:
    body = {
        "task_key": task["national_key"],
        "object_code": part["object_code"],
        "department_code": part["department_code"],
        "item_code": "SC-01",
        "kind": kind,
        "due_on": "2026-04-01",
    }
    return str((await given.post("/v1/disposals", key, json=body))["id"])


async def close(given: Given, key: Key, disposal_id: str) -> None:
    await given.post(f"/v1/disposals/{disposal_id}/steps", key, json={"kind": "closed"})


async def punished(given: Given, key: Key, *kinds: str) -> tuple[str, list[str]]:
    """An object whose problem was approved at APPROVED, and its disposals of these kinds."""
    task, part = await dispatched(given, key)
    made = [await disposal(given, key, task, part, kind) for kind in kinds]
    given.at(APPROVED)
    await given.approved(task, part, value=5)
    return part["object_code"], made


async def told(superuser: AsyncEngine) -> list[dict[str, Any]]:
    found = await rows(
        superuser,
        "SELECT payload FROM openlot.event WHERE type = 'credit-repair.ready' ORDER BY sequence",
    )
    return [one.payload for one in found]


async def feeds(given: Given, key: Key, code: str) -> None:
    """An owner, a licence, tags, a count and an open correction of an object."""
    where = {"department_code": DEPARTMENT, "source": "某系统"}
    owner = {
        "code": "F-REG",
        "kind": "objects",
        "source": "登记注册库",
        "producer": "审批局",
        "provider": "数据局",
        "responsible_department": OTHER_DEPARTMENT,
        "interval_days": 7,
    }
    await given.post("/v1/registry/feeds", key, json=where | owner)
    directory = {"department_code": DEPARTMENT, "code": "ZX-FOOD", "name": "食品经营单位"}
    await given.post("/v1/registry/special-directories", key, json=directory)
    since = where | {"valid_from": "2026-01-01"}
    licence = {"object_code": code, "licence_no": "JY1", "expires_on": "2027-01-01"}
    entries = since | {"directory_code": "ZX-FOOD", "entries": [licence]}
    await given.post("/v1/registry/special-entry-imports", key, json=entries)
    tags = since | {"objects": [{"object_code": code, "tags": ["level:重点"]}]}
    await given.post("/v1/registry/object-tag-imports", key, json=tags)
    number = {"object_code": code, "number": 3}
    counted = {"kind": "lead", "counted_from": "2025-01-01", "counted_to": "2025-12-31"}
    body = where | counted | {"objects": [number]}
    await given.post("/v1/registry/object-count-imports", key, json=body)
    asked = {
        "department_code": DEPARTMENT,
        "object_code": code,
        "fact": "name",
        "right_value": "新店",
        "reason": "营业执照",
    }
    await given.post("/v1/registry/correction-requests", key, json=asked)


async def test_a_profile_tells_facts_with_owners_and_what_inspections_came_to(
    given: Given, key: Key
) -> None:
    code, (first,) = await punished(given, key, "penalty")
    await feeds(given, key, code)
    found = await profile(given, key, code)
    facts = found["facts"]
    assert (facts["entry"]["code"], facts["import_source"]) == (code, "登记注册库")
    assert facts["owner"] == {
        "feed_code": "F-REG",
        "producer": "审批局",
        "provider": "数据局",
        "responsible_department": OTHER_DEPARTMENT,
    }
    (licence,) = found["licences"]
    assert (licence["directory_name"], licence["expires_on"]) == ("食品经营单位", "2027-01-01")
    assert found["tags"]["tags"] == ["level:重点"]
    assert [(one["kind"], one["number"]) for one in found["counts"]] == [("lead", 3)]
    assert len(found["credit_classes"]) == 1
    assert [(one["fact"], one["right_value"]) for one in found["corrections"]] == [("name", "新店")]
    (visit,) = found["inspections"]
    assert (visit["inspected_on"], visit["findings"][0]["value"]) == ("2026-03-02", 5)
    assert [(one["id"], one["state"]) for one in visit["disposals"]] == [(first, "open")]
    assert found["credit_repair"]["missing"] == ["disposal-open", "publicity-running"]


async def test_a_profile_costs_at_most_five_statements(given: Given, key: Key) -> None:
    code, _ = await punished(given, key, "penalty", "order_rectify")
    await feeds(given, key, code)
    with statements(given.app) as sent:
        await profile(given, key, code)
    assert len(sent) <= 5, sent


async def test_of_an_object_that_nobody_told_of_only_the_facts_stand(
    given: Given, key: Key
) -> None:
    listed = await given.http.get(OBJECTS, auth=key, params=OF | {"limit": "1"})
    found = await profile(given, key, listed.json()["items"][0]["code"])
    assert found["facts"]["owner"] is None
    assert (found["tags"], found["licences"], found["inspections"]) == (None, [], [])
    repair = {"met": False, "missing": ["no-disposal"], "disposals": [], "noticed_at": None}
    assert found["credit_repair"] == repair
    missing = await given.http.get(f"{OBJECTS}/XX/profile", auth=key, params=OF)
    assert (missing.status_code, missing.json()["code"]) == (404, "inspected-object-not-found")


async def test_who_may_read_what_of_a_profile(given: Given, key: Key) -> None:
    listed = await given.http.get(OBJECTS, auth=key, params=OF | {"limit": "1"})
    code = listed.json()["items"][0]["code"]
    reader = await given.key("results:read", "objects:read")
    assert (await profile(given, reader, code))["credit_classes"] is None
    half = await given.key("results:read")
    refused = await given.http.get(f"{OBJECTS}/{code}/profile", auth=half, params=OF)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    stranger = await given.key(department=OTHER_DEPARTMENT)
    refused = await given.http.get(f"{OBJECTS}/{code}/profile", auth=stranger, params=OF)
    assert (refused.status_code, refused.json()["code"]) == (403, "department-not-visible")


async def test_a_department_sees_its_own_inspections_only(given: Given, key: Key) -> None:
    task = await given.task(key, 1)
    for part in await given.parts(key, task):
        await given.approved(task, part)
    code = part["object_code"]
    assert len((await profile(given, key, code))["inspections"]) == 2
    own = await given.key()
    (seen,) = (await profile(given, own, code))["inspections"]
    assert seen["department_code"] == DEPARTMENT


async def test_closing_the_last_disposal_tells_the_firm_at_once(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    code, (first, second) = await punished(given, key, "case_lead", "copy_department")
    await close(given, key, first)
    assert await told(superuser) == []
    await close(given, key, second)
    (said,) = await told(superuser)
    assert (said["object_code"], said["disposal_ids"]) == (code, [first, second])
    assert said["ready_on"] == "2026-03-03"
    found = (await profile(given, key, code))["credit_repair"]
    assert (found["met"], found["missing"]) == (True, [])
    assert found["noticed_at"] == "2026-03-03T02:00:00.000000Z"
    notices = await given.post(
        "/v1/credit-repair-notices", key, json={"department_code": DEPARTMENT}
    )
    assert notices == {"items": [], "next": None}
    assert len(await told(superuser)) == 1


async def test_a_penalty_stays_public_for_its_time_and_then_the_sweep_tells(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    code, (first,) = await punished(given, key, "penalty")
    await close(given, key, first)
    found = (await profile(given, key, code))["credit_repair"]
    assert found["missing"] == ["publicity-running"]
    assert found["disposals"][0]["public_until"] == "2026-06-01"
    sweep = {"department_code": DEPARTMENT}
    given.at(datetime(2026, 5, 31, 15, 59, tzinfo=UTC))
    assert (await given.post("/v1/credit-repair-notices", key, json=sweep))["items"] == []
    given.at(datetime(2026, 5, 31, 16, tzinfo=UTC))
    (notice,) = (await given.post("/v1/credit-repair-notices", key, json=sweep))["items"]
    assert (notice["object_code"], notice["disposal_id"]) == (code, first)
    assert len(await told(superuser)) == 1
    assert (await profile(given, key, code))["credit_repair"]["met"]


async def test_the_time_of_publicity_is_a_rule(given: Given, key: Key) -> None:
    code, (first,) = await punished(given, key, "penalty")
    await close(given, key, first)
    current = (await given.http.get("/v1/rules", params={"on": "2026-03-03"})).json()["items"]
    (said,) = [one["value"] for one in current if one["key"] == "credit-repair.publicity-days"]
    rule = {
        "key": "credit-repair.publicity-days",
        "valid_from": "2026-01-01",
        "value": said | {"penalty": 10},
        "source": "试验",
    }
    await given.post("/v1/rules", key, json=rule)
    found = (await profile(given, key, code))["credit_repair"]
    assert found["disposals"][0]["public_until"] == "2026-03-13"


async def test_a_problem_that_is_not_approved_yet_stands_in_the_way(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    task, part = await dispatched(given, key)
    await close(given, key, await disposal(given, key, task, part, "case_lead"))
    assert await told(superuser) == []
    found = (await profile(given, key, part["object_code"]))["credit_repair"]
    assert found["missing"] == ["publicity-running"]
    assert found["disposals"][0]["public_until"] is None


async def test_a_later_disposal_is_told_of_again(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    task, part = await dispatched(given, key)
    given.at(APPROVED)
    first = await disposal(given, key, task, part, "case_lead")
    await given.approved(task, part, value=5)
    await close(given, key, first)
    given.at(APPROVED + timedelta(days=1))
    second = await disposal(given, key, task, part, "case_lead")
    assert not (await profile(given, key, part["object_code"]))["credit_repair"]["met"]
    await close(given, key, second)
    assert [one["disposal_ids"] for one in await told(superuser)] == [[first], [first, second]]


async def test_the_worker_tells_once_for_every_department(
    given: Given, key: Key, app: FastAPI, superuser: AsyncEngine
) -> None:
    _, (first,) = await punished(given, key, "penalty")
    await close(given, key, first)
    early, late = APPROVED + timedelta(days=80), APPROVED + timedelta(days=100)
    database = app.state.database
    assert [await tell_once(database, at) for at in (early, late, late)] == [0, 1, 0]
    (event,) = await rows(
        superuser,
        "SELECT occurred_by FROM openlot.event WHERE type = 'credit-repair.ready'",
    )
    assert event.occurred_by == "credit-repair-worker"


async def test_the_contact_system_of_the_firm_is_called(
    given: Given, key: Key, app: FastAPI, superuser: AsyncEngine
) -> None:
    await given.post(
        "/v1/webhook-subscriptions",
        key,
        json={
            "department_code": DEPARTMENT,
            "url": "https://93.184.216.34/openlot",
            "event_types": ["credit-repair.ready"],
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        },
    )
    _, (first,) = await punished(given, key, "case_lead")
    await close(given, key, first)
    while await dispatch_once(app.state.database, HANDLERS):
        pass
    (waiting,) = await rows(
        superuser,
        "SELECT e.type FROM openlot.webhook_delivery AS d JOIN openlot.event AS e"
        " ON e.id = d.event_id",
    )
    assert waiting.type == "credit-repair.ready"


async def test_the_last_inspection_comes_from_approved_results(given: Given, key: Key) -> None:
    task, part = await dispatched(given, key)
    asked = OF | {"last_inspected_before": "2026-03-02", "limit": "200"}

    async def found() -> set[str]:
        answer = await given.http.get(OBJECTS, auth=key, params=asked)
        return {one["code"] for one in answer.json()["items"]}

    assert part["object_code"] in await found()
    await given.approved(task, part)
    assert part["object_code"] not in await found()
    asked["last_inspected_before"] = "2026-03-03"
    assert part["object_code"] in await found()
