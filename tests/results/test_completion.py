"""The last approval completes the inspection, and the last inspection the task; once each."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import CHINA
from app.tasks import queries as tasks
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key, findings_of, review_body
from tests.results.test_disposals import disposal_body
from tests.watching import counts, rows


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def happened(superuser: AsyncEngine, kind: str) -> list[dict[str, object]]:
    """Payloads of the events of a kind, and whose they are."""
    query = "SELECT * FROM openlot.event WHERE type = :kind ORDER BY sequence"
    found = await rows(superuser, query, kind=kind)
    assert {one.department_code for one in found} <= {DEPARTMENT}
    return [one.payload for one in found]


async def test_an_inspection_and_its_task_complete_once(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    """Each reviewer's key sees its own department only, and yet the last one closes all."""
    task = await given.task(key)
    parts = await given.parts(key, task)
    address = f"/v1/inspection-tasks/{task['national_key']}"
    for number, part in enumerate(parts, start=1):
        await given.approved(task, part, inspected_on=f"2026-03-{number + 1:02d}")
        assert len(await happened(superuser, "inspection.completed")) == number // 2
        assert len(await happened(superuser, "task.completed")) == number // 4
        for own in (DEPARTMENT, OTHER_DEPARTMENT):
            shown = (await http.get(address, auth=await given.key(department=own))).json()
            assert shown["closed_count"] == number // 2
            assert shown["state"] == ("completed" if number == 4 else "dispatched")
    told = await happened(superuser, "inspection.completed")
    names = {part["object_code"]: part["object_name"] for part in parts}
    assert told == [
        {
            "task_key": task["national_key"],
            "task_code": task["code"],
            "object_code": code,
            "object_name": names[code],
            "value": 1,
            "value_text": "未发现问题",
            "inspected_on": on,
            "departments": [DEPARTMENT, OTHER_DEPARTMENT],
        }
        for code, on in zip(sorted(names), ("2026-03-03", "2026-03-05"), strict=True)
    ]
    (completed,) = await happened(superuser, "task.completed")
    shown = (await http.get(address, auth=key)).json()
    assert completed == {
        "task_key": task["national_key"],
        "task_code": task["code"],
        "name": task["name"],
        "object_count": 2,
        "completed_at": shown["completed_at"],
        "departments": [DEPARTMENT, OTHER_DEPARTMENT],
    }
    progress = (await http.get(f"{address}/progress", auth=key)).json()["parts"]
    assert progress == {"pending": 0, "entered": 0, "signed": 0, "returned": 0, "approved": 4}


@pytest.mark.parametrize(
    "found",
    [
        [((1, 1), 1), ((1, 7), 7), ((7, 5), 5), ((5, 8), 8)],
        [((2, 8), 2), ((3, 2), 3), ((4, 3), 4), ((6, 4), 6)],
    ],
)
async def test_the_value_of_an_object_is_the_first_by_the_published_precedence(
    given: Given,
    superuser: AsyncEngine,
    key: Key,
    found: list[tuple[tuple[int, int], int]],
) -> None:
    task = await given.task(key, len(found))
    values = [value for both, _ in found for value in both]
    for part, value in zip(await given.parts(key, task), values, strict=True):
        await given.post("/v1/disposals", key, json=disposal_body(task, part))
        await given.approved(task, part, value=value)
    told = await happened(superuser, "inspection.completed")
    expected = [value for _, value in found]
    assert [one["value"] for one in told] == expected
    kept = "SELECT value FROM openlot.inspection_closing ORDER BY object_code"
    assert [one.value for one in await rows(superuser, kept)] == expected


async def test_another_precedence_gives_another_value(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    rule = {
        "key": "result.precedence",
        "valid_from": "2026-01-01",
        "value": [7, 1],
        "source": "试行",
    }
    await given.post("/v1/rules", key, json=rule)
    task = await given.task(key, 1)
    for part, found in zip(await given.parts(key, task), (6, 7), strict=True):
        await given.approved(task, part, value=found)
    (told,) = await happened(superuser, "inspection.completed")
    assert told["value"] == 7


async def test_a_returned_version_does_not_count(
    given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    ours, theirs = await given.parts(key, task)
    await given.approved(task, theirs)
    await given.signed(task, ours, value=6)
    body = review_body(ours, decision="returned", opinion="重核")
    head = await given.officer_key("head")
    await given.post(f"{findings_of(task, ours)}/1/review", head, json=body)
    assert await happened(superuser, "inspection.completed") == []
    await given.approved(task, ours, value=7)
    (told,) = await happened(superuser, "inspection.completed")
    assert told["value"] == 7


@pytest.mark.parametrize("objects", [1, 2])
async def test_two_who_approve_the_last_parts_at_once_complete_the_task_once(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key, objects: int
) -> None:
    """With one object: the parts of two departments. With two: the last part of each."""
    task = await given.task(key, objects)
    parts = await given.parts(key, task)
    for part in parts[: len(parts) - 2] if objects == 1 else parts[::2]:
        await given.approved(task, part)
    last = parts if objects == 1 else parts[1::2]
    heads = []
    for number, part in enumerate(last):
        await given.signed(task, part)
        heads.append(await given.officer_key(f"head-{number}", part["department_code"]))
    answers = await asyncio.gather(
        *(
            http.post(f"{findings_of(task, part)}/1/review", auth=head, json=review_body(part))
            for part, head in zip(last, heads, strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(await happened(superuser, "inspection.completed")) == objects
    assert len(await happened(superuser, "task.completed")) == 1
    kept = await counts(superuser)
    assert kept["openlot.inspection_closing"] == objects
    assert kept["openlot.task_closing"] == 1


async def test_two_reviews_of_one_version_at_once_leave_one(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine, key: Key
) -> None:
    task = await given.task(key, 1)
    part = (await given.parts(key, task))[0]
    await given.signed(task, part)
    heads = [await given.officer_key(f"head-{n}") for n in range(2)]
    bodies = (review_body(part), review_body(part, decision="returned", opinion="重核"))
    answers = await asyncio.gather(
        *(
            http.post(f"{findings_of(task, part)}/1/review", auth=head, json=body)
            for head, body in zip(heads, bodies, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert (await counts(superuser))["openlot.result_review"] == 1


async def test_results_may_be_public_when_the_last_visit_is_done_or_the_window_over(
    given: Given, app: FastAPI, key: Key
) -> None:
    line_end = datetime(2026, 12, 1, tzinfo=CHINA)
    task = await given.task(key, 1)

    async def moment(now: datetime) -> datetime | None:
        async with app.state.database.transaction(departments=DEPARTMENT) as session:
            found = await tasks.get_task(session, task["national_key"])
            return await tasks.disclosure_moment(session, found, now)

    assert await moment(line_end - timedelta(seconds=1)) is None
    assert await moment(line_end) == line_end
    given.at(line_end - timedelta(days=60))
    for part in await given.parts(key, task):
        await given.approved(task, part)
    given.now_again()
    assert await moment(line_end) == line_end - timedelta(days=60)
    assert await moment(line_end - timedelta(days=61)) is None
    assert (await moment(datetime(2027, 1, 1, tzinfo=UTC))) == line_end - timedelta(days=60)
