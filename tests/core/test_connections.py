"""Connections to the database that end while they rest in the pool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import database
from app.core.settings import Settings
from app.main import create_app, database_url
from tests.factories import Given, Key, client_of
from tests.watching import rows

POOL = 3


class Relay:
    """Stands between a service and its database, as a firewall does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._dropped: set[asyncio.Event] = set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dropped = asyncio.Event()
        self._dropped.add(dropped)
        inside, outside = await asyncio.open_connection("127.0.0.1", self._port)
        back = asyncio.create_task(_pour(inside, writer))
        while part := await reader.read(65536):
            if dropped.is_set():
                break
            outside.write(part)
        writer.transport.abort()
        outside.transport.abort()
        await asyncio.gather(back, return_exceptions=True)

    def forget(self) -> None:
        """Drop every connection without a word; who still sends on one is told then."""
        for dropped in self._dropped:
            dropped.set()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65536):
        writer.write(part)
    writer.close()


@pytest.fixture
async def relay(settings: Settings) -> AsyncIterator[tuple[Relay, int]]:
    relay = Relay(make_url(database_url(settings)).port or 0)
    server = await asyncio.start_server(relay.carry, "127.0.0.1", 0)
    yield relay, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def behind(settings: Settings, relay: tuple[Relay, int]) -> AsyncIterator[FastAPI]:
    """A service that reaches its database through the relay."""
    url = make_url(database_url(settings)).set(port=relay[1])
    address = SecretStr(url.render_as_string(hide_password=False))
    app = create_app(settings.model_copy(update={"database_url": address, "pool_size": 1}))
    yield app
    await app.state.database.dispose()


@pytest.fixture
async def key(given: Given) -> Key:
    return await given.key()


async def plans(app: FastAPI, key: Key, times: int = 1) -> list[int]:
    """The answers to so many requests at once."""
    async with client_of(app) as http:
        asked = (http.get("/v1/plans", auth=key) for _ in range(times))
        found: list[httpx.Response] = await asyncio.gather(*asked)
    return [answer.status_code for answer in found]


async def backends(app: FastAPI) -> list[int]:
    """The processes behind all connections of the pool, which rest afterwards."""
    async with AsyncExitStack() as held:
        sessions = [
            await held.enter_async_context(app.state.database.transaction()) for _ in range(POOL)
        ]
        return [await one.scalar(text("SELECT pg_backend_pid()")) for one in sessions]


async def test_a_restart_of_the_database_fails_no_request_that_comes_after_it(
    settings: Settings, superuser: AsyncEngine, key: Key
) -> None:
    app = create_app(settings.model_copy(update={"pool_size": POOL}))
    before = await backends(app)
    await rows(
        superuser,
        "SELECT pg_terminate_backend(pid, 10000) FROM unnest(CAST(:pids AS integer[])) AS pid",
        pids=before,
    )
    for _ in range(10):
        await asyncio.sleep(0)  # the goodbyes have arrived; let them be read
    assert await plans(app, key, POOL) == [200] * POOL
    assert not set(before) & set(await backends(app))
    await app.state.database.dispose()


async def test_a_connection_that_rested_for_long_is_asked_before_it_is_used(
    behind: FastAPI, relay: tuple[Relay, int], key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ASK_AFTER_S", 0.0)
    assert await plans(behind, key) == [200]
    relay[0].forget()
    assert await plans(behind, key) == [200]


async def test_a_connection_that_is_lost_while_it_is_in_use_fails_one_request_alone(
    behind: FastAPI, relay: tuple[Relay, int], key: Key
) -> None:
    assert await plans(behind, key) == [200]
    relay[0].forget()
    assert await plans(behind, key) == [503]
    assert await plans(behind, key) == [200]
