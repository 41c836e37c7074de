"""Reading a CSV row by row. A file with one fault yields no rows at all; every fault says row,
column and reason, row 1 being the header."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Generic, TypeVar

from app.core.problems import LISTED_FAULTS, Fault

Row = Mapping[str, str]
T = TypeVar("T")


@dataclass(slots=True)
class Faults:
    """The first thousand faults and the number of all."""

    listed: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, code: str, row: int, column: str | None, value: str, zh: str, en: str) -> None:
        self.count += 1
        if self.count <= LISTED_FAULTS:
            self.listed.append(Fault(code, zh, en, row=row, column=column, value=value))


@dataclass(frozen=True, slots=True)
class CheckedFile(Generic[T]):
    """What a file holds: `rows` to be merged, only if there is no fault; `total` data rows."""

    rows: list[T]
    faults: Faults
    total: int


def check(
    file: IO[bytes], columns: tuple[str, ...], read: Callable[[int, Row, Faults], T]
) -> CheckedFile[T]:
    """Read every row by `read`, which adds what is wrong to the faults it is given."""
    faults = Faults()
    rows: list[T] = []
    total = 0
    try:
        for number, row in _records(file, columns, faults):
            total += 1
            checked = read(number, row, faults)
            if not faults.count:
                rows.append(checked)
    except _Unreadable as why:
        faults.add(why.code, why.row, None, why.value, why.zh, why.en)
    if not total and not faults.count:
        faults.add("file-empty", 1, None, "", "文件没有数据行", "the file has no data row")
    return CheckedFile([] if faults.count else rows, faults, total)


class _Unreadable(Exception):
    def __init__(self, code: str, row: int, value: str, zh: str, en: str) -> None:
        self.code, self.row, self.value, self.zh, self.en = code, row, value, zh, en
        super().__init__(code)


def _records(
    file: IO[bytes], columns: tuple[str, ...], faults: Faults
) -> Iterator[tuple[int, Row]]:
    """The data rows whose number of fields is right, with their numbers."""
    reader = csv.reader(_lines(file), strict=True)
    number = 0
    header: list[str] | None = None
    try:
        for number, fields in enumerate(reader, start=1):
            if header is None:
                header = _header(fields, columns)
            elif len(fields) == len(header):
                yield number, {c: f.strip() for c, f in zip(header, fields, strict=True)}
            elif fields:
                _field_count(number, len(header), len(fields), faults)
    except csv.Error:
        raise _Unreadable(
            "csv-malformed", number + 1, "", "引号或字段长度有误", "a quote or field is malformed"
        ) from None
    if header is None:
        raise _Unreadable("file-empty", 1, "", "文件为空", "the file is empty")


def _header(fields: list[str], columns: tuple[str, ...]) -> list[str]:
    header = [name.strip() for name in fields]
    missing = [c for c in columns if c not in header]
    if missing:
        names = ", ".join(missing)
        raise _Unreadable(
            "column-missing", 1, names, f"缺少列：{names}", f"missing column: {names}"
        )
    twice = sorted({c for c in header if c and header.count(c) > 1})
    if twice:
        names = ", ".join(twice)
        raise _Unreadable("column-twice", 1, names, f"列重复：{names}", f"column twice: {names}")
    return header


def _field_count(number: int, wanted: int, got: int, faults: Faults) -> None:
    faults.add(
        "field-count",
        number,
        None,
        str(got),
        f"应有 {wanted} 个字段，实有 {got} 个",
        f"{wanted} fields were expected, {got} found",
    )


def _lines(file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _Unreadable(
                "encoding-not-utf8",
                number,
                line[error.start : error.start + 4].hex(),
                "不是 UTF-8 编码，请在 Excel 中另存为“CSV UTF-8”",
                "not UTF-8; save it as CSV UTF-8",
            ) from None
        if "\x00" in text:
            raise _Unreadable("character-nul", number, "", "含有 NUL 字符", "it holds a NUL")
        yield text
