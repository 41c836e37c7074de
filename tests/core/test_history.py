"""What was recorded stays: neither the service nor the owner of the tables can change it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.core.embedded import EmbeddedServer
from app.core.settings import Settings
from app.main import metadata
from tests.one_row import account, put
from tests.watching import rows

TABLES = metadata.sorted_tables
KEPT = [table for table in TABLES if table.info["writes"] == "insert"]
MUTABLE = [table for table in TABLES if table.info["writes"] == "insert, update"]
CHANGES = ("UPDATE", "DELETE", "TRUNCATE")
ONE_BY_ONE = pytest.mark.parametrize("table", KEPT, ids=lambda table: table.name)
EACH_CHANGE = pytest.mark.parametrize("change", CHANGES)
REFUSED = "23001"
FORBIDDEN = "42501"


@pytest.fixture(scope="module")
async def runtime(postgres: EmbeddedServer, settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The role of the service, without the service."""
    engine = create_async_engine(postgres.runtime_url)
    yield engine
    await engine.dispose()


def statement(change: str, table: Table) -> str:
    if change == "UPDATE":
        column = f'"{next(c.name for c in table.c if not c.identity)}"'
        return f"UPDATE {table.fullname} SET {column} = {column}"
    return f"{'DELETE FROM' if change == 'DELETE' else 'TRUNCATE'} {table.fullname}"


async def refusal(connection: AsyncConnection, sql: str) -> str:
    """The SQLSTATE of a statement that fails while all departments are visible."""
    await connection.execute(text("SELECT set_config('app.departments', '*', true)"))
    with pytest.raises(DBAPIError) as caught:
        await connection.execute(text(sql))
    return str(caught.value.orig.sqlstate)


def test_most_tables_are_kept() -> None:
    assert {table.name for table in KEPT} >= {"event", "draw_step", "ledger_entry", "api_key"}
    assert len(KEPT) >= 15


@EACH_CHANGE
@ONE_BY_ONE
async def test_the_service_has_no_right_to_change_what_was_recorded(
    runtime: AsyncEngine, table: Table, change: str
) -> None:
    async with runtime.connect() as connection:
        assert await refusal(connection, statement(change, table)) == FORBIDDEN


@EACH_CHANGE
@ONE_BY_ONE
async def test_the_owner_is_stopped_by_a_trigger(
    superuser: AsyncEngine, postgres: EmbeddedServer, table: Table, change: str
) -> None:
    cascade = " CASCADE" if change == "TRUNCATE" else ""
    async with superuser.connect() as connection:
        await put(connection, table, "610403-SCJG")
        await connection.execute(text(f'SET LOCAL ROLE "{account(postgres.owner_url)}"'))
        assert await refusal(connection, statement(change, table) + cascade) == REFUSED


@pytest.mark.parametrize("table", MUTABLE, ids=lambda table: table.name)
@pytest.mark.parametrize("change", ["DELETE", "TRUNCATE"])
async def test_the_service_cannot_delete_a_present_state(
    runtime: AsyncEngine, table: Table, change: str
) -> None:
    async with runtime.connect() as connection:
        assert await refusal(connection, statement(change, table)) == FORBIDDEN


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE openlot.event DISABLE TRIGGER keep_rows",
        "ALTER TABLE openlot.event DISABLE TRIGGER ALL",
        "DROP TRIGGER keep_rows ON openlot.event",
        "ALTER TABLE openlot.event NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE openlot.event DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY all_rows ON openlot.event USING (true)",
        "ALTER FUNCTION openlot.refuse_change() RENAME TO allow_change",
        "SET session_replication_role = replica",
        "DROP TABLE openlot.event CASCADE",
        "CREATE TABLE openlot.other (x int)",
        "UPDATE openlot.alembic_version SET version_num = '0000'",
    ],
)
async def test_the_service_cannot_lift_the_rules(runtime: AsyncEngine, sql: str) -> None:
    async with runtime.connect() as connection:
        assert await refusal(connection, sql) == FORBIDDEN


async def test_the_service_cannot_become_the_owner(
    runtime: AsyncEngine, postgres: EmbeddedServer
) -> None:
    become = f'SET ROLE "{account(postgres.owner_url)}"'
    async with runtime.connect() as connection:
        assert await refusal(connection, become) == FORBIDDEN


async def test_every_kept_table_has_both_triggers_enabled(superuser: AsyncEngine) -> None:
    found = await rows(
        superuser,
        "SELECT tgrelid::regclass::text AS table, tgname FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled = 'O'",
    )
    expected = {(t.fullname, name) for t in KEPT for name in ("keep_rows", "keep_table")}
    assert {tuple(one) for one in found} == expected


async def test_the_rights_of_the_service_are_exactly_those_that_the_tables_declare(
    postgres: EmbeddedServer, superuser: AsyncEngine
) -> None:
    found = await rows(
        superuser,
        "SELECT c.relname, string_agg(lower(p), ', ' ORDER BY place) AS rights"
        " FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',"
        " 'TRIGGER']) WITH ORDINALITY AS r(p, place)"
        " WHERE c.relnamespace = 'openlot'::regnamespace AND c.relkind = 'r'"
        " AND has_table_privilege(:role, c.oid, p) GROUP BY c.relname",
        role=account(postgres.runtime_url),
    )
    assert dict(map(tuple, found)) == {table.name: table.info["writes"] for table in TABLES}
