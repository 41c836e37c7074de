"""The files of a check from those of its parts: rows without those whose key stood before, faults
in the order of rows."""

import os
import shutil
from array import array
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import IO

from app.registry.files import duplicates
from app.registry.files.faults import FileFault, told_fault
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import FileKind, layout_of
from app.registry.files.sink import part_file

_NUMBER_AT = len('{"row":')


def assemble(job: CheckJob, first_rows: Sequence[int]) -> tuple[int, int]:
    """Write the files of the job from parts that begin at these rows; the rows dropped, and the
    faults added, because a key stands twice."""
    folder = Path(job.folder)
    keys = [(part_file(folder, "keys", n), row) for n, row in enumerate(first_rows)]
    first = duplicates.first_rows(keys)
    dropped = 0
    with Path(job.rows_out or os.devnull).open("wb") as out:
        for number in range(len(first_rows)):
            path = part_file(folder, "rows", number)
            if first is not None:
                dropped += _copy_single(path, out, first)
            elif job.rows_out:
                _copy(path, out)
    column = layout_of(FileKind(job.kind)).required[0]
    added = 0
    with Path(job.faults_out).open("wb") as out:
        for number, (key_file, row) in enumerate(keys):
            path = part_file(folder, "faults", number)
            if first is None:
                _copy(path, out)
                continue
            twice = _told_twice(key_file, row, first, column)
            for _, line, is_twice in merge(_numbered(path), twice, key=itemgetter(0)):
                out.write(line)
                added += is_twice
    return dropped, added


def _copy(path: Path, out: IO[bytes]) -> None:
    with path.open("rb") as part:
        shutil.copyfileobj(part, out, 1 << 20)


def _copy_single(path: Path, out: IO[bytes], first: "array[int]") -> int:
    """Copy the rows whose key has not stood before; the number of the others."""
    dropped = 0
    with path.open("rb") as rows:
        for line in rows:
            if first[int(line[: line.index(b"\t")])]:
                dropped += 1
            else:
                out.write(line)
    return dropped


def _numbered(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    with path.open("rb") as faults:
        for line in faults:
            yield int(line[_NUMBER_AT : line.index(b",")]), line, False


def _told_twice(
    keys: Path, first_row: int, first: "array[int]", column: str
) -> Iterator[tuple[int, bytes, bool]]:
    with keys.open("rb") as lines:
        for row, line in enumerate(lines, start=first_row):
            if first[row]:
                key = line.decode().rstrip("\n")
                fault = FileFault("code-duplicate", row, column, key, {"first": first[row]})
                yield row, told_fault(fault).encode(), True
