"""Workbooks: xlsx, xls and ods. Cells become the text that a CSV would hold; a number too long to
be exact keeps the form that shows it."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine

from app.registry.files.archives import Inside
from app.registry.files.compound import error_cells
from app.registry.files.faults import Unreadable
from app.registry.files.header import Header, missing_columns, read_header
from app.registry.files.kinds import Layout
from app.registry.files.open_document import Marked, scan_tables
from app.registry.files.tabular import Part, Records, first_filled

MAX_COLUMNS = 702
_HEAD_ROWS = 6
_BATCH = 4096
_EXACT = 10**15
_SHEET = re.compile(r'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_WORKSHEET = python_calamine.SheetTypeEnum.WorkSheet


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The one sheet of a workbook that has the header of its kind."""

    sheet: Any
    header: Header
    marked: Marked
    format: str
    encoding: str = ""
    delimiter: str = ""
    ambiguous: bool = False

    def sample(self) -> list[list[str]]:
        return first_filled(self.records(self.parts(1)[0]))

    def parts(self, wanted: int) -> list[Part]:
        del wanted  # a sheet is in memory as a whole
        return [Part(0, 0, 2)]

    def records(self, part: Part) -> Iterator[tuple[int, Records]]:
        row = part.first_row
        rows = islice(self.sheet.iter_rows(), row - 1, None)
        width = self.header.width
        while batch := [_texts(values, width) for values in islice(rows, _BATCH)]:
            if self.marked:
                self._mark(row, batch)
            yield row, (("".join(fields), fields) for fields in batch)
            row += len(batch)

    def _mark(self, first_row: int, batch: list[list[str]]) -> None:
        left = self.sheet.start[1] + 1
        for (row, column), mark in self.marked.items():
            at = column - left
            if 0 <= row - first_row < len(batch) and 0 <= at < self.header.width:
                batch[row - first_row][at] = mark


def open_sheets(path: Path, format_: str, inside: Inside | None, layout: Layout) -> SheetTable:
    """Find the sheet with the header.

    Raises Unreadable if none has it, if several have it, or if the workbook cannot be read."""
    with _reading():
        return _found(path, format_, inside, layout)


def _found(path: Path, format_: str, inside: Inside | None, layout: Layout) -> SheetTable:
    tables = scan_tables(path) if format_ == "ods" else {}
    workbook = python_calamine.load_workbook(str(path))
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == _VISIBLE and sheet.typ == _WORKSHEET
    ]
    found: list[tuple[str, Any]] = []
    first: list[list[str]] = []
    for place, name in enumerate(names):
        sheet = workbook.get_sheet_by_name(name)
        head = _head(sheet)
        first = head if place == 0 else first
        if head and not missing_columns(head[0], layout):
            found.append((name, sheet))
    if not found:
        read_header(first or [[]], layout)
        raise Unreadable("file-empty")
    if len(found) > 1:
        chosen = [name for name, _ in found]
        numbers = ", ".join(str(names.index(name) + 1) for name in chosen)
        raise Unreadable("sheets-several", names="、".join(chosen), numbers=numbers)
    name, sheet = found[0]
    header = read_header(_head(sheet), layout)
    marked = _marked(path, name, inside) if format_ == "xlsx" else tables.get(name, {})
    if format_ == "xls":
        places = [sheet.name for sheet in workbook.sheets_metadata]
        marked = error_cells(path).get(places.index(name), {})
    return SheetTable(sheet, header, marked, format_)


@contextmanager
def _reading() -> Iterator[None]:
    """What the reader of workbooks raises, or panics with, as a fault of the file."""
    try:
        yield
    except python_calamine.PasswordError:
        raise Unreadable("file-encrypted") from None
    except (python_calamine.CalamineError, OSError, ValueError, KeyError):
        raise Unreadable("file-damaged") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("file-damaged") from None


def _head(sheet: Any) -> list[list[str]]:
    """The first rows, without the empty ends of each."""
    if sheet.total_width > MAX_COLUMNS:
        raise Unreadable("columns-too-many", value=str(sheet.total_width), limit=MAX_COLUMNS)
    head = [_texts(values, len(values)) for values in islice(sheet.iter_rows(), _HEAD_ROWS)]
    for fields in head:
        while fields and not fields[-1].strip():
            fields.pop()
    return head


def _texts(values: Sequence[Any], width: int) -> list[str]:
    fields = [v if v.__class__ is str else _text(v) for v in values[:width]]
    if len(fields) < width:
        fields += [""] * (width - len(fields))
    return fields


def _text(value: Any) -> str:
    """Whole numbers have no point, days no time of midnight. A number of 16 digits and more is not
    exact in a workbook."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else f"{value:.15G}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _marked(path: Path, name: str, inside: Inside | None) -> Marked:
    """The marked cells of a sheet; which member it is, says the workbook."""
    if inside is None or not any(inside.marked.values()):
        return {}
    with zipfile.ZipFile(path) as archive:
        sheets = dict(_SHEET.findall(archive.read("xl/workbook.xml").decode()))
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    for relation in _RELATION.findall(relations):
        told = dict(re.findall(r'\b(Id|Target)="([^"]*)"', relation))
        if told.get("Id") == sheets.get(name):
            target = told.get("Target", "").removeprefix("/xl/").removeprefix("xl/")
            return inside.marked.get(f"xl/{target}", {})
    return {}
