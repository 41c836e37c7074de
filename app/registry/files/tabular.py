"""What every readable file is to the checks: a header, some rows to be shown, and parts of rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.registry.files.header import Header

Records = Iterable[tuple[str, list[str]]]
"""Each row as one text and as its fields."""
SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file that begin and end with a row, and the number of the first."""

    start: int
    end: int
    first_row: int


class Table(Protocol):
    """A file that has been recognised and whose header has been read."""

    @property
    def format(self) -> str: ...

    @property
    def encoding(self) -> str: ...

    @property
    def delimiter(self) -> str: ...

    @property
    def header(self) -> Header: ...

    @property
    def ambiguous(self) -> bool: ...

    def sample(self) -> list[list[str]]:
        """The first rows that hold anything."""
        ...

    def parts(self, wanted: int) -> list[Part]:
        """The data rows in up to as many parts, which may be read side by side."""
        ...

    def records(self, part: Part) -> Iterator[tuple[int, Records]]:
        """Batches of a part's rows: the number of the first, and the rows."""
        ...


def first_filled(batches: Iterator[tuple[int, Records]]) -> list[list[str]]:
    """The first rows that hold anything."""
    found: list[list[str]] = []
    for _, records in batches:
        for _, fields in records:
            if any(field.strip() for field in fields):
                found.append(fields)
            if len(found) == SAMPLE_ROWS:
                return found
    return found
