"""Files of the code tables: administrative divisions and industries."""

import re
from typing import IO

from app.registry.files.fields import malformed, unique
from app.registry.files.reading import CheckedFile, Faults, Row, check

DIVISION_COLUMNS = ("code", "name", "full_name", "level", "status", "valid_from")
INDUSTRY_COLUMNS = ("code", "name", "level", "parent_code", "section_code")

_DIVISION = re.compile(r"[0-9]{6}")
_INDUSTRY = re.compile(r"[A-T]|[0-9]{2,4}")


def check_divisions(file: IO[bytes]) -> CheckedFile[dict[str, str | None]]:
    """Check a CSV of administrative divisions (GB/T 2260), current and retired."""
    seen: set[tuple[str, str]] = set()

    def read(number: int, row: Row, faults: Faults) -> dict[str, str | None]:
        if not _DIVISION.fullmatch(row["code"]):
            malformed(number, "code", row["code"], faults)
        unique(number, "code", (row["code"], row["valid_from"]), seen, faults)
        optional = ("parent_code", "valid_to", "successor_codes")
        return {c: row[c] for c in DIVISION_COLUMNS} | {c: row.get(c) or None for c in optional}

    return check(file, DIVISION_COLUMNS, read)


def check_industries(file: IO[bytes]) -> CheckedFile[dict[str, str | None]]:
    """Check a CSV of industries (GB/T 4754)."""
    seen: set[str] = set()

    def read(number: int, row: Row, faults: Faults) -> dict[str, str | None]:
        if not _INDUSTRY.fullmatch(row["code"]):
            malformed(number, "code", row["code"], faults)
        unique(number, "code", row["code"], seen, faults)
        return {c: row[c] or None for c in INDUSTRY_COLUMNS}

    return check(file, INDUSTRY_COLUMNS, read)
