"""A file checked in a process of its own; what is valid in it becomes the stage of a transaction."""

import asyncio
import json
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.core.problems import LISTED_FAULTS, Fault
from app.registry.errors import ImportRefused
from app.registry.files.kinds import FileKind
from app.registry.files.run import FileCheck, check_file
from app.registry.files.tables import CodeTables

KEPT_FAULTS = 100_000
"""Faults of a staged file that can be read one by one."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked file: what it is, its valid rows as COPY text, and its faults as lines of JSON."""

    told: FileCheck
    rows: Path
    faults: Path

    def listed_faults(self, limit: int = LISTED_FAULTS) -> Iterator[dict[str, Any]]:
        """The first faults, in the order of the file."""
        with self.faults.open(encoding="utf-8") as lines:
            for _, line in zip(range(limit), lines, strict=False):
                yield json.loads(line)

    def refusal(self) -> ImportRefused:
        """The error for a file with faults."""
        faults = [
            Fault(
                told["code"],
                told["zh"],
                told["en"],
                row=told["row"],
                column=told["column"],
                value=told["value"],
            )
            for told in self.listed_faults()
        ]
        count = self.told.fault_count
        return ImportRefused(faults=faults, fault_count=count, count=count)


@asynccontextmanager
async def folder_of_file() -> AsyncIterator[Path]:
    """A folder for one check, gone afterwards."""
    made = await asyncio.to_thread(tempfile.mkdtemp, prefix="olimport")
    try:
        yield Path(made)
    finally:
        await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)


async def spool(folder: Path, file: IO[bytes]) -> Path:
    """The file under a name, so that another process can open it."""

    def copy() -> Path:
        path = folder / "file"
        with path.open("wb") as out:
            shutil.copyfileobj(file, out, 1024 * 1024)
        return path

    return await asyncio.to_thread(copy)


async def check(
    folder: Path,
    file: Path,
    kind: FileKind,
    tables: CodeTables,
    *,
    department: str = "",
    progress: Callable[[int], None] | None = None,
) -> Checked:
    """Check a file; when the caller is cancelled, the checking process is stopped."""
    rows, faults, stopped = folder / "rows", folder / "faults", threading.Event()
    checking = asyncio.ensure_future(
        asyncio.to_thread(
            check_file,
            file,
            kind,
            tables,
            rows_out=rows,
            faults_out=faults,
            department=department,
            progress=progress,
            stop=stopped.is_set,
        )
    )
    try:
        return Checked(await asyncio.shield(checking), rows, faults)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.gather(checking, return_exceptions=True)
        raise
