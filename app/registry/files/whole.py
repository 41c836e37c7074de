"""The smaller kinds of files, which are checked as a whole: their own row readers are given the
table as a CSV in UTF-8 with canonical headers, row for row."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from datetime import date
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from app.core.problems import Fault
from app.registry.files import cells
from app.registry.files.cells import wrong_fields
from app.registry.files.faults import FileFault, Unreadable, told_fault
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import FileKind
from app.registry.files.reading import CheckedFile
from app.registry.files.sink import copied, copied_list, copied_text
from app.registry.files.tabular import Table

Told = tuple[list[Any], list[Fault], int, int]
"""Valid rows, the faults that are listed, the number of all faults, and of data rows."""


def check_whole(
    job: CheckJob, table: Table, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Check a recognised file; the fields of its FileCheck."""
    from app.registry.files.checking import Counts, told_check

    broken: list[FileFault] = []
    read = _items if FileKind(job.kind) is FileKind.ITEMS else _by_csv
    rows, listed, count, total = read(job, table, _numbered(table, broken))
    faults = sorted((*broken, *map(_fault, listed)), key=attrgetter("row"))
    progress(0, total)
    count += len(broken)
    valid = 0 if count else len(rows)
    if job.rows_out:
        lines = map(_copied_row, rows if valid else ())
        Path(job.rows_out).write_text("".join(lines), encoding="utf-8")
    with Path(job.faults_out).open("w", encoding="utf-8", errors="backslashreplace") as out:
        out.writelines(map(told_fault, faults))
    return told_check(table, Counts(rows=total, valid=valid, faults=count))


def copied_columns(kind: FileKind) -> tuple[str, ...]:
    """The columns of the copied rows of these kinds."""
    from app.registry.files import codes, inspectors

    if kind is FileKind.ITEMS:
        return ("item",)
    if kind is FileKind.DIVISIONS:
        return (*codes.DIVISION_COLUMNS, "parent_code", "valid_to", "successor_codes")
    if kind is FileKind.INDUSTRIES:
        return codes.INDUSTRY_COLUMNS
    row = inspectors.InspectorRow if kind is FileKind.INSPECTORS else inspectors.CertificateRow
    return tuple(one.name for one in fields(row))


Row = tuple[int, dict[str, str] | None]
"""Its number and canonical columns; None if it holds nothing or is malformed."""


def _numbered(table: Table, broken: list[FileFault]) -> Iterator[Row]:
    positions, width = table.header.positions, table.header.width
    try:
        for first, records in table.records(table.parts(1)[0]):
            for row, (_, found) in enumerate(records, start=first):
                values = [value.strip() for value in found]
                if not any(values):
                    yield row, None
                elif len(values) != width:
                    broken.append(wrong_fields(row, values, width))
                    yield row, None
                else:
                    told = {column: values[at] for column, at in positions.items()}
                    yield row, _without_marks(row, told, broken)
    except Unreadable as why:
        broken.append(why.fault)


def _without_marks(row: int, told: dict[str, str], broken: list[FileFault]) -> dict[str, str]:
    for column, value in told.items():
        if cells.broken(row, column, value, broken.append):
            told[column] = ""
    return told


def _items(job: CheckJob, table: Table, rows: Iterable[Row]) -> Told:
    del job, table
    from app.registry.files.items import items_of

    filled = [(row, told) for row, told in rows if told is not None]
    if not filled:
        raise Unreadable("file-empty")
    found = items_of(filled)
    return (
        [one.model_dump_json() for one in found.items],
        found.faults,
        len(found.faults),
        len(filled),
    )


def _by_csv(job: CheckJob, table: Table, rows: Iterable[Row]) -> Told:
    from app.registry.files import codes, inspectors

    readers: dict[FileKind, Callable[[IO[bytes]], CheckedFile[Any]]] = {
        FileKind.INSPECTORS: partial(inspectors.check_inspectors, department=job.department),
        FileKind.CERTIFICATES: inspectors.check_certificates,
        FileKind.DIVISIONS: codes.check_divisions,
        FileKind.INDUSTRIES: codes.check_industries,
    }
    with tempfile.TemporaryFile(dir=job.folder) as file:
        _write_csv(file, tuple(table.header.positions), rows)
        file.seek(0)
        checked = readers[FileKind(job.kind)](file)
    ahead = 2 - table.parts(1)[0].first_row
    listed = [
        replace(one, row=one.row - ahead) if one.row else one for one in checked.faults.listed
    ]
    return checked.rows, listed, checked.faults.count, checked.total


def _write_csv(file: IO[bytes], columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    """A row that is left out leaves an empty line, so that the others keep their numbers."""
    text = io.TextIOWrapper(file, "utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for _, told in rows:
        if told is None:
            text.write("\n")
        else:
            writer.writerow([told[column].replace("\x00", "\ufffd") for column in columns])
    text.detach()


def _fault(fault: Fault) -> FileFault:
    """The fault of a row reader, which brings its own texts."""
    texts = (fault.zh, fault.en)
    return FileFault(fault.code, fault.row or 1, fault.column, fault.value or "", texts=texts)


def _copied_row(row: Any) -> str:
    if isinstance(row, str):
        return copied(row) + "\n"
    values = row.values() if isinstance(row, dict) else (getattr(row, f.name) for f in fields(row))
    return "\t".join(map(_copied_value, values)) + "\n"


def _copied_value(value: Any) -> str:
    """Text that may be empty stays empty; only None is NULL."""
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return copied_list(value)
    return copied_text(value.isoformat() if isinstance(value, date) else str(value))
