"""Keys: who gets in, what a key may grant, and that no secret is kept."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.queries import authenticate
from tests.factories import DEPARTMENT, Given, Key
from tests.watching import TABLES, counts, rows, statements

OTHER = "610404-SCJG"


def new_key(key_id: str = "scjgywxt01") -> Key:
    return Key(f"olk_{key_id}_{secrets.token_urlsafe(32)}")


def registration(key: Key, **changes: Any) -> dict[str, Any]:
    return {
        "label": "业务系统",
        "department_code": DEPARTMENT,
        "permissions": ["plans:read"],
        "sha256": sha256(key.secret.encode()).hexdigest(),
        **changes,
    }


async def register(
    http: httpx.AsyncClient, by: Key, key: Key, key_id: str = "scjgywxt01", **changes: Any
) -> httpx.Response:
    return await http.put(f"/v1/keys/{key_id}", auth=by, json=registration(key, **changes))


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def plans(http: httpx.AsyncClient, key: Key | None) -> httpx.Response:
    return await http.get("/v1/plans", auth=key)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer olk_000000000000_x",
        "Basic b2xrOm9saw==",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 5000,
    ],
)
async def test_without_a_valid_key_nobody_gets_in(
    http: httpx.AsyncClient, authorization: str | None
) -> None:
    headers = {"Authorization": authorization.encode("latin-1")} if authorization else {}
    answer = await http.get("/v1/plans", headers=headers)
    assert told(answer) == (401, "not-authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_registered_key_opens_what_it_was_granted(
    http: httpx.AsyncClient, given: Given
) -> None:
    admin, key = await given.key(), new_key()
    assert (await register(http, admin, key)).status_code == 200
    assert (await plans(http, key)).status_code == 200
    answer = await http.get("/v1/registry/departments", auth=key)
    assert told(answer) == (403, "permission-missing")
    assert "departments:read" in answer.json()["detail"]


async def test_a_revoked_key_is_closed_at_once_and_for_good(
    http: httpx.AsyncClient, given: Given
) -> None:
    admin, key = await given.key(), new_key()
    await register(http, admin, key)
    assert (await plans(http, key)).status_code == 200
    revoked = await http.put("/v1/keys/scjgywxt01/revocation", auth=admin)
    assert revoked.status_code == 204
    assert told(await plans(http, key)) == (401, "not-authenticated")
    again = await http.put("/v1/keys/scjgywxt01/revocation", auth=admin)
    assert told(again) == (409, "key-revoked-already")
    await register(http, admin, key)
    assert told(await plans(http, key)) == (401, "not-authenticated")


async def test_an_expired_key_is_closed(http: httpx.AsyncClient, given: Given) -> None:
    admin, late, early = await given.key(), new_key(), new_key("scjgywxt02")
    now = datetime.now(UTC)
    await register(http, admin, late, valid_until=(now - timedelta(seconds=1)).isoformat())
    later = (now + timedelta(days=1)).isoformat()
    await register(http, admin, early, "scjgywxt02", valid_until=later)
    assert told(await plans(http, late)) == (401, "not-authenticated")
    assert (await plans(http, early)).status_code == 200


async def test_one_grants_only_what_one_holds(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    clerk = await given.key("keys:write", "plans:read")
    before = await counts(superuser)
    more = await register(http, clerk, new_key(), permissions=["plans:write", "draws:run"])
    assert told(more) == (403, "permission-not-held")
    assert "draws:run, plans:write" in more.json()["detail"]
    for changes in ({"department_code": OTHER}, {"departments": [DEPARTMENT, OTHER]}):
        elsewhere = await register(http, clerk, new_key(), **changes)
        assert told(elsewhere) == (403, "department-not-visible")
    everywhere = await register(http, clerk, new_key(), departments=["*"])
    assert everywhere.status_code == 422
    assert await counts(superuser) == before


async def test_the_same_key_again_changes_nothing(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    admin, key = await given.key(), new_key()
    first = await register(http, admin, key)
    before = await counts(superuser)
    again = await register(http, admin, key, permissions=["draws:run"], label="另一个")
    assert (again.status_code, again.json()) == (200, first.json())
    assert await counts(superuser) == before


async def test_another_key_under_the_same_id_is_refused(
    http: httpx.AsyncClient, given: Given
) -> None:
    admin, key = await given.key(), new_key()
    await register(http, admin, key)
    assert told(await register(http, admin, new_key())) == (409, "key-taken")
    assert told(await register(http, admin, key, "scjgywxt02")) == (409, "key-taken")
    stranger = await given.key(department=OTHER)
    taken = await register(http, stranger, new_key(), department_code=OTHER)
    assert told(taken) == (409, "key-taken")
    assert (await plans(http, key)).status_code == 200


async def test_a_key_of_another_department_looks_like_a_missing_one(
    http: httpx.AsyncClient, given: Given
) -> None:
    stranger = await given.key(department=OTHER)
    await register(http, await given.key(), new_key())
    foreign = await http.put("/v1/keys/scjgywxt01/revocation", auth=stranger)
    missing = await http.put("/v1/keys/scjgywxt99/revocation", auth=stranger)
    assert told(foreign) == told(missing) == (404, "key-not-found")
    assert foreign.json()["detail"] == missing.json()["detail"]
    listed = await http.get("/v1/keys", auth=stranger)
    assert {one["department_code"] for one in listed.json()["items"]} == {OTHER}


async def test_keys_are_listed_without_secret_and_digest(
    http: httpx.AsyncClient, given: Given
) -> None:
    admin, key = await given.key(), new_key()
    await register(http, admin, key)
    answer = await http.get("/v1/keys", auth=admin)
    assert "scjgywxt01" in {one["key_id"] for one in answer.json()["items"]}
    assert key.secret not in answer.text
    assert sha256(key.secret.encode()).hexdigest() not in answer.text


async def test_the_secret_is_nowhere_in_the_database(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    admin, key = await given.admin(), new_key()
    await register(http, admin, key)
    await given.departments(admin)
    await plans(http, key)
    search = " UNION ALL ".join(
        f"SELECT '{table}' FROM {table} t WHERE strpos(t::text, :text) > 0"
        " OR strpos(t::text, :hex) > 0"
        for table in TABLES
    )
    for secret in (admin.secret, key.secret):
        tail = secret.rpartition("_")[2]
        assert await rows(superuser, search, text=tail, hex=tail.encode().hex()) == []


@pytest.mark.parametrize("sees", [(), (OTHER,), (OTHER, "*")])
async def test_who_is_recognised_sees_the_rows_of_their_departments_and_no_others(
    given: Given, app: FastAPI, sees: tuple[str, ...]
) -> None:
    key = await given.key(sees=sees)
    async with app.state.database.transaction() as session:
        caller = await authenticate(session, key.secret)
        setting = await session.scalar(text("SELECT current_setting('app.departments')"))
    assert caller is not None
    assert set(setting.split(",")) == set(caller.scope.split(","))


async def test_a_key_that_opens_nothing_shows_no_row(given: Given, app: FastAPI) -> None:
    await given.key()
    async with app.state.database.transaction() as session:
        assert await authenticate(session, new_key().secret) is None
        setting = await session.scalar(text("SELECT current_setting('app.departments', true)"))
        assert not setting
        assert await session.scalar(text("SELECT count(*) FROM openlot.api_key")) == 0


async def test_a_key_is_recognised_in_one_statement(
    http: httpx.AsyncClient, given: Given, app: FastAPI
) -> None:
    key = await given.key()
    with statements(app) as sent:
        assert (await plans(http, key)).status_code == 200
    assert len(sent) == 2
