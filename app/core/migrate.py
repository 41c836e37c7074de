"""Bringing a database up to date, and giving the runtime role its rights.

The rights follow the tables' `info`: most tables may only be added to. They are set anew at
every migration, so that no right outlives the code that asked for it."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core.database import SCHEMA

MIGRATIONS = Path(__file__).parents[2] / "migrations"
RIGHTS = {
    "insert": "SELECT, INSERT",
    "insert, update": "SELECT, INSERT, UPDATE",
    "insert, update, delete": "SELECT, INSERT, UPDATE, DELETE",
}


def alembic_config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = owner_url
    return config


def migrate(metadata: MetaData, owner_url: str, runtime_url: str) -> None:
    """Upgrade to the newest revision and grant the role of `runtime_url` what it needs."""
    command.upgrade(alembic_config(owner_url), "head")
    role = make_url(runtime_url).username or ""
    if role != make_url(owner_url).username:
        asyncio.run(_execute(owner_url, grants(metadata, role)))


def grants(metadata: MetaData, role: str) -> list[str]:
    """The statements that give `role` exactly the rights that the tables declare."""
    quoted = '"' + role.replace('"', '""') + '"'
    return [
        _TEMPORARY.format(role=quoted),
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {quoted}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {quoted}",
        f"GRANT SELECT ON {SCHEMA}.alembic_version TO {quoted}",
        *(
            f"GRANT {RIGHTS[table.info['writes']]} ON {table.fullname} TO {quoted}"
            for table in metadata.sorted_tables
        ),
    ]


# Imports are staged in temporary tables. Where the database is not the owner's, its
# administrator has left this right to PUBLIC or must give it.
_TEMPORARY = """
DO $$ BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {role}', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$
"""


async def _execute(url: str, statements: list[str]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()
