"""Recusals as the auditor counts them, and what was declared before there were recusals."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core import embedded
from app.core.embedded import EmbeddedServer
from app.core.migrate import alembic_config
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.tasks.recusing import decided, declared, recusals, requested, settle

COUNTS = "/v1/recusal-counts"
LAST_OF_2026 = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
FIRST_OF_2027 = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""The year begins at midnight in China."""


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.joint_registry(key)
    yield key
    given.now_again()


async def counted(given: Given, key: Key, **wanted: Any) -> list[tuple[Any, ...]]:
    """All counts, two rows a page."""
    found: list[tuple[Any, ...]] = []
    after: str | None = None
    while True:
        page = {"limit": 2, **wanted} | ({"after": after} if after else {})
        answer = await given.http.get(COUNTS, auth=key, params=page)
        assert answer.status_code == 200, answer.text
        found += [tuple(one.values()) for one in answer.json()["items"]]
        after = answer.json()["next"]
        if after is None:
            return found


async def test_the_auditor_counts_by_person_department_origin_and_ground(
    given: Given, key: Key
) -> None:
    task = await given.task(key)
    parts = await given.parts(key, task)
    ours = [part for part in parts if part["department_code"] == DEPARTMENT]
    theirs = next(part for part in parts if part["department_code"] == OTHER_DEPARTMENT)
    auditor = await given.key("evidence:read", sees=("*",))
    assert await counted(given, auditor) == []
    given.at(LAST_OF_2026)
    first = await requested(given, ours[0])
    second = await requested(given, ours[1], staff_no=ours[1]["officers"][1])
    await requested(given, ours[1], ground="dispute")
    await requested(given, theirs, "another")
    await declared(given, ours[0], ours[0]["officers"][1])
    await settle(given)
    (found,) = [one for one in await recusals(given, key) if one["origin"] == "found"]
    given.at(FIRST_OF_2027)
    await decided(given, first)
    await decided(given, second, "refused")
    await decided(given, found)
    here = [
        (DEPARTMENT, "clerk", "requested", "dispute", 1, 0, 0, 0),
        (DEPARTMENT, "clerk", "requested", "kinship", 2, 1, 1, 1),
        (DEPARTMENT, "system", "found", "investment", 1, 1, 0, 1),
        (DEPARTMENT, ours[0]["officers"][1], "declared", "investment", 1, 0, 0, 0),
    ]
    there = [(OTHER_DEPARTMENT, "another", "requested", "kinship", 1, 0, 0, 0)]
    assert sorted(await counted(given, auditor, year=2026)) == sorted(here + there)
    assert await counted(given, auditor) == []
    assert await counted(given, auditor, year=2026, department=OTHER_DEPARTMENT) == there
    own = await given.key("evidence:read", department=OTHER_DEPARTMENT)
    assert await counted(given, own, year=2026) == there
    assert await counted(given, own, year=2026, department=DEPARTMENT) == []
    refused = await given.http.get(COUNTS, auth=await given.key("inspectors:read"))
    assert refused.json()["code"] == "permission-missing"
    odd = await given.http.get(COUNTS, auth=auditor, params={"after": "x"})
    assert odd.json()["code"] == "cursor-invalid"


@pytest.fixture
def scratch(postgres: EmbeddedServer) -> Iterator[tuple[str, str]]:
    """The addresses of an empty database for its owner and for the superuser."""
    name = "recusals"
    owner = embedded.create_database(postgres, name).owner_url
    yield owner, postgres.admin_url.rsplit("/", 1)[0] + f"/{name}"
    embedded.drop_database(postgres, name)


async def test_what_was_declared_before_is_in_force_and_goes_back(
    scratch: tuple[str, str],
) -> None:
    owner, admin = scratch
    config = alembic_config(owner)
    await asyncio.to_thread(command.upgrade, config, "0005")
    engine = create_async_engine(admin, poolclass=NullPool)
    officer = text(
        "INSERT INTO openlot.inspector (department_code, staff_no, name, station, region_code,"
        " certificate_no, certificate_issuer, certificate_valid_to, qualifications, item_codes,"
        " status, version, import_id) VALUES ('D', 'S', '执法员', '', '', '证1', '', '2030-01-01',"
        " '{}', '{}', 'active', 1, gen_random_uuid())"
    )
    old = text(
        "INSERT INTO openlot.declared_interest (department_code, staff_no, object_code, ground,"
        " evidence, declared_at, declared_by)"
        " VALUES ('D', 'S', 'O', 'kinship', '配偶持股', '2026-12-31T16:00:00Z', 'key')"
    )
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(officer)
        await connection.execute(old)
    await asyncio.to_thread(command.upgrade, config, "0007")
    query = text(
        "SELECT department_code, staff_no, object_code, origin, ground, evidence,"
        " requested_person, year FROM openlot.recusal_request"
    )
    async with engine.begin() as connection:
        found = [tuple(row) for row in await connection.execute(query)]
        assert found == [("D", "S", "O", "declared", "kinship", "配偶持股", "key", 2027)]
        with pytest.raises(DBAPIError, match="never changed"):
            await connection.execute(text("UPDATE openlot.recusal_request SET ground = 'other'"))
    await asyncio.to_thread(command.downgrade, config, "0006")
    query = text("SELECT staff_no, ground, declared_by FROM openlot.declared_interest")
    async with engine.connect() as connection:
        assert [tuple(row) for row in await connection.execute(query)] == [("S", "kinship", "key")]
    await engine.dispose()
