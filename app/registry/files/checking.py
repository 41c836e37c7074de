"""Checking a table: its rows in one or two processes, then the search for duplicates, then the
files in order."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.registry.files.assembling import assemble
from app.registry.files.encodings import WrongEncoding
from app.registry.files.faults import Unreadable
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import DATED, FileKind
from app.registry.files.sink import Sink
from app.registry.files.tables import CodeTables
from app.registry.files.tabular import Part, Records, Table

TOGETHER = 8 << 20
"""Bytes from which on a file is worth two processes."""
SHOWN_CHARACTERS = 200
"""Of a cell in the sample of a file."""
_OUT_OF_MEMORY = 3
Progress = Callable[[int, int], None]


class Rows(Protocol):
    """The checks of one kind."""

    def check(self, first_row: int, records: Records) -> int: ...


@dataclass(slots=True)
class Counts:
    """What one part came to; `wrong` is the offset at which it does not decode."""

    rows: int = 0
    valid: int = 0
    faults: int = 0
    broken: bool = False
    wrong: int | None = None


def check_table(job: CheckJob, table: Table, progress: Progress) -> dict[str, Any]:
    """Check a recognised file; the fields of its FileCheck. Raises WrongEncoding."""
    if FileKind(job.kind) not in {FileKind.OBJECTS, *DATED}:
        from app.registry.files.whole import check_whole

        return check_whole(job, table, progress)
    wanted = 2 if Path(job.source).stat().st_size >= TOGETHER and (os.cpu_count() or 1) > 1 else 1
    parts = table.parts(wanted)
    counts = _check_parts(job, table, parts, progress)
    used = _until_broken(counts)
    total = Counts(
        rows=sum(one.rows for one in used),
        valid=sum(one.valid for one in used),
        faults=sum(one.faults for one in used),
    )
    first_rows = [part.first_row for part in parts[: len(used)]]
    dropped, added = assemble(job, first_rows)
    total.valid -= dropped
    total.faults += added
    if not total.rows and not total.faults:
        raise Unreadable("file-empty")
    return told_check(table, total)


def told_check(table: Table, total: Counts) -> dict[str, Any]:
    """The fields of a FileCheck."""
    return {
        "format": table.format,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "rows": total.rows,
        "valid": total.valid,
        "fault_count": total.faults,
        "sample": [_shown(table.header.names, row) for row in table.sample()],
        "ambiguous": table.ambiguous,
    }


def _shown(names: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """A row for a person to look at, who needs no more than the beginning of each cell."""
    pairs = zip(names, row, strict=False)
    return {name[:SHOWN_CHARACTERS]: value[:SHOWN_CHARACTERS] for name, value in pairs}


def _check_parts(
    job: CheckJob, table: Table, parts: list[Part], progress: Progress
) -> list[Counts]:
    """The second part by a copy of this process, which shares what has been read."""
    other = os.fork() if len(parts) > 1 else None
    number = 1 if other == 0 else 0
    if other == 0:
        status = 1
        try:
            mine = _check_part(job, table, parts, number, progress)
            told = {name: getattr(mine, name) for name in Counts.__slots__}
            _counts_file(job).write_text(json.dumps(told), encoding="utf-8")
            status = 0
        except MemoryError:
            status = _OUT_OF_MEMORY
        finally:
            os._exit(status)
    counts = [_check_part(job, table, parts, number, progress)]
    if other is not None:
        _wait(other)
        counts.append(Counts(**json.loads(_counts_file(job).read_text(encoding="utf-8"))))
    for one in counts:
        if one.wrong is not None:
            raise WrongEncoding(one.wrong)
    return counts


def _wait(other: int) -> None:
    """End as the other process did, if it did not end well."""
    ended = os.waitstatus_to_exitcode(os.waitpid(other, 0)[1])
    if ended == _OUT_OF_MEMORY:
        raise MemoryError
    if ended < 0:
        signal.raise_signal(-ended)
    if ended:
        raise ChildProcessError(str(ended))


def _counts_file(job: CheckJob) -> Path:
    return Path(job.folder, "counts")


def _check_part(
    job: CheckJob, table: Table, parts: list[Part], number: int, progress: Progress
) -> Counts:
    counts = Counts()
    with Sink(Path(job.folder), number) as sink:
        rows = _rows(job, table, sink)
        try:
            for first, records in table.records(parts[number]):
                counts.rows += rows.check(first, records)
                sink.flush()
                progress(number, counts.rows)
        except Unreadable as why:
            sink.tell(why.fault)
            counts.broken = True
        except WrongEncoding as wrong:
            counts.wrong = wrong.offset
    counts.valid, counts.faults = sink.valid, sink.faults
    return counts


def _rows(job: CheckJob, table: Table, sink: Sink) -> Rows:
    header, kind = table.header, FileKind(job.kind)
    if kind is FileKind.OBJECTS:
        from app.registry.files.object_rows import ObjectRows

        tables = CodeTables.read(Path(job.tables))
        return ObjectRows(header.positions, header.width, tables, sink)
    from app.registry.files.dated_rows import DatedRows

    return DatedRows(kind, header.positions, header.width, sink)


def _until_broken(counts: list[Counts]) -> list[Counts]:
    """What comes behind a row at which reading had to stop was not checked."""
    for place, one in enumerate(counts):
        if one.broken:
            return counts[: place + 1]
    return counts
