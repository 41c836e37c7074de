"""The migrations are the schema: one line of them, nothing missing, and a way back."""

import asyncio
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core import embedded
from app.core.database import SCHEMA
from app.core.embedded import EmbeddedServer
from app.core.migrate import alembic_config
from app.core.settings import Settings
from app.main import metadata

SHAPE = {
    "columns": (
        "SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default,"
        " is_identity FROM information_schema.columns WHERE table_schema = :schema"
    ),
    "constraints": (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = CAST(:schema AS regnamespace)"
    ),
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema",
}
GUARDS = {
    "policies": "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies"
    " WHERE schemaname = :schema",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
    " WHERE pronamespace = CAST(:schema AS regnamespace)",
}


@pytest.fixture
def scratch(postgres: EmbeddedServer) -> Iterator[str]:
    """The owner's address of an empty database."""
    name = "house_scratch"
    yield embedded.create_database(postgres, name).owner_url
    embedded.drop_database(postgres, name)


def read_shape(url: str, queries: dict[str, str]) -> dict[str, set[tuple]]:
    async def read() -> dict[str, set[tuple]]:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as connection:
            found = {
                name: {
                    tuple(row)
                    for row in await connection.execute(
                        text(query), {"schema": SCHEMA} if ":schema" in query else {}
                    )
                    if "alembic_version" not in str(row)
                }
                for name, query in queries.items()
            }
        await engine.dispose()
        return found

    return asyncio.run(read())


def make_from_models(url: str) -> None:
    def create(connection: Connection) -> None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        metadata.create_all(connection)

    async def run() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(create)
        await engine.dispose()

    asyncio.run(run())


def test_there_is_one_head_and_every_step_has_a_way_back():
    scripts = ScriptDirectory.from_config(alembic_config(""))
    assert len(scripts.get_heads()) == 1
    steps = list(scripts.walk_revisions())
    assert len(steps) >= 1
    for step in steps:
        assert step.module.downgrade.__code__.co_names, f"{step.revision} cannot be undone"
        assert step.doc, f"{step.revision} does not say what it is for"


def test_models_and_migrations_agree(settings: Settings):
    assert settings.owner_database_url is not None
    command.check(alembic_config(settings.owner_database_url.get_secret_value()))


def test_models_and_migrations_agree_in_every_constraint(
    settings: Settings, postgres: EmbeddedServer, scratch: str
):
    """`alembic check` compares neither CHECK constraints nor the texts of defaults."""
    make_from_models(scratch)
    migrated, modelled = read_shape(postgres.owner_url, SHAPE), read_shape(scratch, SHAPE)
    assert len(migrated["columns"]) >= 120
    assert len(migrated["constraints"]) >= 50
    for kind in SHAPE:
        assert migrated[kind] == modelled[kind], kind


def test_down_to_nothing_and_up_again_is_the_same(scratch: str):
    config = alembic_config(scratch)
    everything = SHAPE | GUARDS
    command.upgrade(config, "head")
    before = read_shape(scratch, everything)
    assert all(before.values()), "nothing was compared"
    command.downgrade(config, "base")
    left = read_shape(scratch, everything)
    assert {kind: rows for kind, rows in left.items() if rows} == {}
    command.upgrade(config, "head")
    assert read_shape(scratch, everything) == before
