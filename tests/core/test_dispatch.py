"""Events reach their handlers after the commit, once each; a poisoned one is set aside."""

import asyncio
from datetime import datetime

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.dispatch import MAX_ATTEMPTS, dispatch_once
from app.core.events import Event, EventDispatch
from tests.factories import Given


async def states(superuser: AsyncEngine) -> list[str]:
    async with superuser.connect() as connection:
        return list(await connection.scalars(select(EventDispatch.state)))


async def test_each_event_reaches_the_handler_once_also_with_two_dispatchers(
    app: FastAPI, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    await given.registry(key)
    seen: list[int] = []

    async def handler(_: AsyncSession, event: Event, __: datetime) -> None:
        seen.append(event.sequence)
        await asyncio.sleep(0.01)

    database = app.state.database
    both = (dispatch_once(database, [handler]), dispatch_once(database, [handler]))
    counts = await asyncio.gather(*both)
    assert sum(counts) == len(seen) == len(set(seen)) > 4
    assert set(await states(superuser)) == {"done"}
    assert await dispatch_once(database, [handler]) == 0


async def test_a_refused_request_leaves_nothing_to_dispatch(
    http: httpx.AsyncClient, app: FastAPI, given: Given
) -> None:
    key = await given.admin()
    await dispatch_once(app.state.database, [])
    answer = await http.post("/v1/plans", auth=key, json={"name": "x"})
    assert answer.status_code == 422
    assert await dispatch_once(app.state.database, []) == 0


async def test_a_poisoned_event_is_set_aside_and_the_others_go_on(
    app: FastAPI, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)

    async def handler(_: AsyncSession, event: Event, __: datetime) -> None:
        if event.type == "departments.registered":
            raise ValueError(event.type)

    for _ in range(MAX_ATTEMPTS):
        await dispatch_once(app.state.database, [handler])
    assert sorted(await states(superuser)) == ["dead", "done", "done", "done"]
