"""The Postgres that comes with the package, when no DATABASE_URL is given.

For evaluation, development and small sites on one machine. One folder (`home`) holds all of a
server. The functions block: call them before the event loop, or in a thread.
"""

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.embedded_binaries import account_of, choose_account, find_binaries
from app.core.embedded_home import (
    ADMIN,
    APP,
    OWNER,
    EmbeddedError,
    Home,
    NoPostgres,
    OtherMajor,
    ServerFailed,
)
from app.core.embedded_process import HOST, answers, connection, idle, launch, url

__all__ = [
    "EmbeddedError",
    "EmbeddedServer",
    "NoPostgres",
    "OtherMajor",
    "ServerFailed",
    "create_database",
    "drop_database",
    "find_binaries",
    "keep_alive",
    "start",
    "stop",
]

DATABASE = "openlot"
SHARED = Path("/var/lib/openlot")
STOP_TIMEOUT_S = 60
WATCH_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A server that answers. Addresses (postgresql+asyncpg) hold passwords and stay out of repr."""

    host: str
    port: int
    superuser: str
    admin_url: str = field(repr=False)
    """The superuser's, to the database `postgres`; for tests and maintenance."""
    owner_url: str = field(repr=False)
    """Of the role that owns the database and runs migrations."""
    runtime_url: str = field(repr=False)
    """Of the role that the service runs as; it owns nothing."""
    version: str
    data_dir: Path
    started: bool
    """False: it ran already, started by this or another process."""


def start(
    home: Path,
    *,
    bin_dir: Path | None = None,
    fast: bool = False,
    as_nobody: bool = False,
    shared: Path = SHARED,
) -> EmbeddedServer:
    """Start the server of `home`, or join the one that runs; make what is missing in it.

    It outlives this process; `stop` ends it. `fast` gives up safety in a crash, for tests.
    Root runs it in a user namespace; where that is refused (or with `as_nobody`) as `nobody`,
    with whatever `nobody` cannot reach in its place put under `shared`.
    Raises NoPostgres, OtherMajor or ServerFailed.
    """
    at = Home(home.resolve())
    at.make()
    with at.locked():
        joined = answers(at)
        version = _bring_up(at, bin_dir, fast=fast, as_nobody=as_nobody, shared=shared)
        port, passwords = at.remembered().port, at.passwords()
    return EmbeddedServer(
        host=HOST,
        port=port,
        superuser=ADMIN,
        admin_url=url(ADMIN, passwords[ADMIN], port, "postgres"),
        owner_url=url(OWNER, passwords[OWNER], port, DATABASE),
        runtime_url=url(APP, passwords[APP], port, DATABASE),
        version=version,
        data_dir=at.data,
        started=not joined,
    )


def _bring_up(at: Home, bin_dir: Path | None, *, fast: bool, as_nobody: bool, shared: Path) -> str:
    """Launch the server if it does not run, and make what is missing in it; its version. Whoever
    calls holds the lock."""
    passwords = at.passwords()
    if not answers(at):
        found = find_binaries(bin_dir)
        account, binaries = choose_account(at, found, as_nobody=as_nobody, shared=shared)
        launch(at, account, binaries, fast=fast, shared=shared)
    return asyncio.run(_provide(at.remembered().port, passwords))


def stop(home: Path) -> None:
    """Stop the server of `home`, whoever started it; where none runs, nothing happens."""
    at = Home(home.resolve())
    if not at.data.exists():
        return
    with at.locked():
        if answers(at):
            command = (at.remembered().bin_dir / "pg_ctl", "stop", "-m", "fast", "-w")
            limit = ("-t", str(STOP_TIMEOUT_S))
            with at.log() as log:
                status = account_of(at).run(*command, *limit, data=at.data, output=log)
            if status != 0:
                raise at.failure("pg_ctl stop")
        with idle(at, at.data):
            return


def keep_alive(home: Path, ended: threading.Event) -> None:
    """Start the server of `home` again whenever it has crashed, until `ended` is set. One that was
    stopped on purpose stays down: only a crash leaves its postmaster.pid behind."""
    at = Home(home.resolve())
    while not ended.wait(WATCH_S):
        if not _has_crashed(at):
            continue
        with contextlib.suppress(EmbeddedError), at.locked():
            # A stop that was under way has ended by now, and is no crash.
            if _has_crashed(at):
                _bring_up(at, None, fast=False, as_nobody=False, shared=SHARED)


def _has_crashed(at: Home) -> bool:
    return (at.data / "postmaster.pid").exists() and not answers(at)


def create_database(
    server: EmbeddedServer, name: str, *, template: str | None = None
) -> EmbeddedServer:
    """Make a further database with the same rights; the answer carries its addresses."""
    asyncio.run(_create_database(server, name, template))
    return replace(
        server,
        owner_url=_at_database(server.owner_url, name),
        runtime_url=_at_database(server.runtime_url, name),
    )


def drop_database(server: EmbeddedServer, name: str) -> None:
    """Drop it if it exists, whoever is connected."""
    asyncio.run(_drop_database(server, name))


async def _provide(port: int, passwords: Mapping[str, str]) -> str:
    """Make what is missing of roles, database and rights; returns the server's version."""
    admin_url = url(ADMIN, passwords[ADMIN], port, "postgres")
    async with connection(admin_url) as admin:
        for role in (OWNER, APP):
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(
                    f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE "
                    f"NOREPLICATION PASSWORD '{passwords[role]}'"
                )
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        await admin.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
        await _narrow(admin, admin_url, DATABASE)
        return str(await admin.fetchval("SHOW server_version")).split()[0]


async def _narrow(admin: Any, admin_url: str, name: str) -> None:
    """Only the owner makes anything in the database, and only the runtime role enters beside it."""
    await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    await admin.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {APP}')
    async with connection(_at_database(admin_url, name)) as inside:
        await inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await inside.execute(f"GRANT USAGE ON SCHEMA public TO {APP}")


async def _create_database(server: EmbeddedServer, name: str, template: str | None) -> None:
    copied = f' TEMPLATE "{template}"' if template else ""
    async with connection(server.admin_url) as admin:
        await admin.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}{copied}')
        await _narrow(admin, server.admin_url, name)


async def _drop_database(server: EmbeddedServer, name: str) -> None:
    async with connection(server.admin_url) as admin:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _at_database(address: str, name: str) -> str:
    return f"{address.rpartition('/')[0]}/{name}"
