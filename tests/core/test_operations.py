"""Operations: done once, resumed after a crash, fenced, cancelled, and told as they go."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import jobs, operations
from app.core.caller import Caller
from app.core.database import Database
from app.core.jobs import Job, LeaseLost, run_one
from app.core.operations import OperationUnderWay
from app.core.problems import Conflict
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import rows

ASKED = datetime(2026, 2, 27, tzinfo=UTC)
CALLER = Caller("key", "test", "person", DEPARTMENT, (DEPARTMENT,), frozenset())
SUBJECT = "/v1/things/1"


class Crash(BaseException):
    """The end of a process, as far as a worker can feel it."""


class Refused(Conflict):
    code = "refused-in-test"
    zh = "测试拒绝。"
    en = "Refused."


@pytest.fixture
def database(app: FastAPI, http: httpx.AsyncClient) -> Database:
    found: Database = app.state.database
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BEAT_S", 0.02)


async def started(database: Database, subject: str = SUBJECT, kind: str = "test") -> UUID:
    async with database.transaction(departments=DEPARTMENT, request_id="test") as session:
        made = await operations.start(
            session, kind=kind, subject=subject, department=DEPARTMENT, caller=CALLER, now=ASKED
        )
        return made.id


async def read(http: httpx.AsyncClient, key: Key, operation_id: UUID) -> dict[str, Any]:
    answer = await http.get(f"/v1/operations/{operation_id}", auth=key)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def leave_lease(superuser: AsyncEngine) -> None:
    """Let every lease run out, as if its worker had been gone for long."""
    async with superuser.begin() as connection:
        await connection.execute(
            text(
                "UPDATE openlot.operation SET leased_until = '2000-01-01Z' WHERE state = 'running'"
            )
        )


async def succeed(job: Job) -> None:
    async with job.transaction() as session:
        job.progress("done", 3, 3)
        await job.succeed(session, f"/v1/results/{job.fence}")


async def test_an_operation_is_done_once_also_with_two_workers(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    made = await started(database)
    before = await http.get(f"/v1/operations/{made}", auth=key)
    assert before.json()["state"] == "queued"
    assert before.headers["Retry-After"] == "1"
    seen: list[UUID] = []

    async def work(job: Job) -> None:
        seen.append(job.id)
        await asyncio.sleep(0.05)
        await succeed(job)

    found = await asyncio.gather(*(run_one(database, {"test": work}) for _ in range(3)))
    assert sorted(found) == [False, False, True]
    assert seen == [made]
    told = await read(http, key, made)
    assert (told["state"], told["phase"], told["done"], told["total"]) == (
        "succeeded",
        "done",
        3,
        3,
    )
    assert told["result"] == "/v1/results/1"
    assert told["started_at"] <= told["finished_at"]
    assert told["problem"] is None
    assert not await run_one(database, {"test": work})


async def test_work_of_a_kind_that_a_worker_does_not_know_waits(database: Database) -> None:
    await started(database, kind="newer")
    assert not await run_one(database, {"test": succeed})


async def test_after_a_crash_another_worker_begins_again(
    database: Database, http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    made = await started(database)

    async def crash(_: Job) -> None:
        raise Crash

    with pytest.raises(Crash):
        await run_one(database, {"test": crash})
    assert (await read(http, key, made))["state"] == "running"
    assert not await run_one(database, {"test": succeed}), "the lease still holds"
    await leave_lease(superuser)
    assert await run_one(database, {"test": succeed})
    assert (await read(http, key, made))["result"] == "/v1/results/2"


async def test_a_worker_that_was_asleep_writes_nothing(
    database: Database, given: Given, superuser: AsyncEngine
) -> None:
    await given.admin()
    await started(database)
    overtaken: list[bool] = []

    async def sleepy(job: Job) -> None:
        await leave_lease(superuser)
        assert await run_one(database, {"test": succeed})
        with pytest.raises(LeaseLost):
            async with job.transaction() as session:
                await session.execute(
                    text("UPDATE openlot.operation SET phase = 'late' WHERE id = :id"),
                    {"id": job.id},
                )
        overtaken.append(True)
        raise LeaseLost

    assert await run_one(database, {"test": sleepy})
    assert overtaken == [True]
    found = await rows(superuser, "SELECT state, phase, result, fence FROM openlot.operation")
    assert [tuple(one) for one in found] == [("succeeded", "done", "/v1/results/2", 2)]


async def test_effects_and_end_are_one_transaction(
    database: Database, given: Given, superuser: AsyncEngine
) -> None:
    await given.admin()
    await started(database)

    async def crash_at_the_end(job: Job) -> None:
        async with job.transaction() as session:
            await job.succeed(session, "/v1/results/0")
            raise Crash

    with pytest.raises(Crash):
        await run_one(database, {"test": crash_at_the_end})
    found = await rows(superuser, "SELECT state, result FROM openlot.operation")
    assert [tuple(one) for one in found] == [("running", None)]


async def test_what_the_work_refuses_is_told_as_a_problem(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    made = await started(database)

    async def refuse(_: Job) -> None:
        raise Refused

    assert await run_one(database, {"test": refuse})
    told = await read(http, key, made)
    assert (told["state"], told["result"]) == ("failed", None)
    assert told["problem"]["code"] == "refused-in-test"
    assert told["problem"]["texts"] == {"zh-CN": "测试拒绝。", "en": "Refused."}


async def test_what_breaks_is_tried_again_and_then_given_up(
    database: Database, http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    made = await started(database)
    tries: list[int] = []

    async def break_down(job: Job) -> None:
        tries.append(job.fence)
        raise ValueError("secret")

    for _ in range(jobs.MAX_ATTEMPTS + 1):
        await run_one(database, {"test": break_down})
        await leave_lease(superuser)
    assert tries == [1, 2, 3, 4, 5]
    told = await read(http, key, made)
    assert (told["state"], told["problem"]["code"]) == ("failed", "internal-error")
    assert "secret" not in str(told)


@pytest.mark.usefixtures("quick")
async def test_work_that_is_cancelled_stops_and_leaves_nothing(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    made = await started(database)

    begun = asyncio.Event()

    async def forever(job: Job) -> None:
        job.progress("waiting", 1, 10)
        assert await job.beat()
        begun.set()
        async with job.transaction():
            await asyncio.Event().wait()

    running = asyncio.create_task(run_one(database, {"test": forever}))
    await begun.wait()
    assert (await read(http, key, made))["phase"] == "waiting"
    answer = await http.post(f"/v1/operations/{made}/cancellation", auth=key)
    assert (answer.status_code, answer.json()["state"]) == (200, "running")
    assert await running
    told = await read(http, key, made)
    assert (told["state"], told["done"], told["total"]) == ("cancelled", 1, 10)
    again = await http.post(f"/v1/operations/{made}/cancellation", auth=key)
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


async def test_work_that_waits_is_cancelled_at_once(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    made = await started(database)
    answer = await http.post(f"/v1/operations/{made}/cancellation", auth=key)
    assert answer.json()["state"] == "cancelled"
    assert not await run_one(database, {"test": succeed})


async def test_cancelled_work_cannot_end_well_and_is_closed_by_the_next_worker(
    database: Database, http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    made = await started(database)

    async def cancelled_before_its_end(job: Job) -> None:
        await http.post(f"/v1/operations/{made}/cancellation", auth=key)
        with pytest.raises(LeaseLost):
            await succeed(job)
        raise Crash

    with pytest.raises(Crash):
        await run_one(database, {"test": cancelled_before_its_end})
    await leave_lease(superuser)
    await run_one(database, {"test": succeed})
    assert (await read(http, key, made))["state"] == "cancelled"


async def test_what_is_over_cannot_be_cancelled(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.admin()
    made = await started(database)
    await run_one(database, {"test": succeed})
    answer = await http.post(f"/v1/operations/{made}/cancellation", auth=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "operation-over")


async def test_one_thing_has_one_operation_under_way(database: Database, given: Given) -> None:
    await given.admin()
    await started(database)
    with pytest.raises(OperationUnderWay):
        await started(database)
    await started(database, "/v1/things/2")
    await run_one(database, {"test": succeed})
    await started(database)


async def test_operations_of_other_departments_are_not_seen(
    database: Database, http: httpx.AsyncClient, given: Given
) -> None:
    made = await started(database)
    other = await given.key(department=OTHER_DEPARTMENT)
    answer = await http.get(f"/v1/operations/{made}", auth=other)
    assert (answer.status_code, answer.json()["code"]) == (404, "operation-not-found")
    cancelled = await http.post(f"/v1/operations/{made}/cancellation", auth=other)
    assert cancelled.status_code == 404


async def test_the_lease_is_kept_while_the_work_goes_on(
    database: Database, superuser: AsyncEngine, given: Given, quick: None
) -> None:
    await given.admin()
    await started(database)
    leases: list[Any] = []

    async def long(job: Job) -> None:
        for _ in range(2):
            found = await rows(superuser, "SELECT leased_until FROM openlot.operation")
            leases.append(found[0].leased_until)
            await asyncio.sleep(0.1)
        await succeed(job)

    await run_one(database, {"test": long})
    assert leases[0] < leases[1]
