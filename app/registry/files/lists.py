"""Several values in one cell, with semicolons between them. A value that holds a semicolon or a
quote, or that begins or ends with a space, stands in quotes, so that what is written is read again."""

import re
from collections.abc import Iterable

_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^;；]*))(?:[;；]|$)')
_SPECIAL = re.compile(r'[;；"]|^\s|\s$')


def parts_of(cell: str) -> list[str]:
    """The values of a cell in their order, without empty ones."""
    parts: list[str] = []
    at = 0
    while at < len(cell):
        found = _PART.match(cell, at)
        if found is None:  # something stands behind a quote: then the quotes are part of the value
            return [part for part in map(str.strip, re.split("[;；]", cell)) if part]
        quoted, plain = found.groups()
        parts.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        at = found.end()
    return [part for part in parts if part]


def joined(parts: Iterable[str]) -> str:
    """A cell from which `parts_of` reads the same values."""
    return ";".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if _SPECIAL.search(part) else part
