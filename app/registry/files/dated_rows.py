"""Rows of what is told of objects from day to day: classes, tags, counts, licences. Each has the code
of an object and a few cells; what holds for the whole feed, such as its day, stands beside the file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from app.registry.files import cells
from app.registry.files.faults import FileFault
from app.registry.files.kinds import TAG_COLUMNS, FileKind, layout_of
from app.registry.files.lists import parts_of
from app.registry.files.sink import Sink, copied, copied_list, copied_text
from app.registry.files.values import CREDIT_CLASSES, HELD, UNLIMITED

MAX_TAGS = 50
"""Tags of an object."""
MAX_TAG = 60
"""Characters of a tag behind its kind."""
MAX_NUMBER = 1_000_000

Values = Mapping[str, str]
"""The cells of a row by canonical column; those that the file lacks are empty."""
Check = Callable[[int, Values, cells.Tell], str | None]
"""The check of a column: its value as COPY text, or None after the fault was told."""


@dataclass(frozen=True, slots=True)
class RowChecks:
    """How the rows of a kind are copied: column of the copy -> its check. The second of two rows with
    the same `key` is a fault."""

    columns: Mapping[str, Check]
    key: tuple[str, ...] = ("code",)


class DatedRows:
    """Checks rows of a file whose header is known, as ObjectRows does."""

    def __init__(self, kind: FileKind, positions: dict[str, int], width: int, sink: Sink) -> None:
        self._at = {column: positions.get(column, width) for column in layout_of(kind).columns}
        self._width = width
        self._sink = sink
        checks = CHECKS[kind]
        self._checks = tuple(checks.columns.values())
        self._key = tuple([*checks.columns].index(column) for column in checks.key)

    def check(self, first_row: int, records: Iterable[tuple[str, list[str]]]) -> int:
        """Check rows from `first_row` on; the number of them that hold anything."""
        filled = 0
        for row, (_, fields) in zip(count(first_row), records):
            filled += self._check_one(row, [field.strip() for field in fields])
        return filled

    def _check_one(self, row: int, values: list[str]) -> bool:
        sink = self._sink
        if not any(values):
            sink.keys.append("")
            return False
        if len(values) != self._width:
            sink.tell(cells.wrong_fields(row, values, self._width))
            sink.keys.append("")
            return True
        before = sink.faults
        values.append("")
        told = {column: values[at] for column, at in self._at.items()}
        found = [check(row, told, sink.tell) for check in self._checks]
        known = [found[place] for place in self._key]
        sink.keys.append("" if None in known else " ".join(map(str, known)).strip())
        if sink.faults == before:
            sink.rows.append("\t".join((str(row), *map(str, found))))
        return True


def _code(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.object_code(row, values["uscc"], tell)


def _unified_code(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.code(row, values["uscc"], tell)


def _credit_class(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.choice(row, "credit_class", values["credit_class"], CREDIT_CLASSES, tell)


def _tags(row: int, values: Values, tell: cells.Tell) -> str | None:
    found: set[str] = set()
    good = True
    for column in TAG_COLUMNS:
        if cells.broken(row, column, values[column], tell):
            good = False
            continue
        for part in parts_of(values[column]):
            if len(part) > MAX_TAG or not cells.is_plain_text(part):
                tell(FileFault("tag-malformed", row, column, part, {"limit": MAX_TAG}))
                good = False
            found.add(f"{column}:{part}")
    if len(found) > MAX_TAGS:
        hints = {"limit": MAX_TAGS}
        tell(FileFault("tags-too-many", row, TAG_COLUMNS[0], str(len(found)), hints))
        return None
    return copied_list(sorted(found)) if good else None


def _number(row: int, values: Values, tell: cells.Tell) -> str | None:
    value = values["number"]
    if cells.broken(row, "number", value, tell):
        return None
    digits = value.lstrip("0") or value[-1:]
    if value.isascii() and value.isdigit() and len(digits) < 8 and int(digits) <= MAX_NUMBER:
        return digits
    tell(FileFault("number-malformed", row, "number", value, {"limit": MAX_NUMBER}))
    return None


def _counted_from(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.needed_day(row, "counted_from", values["counted_from"], tell)


def _counted_to(row: int, values: Values, tell: cells.Tell) -> str | None:
    first, last = values["counted_from"], values["counted_to"]
    found = cells.needed_day(row, "counted_to", last, tell)
    if found and cells.is_day(first) and first > found:
        tell(FileFault("days-reversed", row, "counted_to", last))
        return None
    return found


def _directory(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.directory_code(row, values["directory_code"], tell)


def _licence_no(row: int, values: Values, tell: cells.Tell) -> str | None:
    found = cells.number_as_text(row, "licence_no", values["licence_no"], tell)
    return None if found is None else copied_text(found)


def _text_of(column: str) -> Check:
    def check(row: int, values: Values, tell: cells.Tell) -> str | None:
        found = cells.text(row, column, values[column], tell)
        return None if found is None else copied_text(found)

    return check


def _expires_on(row: int, values: Values, tell: cells.Tell) -> str | None:
    value = values["expires_on"]
    found = "" if value in UNLIMITED else cells.day(row, "expires_on", value, tell)
    return None if found is None else copied(found)


def _held(row: int, values: Values, tell: cells.Tell) -> str | None:
    return cells.choice(row, "held", values["held"], HELD, tell)


_COUNTS = RowChecks(
    {
        "code": _code,
        "number": _number,
        "counted_from": _counted_from,
        "counted_to": _counted_to,
    },
    key=("code", "counted_to"),
)
CHECKS: Mapping[FileKind, RowChecks] = {
    FileKind.CREDIT_CLASSES: RowChecks({"code": _unified_code, "credit_class": _credit_class}),
    FileKind.OBJECT_TAGS: RowChecks({"code": _code, "tags": _tags}),
    FileKind.OBJECT_COMPLAINTS: _COUNTS,
    FileKind.OBJECT_LEADS: _COUNTS,
    FileKind.SPECIAL_ENTRIES: RowChecks(
        {
            "directory_code": _directory,
            "code": _code,
            "licence_no": _licence_no,
            "licence_name": _text_of("licence_name"),
            "licence_issuer": _text_of("licence_issuer"),
            "expires_on": _expires_on,
            "held": _held,
        },
        key=("directory_code", "code", "licence_no"),
    ),
}


def copied_columns(kind: FileKind) -> tuple[str, ...]:
    """The columns of the copied rows; `row` is the row of the file."""
    return ("row", *CHECKS[kind].columns)
