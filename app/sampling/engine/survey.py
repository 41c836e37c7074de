"""A frame file in one reading: its lines checked and counted, its SHA-256 and its Merkle root."""

import hashlib
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.sampling.engine.reading import Chunk, Reading
from app.sampling.engine.refusal import refuse_lines
from app.sampling.engine.worker import BAD, Answer, subtree
from app.sampling.openlot1.frame import FileDigest
from app.sampling.openlot1.merkle import EMPTY_ROOT


@dataclass(frozen=True)
class Survey:
    """`digest` has "" for what was not asked for; without `check` no stratum is counted."""

    digest: FileDigest
    n_by_stratum: dict[str, int]


def survey(
    frame: Path,
    *,
    sealed: bool,
    processes: int,
    check: bool,
    sha256: bool,
    root: bool,
    known: Collection[str] = (),
) -> Survey:
    """Read the file, which must not change meanwhile, in bounded memory.

    With `check`, raises what the core raises for the first line that is not right, and counts the
    `known` strata; of all others only the smallest is told.
    """
    hasher = hashlib.sha256()
    tally = _Tally({stratum.encode("ascii"): 0 for stratum in known})
    heads: list[bytes] = []
    last = Chunk(0, 0, 0, 0)
    reading = Reading(frame, sealed, check, root)
    with closing(reading.answers(processes, hasher.update if sha256 else None)) as answers:
        for chunk, answer in answers:
            if answer[0] == BAD or not tally.add(answer):
                # The chunk above begins with a right line, by which order is judged.
                refuse_lines(frame, offset=last.offset, before=last.before, sealed=sealed)
            heads.append(answer[0])
            last = chunk
    digest = FileDigest(
        hasher.hexdigest() if sha256 else "",
        _root(heads) if root else "",
        last.before + last.lines,
    )
    return Survey(digest, tally.counts())


@dataclass
class _Tally:
    """Objects per stratum, and the last id so far."""

    known: dict[bytes, int]
    foreign: tuple[bytes, int] | None = None
    last_id: bytes = b""

    def add(self, answer: Answer) -> bool:
        """Whether the chunk may follow the one above."""
        if len(answer) == 1:
            return True
        _, first_id, last_id, *counts = answer
        if first_id <= self.last_id:
            return False
        self.last_id = last_id
        pairs = iter(counts)
        for stratum, number in zip(pairs, pairs, strict=True):
            if stratum in self.known:
                self.known[stratum] += int(number)
            else:
                self._add_foreign(stratum, int(number))
        return True

    def _add_foreign(self, stratum: bytes, number: int) -> None:
        if self.foreign is None or stratum < self.foreign[0]:
            self.foreign = (stratum, number)
        elif stratum == self.foreign[0]:
            self.foreign = (stratum, self.foreign[1] + number)

    def counts(self) -> dict[str, int]:
        found = {stratum: number for stratum, number in self.known.items() if number}
        if self.foreign:
            found[self.foreign[0]] = self.foreign[1]
        return {stratum.decode("ascii"): number for stratum, number in found.items()}


def _root(heads: list[bytes]) -> str:
    """All chunks but the last are full, so their roots are nodes of one level."""
    if not heads:
        return EMPTY_ROOT.hex()
    return subtree([bytes.fromhex(head.decode("ascii")) for head in heads]).hex()
