"""The database: tables' base, the engine, and the only transaction there is."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import DateTime, MetaData, Text, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.core.settings import Settings

SCHEMA = "openlot"
ASK_AFTER_S = 5.0
"""A connection that rested longer is asked whether it is alive before it is used."""


class Base(DeclarativeBase):
    """Tables are singular, live in one schema and name their constraints by convention."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}


class Disclosure(StrEnum):
    """Who may ever see a column; publication and callbacks emit public ones only."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


def public(*args: Any, **kwargs: Any) -> Any:
    """A column that anyone may see."""
    return mapped_column(*args, info={"disclosure": Disclosure.PUBLIC}, **kwargs)


def internal(*args: Any, **kwargs: Any) -> Any:
    """A column for officials only."""
    return mapped_column(*args, info={"disclosure": Disclosure.INTERNAL}, **kwargs)


def personal(*args: Any, **kwargs: Any) -> Any:
    """A column about a natural person."""
    return mapped_column(*args, info={"disclosure": Disclosure.PERSONAL}, **kwargs)


INSERT_ONLY: dict[str, Any] = {"writes": "insert"}
"""`info` of a table whose rows are never changed: the runtime role holds no other right."""

MUTABLE: dict[str, Any] = {"writes": "insert, update"}
"""`info` of a table that keeps a present state beside its history."""

DISPOSABLE: dict[str, Any] = {"writes": "insert, update, delete"}
"""`info` of a table of passing technical rows (leases, kept replies)."""


def one_of(column: str, values: Iterable[str]) -> str:
    """The SQL of a CHECK that a column has one of our own values."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def of_department(info: dict[str, Any]) -> dict[str, Any]:
    """`info` of a table that holds a department's data and so has a row policy."""
    return info | {"department": True}


Seal = Callable[[AsyncSession], Awaitable[None]]


class Database:
    """Engine and transactions of one process. `seal` runs last in each transaction, so that
    what it locks is held for the shortest time (the ledger's append)."""

    def __init__(self, url: str, settings: Settings, *, seal: Seal) -> None:
        caches = (
            {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
            if settings.pgbouncer
            else {}
        )
        pool: dict[str, Any] = (
            {"poolclass": NullPool}
            if settings.pgbouncer
            else {
                "pool_size": settings.pool_size,
                "max_overflow": 0,
                "pool_timeout": 5,
            }
        )
        timeouts = {
            "statement_timeout": str(settings.statement_timeout_ms),
            "idle_in_transaction_session_timeout": "120000",
            "timezone": "UTC",
        }
        self.engine = create_async_engine(
            url,
            connect_args={"timeout": 5, "server_settings": timeouts, **caches},
            **pool,
        )
        if not settings.pgbouncer:
            event.listen(self.engine.sync_engine, "checkout", _check_out)
            event.listen(self.engine.sync_engine, "checkin", _check_in)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._seal = seal

    @asynccontextmanager
    async def transaction(
        self, *, departments: str = "", request_id: str = ""
    ) -> AsyncIterator[AsyncSession]:
        """One transaction: commits at the end, rolls back on any error. Without `departments`
        no row of any department is visible."""
        async with self._sessions.begin() as session:
            session.info["request_id"] = request_id
            if departments:
                await set_departments(session, departments)
            yield session
            await session.flush()
            await self._seal(session)

    async def dispose(self) -> None:
        await self.engine.dispose()


def _check_in(connection: Any, record: ConnectionPoolEntry) -> None:
    if connection is not None:
        record.info["rests_since"] = monotonic()


def _check_out(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """Have a connection that is gone replaced before anyone uses it. One whose server said
    goodbye is known to be closed; only one that rested for long is asked, which takes three
    round trips: something between may have forgotten it without a word."""
    driver: Any = record.driver_connection
    rests_since = record.info.get("rests_since")
    if driver.is_closed():
        raise DisconnectionError
    if rests_since is not None and monotonic() - rests_since > ASK_AFTER_S:
        try:
            connection.ping()
        except (connection.dbapi.Error, OSError) as gone:
            raise DisconnectionError from gone


async def set_departments(session: AsyncSession, departments: str) -> None:
    """Limit the rows that this transaction sees: codes with commas, or `*`."""
    await session.execute(
        text("SELECT set_config('app.departments', :departments, true)"),
        {"departments": departments},
    )


async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.transaction(request_id=request.state.request_id) as session:
        yield session


Session = Annotated[AsyncSession, Depends(_transaction, scope="function")]
"""The transaction of the request. It commits after the answer is serialised and before its
first byte leaves, so a failing commit is never answered with success."""


@asynccontextmanager
async def as_departments(
    session: AsyncSession, departments: str, *, back: str
) -> AsyncIterator[None]:
    """See the rows of other departments for one question that a rule asks, such as whether every
    department has finished; what is seen so is never answered to the caller. `back` is the scope
    of the caller, which is in force again afterwards."""
    await session.flush()
    await set_departments(session, departments)
    try:
        yield
    except BaseException:
        # A transaction that is aborted answers nothing any more, and the scope ends with it.
        with suppress(DBAPIError):
            await set_departments(session, back)
        raise
    await session.flush()
    await set_departments(session, back)


@asynccontextmanager
async def everywhere(session: AsyncSession) -> AsyncIterator[None]:
    """See the rows of every department for one such question, whoever asks it."""
    scope = await session.scalar(text("SELECT current_setting('app.departments', true)"))
    async with as_departments(session, "*", back=scope or ""):
        yield
