"""NDJSON: one JSON object a line, its keys the headers of the columns."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.registry.files.cells import MALFORMED_ROW, NESTED
from app.registry.files.delimited import lines_of
from app.registry.files.encodings import Encoding, is_ambiguous
from app.registry.files.header import Header
from app.registry.files.kinds import Layout
from app.registry.files.tabular import Part, Records, first_filled

_LONGEST_EXACT = 15


@dataclass(frozen=True, slots=True)
class NdjsonTable:
    """An NDJSON file; its rows have the columns of its kind, in their order."""

    path: Path
    size: int
    text: Encoding
    layout: Layout
    header: Header
    ambiguous: bool
    format: str = "ndjson"
    delimiter: str = ""

    @property
    def encoding(self) -> str:
        return self.text.name

    def sample(self) -> list[list[str]]:
        return first_filled(self.records(self.parts(1)[0]))

    def parts(self, wanted: int) -> list[Part]:
        del wanted  # read by one process
        return [Part(self.text.mark, self.size, 1)]

    def records(self, part: Part) -> Iterator[tuple[int, Records]]:
        for first, lines in lines_of(self.path, part, self.text):
            yield first, (("".join(fields), fields) for fields in map(self._fields, lines))

    def _fields(self, line: str) -> list[str]:
        """The fields of a line; of a malformed one a mark and its text."""
        if not line.strip():
            return []
        try:
            told = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse)
            return self._ordered(told.items())
        except (AttributeError, ValueError, OverflowError, RecursionError):
            return [MALFORMED_ROW + line]

    def _ordered(self, told: Iterable[tuple[str, Any]]) -> list[str]:
        fields = [""] * self.header.width
        for key, value in told:
            column = self.layout.column_of(key)
            if column is not None:
                place = self.header.positions[column]
                if fields[place]:
                    raise ValueError
                fields[place] = _text(value)
        return fields


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    if isinstance(value, dict | list | bool):
        return NESTED
    return _number(value)


def _number(value: float) -> str:
    """A number as a spreadsheet would show it: programs that write long codes as numbers have
    rounded them, so that those come out as 1.1E+17 and are refused."""
    if isinstance(value, int) and len(str(abs(value))) <= _LONGEST_EXACT:
        return str(value)
    return f"{value:.15G}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_: str) -> None:
    raise ValueError


def open_ndjson(path: Path, text: Encoding, layout: Layout) -> NdjsonTable:
    size = path.stat().st_size
    header = Header(layout.columns, {column: at for at, column in enumerate(layout.columns)})
    return NdjsonTable(path, size, text, layout, header, is_ambiguous(path, text))
