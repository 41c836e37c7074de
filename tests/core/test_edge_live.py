"""The edge of the service on a real socket, and without its database."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import now
from app.core.settings import Settings
from app.main import create_app
from tests.factories import DEPARTMENT, Given, Key, client_of, objects_csv
from tests.live import command_served, connected, served
from tests.watching import counts

PLAN = f'{{"department_code":"{DEPARTMENT}","year":2026,"name":"计划"}}'.encode()


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    return key


def head(method: str, path: str, key: Key, *more: str) -> list[str]:
    return [
        f"{method} {path} HTTP/1.1",
        "Host: openlot.test",
        f"Authorization: Bearer {key.secret}",
        "Idempotency-Key: live-key-0001",
        *more,
    ]


async def test_the_body_of_a_client_that_offers_http2_arrives(
    given: Given, key: Key, settings: Settings
) -> None:
    """Java's client does so; a parser that obeys the offer loses the body."""
    offer = [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        "Content-Type: application/json",
        f"Content-Length: {len(PLAN)}",
    ]
    async with command_served(settings) as port, connected(port) as connection:
        await connection.send(*head("POST", "/v1/plans", key, *offer), body=PLAN)
        answer = await connection.answer()
    assert (answer.status, answer.json()["name"]) == (201, "计划")


async def test_a_500_says_nothing_and_the_connection_stays_usable(
    app: FastAPI, given: Given, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise RuntimeError("SECRET of the inside")

    sent = ["Content-Type: application/json", f"Content-Length: {len(PLAN)}"]
    async with served(app) as port, connected(port) as connection:
        app.dependency_overrides[now] = broken
        await connection.send(*head("POST", "/v1/plans", key, *sent), body=PLAN)
        answer = await connection.answer()
        given.now_again()
        await connection.send(*head("POST", "/v1/plans", key, *sent), body=PLAN)
        after = await connection.answer()
    assert (answer.status, answer.json()["code"]) == (500, "internal-error")
    assert b"SECRET" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert answer.json()["instance"].endswith(answer.headers["x-request-id"])
    assert after.status == 201
    logged = [r for r in caplog.records if answer.headers["x-request-id"] in r.getMessage()]
    assert any(record.exc_info for record in logged)


async def test_a_chunked_body_above_the_limit_is_refused_before_its_end(
    app: FastAPI, key: Key
) -> None:
    sent = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
    chunk = b"40000\r\n" + b" " * 0x40000 + b"\r\n"
    async with served(app) as port, connected(port) as connection:
        await connection.send(*head("POST", "/v1/plans", key, *sent), body=chunk * 5)
        answer = await connection.answer()
    assert (answer.status, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            f"/v1/registry/object-imports?department={DEPARTMENT}&source=x",
            objects_csv(3).encode(),
        ),
        ("/v1/plans", PLAN),
    ],
    ids=["csv", "json"],
)
async def test_a_body_that_is_cut_off_does_nothing_and_is_no_error_of_ours(
    app: FastAPI,
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    caplog: pytest.LogCaptureFixture,
    path: str,
    body: bytes,
) -> None:
    caplog.set_level(logging.INFO)
    kind = "text/csv" if path.endswith("source=x") else "application/json"
    sent = [f"Content-Type: {kind}", f"Content-Length: {len(body) + 100}"]
    await given.code_tables(key)
    before = await counts(superuser)
    async with served(app) as port, connected(port) as connection:
        await connection.send(*head("POST", path, key, *sent), body=body)
    assert await counts(superuser) == before
    assert not [record for record in caplog.records if record.exc_info]
    told = [record.getMessage() for record in caplog.records if record.name == "openlot.http"]
    assert '"status": 499' in told[-1]


@pytest.fixture
async def cut_off(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A service whose database does not listen."""
    url = SecretStr("postgresql+asyncpg://openlot:x@127.0.0.1:1/openlot")
    app = create_app(Settings(database_url=url, home=tmp_path))
    async with client_of(app) as client:
        yield client
    await app.state.database.dispose()


@pytest.mark.parametrize("path", ["/v1/health", "/v1/plans", "/v1/ledger/checkpoint"])
async def test_without_its_database_the_service_says_when_to_come_again(
    cut_off: httpx.AsyncClient, path: str
) -> None:
    answer = await cut_off.get(path, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "127.0.0.1" not in answer.text
