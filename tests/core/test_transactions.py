"""An answer of success means that the act is committed; a failure means that nothing is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import Session
from tests.factories import DEPARTMENT, Given, Key
from tests.watching import counts, rows, statements

PLAN = {"department_code": DEPARTMENT, "year": 2026, "name": "计划"}
REFUSE = """
CREATE FUNCTION openlot.refuse_commit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no'; END $$
"""
AT_COMMIT = """
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON openlot.plan DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION openlot.refuse_commit()
"""


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    return key


async def post(http: httpx.AsyncClient, key: Key) -> httpx.Response:
    headers = {"Idempotency-Key": "once-0001"}
    return await http.post("/v1/plans", auth=key, json=PLAN, headers=headers)


@pytest.fixture
async def commit_fails(superuser: AsyncEngine) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Whoever commits a plan is refused, until the function is called."""
    async with superuser.begin() as connection:
        for statement in (REFUSE, AT_COMMIT):
            await connection.execute(text(statement))

    async def allow() -> None:
        async with superuser.begin() as connection:
            await connection.execute(
                text("DROP FUNCTION IF EXISTS openlot.refuse_commit() CASCADE")
            )

    yield allow
    await allow()


async def test_a_commit_that_fails_is_never_answered_with_success(
    http: httpx.AsyncClient,
    key: Key,
    superuser: AsyncEngine,
    commit_fails: Callable[[], Awaitable[None]],
) -> None:
    before = await counts(superuser)
    answer = await post(http, key)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert await counts(superuser) == before
    await commit_fails()
    assert (await post(http, key)).status_code == 201


async def test_an_act_that_cannot_be_logged_does_not_happen(
    app: FastAPI,
    http: httpx.AsyncClient,
    key: Key,
    superuser: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError

    before = await counts(superuser)
    with monkeypatch.context() as patched:
        patched.setattr(app.state.database, "_seal", broken)
        assert (await post(http, key)).status_code == 500
    assert await counts(superuser) == before
    assert (await post(http, key)).status_code == 201


async def test_what_is_answered_is_committed_before_the_first_byte_leaves(
    app: FastAPI, key: Key, superuser: AsyncEngine
) -> None:
    """Looked at from another connection at the moment when the answer begins."""
    seen: list[int] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append((await rows(superuser, "SELECT count(*) FROM openlot.plan"))[0][0])
            await send(message)

        await app(scope, receive, sending)

    transport = httpx.ASGITransport(app=watched)
    async with httpx.AsyncClient(transport=transport, base_url="http://openlot.test") as http:
        assert (await post(http, key)).status_code == 201
    assert seen == [1]


def test_the_transaction_of_a_request_ends_before_its_answer() -> None:
    assert Session.__metadata__[0].scope == "function"


async def test_every_change_is_one_event_and_one_entry(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    """Each mutating operation once: one event each, in the ledger, none for what is refused."""
    await given.code_tables(key)
    await given.objects(key)
    await given.classes(key)
    await given.items(key)
    await given.drawn(key)
    given.now_again()
    other = (await given.key("plans:read")).secret.split("_")[1]
    await http.put(f"/v1/keys/{other}/revocation", auth=key)
    found = await rows(superuser, "SELECT type, count(*) FROM openlot.event GROUP BY type")
    assert dict(map(tuple, found)) == {
        "key.registered": 2,
        "key.revoked": 1,
        "departments.registered": 1,
        "registry.imported": 5,
        "plan.created": 1,
        "plan-line.added": 1,
        "draw.draft": 1,
        "draw.frozen": 1,
        "draw.committed": 1,
        "draw.seeded": 1,
        "draw.drawn": 1,
    }
    number = await counts(superuser)
    assert number["openlot.ledger_entry"] == number["openlot.event"] == 16
    requests = await rows(
        superuser,
        "SELECT count(DISTINCT request_id) FROM openlot.event WHERE request_id <> ''",
    )
    assert requests[0][0] == 14


async def _many(given: Given, key: Key, times: int) -> None:
    """`times` more rows on every list."""
    for _ in range(times):
        line = await given.plan_line(key)
        await given.draw(key, line)
        await given.plan_line(key, line.rpartition("-")[0])
        await given.key("plans:read")


async def test_the_number_of_queries_of_a_list_does_not_grow_with_its_rows(
    app: FastAPI, http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.code_tables(key)
    await given.objects(key)
    await given.items(key)
    await _many(given, key, 1)
    lists = [
        "registry/departments",
        f"registry/inspected-objects?department={DEPARTMENT}",
        f"registry/inspection-items?department={DEPARTMENT}",
        "plans",
        "plans/610403-SCJG-2026-001/lines",
        "draws",
        "keys",
        "ledger/entries",
    ]

    async def measure() -> dict[str, tuple[int, int]]:
        """Queries and rows of each list."""
        found = {}
        for path in lists:
            with statements(app) as sent:
                answer = await http.get(f"/v1/{path}", auth=key)
            found[path] = len(sent), len(answer.json()["items"])
        return found

    few = await measure()
    await given.departments(key, *(f"610403-{number:02d}" for number in range(3)))
    await given.upload_items(key, [{"code": f"SC-{n:02d}", "name": "检查"} for n in range(3)])
    await _many(given, key, 2)
    await given.plan_line(key, "610403-SCJG-2026-001")
    many = await measure()
    for path in lists:
        assert few[path][0] == many[path][0] <= 6, path
        assert few[path][1] < many[path][1] or "objects" in path, path
