"""Where a check writes to: valid rows as COPY text, faults as lines of JSON, and the key of every
row for the search for duplicates."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.registry.files.faults import FileFault, told_fault

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_HELD_BACK = 4096


def copied(value: str | None) -> str:
    """A value as COPY text has it; nothing is NULL."""
    if not value:
        return "\\N"
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def copied_text(value: str) -> str:
    """The same of a column that is never NULL: nothing is an empty text."""
    return copied(value) if value else ""


def copied_list(values: Iterable[str]) -> str:
    """An array of texts as COPY text has it."""
    quoted = ('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values)
    return copied("{" + ",".join(quoted) + "}")


class Sink:
    """The files of one part of a check. `rows` and `keys` are filled by the checks and written by
    `flush`; the line of `keys` for a row without a usable key is empty, so that its place says
    the row."""

    def __init__(self, folder: Path, part: int) -> None:
        self.rows: list[str] = []
        self.keys: list[str] = []
        self.valid = 0
        self.faults = 0
        self._listed: list[str] = []
        self._files: dict[str, IO[bytes]] = {
            name: part_file(folder, name, part).open("wb") for name in ("rows", "keys", "faults")
        }

    def tell(self, fault: FileFault) -> None:
        self.faults += 1
        self._listed.append(told_fault(fault))
        if len(self._listed) >= _HELD_BACK:
            self._write("faults", self._listed, "")

    def flush(self) -> None:
        self.valid += len(self.rows)
        self._write("rows", self.rows, "\n")
        self._write("keys", self.keys, "\n")
        self._write("faults", self._listed, "")

    def _write(self, name: str, lines: list[str], end: str) -> None:
        if lines:
            lines.append("")
            self._files[name].write(end.join(lines).encode("utf-8", "backslashreplace"))
            lines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
        for file in self._files.values():
            file.close()


def part_file(folder: Path, name: str, part: int) -> Path:
    """The file of that name of one part of a check."""
    return folder / f"{name}.{part}"
