"""A crash at any stage leaves all or nothing, and the work that is resumed ends as if there had been
none; what is cut off in the middle leaves no trace."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.jobs import Job, run_one
from app.core.settings import Settings
from app.main import WORKS
from app.registry import merging
from app.registry.service import checking, kinds, staged_work, undoing
from tests.factories import DEPARTMENT, Given, Key, objects_csv
from tests.live import COMMAND, ROOT, connected, served
from tests.registry.staged import Stages, work
from tests.watching import counts, rows


class Crash(BaseException):
    """The end of the process."""


@pytest.fixture
async def stages(given: Given) -> Stages:
    key: Key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return Stages(given, key)


async def state(superuser: AsyncEngine) -> tuple[Any, ...]:
    """Everything that an import may change, but for ids and moments."""
    queries = (
        "SELECT code, name, listed, version FROM openlot.inspected_object ORDER BY 1",
        "SELECT code, name, version FROM openlot.inspected_object_version ORDER BY 1, 3",
        "SELECT kind, mode, rows, added, changed FROM openlot.registry_import ORDER BY sequence",
        "SELECT step FROM openlot.staged_import_step ORDER BY recorded_at",
        "SELECT type FROM openlot.event WHERE type LIKE '%import%' ORDER BY sequence",
        "SELECT count(*) FROM openlot.staged_file_part",
    )
    return tuple([[tuple(one) for one in await rows(superuser, query)] for query in queries])


async def expire(superuser: AsyncEngine) -> None:
    async with superuser.begin() as connection:
        await connection.execute(text("UPDATE openlot.operation SET leased_until = '2000-01-01Z'"))


def breaking(after: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The same step, and then the end of the process."""

    async def step(*args: Any, **kwargs: Any) -> Any:
        made = after(*args, **kwargs)
        if hasattr(made, "__await__"):
            await made
        raise Crash

    return step


CHECK_STEPS = [
    (checking, "check"),
    (merging, "stage_file"),
    (merging, "compare"),
    (merging, "samples"),
    (staged_work, "add_step"),
    (Job, "succeed"),
]
MERGE_STEPS = [
    (checking, "check"),
    (staged_work, "one_feed_at_a_time"),
    (merging, "stage_file"),
    (merging, "compare"),
    (staged_work, "record_import"),
    (merging, "merge"),
    (staged_work, "add_step"),
    (staged_work, "forget_file"),
    (Job, "succeed"),
]
UNDO_STEPS = [
    (undoing, "one_feed_at_a_time"),
    (merging, "restore"),
    (undoing, "record_import"),
    (merging, "merge"),
    (Job, "succeed"),
]


async def crash_then_resume(
    stages: Stages,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[Any, str],
) -> None:
    """Break off after one step; nothing may have changed. Then the next worker does it."""
    before = await state(superuser)
    owner, name = place
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, breaking(getattr(owner, name)))
        with pytest.raises(Crash):
            await run_one(stages.given.app.state.database, WORKS)
    assert await state(superuser) == before
    await expire(superuser)
    assert await work(stages.given.app) == 1


def names(places: list[tuple[Any, str]]) -> list[str]:
    return [f"{owner.__name__.rpartition('.')[2]}.{name}" for owner, name in places]


@pytest.mark.parametrize("place", CHECK_STEPS, ids=names(CHECK_STEPS))
async def test_a_check_that_crashed_is_done_again(
    stages: Stages,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[Any, str],
) -> None:
    answer = await stages.upload(objects_csv(3))
    await crash_then_resume(stages, superuser, monkeypatch, place)
    staged = await stages.read(answer.json()["subject"])
    assert (staged["state"], staged["preview"]["counts"]["added"]) == ("previewed", 3)


@pytest.mark.parametrize("place", MERGE_STEPS, ids=names(MERGE_STEPS))
async def test_a_merge_that_crashed_is_done_again_whole(
    stages: Stages,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[Any, str],
) -> None:
    await stages.merged(objects_csv(3))
    address = await stages.staged(objects_csv(5).replace("第1号", "第一号"), mode="full")
    answer = await stages.confirm(address)
    await crash_then_resume(stages, superuser, monkeypatch, place)
    found = await stages.ended(answer)
    assert (found["added"], found["changed"], found["unchanged"]) == (2, 1, 2)
    assert len(await stages.objects()) == 5
    assert len((await state(superuser))[1]) == 1


@pytest.mark.parametrize("place", UNDO_STEPS, ids=names(UNDO_STEPS))
async def test_an_undo_that_crashed_is_done_again_whole(
    stages: Stages,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[Any, str],
) -> None:
    await stages.merged(objects_csv(2))
    wrong = await stages.merged(objects_csv(2).replace("第1号", "第一号"))
    answer = await stages.undone(wrong["id"])
    await crash_then_resume(stages, superuser, monkeypatch, place)
    assert (await stages.ended(answer))["changed"] == 1
    assert len((await state(superuser))[1]) == 2


async def test_an_upload_that_is_cut_in_the_middle_leaves_nothing(
    stages: Stages, superuser: AsyncEngine, app: FastAPI
) -> None:
    before = await counts(superuser)
    query = f"department={DEPARTMENT}&kind=objects&source=x&data_date=2026-02-26"
    async with served(app) as port, connected(port) as connection:
        await connection.send(
            f"POST /v1/registry/staged-imports?{query} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {stages.key.secret}",
            "Idempotency-Key: cut-in-the-middle",
            "Content-Type: text/csv",
            "Content-Length: 100000",
            body=objects_csv(100).encode()[:5000],
        )
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.1)
    assert await counts(superuser) == before


async def test_a_service_that_is_killed_while_it_merges_is_replaced_by_another(
    stages: Stages, superuser: AsyncEngine, settings: Settings
) -> None:
    """Two real services: the first is killed while its merge waits for a lock, the second ends it."""
    await stages.merged(objects_csv(3))
    address = await stages.staged(objects_csv(4).replace("第1号", "第一号"))
    answer = await stages.confirm(address)
    before = await state(superuser)
    operation = answer.headers["location"]
    async with superuser.connect() as holder:
        await holder.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:d, 1))"), {"d": DEPARTMENT}
        )
        process = await start_service(settings)
        await until(lambda: is_waiting(superuser))
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        assert await state(superuser) == before
    assert (await stages.read(operation))["state"] == "running"
    await expire(superuser)
    second = await start_service(settings)
    await until(lambda: is_over(stages, operation))
    second.terminate()
    await second.communicate()
    found = await stages.ended(answer)
    assert (found["added"], found["changed"]) == (1, 1)


async def start_service(settings: Settings) -> asyncio.subprocess.Process:
    assert settings.database_url
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, "serve", "--port", "0"),
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "OPENLOT_HOME": str(settings.home),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    await process.stdout.readline()
    return process


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(600):
        if await holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about")


async def is_waiting(superuser: AsyncEngine) -> bool:
    found = await rows(
        superuser,
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    )
    return bool(found)


async def is_over(stages: Stages, operation: str) -> bool:
    return (await stages.read(operation))["state"] not in {"queued", "running"}


def test_every_kind_of_import_has_all_stages() -> None:
    assert {"objects", "credit-classes"} <= set(kinds.KINDS)
