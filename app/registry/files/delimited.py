"""CSV with commas, semicolons or tabs. Files without quotes are split line by line, in several
parts; others go through the csv module, in one."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import methodcaller
from pathlib import Path

from app.registry.files.cells import unguarded
from app.registry.files.encodings import Encoding, WrongEncoding, decoded, is_ambiguous
from app.registry.files.faults import Unreadable
from app.registry.files.header import Header, missing_columns, read_header
from app.registry.files.kinds import Layout
from app.registry.files.tabular import Part, Records, first_filled

DELIMITERS = (",", "\t", ";")
MAX_LINE = 4 << 20
_BLOCK = 1 << 20
_BATCH = 4096
_HEAD_ROWS = 6


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """A CSV whose header has been read."""

    path: Path
    size: int
    text: Encoding
    delimiter: str
    header: Header
    quoted: bool
    guarded: bool
    ambiguous: bool
    format: str = "csv"

    @property
    def encoding(self) -> str:
        return self.text.name

    def sample(self) -> list[list[str]]:
        return first_filled(self.records(self.parts(1)[0]))

    def parts(self, wanted: int) -> list[Part]:
        with self.path.open("rb") as file:
            file.seek(self.text.mark)
            first = Part(self.text.mark + len(file.readline()), self.size, 2)
            if wanted == 1 or self.quoted:
                return [first]
            file.seek((first.start + self.size) // wanted)
            file.readline()
            middle = file.tell()
            file.seek(first.start)
            row, left = first.first_row, middle - first.start
            while left > 0 and (block := file.read(min(_BLOCK, left))):
                row += block.count(b"\n")
                left -= len(block)
        return [Part(first.start, middle, 2), Part(middle, self.size, row)]

    def records(self, part: Part) -> Iterator[tuple[int, Records]]:
        batches = _quoted_records(self) if self.quoted else _plain_records(self, part)
        for row, records in batches:
            if self.guarded:
                yield row, ((line, list(map(unguarded, fields))) for line, fields in records)
            else:
                yield row, records


def open_delimited(path: Path, text: Encoding, layout: Layout) -> DelimitedTable:
    """Read the header. Raises Unreadable, or WrongEncoding if the first rows do not decode."""
    size = path.stat().st_size
    head = _head(path, Part(text.mark, size, 1), text)
    if not any(line.strip() for line in head):
        raise Unreadable("file-empty")
    delimiter = min(DELIMITERS, key=lambda d: len(missing_columns(_split(head[:1], d)[0], layout)))
    header = read_header(_split(head, delimiter), layout)
    quoted, guarded = _holds(path, (b'"', b"'"))
    ambiguous = is_ambiguous(path, text)
    return DelimitedTable(path, size, text, delimiter, header, quoted, guarded, ambiguous)


def _head(path: Path, part: Part, text: Encoding) -> list[str]:
    for _, lines in lines_of(path, part, text):
        return lines[:_HEAD_ROWS]
    return []


def _split(lines: list[str], delimiter: str) -> list[list[str]]:
    """The first rows; what is malformed in them is told when they are read as data."""
    rows = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    try:
        return list(rows) or [[]]
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _holds(path: Path, wanted: tuple[bytes, ...]) -> list[bool]:
    """Which of some characters a file holds."""
    found = [False] * len(wanted)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found = [one or c in block for one, c in zip(found, wanted, strict=True)]
    return found


def _plain_records(table: DelimitedTable, part: Part) -> Iterator[tuple[int, Records]]:
    split = methodcaller("split", table.delimiter)
    for row, lines in lines_of(table.path, part, table.text):
        yield row, zip(lines, map(split, lines), strict=True)


def lines_of(path: Path, part: Part, text: Encoding) -> Iterator[tuple[int, list[str]]]:
    """Blocks of whole lines without their ends, and the number of the first of each."""
    row, rest, at = part.first_row, b"", part.start
    with path.open("rb") as file:
        file.seek(part.start)
        while at < part.end or rest:
            block = file.read(min(_BLOCK, part.end - at))
            at += len(block)
            data = rest + block
            cut = data.rfind(b"\n") + 1 if block else len(data)
            data, rest = data[:cut], data[cut:]
            if len(rest) > MAX_LINE:
                raise Unreadable("line-too-long", row + data.count(b"\n"), limit=MAX_LINE >> 20)
            if data:
                lines = _decoded_lines(data, text, at - len(rest) - len(data), row)
                yield row, lines
                row += len(lines)


def _decoded_lines(data: bytes, text: Encoding, offset: int, row: int) -> list[str]:
    if b"\x00" in data:
        raise Unreadable("character-nul", row + data.count(b"\n", 0, data.index(b"\x00")))
    lines = decoded(data, text, offset).split("\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in data:
        lines = [line.removesuffix("\r") for line in lines]
    return lines


def _quoted_records(table: DelimitedTable) -> Iterator[tuple[int, Records]]:
    """By the csv module; a row is a record, which may hold line ends within quotes."""
    broken: list[Unreadable | WrongEncoding] = []

    def lines() -> Iterator[str]:
        whole = Part(table.text.mark, table.size, 1)
        try:
            for _, block in lines_of(table.path, whole, table.text):
                for line in block:
                    yield f"{line}\n"
        except (Unreadable, WrongEncoding) as error:
            broken.append(error)  # the csv module would pass the rows before it on no more

    reader = csv.reader(lines(), strict=True, delimiter=table.delimiter)
    row = 1
    while True:
        rows: list[list[str]] = []
        malformed = False
        try:
            rows.extend(islice(reader, _BATCH))
        except csv.Error:
            malformed = True
        first = 1 if row == 1 else 0
        yield row + first, ((table.delimiter.join(f), f) for f in rows[first:])
        row += len(rows)
        if broken:
            raise broken[0]
        if malformed:
            raise Unreadable("csv-malformed", row)
        if len(rows) < _BATCH:
            return
