"""Checking a file in a process of its own, with limits, so that no file can harm the service."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from app.registry.files.faults import FileFault, told_fault
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import DATED, FileKind
from app.registry.files.tables import CodeTables

MEMORY_BYTES = 512 * 1024 * 1024
BASE_CPU_SECONDS = 30
CPU_SECONDS_PER_MB = 0.5
_POLL_SECONDS = 0.1
_ROOT = Path(__file__).parents[3]


class CheckStopped(Exception):
    """The caller's `stop` said so; what was written is incomplete."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What a file is and holds. `rows` data rows, of which `valid` have no fault and were written;
    `sample` has the first rows under the headers of the file, to be looked at by a person,
    above all if it is `ambiguous` which encoding was meant."""

    format: str
    """csv, ndjson, xlsx, xls or ods; empty if the file is none of them."""
    encoding: str
    """utf-8, utf-8-sig or gb18030; empty for workbooks."""
    delimiter: str
    """Of a csv."""
    rows: int
    valid: int
    fault_count: int
    sample: list[dict[str, str]] = field(default_factory=list)
    ambiguous: bool = False


def check_file(
    source: Path,
    kind: FileKind,
    tables: CodeTables,
    *,
    rows_out: Path | None,
    faults_out: Path,
    department: str = "",
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> FileCheck:
    """Check a file and write its valid rows as COPY text, and its faults, one JSON object a line.

    The rows have the columns `copy_columns(kind)`. Of objects and what is told of them valid rows are
    written although others are faulty; of the other kinds only if there is no fault at all. A fault
    is {"row", "column", "code", "value", "zh", "en"}, in the order of rows; row 1 is the header,
    the row of NDJSON is its line. A file that cannot be read at all, or that asks for more memory
    or time than a check may take, has one fault and no rows. `progress` is told the rows checked so
    far; blocks, so that it belongs into a thread. Raises CheckStopped, and OSError if there is no
    such file."""
    with _folder(faults_out) as folder:
        tables_file = folder / "tables.json"
        tables.write(tables_file)
        job = CheckJob(
            source=str(source.absolute()),
            kind=kind.value,
            tables=str(tables_file),
            rows_out="" if rows_out is None else str(rows_out.absolute()),
            faults_out=str(faults_out.absolute()),
            marked_out="",
            folder=str(folder),
            department=department,
            memory_bytes=MEMORY_BYTES,
            cpu_seconds=_cpu_seconds(source),
        )
        told = _run(job, progress, stop)
    if isinstance(told, FileFault):
        faults_out.write_text(told_fault(told), encoding="utf-8")
        if rows_out is not None:
            rows_out.write_bytes(b"")
        return FileCheck("", "", "", 0, 0, 1)
    return FileCheck(**told)


def mark_file(
    source: Path,
    kind: FileKind,
    *,
    faults: Path,
    out: Path,
    stop: Callable[[], bool] | None = None,
) -> bool:
    """Write an xlsx of the rows of a checked file that have faults, the faulty cells marked and
    commented; `faults` as `check_file` wrote them. False if the file asks for more memory or time
    than this may take. Blocks. Raises CheckStopped."""
    with _folder(out) as folder:
        job = CheckJob(
            source=str(source.absolute()),
            kind=kind.value,
            tables="",
            rows_out="",
            faults_out=str(faults.absolute()),
            marked_out=str(out.absolute()),
            folder=str(folder),
            department="",
            memory_bytes=MEMORY_BYTES,
            cpu_seconds=_cpu_seconds(source),
        )
        return not isinstance(_run(job, None, stop), FileFault)


@contextmanager
def _folder(beside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=beside.absolute().parent) as folder:
        yield Path(folder)


def _cpu_seconds(source: Path) -> int:
    with source.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
    return BASE_CPU_SECONDS + int(size / 2**20 * CPU_SECONDS_PER_MB)


def copy_columns(kind: FileKind) -> tuple[str, ...]:
    """The columns of the rows that `check_file` writes; `row` is the row of the file. Lists are
    arrays; the one column of items is JSON, an item a row."""
    from app.registry.files import dated_rows, object_rows, whole

    if kind is FileKind.OBJECTS:
        return object_rows.COPIED
    return dated_rows.copied_columns(kind) if kind in DATED else whole.copied_columns(kind)


def _run(
    job: CheckJob, progress: Callable[[int], None] | None, stop: Callable[[], bool] | None
) -> dict[str, Any] | FileFault:
    """The fields of the FileCheck, or why there are none."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "app.registry.files.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=job.folder,
        env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 -- asked for above
        assert process.stdout is not None  # noqa: S101 -- asked for above
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(asdict(job)).encode())
                process.stdin.close()
            told: dict[str, Any] = {}
            rows: dict[int, int] = {}
            for line in _lines(process.stdout, stop):
                told = json.loads(line)
                if "rows" in told:
                    rows[told["part"]] = told["rows"]
                    if progress is not None:
                        progress(sum(rows.values()))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if "check" in told:
        found: dict[str, Any] = told["check"]
        return found
    return FileFault(**told["fault"]) if "fault" in told else _ended(process.returncode)


def _lines(output: IO[bytes], stop: Callable[[], bool] | None) -> Iterator[bytes]:
    """What the child tells, line by line, until it ends. Raises CheckStopped."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            if stop is not None and stop():
                raise CheckStopped
            if selector.select(_POLL_SECONDS):
                data = os.read(output.fileno(), 65536)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                yield from lines


def _ended(status: int) -> FileFault:
    """Why a child ended without a word. The reader of workbooks aborts when memory is refused."""
    out_of_memory = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS}
    if status in out_of_memory:
        return FileFault("check-out-of-memory")
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return FileFault("check-out-of-time")
    if status == -signal.SIGXFSZ:
        return FileFault("check-out-of-space")
    return FileFault("file-unreadable")
