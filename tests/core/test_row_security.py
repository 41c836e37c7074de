"""No department sees or makes rows of another, whatever the code forgets."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.core.clock import now
from app.core.database import everywhere, set_departments
from app.core.embedded import EmbeddedServer
from app.core.problems import NoSuchPath
from app.core.settings import Settings
from app.main import create_app, metadata
from tests.factories import DEPARTMENT, Given, Key, client_of, objects_csv
from tests.one_row import account, insertion, put
from tests.watching import rows

OTHER = "610404-SCJG"
NOBODY = "619999-SCJG"
SEPARATED = [table for table in metadata.sorted_tables if table.info.get("department")]
ONE_BY_ONE = pytest.mark.parametrize("table", SEPARATED, ids=lambda table: table.name)


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    """A key of a department that has something of everything."""
    key = await standing.key()
    await standing.registry(key)
    await standing.draw(key)
    return key


@pytest.fixture(scope="module")
async def runtime(postgres: EmbeddedServer, settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The role of the service, without the service."""
    engine = create_async_engine(postgres.runtime_url)
    yield engine
    await engine.dispose()


async def see(connection: AsyncConnection, departments: str) -> None:
    await connection.execute(
        text("SELECT set_config('app.departments', :seen, true)"), {"seen": departments}
    )


async def number(connection: AsyncConnection, table: Table) -> int:
    return int(await connection.scalar(text(f"SELECT count(*) FROM {table.fullname}")) or 0)


def test_there_are_tables_of_departments() -> None:
    assert len(SEPARATED) >= 20


def test_a_table_with_a_department_is_separated() -> None:
    with_department = [t for t in metadata.sorted_tables if "department_code" in t.c]
    assert with_department == SEPARATED


async def test_policies_hold_for_the_owner_too(superuser: AsyncEngine) -> None:
    found = await rows(
        superuser,
        "SELECT relname FROM pg_class WHERE relnamespace = 'openlot'::regnamespace"
        " AND relrowsecurity AND relforcerowsecurity"
        " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)",
    )
    assert {one.relname for one in found} == {table.name for table in SEPARATED}


@ONE_BY_ONE
async def test_without_a_department_no_row_is_visible(
    superuser: AsyncEngine, postgres: EmbeddedServer, table: Table
) -> None:
    async with superuser.connect() as connection:
        await put(connection, table, DEPARTMENT)
        await connection.execute(text(f'SET LOCAL ROLE "{account(postgres.runtime_url)}"'))
        assert await number(connection, table) == 0
        for departments in ("", NOBODY, f"{NOBODY},", "610403", "%", "{*}", f"x{DEPARTMENT}"):
            await see(connection, departments)
            assert await number(connection, table) == 0, departments
        for departments in (DEPARTMENT, f"{NOBODY},{DEPARTMENT}", "*"):
            await see(connection, departments)
            assert await number(connection, table) > 0, departments


@ONE_BY_ONE
async def test_no_row_is_made_for_another_department(runtime: AsyncEngine, table: Table) -> None:
    async with runtime.connect() as connection:
        await see(connection, DEPARTMENT)
        with pytest.raises(DBAPIError, match="row-level security policy"):
            await connection.execute(text(insertion(table, OTHER)))


async def test_no_row_is_moved_to_another_department(runtime: AsyncEngine, key: Key) -> None:
    move = f"UPDATE openlot.inspected_object SET department_code = '{OTHER}'"
    async with runtime.connect() as connection:
        await see(connection, DEPARTMENT)
        with pytest.raises(DBAPIError, match="row-level security policy"):
            await connection.execute(text(move))


async def test_who_presents_a_key_sees_that_key_alone(
    runtime: AsyncEngine, superuser: AsyncEngine, key: Key
) -> None:
    digests = await rows(superuser, "SELECT digest FROM openlot.api_key")
    assert len(digests) > 1
    async with runtime.connect() as connection:
        await connection.execute(
            text("SELECT set_config('app.key_digest', :digest, true)"),
            {"digest": digests[0].digest},
        )
        found = await connection.execute(text("SELECT digest FROM openlot.api_key"))
        assert [one.digest for one in found] == [digests[0].digest]
        assert (await connection.execute(text("SELECT FROM openlot.plan"))).rowcount == 0


@pytest.fixture
async def narrow(settings: Settings, key: Key) -> AsyncIterator[FastAPI]:
    """A service with a single connection to its database, which all requests share."""
    app = create_app(settings.model_copy(update={"pool_size": 1}))
    yield app
    await app.state.database.dispose()


async def test_departments_that_share_a_connection_never_meet(
    narrow: FastAPI, standing: Given, key: Key
) -> None:
    admin = await standing.admin()
    await standing.departments(admin, OTHER)
    assert (await standing.upload_objects(admin, objects_csv(2), OTHER)).status_code == 201
    keys = {DEPARTMENT: key, OTHER: await standing.key(department=OTHER)}
    async with client_of(narrow) as http:
        for turn in range(100):
            for own, its_key in keys.items():
                await _go_wrong(narrow, http, its_key, turn)
                path = ("keys", "plans", "registry/inspected-objects")[turn % 3]
                params = {"department": own} if turn % 3 == 2 else {}
                answer = await http.get(f"/v1/{path}", auth=its_key, params=params)
                seen = {one["department_code"] for one in answer.json()["items"]}
                assert seen <= {own}, (turn, path)
                assert seen or path == "plans"
                assert await _seen_by_the_forgetful(narrow) == 0


async def _seen_by_the_forgetful(app: FastAPI) -> int:
    """Rows that a transaction sees which does not say for whom it is."""
    async with app.state.database.transaction() as session:
        return int(await session.scalar(text("SELECT count(*) FROM openlot.event")))


async def _go_wrong(app: FastAPI, http: httpx.AsyncClient, key: Key, turn: int) -> None:
    """A request between that fails in one of several ways, and what it must answer."""

    async def broken() -> None:
        raise RuntimeError

    plan: dict[str, Any] = {"department_code": DEPARTMENT, "year": 2026, "name": "计划"}
    if turn % 4 == 0:
        assert (await http.get("/v1/plans")).status_code == 401
    elif turn % 4 == 1:
        assert (await http.get("/v1/plans?limit=0", auth=key)).status_code == 422
    elif turn % 4 == 2:
        app.dependency_overrides[now] = broken
        assert (await http.post("/v1/plans", auth=key, json=plan)).status_code == 500
        app.dependency_overrides.clear()
    else:
        plan["department_code"] = NOBODY
        assert (await http.post("/v1/plans", auth=key, json=plan)).status_code == 403


def _without_ids(answer: httpx.Response, name: str) -> tuple[int, dict[str, str], str]:
    varying = {"x-request-id", "content-length"}
    headers = {k: v for k, v in answer.headers.items() if k not in varying}
    text = answer.text.replace(answer.headers["x-request-id"], "").replace(name, "")
    return answer.status_code, headers, text


@pytest.mark.parametrize(
    ("path", "foreign", "missing"),
    [
        ("/v1/plan-lines/{}", "610403-SCJG-2026-001-01", "610403-SCJG-2026-001-99"),
        ("/v1/plans/{}/lines", "610403-SCJG-2026-001", "610403-SCJG-2026-999"),
        (
            "/v1/draws/{}/attempts/1",
            "610403-SCJG-2026-001-01-T1",
            "610403-SCJG-2026-001-01-T9",
        ),
        ("/v1/registry/inspected-objects?department={}", DEPARTMENT, NOBODY),
        ("/v1/registry/inspection-items?department={}", DEPARTMENT, NOBODY),
        ("/v1/registry/inspection-items/SC-01?department={}", DEPARTMENT, NOBODY),
    ],
)
async def test_what_is_of_another_department_looks_as_if_it_were_not_there(
    standing: Given, key: Key, path: str, foreign: str, missing: str
) -> None:
    stranger = await standing.key(department=OTHER)
    http = standing.http
    answers = [
        _without_ids(await http.get(path.format(name), auth=stranger), name)
        for name in (foreign, missing)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] in {403, 404}
    assert (await http.get(path.format(foreign), auth=key)).status_code == 200


async def test_a_key_for_every_department_acts_for_any(standing: Given, key: Key) -> None:
    admin = await standing.admin()
    third = "610405-SCJG"
    await standing.departments(admin, third)
    assert (await standing.upload_objects(admin, objects_csv(2), third)).status_code == 201
    listed = await standing.http.get(
        "/v1/registry/inspected-objects", auth=admin, params={"department": third}
    )
    assert len(listed.json()["items"]) == 2


async def test_a_wider_view_ends_with_its_question_and_hides_no_error(app: FastAPI) -> None:
    """Whatever goes wrong within it: an error of ours leaves the scope of before, an error of the
    database comes out as it is."""
    scope = text("SELECT current_setting('app.departments', true)")
    async with app.state.database.transaction(request_id="test") as session:
        await set_departments(session, DEPARTMENT)
        for error in (None, NoSuchPath()):
            with suppress(NoSuchPath):
                async with everywhere(session):
                    assert await session.scalar(scope) == "*"
                    if error:
                        raise error
            assert await session.scalar(scope) == DEPARTMENT
        with pytest.raises(DBAPIError, match="division by zero"):
            async with everywhere(session):
                await session.execute(text("SELECT 1 / 0"))
        await session.rollback()
