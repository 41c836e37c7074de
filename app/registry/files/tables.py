"""The code tables that a file is checked against, small enough to be handed to a child process."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RETIRED = "retired"
_SUCCESSOR = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class CodeTables:
    """Codes in force and retired: code -> its successors if it is retired, else None. A table that
    is None is not at hand, and its codes are checked by their form alone."""

    regions: Mapping[str, tuple[str, ...] | None] | None = None
    industries: Mapping[str, tuple[str, ...] | None] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Region code -> name, to say what a successor is; may be empty."""

    @staticmethod
    def of(
        divisions: Iterable[Mapping[str, Any]], industries: Iterable[Mapping[str, Any]]
    ) -> "CodeTables":
        """From rows with the columns of the files of GB/T 2260 and GB/T 4754."""
        regions, names = _regions(divisions)
        known = {str(row["code"]): _ended(row) for row in industries}
        return CodeTables(regions or None, known or None, names)

    def write(self, path: Path) -> None:
        told = {
            "regions": self.regions,
            "industries": self.industries,
            "names": dict(self.names),
        }
        path.write_text(json.dumps(told, ensure_ascii=False, default=dict), encoding="utf-8")

    @staticmethod
    def read(path: Path) -> "CodeTables":
        told = json.loads(path.read_text(encoding="utf-8"))
        return CodeTables(_tuples(told["regions"]), _tuples(told["industries"]), told["names"])


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a code table in UTF-8 with commas."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _ended(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    if row.get("status") != RETIRED:
        return None
    return tuple(_SUCCESSOR.findall(row.get("successor_codes") or ""))


def _regions(
    divisions: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, tuple[str, ...] | None], dict[str, str]]:
    """A code that was given again after it had been retired is in force."""
    regions: dict[str, tuple[str, ...] | None] = {}
    names: dict[str, str] = {}
    for row in divisions:
        code, ended = str(row["code"]), _ended(row)
        if ended is None:
            regions[code] = None
            names[code] = str(row.get("full_name") or row.get("name") or "")
        elif code not in regions:
            regions[code] = ended
        elif (known := regions[code]) is not None:
            regions[code] = tuple(dict.fromkeys((*known, *ended)))
    return regions, names


def _tuples(told: dict[str, list[str] | None] | None) -> dict[str, tuple[str, ...] | None] | None:
    if told is None:
        return None
    return {code: None if s is None else tuple(s) for code, s in told.items()}
