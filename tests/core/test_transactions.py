"""An answer of success means that the act is committed; a failure means that nothing is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import Session
from tests.factories import DEPARTMENT, Given, Key, objects_csv
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


async def test_every_change_is_recorded_and_logged_and_no_refusal_is(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    changed, refused = set(), set()
    before = await _recorded(superuser)

    async def note(answer: httpx.Response) -> None:
        if answer.request.method != "GET":
            kind = changed if answer.is_success else refused
            kind.add(answer.headers["x-request-id"])

    http.event_hooks["response"].append(note)
    await given.registry(key)
    await given.drawn(key)
    await http.put(f"/v1/keys/{key.secret.split('_')[1]}/revocation", auth=key)
    for _ in range(2):
        await http.post("/v1/plans", auth=await given.key("plans:read"), json=PLAN)
        await http.post("/v1/plans", auth=await given.key(), json=PLAN | {"year": 1})
    assert (len(changed) > 12, len(refused)) == (True, 4)
    assert await _recorded(superuser) - before == changed
    unlogged = await rows(
        superuser,
        "SELECT event.id FROM openlot.event FULL JOIN openlot.ledger_entry ON event_id = event.id"
        " WHERE event_id IS NULL OR event.id IS NULL",
    )
    assert not unlogged


async def _recorded(superuser: AsyncEngine) -> set[str]:
    """The requests that left an event; the command that makes keys has no request."""
    found = await rows(superuser, "SELECT DISTINCT request_id FROM openlot.event")
    return {one.request_id for one in found} - {""}


async def _more(given: Given, key: Key, plan: str) -> None:
    """A row more on every list, a line of `plan` among them."""
    await given.draw(key)
    await given.plan_line(key, plan)
    await given.key("plans:read")


async def test_the_number_of_queries_of_a_list_does_not_grow_with_its_rows(
    app: FastAPI, http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.code_tables(key)
    await given.objects(key, objects_csv(1))
    await given.items(key)
    plan = await given.plan(key)
    await _more(given, key, plan)
    lists = [
        "registry/departments",
        f"registry/inspected-objects?department={DEPARTMENT}",
        f"registry/inspection-items?department={DEPARTMENT}",
        "plans",
        f"plans/{plan}/lines",
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
    await given.objects(key, objects_csv(3))
    for _ in range(2):
        await _more(given, key, plan)
    many = await measure()
    for path in lists:
        assert few[path][1] < many[path][1], path
        assert few[path][0] == many[path][0] <= 8, path
