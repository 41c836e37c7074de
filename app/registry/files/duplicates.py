"""Keys that stand twice, found exactly and in bounded memory: first by hashes of 8 bytes, then, only
where hashes meet, by the keys themselves."""

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

_AT_ONCE = 1 << 20


def first_rows(files: Sequence[tuple[Path, int]]) -> "array[int] | None":
    """For each row the row in which its key stood first, 0 if nowhere; None if no key stands
    twice. The files have one key a line, and the row of their first line; empty lines are
    none."""
    hashes = array("q")
    for path, _ in files:
        with path.open("rb") as file:
            hashes.extend(map(hash, file))
    parts = len(hashes) // _AT_ONCE + 1
    none = hash(b"\n")
    met = [_met(hashes, part, parts, none) for part in range(parts)]
    if not any(met):
        return None
    first = array("I", bytes(4 * (max(row for _, row in files) + len(hashes) + 1)))
    found = False
    for part, wanted in enumerate(met):
        if wanted:
            found |= _compare(_keys(files), hashes, part, parts, wanted, first)
    return first if found else None


def _met(hashes: "array[int]", part: int, parts: int, none: int) -> set[int]:
    """The hashes of one part of all that come more than once."""
    mine = hashes if parts == 1 else array("q", (h for h in hashes if h % parts == part))
    if len(set(mine)) == len(mine):
        return set()
    seen: set[int] = set()
    met: set[int] = set()
    for one in mine:
        if one in seen:
            met.add(one)
        else:
            seen.add(one)
    met.discard(none)
    return met


def _keys(files: Sequence[tuple[Path, int]]) -> Iterator[tuple[int, bytes]]:
    for path, row in files:
        with path.open("rb") as file:
            yield from enumerate(file, start=row)


def _compare(
    keys: Iterator[tuple[int, bytes]],
    hashes: "array[int]",
    part: int,
    parts: int,
    wanted: set[int],
    first: "array[int]",
) -> bool:
    seen: dict[bytes, int] = {}
    found = False
    for (row, key), one in zip(keys, hashes, strict=True):
        if one % parts == part and one in wanted:
            known = seen.setdefault(key, row)
            if known != row:
                first[row] = known
                found = True
    return found
