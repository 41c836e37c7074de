"""What is measured of the registry: a bare COPY, a first import, a full feed; each against a table
with the same key and indexes."""

import asyncio
import csv
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.bench.child import Told
from app.core.caller import EVERY_DEPARTMENT, Caller, Permission
from app.core.database import Database
from app.core.embedded_process import connection
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.uploads import UploadedFile
from app.registry import service
from app.registry.models import ImportMode, RegistryImport
from app.registry.schemas import DepartmentImport, DepartmentImportRow
from app.registry.service import Feed

DEPARTMENT = "610403-SCJG"
NOW = datetime(2026, 2, 27, tzinfo=UTC)
BARE = "bench_object"
TIMEOUT_MS = 600_000
COLUMNS = {
    "uscc": "code",
    "object_class": "kind",
    "established": "established_on",
}
"""Columns of the file that the directory calls otherwise."""
# The directory's own columns, key and indexes, with a value for those that the file lacks.
MAKE_BARE = f"""
DROP TABLE IF EXISTS {BARE};
CREATE TABLE {BARE} (LIKE openlot.inspected_object INCLUDING INDEXES INCLUDING DEFAULTS);
ALTER TABLE {BARE} ALTER department_code SET DEFAULT '{DEPARTMENT}',
ALTER version SET DEFAULT 1, ALTER import_id SET DEFAULT '00000000-0000-0000-0000-000000000000',
ALTER status DROP NOT NULL
"""
EMPTY = """
SET session_replication_role = replica;
TRUNCATE openlot.inspected_object, openlot.inspected_object_version, openlot.registry_import CASCADE
"""


def prepare(folder: Path, *, owner: str, runtime: str) -> Told:
    """The schema, a department, and the code tables that rows are checked against."""
    started = time.perf_counter()
    from app.main import metadata

    migrate(metadata, owner, runtime)
    asyncio.run(_prepare(folder, owner, runtime))
    return {"seconds": time.perf_counter() - started}


async def _prepare(folder: Path, owner: str, runtime: str) -> None:
    async def tables(session: AsyncSession) -> None:
        body = DepartmentImport(departments=[DepartmentImportRow(code=DEPARTMENT, name="测试")])
        await service.import_departments(session, body, caller=_caller(), now=NOW)
        for name, take in (
            ("divisions.csv", service.import_divisions),
            ("industries.csv", service.import_industries),
        ):
            with (folder / name).open("rb") as file:
                upload = UploadedFile(file, "0" * 64, 0)
                await take(session, upload, "bench", caller=_caller(), now=NOW)

    await _in_service(runtime, tables)
    async with connection(owner) as database:
        await database.execute(MAKE_BARE)
        present = {
            row["attname"]
            for row in await database.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass", BARE
            )
        }
        for column in _header(folder / "objects.csv"):
            if column not in present:
                await database.execute(f'ALTER TABLE {BARE} ADD COLUMN "{column}" text')


def bare_copy(folder: Path, *, owner: str) -> Told:
    """COPY of the file as it is."""

    async def run() -> float:
        async with connection(owner) as database:
            await database.execute(f"TRUNCATE {BARE}")
            started = time.perf_counter()
            await database.copy_to_table(
                BARE,
                source=folder / "objects.csv",
                columns=_header(folder / "objects.csv"),
                format="csv",
                header=True,
            )
            return time.perf_counter() - started

    return {"seconds": asyncio.run(run())}


def first_import(folder: Path, *, admin: str, runtime: str) -> Told:
    """The file into an empty directory: parsed, checked, merged, with its history."""

    async def run() -> Told:
        async with connection(admin) as database:
            await database.execute(EMPTY)
        return await _imported(folder / "objects.csv", ImportMode.CHANGES, runtime)

    return asyncio.run(run())


def full_feed(folder: Path, *, runtime: str) -> Told:
    """The second file as a full feed on top of the first."""
    return asyncio.run(_imported(folder / "feed.csv", ImportMode.FULL, runtime))


async def _imported(path: Path, mode: ImportMode, runtime: str) -> Told:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        upload = UploadedFile(file, digest, size)
        feed = Feed(DEPARTMENT, "bench", "objects", mode=mode, data_date=date(2026, 2, 26))

        async def take(session: AsyncSession) -> RegistryImport:
            return await service.import_objects(session, upload, feed, caller=_caller(), now=NOW)

        started = time.perf_counter()
        kept = await _in_service(runtime, take)
        seconds = time.perf_counter() - started
    counts = {"added": kept.added, "changed": kept.changed, "vanished": kept.vanished}
    return {"seconds": seconds, **counts}


async def _in_service(runtime: str, work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    """What `work` answers, in one transaction of the service's role."""
    settings = Settings(database_url=SecretStr(runtime), statement_timeout_ms=TIMEOUT_MS)

    async def unsealed(_: AsyncSession) -> None:
        """The log takes one entry for an import of any size."""

    database = Database(runtime, settings, seal=unsealed)
    try:
        async with database.transaction(departments="*", request_id="bench") as session:
            return await work(session)
    finally:
        await database.dispose()


def _caller() -> Caller:
    everything = frozenset(Permission)
    return Caller("bench", "bench", "bench", DEPARTMENT, (EVERY_DEPARTMENT,), everything)


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [COLUMNS.get(name, name) for name in next(csv.reader(file))]
