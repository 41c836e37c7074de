"""Looking at the database as nobody may in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Row, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.main import metadata

TABLES = [table.fullname for table in metadata.sorted_tables]


async def erase(superuser: AsyncEngine) -> None:
    """Delete every row but the rules of the migration, those that are never deleted included."""
    kept = {"openlot.rule": " WHERE recorded_by <> 'migration'"}
    deletes = "".join(f"DELETE FROM {t}{kept.get(str(t), '')};" for t in reversed(TABLES))
    async with superuser.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(f"DO $$ BEGIN {deletes} END $$"))


async def rows(superuser: AsyncEngine, query: str, **values: Any) -> list[Row[Any]]:
    """All rows of a query, of all departments."""
    async with superuser.connect() as connection:
        return list(await connection.execute(text(query), values))


async def counts(superuser: AsyncEngine) -> dict[str, int]:
    """Number of rows of each table."""
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES)
    return {row[0]: row[1] for row in await rows(superuser, query)}


@contextmanager
def statements(app: FastAPI) -> Iterator[list[str]]:
    """The SQL that the service sends meanwhile."""
    sent: list[str] = []
    engine = app.state.database.engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
