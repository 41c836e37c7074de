"""What the tables of an OpenDocument spreadsheet would unpack to: rows and columns may be repeated by
a number, so that a small file can ask for more cells than there is memory. Cells that hold an error
are found on the way, since the reader of workbooks takes them for empty."""

import zipfile
from pathlib import Path
from xml.parsers import expat

from app.registry.files.cells import CELL_ERRORS, NO_VALUE
from app.registry.files.faults import Unreadable

MAX_CELLS = 2_000_000
"""Cells of all tables, each taken as the rectangle that holds what is in it."""
MAX_COLUMNS = 702
MAX_REPEATED_TEXT = 50_000_000
"""Characters that repeated cells and spaces may add to what the file holds."""
_MAX_MARKED = 100_000
_BLOCK = 1 << 20
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_HOLDS = frozenset({"office:value-type", "calcext:value-type", "table:formula"})

Marked = dict[tuple[int, int], str]
"""Cell (row, column from 1) -> what stands in it for the checks."""


def scan_tables(path: Path) -> dict[str, Marked]:
    """The marked cells of each table by its name.

    Raises Unreadable if the tables would unpack to too much, or the content is no XML."""
    tables = _Tables()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tables.start
    parser.EndElementHandler = tables.end
    parser.CharacterDataHandler = tables.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
            while block := content.read(_BLOCK):
                parser.Parse(block)
            parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        raise Unreadable("file-damaged") from None
    return tables.marked


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("xml-entities", value="content.xml")


class _Tables:
    """Where the parser is, and what the tables come to so far."""

    def __init__(self) -> None:
        self.marked: dict[str, Marked] = {}
        self._here: Marked = {}
        self._cells_before = 0
        self._rows = self._width = 0
        """The rectangle of what the present table holds."""
        self._row = self._column = 0
        """Rows and columns before the present row and cell."""
        self._row_times = self._cell_times = 1
        self._filled = 0
        """The last column of the present row that holds anything."""
        self._repeated_text = 0
        self._in_cell = False
        self._error: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CELLS:
            self._start_cell(attributes)
        elif name == "text:s":
            spaces = int(attributes.get("text:c", "1"))
            self._repeat_text(spaces * self._cell_times * self._row_times)
        elif name == "table:table-row":
            self._row_times = _times(attributes.get("table:number-rows-repeated"))
            self._column = self._filled = 0
        elif name == "table:table":
            self._cells_before += self._rows * self._width
            self._row = self._rows = self._width = 0
            self._here = self.marked.setdefault(attributes.get("table:name", ""), {})

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell_times = _times(attributes.get("table:number-columns-repeated"))
        self._in_cell = True
        if not _HOLDS.isdisjoint(attributes):
            self._fill()
        if attributes.get("calcext:value-type") == "error":
            self._error = []
        elif "table:formula" in attributes and "office:value-type" not in attributes:
            self._mark(NO_VALUE)
        self.text(attributes.get("office:string-value", ""))

    def _fill(self) -> None:
        self._filled = self._column + self._cell_times
        if self._filled > MAX_COLUMNS:
            raise Unreadable("columns-too-many", value=str(self._filled), limit=MAX_COLUMNS)

    def text(self, text: str) -> None:
        if not self._in_cell or not text:
            return
        if self._filled <= self._column:
            self._fill()
        times = self._cell_times * self._row_times
        if times > 1:
            self._repeat_text(len(text) * (times - 1))
        if self._error is not None:
            self._error.append(text)

    def _repeat_text(self, characters: int) -> None:
        self._repeated_text += characters
        if self._repeated_text > MAX_REPEATED_TEXT:
            raise self._too_many()

    def _too_many(self) -> Unreadable:
        return Unreadable("cells-repeated", self._row + 1, limit=MAX_CELLS)

    def end(self, name: str) -> None:
        if name in _CELLS:
            if self._error is not None:
                told = "".join(self._error)  # which may be Chinese, or a number as in Err:502
                self._mark(told if told in CELL_ERRORS else "#VALUE!")
                self._error = None
            self._column += self._cell_times
            self._cell_times, self._in_cell = 1, False
        elif name == "table:table-row":
            if self._filled:
                self._rows = self._row + self._row_times
                self._width = max(self._width, self._filled)
                if self._cells_before + self._rows * self._width > MAX_CELLS:
                    raise self._too_many()
            self._row += self._row_times
            self._row_times = 1

    def _mark(self, value: str) -> None:
        for row in range(self._row, self._row + self._row_times):
            for column in range(self._column, self._column + self._cell_times):
                if len(self._here) >= _MAX_MARKED:
                    return
                self._here[row + 1, column + 1] = value


def _times(repeated: str | None) -> int:
    """How often a row or cell stands there. Raises ValueError."""
    if repeated is None:
        return 1
    times = int(repeated)
    if times < 1:
        raise ValueError(repeated)
    return times
