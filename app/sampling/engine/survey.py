"""A frame file in one reading: its lines checked and counted, its SHA-256 and its Merkle root, and
the objects that may be drawn."""

import hashlib
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.sampling.engine.compiling import Bytes, Numbers, Words
from app.sampling.engine.reading import LONGEST_LINE, in_threads
from app.sampling.engine.refusal import refuse_lines
from app.sampling.engine.scanning import TAB, WRONG, Names, count_lines, find, judge
from app.sampling.engine.sha256 import START
from app.sampling.engine.sieve import NOTHING, Kept, Sieve, Store, kept_by_core
from app.sampling.engine.trees import open_leaves, sealed_leaves, subtree
from app.sampling.engine.writing import gather
from app.sampling.openlot1.frame import FileDigest
from app.sampling.openlot1.hashing import SHA256
from app.sampling.openlot1.merkle import EMPTY_ROOT


@dataclass(frozen=True)
class Asked:
    """What a reading is to find: whether the lines are right, and the objects by stratum; SHA-256
    and Merkle root of the file; and, if lines are checked, what falls through the sieve."""

    check: bool = True
    sha256: bool = True
    root: bool = True
    sieve: Sieve | None = None


@dataclass(frozen=True)
class Survey:
    """`digest` has "" for what was not asked for; without `check` no stratum is counted."""

    digest: FileDigest
    n_by_stratum: dict[str, int]
    kept: Kept


def survey(
    frame: Path, asked: Asked, *, sealed: bool, threads: int, known: Collection[str] = ()
) -> Survey:
    """Read the file, which must not change meanwhile, in bounded memory.

    With `check`, raises what the core raises for the first line that is not right, and counts the
    `known` strata; of all others only the smallest is told.
    """
    hasher = hashlib.sha256()
    tally = _Tally(Names.of(tuple(sorted(known))), asked.sieve)
    judged = _Judged(tally.names, sealed, asked)
    roots: list[bytes] = []
    offset = before = count = 0
    hashed = hasher.update if asked.sha256 else None
    with closing(in_threads(frame, judged, threads=threads, hashed=hashed)) as answers:
        for chunk, answer in answers:
            if answer is None or not tally.add(answer):
                # The chunk above begins with a right line, by which order is judged.
                refuse_lines(frame, offset=offset, before=before, sealed=sealed)
            roots.append(answer.root)
            offset, before, count = chunk.offset, chunk.before, chunk.before + chunk.lines
    digest = FileDigest(
        hasher.hexdigest() if asked.sha256 else "", _root(roots) if asked.root else "", count
    )
    return Survey(digest, tally.counts(), tally.store.kept())


@dataclass(frozen=True)
class _Answer:
    """Of a chunk; `first` and `last` are its ids at the ends, `foreign` the smallest stratum that
    is not known and its objects. An unchecked chunk has only a root."""

    right: bool
    root: bytes = b""
    first: bytes = b""
    last: bytes = b""
    counts: Numbers | None = None
    foreign: tuple[bytes, int] = (b"", 0)
    kept: Kept = NOTHING


@dataclass(frozen=True)
class _Judged:
    """What is asked of every chunk of one file."""

    names: Names
    sealed: bool
    asked: Asked

    def __call__(self, data: Bytes) -> _Answer:
        root = self._root(data) if self.asked.root else b""
        if not self.asked.check:
            return _Answer(True, root)
        foreign = np.zeros(3, np.int64)
        counts = np.zeros(len(self.names.listed), np.int64)
        kept = self._kept(data, counts, foreign)
        if kept is None:
            return _Answer(False)
        start, stop, number = map(int, foreign)
        last_line = data[-LONGEST_LINE:-1].tobytes().rpartition(b"\n")[2]
        return _Answer(
            True,
            root,
            data[: find(data, 0, TAB)].tobytes(),
            last_line.partition(b"\t")[0],
            counts,
            (data[start:stop].tobytes(), number),
            kept,
        )

    def _kept(self, data: Bytes, counts: Numbers, foreign: Numbers) -> Kept | None:
        """None of lines that are not right."""
        sieve, names = self.asked.sieve, self.names
        ceilings, key = np.zeros(len(names.listed), np.uint64), START
        if sieve and sieve.alg == SHA256:
            ceilings, key = sieve.ceilings.copy(), sieve.key_state
        lines = int(count_lines(data)) if ceilings.any() else 0
        starts, stops = np.empty(lines, np.int64), np.empty(lines, np.int64)
        strata, tickets = np.empty(lines, np.int64), np.empty((lines, 8), np.uint32)
        number = judge(
            data,
            self.sealed,
            names.text,
            names.bounds,
            names.slots,
            names.prints,
            counts,
            foreign,
            ceilings,
            key,
            starts,
            stops,
            strata,
            tickets,
        )
        if number == WRONG:
            return None
        if sieve and sieve.alg != SHA256:
            return kept_by_core(sieve, names, data)
        if not number:
            return NOTHING
        ids, bounds = np.empty(len(data), np.uint8), np.zeros(number + 1, np.int64)
        size = gather(ids, bounds[1:], data, starts[:number], stops[:number])
        return Kept(ids[:size].copy(), bounds, strata[:number].copy(), tickets[:number].copy())

    def _root(self, data: Bytes) -> bytes:
        level = np.empty((int(count_lines(data)), 8), np.uint32)
        (sealed_leaves if self.sealed else open_leaves)(data, level)
        subtree(level)
        return _bytes(level[0])


@dataclass
class _Tally:
    """Objects per stratum, those that may be drawn, and the last id so far."""

    names: Names
    sieve: Sieve | None
    last_id: bytes = b""
    foreign: tuple[bytes, int] = (b"", 0)
    known: Numbers = field(init=False)
    store: Store = field(default_factory=Store)

    def __post_init__(self) -> None:
        self.known = np.zeros(len(self.names.listed), np.int64)

    def add(self, answer: _Answer) -> bool:
        """Whether the chunk is right and may follow the one above."""
        if answer.counts is None:
            return answer.right
        if answer.first <= self.last_id:
            return False
        self.last_id = answer.last
        self.known += answer.counts
        if self.sieve:
            self.store.add(answer.kept)
            self.sieve.lower(self.known)
        stratum, number = answer.foreign
        if number and (stratum < self.foreign[0] or not self.foreign[1]):
            self.foreign = answer.foreign
        elif number and stratum == self.foreign[0]:
            self.foreign = (stratum, self.foreign[1] + number)
        return True

    def counts(self) -> dict[str, int]:
        found = zip(self.names.listed, map(int, self.known), strict=True)
        counted = {stratum: number for stratum, number in found if number}
        if self.foreign[1]:
            counted[self.foreign[0].decode("ascii")] = self.foreign[1]
        return counted


def _root(roots: list[bytes]) -> str:
    """All chunks but the last are full, so their roots are nodes of one level."""
    if not roots:
        return EMPTY_ROOT.hex()
    level = np.frombuffer(b"".join(roots), dtype=">u4").astype(np.uint32).reshape(-1, 8)
    subtree(level)
    return _bytes(level[0]).hex()


def _bytes(digest: Words) -> bytes:
    return bytes(digest.astype(">u4").data)
