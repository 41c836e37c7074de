"""Cells with errors in old workbooks (xls), which the reader of workbooks takes for empty: found in
the records of the stream ([MS-XLS] 2.4), which lies in sectors of the file ([MS-CFB] 2)."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from struct import error as struct_error
from struct import iter_unpack, unpack_from

from app.registry.files.open_document import Marked

_STREAMS = frozenset({"Workbook", "Book"})
_LAST = 0xFFFFFFFA
"""Numbers from here on are no sectors."""
_IN_HEADER = 109
_SMALL, _PIECE = 4096, 64
_BOF, _BOUNDSHEET, _FORMULA, _BOOLERR = 0x809, 0x85, 0x06, 0x205
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_MAX_MARKED = 100_000


def error_cells(path: Path) -> dict[int, Marked]:
    """The cells with errors of each sheet, by its place among the sheets from 0. Of a file that is
    damaged, those before the damage; what reads the values refuses it."""
    found: dict[int, Marked] = {}
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _mark(_records(_Sectors(data).workbook()), found)
    except (struct_error, IndexError, ValueError):
        pass
    return found


class _Sectors:
    """The sectors of a compound file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size = 1 << unpack_from("<H", data, 30)[0]
        if self._size not in {512, 4096}:
            raise ValueError(self._size)
        self._count = len(data) // self._size
        tables = [n for n in unpack_from(f"<{_IN_HEADER}I", data, 76) if n < _LAST]
        further = unpack_from("<I", data, 68)[0]
        while further < _LAST and len(tables) < self._count:
            *listed, further = unpack_from(f"<{self._size // 4}I", self._sector(further))
            tables += [n for n in listed if n < _LAST]
        self._next = [n for table in tables for (n,) in iter_unpack("<I", self._sector(table))]

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self._size
        return self._data[begin : begin + self._size]

    def _chain(self, first: int) -> Iterator[bytes]:
        for _ in range(self._count):
            if first >= _LAST:
                return
            yield self._sector(first)
            first = self._next[first]

    def workbook(self) -> Iterator[bytes]:
        """The stream of the sheets; what is behind its end in the last sector is no record."""
        directory = b"".join(self._chain(unpack_from("<I", self._data, 48)[0]))
        for at in range(0, len(directory), 128):
            length = max(0, unpack_from("<H", directory, at + 64)[0] - 2)
            name = directory[at : at + length].decode("utf-16-le", "replace")
            if name in _STREAMS:
                first, size = unpack_from("<II", directory, at + 116)
                return self._chain(first) if size >= _SMALL else self._small(directory, first)
        return iter(())

    def _small(self, directory: bytes, first: int) -> Iterator[bytes]:
        """A small stream, in pieces of that of the root."""
        pieces = b"".join(self._chain(unpack_from("<I", directory, 116)[0]))
        table = b"".join(self._chain(unpack_from("<I", self._data, 60)[0]))
        following = [n for (n,) in iter_unpack("<I", table)]
        for _ in following:
            if first >= _LAST:
                return
            yield pieces[first * _PIECE : (first + 1) * _PIECE]
            first = following[first]


def _records(blocks: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Where each record begins, its kind and its body."""
    rest, at = b"", 0
    for block in blocks:
        data, place = rest + block, 0
        while place + 4 <= len(data):
            kind, length = unpack_from("<HH", data, place)
            if place + 4 + length > len(data):
                break
            yield at + place, kind, data[place + 4 : place + 4 + length]
            place += 4 + length
        rest, at = data[place:], at + place


def _mark(records: Iterator[tuple[int, int, bytes]], found: dict[int, Marked]) -> None:
    begins: dict[int, int] = {}
    sheets, sheet = 0, -1
    for at, kind, body in records:
        if kind == _BOUNDSHEET:
            begins[unpack_from("<I", body)[0]] = sheets
            sheets += 1
        elif kind == _BOF:
            sheet = begins.get(at, sheet)
        elif kind in {_FORMULA, _BOOLERR}:
            error = _error(kind, body)
            here = found.setdefault(sheet, {})
            if error is not None and len(here) < _MAX_MARKED:
                row, column = unpack_from("<HH", body)
                here[row + 1, column + 1] = error


def _error(kind: int, body: bytes) -> str | None:
    """The error that a cell holds: the result of a formula, or a value."""
    if kind == _BOOLERR:
        return _ERRORS.get(body[6], "#VALUE!") if body[7] else None
    is_error = body[6] == 2 and body[12:14] == b"\xff\xff"
    return _ERRORS.get(body[8], "#VALUE!") if is_error else None
