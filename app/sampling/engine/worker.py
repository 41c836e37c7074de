"""Chunks of a frame, each judged and hashed by itself (draw-spec 2).

Also run as a program of its own, so that chunks go to several processors: it imports next to
nothing, since it is started anew for every frame.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from operator import lt
from pathlib import Path

CHUNK_LINES = 1 << 16
"""A power of two, so that the lines of a full chunk are one subtree of the file's tree."""
BAD = b"bad"
NO_HASH = b"-"

_BATCH_LINES = 1 << 13  # hashed at a time, so that few small objects live at once

Answer = Sequence[bytes]
"""Of a right chunk: its root in hex, first id, last id, then each stratum with its number, as text;
of any other BAD alone."""


class Reader:
    """How the lines of one frame are read: `pattern` matches any number of right lines.

    `check` is off for lines that are known to be right; `root` asks for the subtree.
    """

    def __init__(self, pattern: str, *, fields: int, check: bool, root: bool) -> None:
        self._whole = re.compile(pattern.encode("ascii")).fullmatch
        self._fields = fields
        self._check = check
        self._root = root

    def answer(self, data: bytes) -> Answer:
        """What is to be known of whole lines, at least one and at most CHUNK_LINES."""
        root = self._hashed(data) if self._root else NO_HASH
        if not self._check:
            return [root]
        # Nothing of a chunk that does not match is used.
        if not self._whole(data):
            return [BAD]
        # Neither ids nor strata hold white space.
        values = data.split()
        ids = values[:: self._fields]
        if not all(map(lt, ids, islice(ids, 1, None))):
            return [BAD]
        told = [root, ids[0], ids[-1]]
        for stratum, number in Counter(values[1 :: self._fields]).items():
            told += (stratum, b"%d" % number)
        return told

    def _hashed(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines.pop()
        sealed = self._fields == 3
        heads = []
        for start in range(0, len(lines), _BATCH_LINES):
            batch = lines[start : start + _BATCH_LINES]
            heads.append(subtree(sealed_leaves(batch) if sealed else open_leaves(batch)))
        # All batches but the last are full, so their roots are nodes of one level.
        return subtree(heads).hex().encode("ascii")


def open_leaves(lines: Sequence[bytes]) -> list[bytes]:
    """Leaf hashes of lines given without LF."""
    hashed = sha256
    return [hashed(b"\0" + line).digest() for line in lines]


def sealed_leaves(lines: Sequence[bytes]) -> list[bytes]:
    """Leaf hashes of lines that show their stratum only as a salted hash.

    A line of too few or too many fields has some hash too; its chunk is found BAD.
    """
    hashed = sha256
    return [
        hashed(b"\0%b\t%b" % (object_id, hashed(hidden).hexdigest().encode("ascii"))).digest()
        for object_id, _, hidden in [line.partition(b"\t") for line in lines]
    ]


def subtree(level: list[bytes]) -> bytes:
    """The root over neighbouring nodes of one level; the last may be the root of a smaller tree."""
    hashed = sha256
    while len(level) > 1:
        last = level[-1:] if len(level) % 2 else []
        pairs = iter(level)
        level = [
            hashed(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)
        ]
        level += last
    return level[0]


def serve(path: str, pattern: str, fields: str, check: str, root: str) -> None:
    """Answer `offset length` on standard input with a line on standard output, until it ends."""
    reader = Reader(pattern, fields=int(fields), check=check == "1", root=root == "1")
    with Path(path).open("rb") as frame:
        for request in sys.stdin.buffer:
            offset, length = map(int, request.split())
            frame.seek(offset)
            sys.stdout.buffer.write(b"\t".join(reader.answer(frame.read(length))) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(*sys.argv[1:])
