"""Which objects are kept while a frame is read: those with low tickets (draw-spec 5).

Only tickets up to a ceiling are kept, as many as a stratum surely needs, so that they fit into
memory. How many that are shows only while the strata grow, and so the ceilings sink while the frame
is read. Where one has sunk too low after all it is raised, and the frame read again: a ceiling
never decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np

from app.sampling.engine.compiling import Bytes, Long, Numbers, Words
from app.sampling.engine.scanning import Names
from app.sampling.engine.sha256 import START, compress_once
from app.sampling.openlot1.counts import rounded
from app.sampling.openlot1.design import CEIL, Design
from app.sampling.openlot1.seed import ticket_function

_NO_LIMIT = 2**64 - 1
"""No first 64 bits of a ticket are above it."""
_WIDER = 8
_FEW = 64
"""Of a stratum of so few objects all are kept."""
_NEVER = np.iinfo(np.int64).max

Needed = Callable[[str, int], int]
"""How many of a stratum are needed at most, if so many objects are in it."""


@dataclass(frozen=True)
class Kept:
    """Objects with low tickets, in the order of the file: ids one after the other, that of number
    n from `bounds[n]` to `bounds[n + 1]`, numbers of strata, and tickets of eight words."""

    ids: Bytes
    bounds: Numbers
    strata: Numbers
    tickets: Words

    @cached_property
    def begins(self) -> Long:
        """The first 64 bits of each ticket."""
        words = self.tickets[:, :2].astype(np.uint64)
        begins: Long = words[:, 0] << np.uint64(32) | words[:, 1]
        return begins


NOTHING = Kept(
    np.empty(0, np.uint8), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty((0, 8), np.uint32)
)


def together(parts: Sequence[Kept]) -> Kept:
    """All of them, one after the other."""
    ends = np.cumsum([0, *(len(part.ids) for part in parts)], dtype=np.int64)
    bounds = [part.bounds[1:] + start for part, start in zip(parts, ends, strict=False)]
    return Kept(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([np.zeros(1, np.int64), *bounds]),
        np.concatenate([part.strata for part in parts]),
        np.concatenate([part.tickets for part in parts]),
    )


class Sieve:
    """The ceilings of one reading. `ceilings` are first 64 bits of tickets by number of stratum."""

    def __init__(self, alg: str, key: str, listed: Sequence[str], needed: Needed) -> None:
        self.alg, self.key = alg, key
        self.ceilings: Long = np.full(len(listed), _NO_LIMIT, np.uint64)
        self._listed, self._needed = listed, needed
        self._next: Numbers = np.full(len(listed), _FEW, np.int64)
        # SHA-256 after the 64 characters of the key, which are one block.
        self.key_state = START.copy()
        compress_once(self.key_state, np.frombuffer(key.encode("ascii"), np.uint8))

    def lower(self, known: Numbers) -> None:
        """Let ceilings sink to what strata of so many objects need; more can only need lower ones.
        A stratum is looked at again when it has grown by a quarter."""
        for number in map(int, np.flatnonzero(known >= self._next)):
            count = int(known[number])
            found = ceiling(self._needed(self._listed[number], count), count)
            self.ceilings[number] = min(found, int(self.ceilings[number]))
            self._next[number] = count + count // 4

    def short(self, kept: Kept, needed: Sequence[int]) -> list[int]:
        """Strata of which fewer objects than are needed lie below the ceiling."""
        below = kept.begins <= self.ceilings[kept.strata]
        found = np.bincount(kept.strata[below], minlength=len(needed))
        return [n for n, number in enumerate(needed) if found[n] < number]

    def raised(self, short: Sequence[int], counts: Sequence[int], needed: Sequence[int]) -> "Sieve":
        """For another reading, after which the strata are known. Raises RuntimeError where all
        objects were below the ceiling: the frame has changed."""
        other = Sieve(self.alg, self.key, self._listed, self._needed)
        other.ceilings, other._next = self.ceilings.copy(), np.full_like(self._next, _NEVER)
        for number in short:
            if self.ceilings[number] == _NO_LIMIT:
                raise RuntimeError("fewer objects than were counted: the frame has changed")
            expected = (int(self.ceilings[number]) * counts[number]) >> 64
            raised = max(expected, needed[number]) * _WIDER
            other.ceilings[number] = _limit_of(raised, counts[number])
        return other


def needed_by(design: Design) -> Needed:
    """The drawn, the reserves and one more, so that the first undrawn ticket is known."""
    rules = {rule.stratum: (rule.ratio, rule.fixed or 0) for rule in design.strata}
    for cell_list in design.cells:
        rules.update(dict.fromkeys(cell_list.cells, (cell_list.ratio, 0)))
    further = max(design.reserves, 1)

    def needed(stratum: str, count: int) -> int:
        ratio, most = rules[stratum]
        if ratio is not None:
            most = max(rounded(count, ratio, CEIL), design.min_per_stratum)
        return min(most + further, count)

    return needed


def ceiling(needed: int, count: int) -> int:
    """The first 64 bits up to which at least `needed` of `count` tickets are found, but for one
    draw in millions: six standard deviations above the mean, and some more for few."""
    return _limit_of(needed + 6 * isqrt(needed) + 16, count) if needed else 0


def _limit_of(expected: int, count: int) -> int:
    return _NO_LIMIT if expected >= count else max(1, (expected << 64) // count)


def kept_by_core(sieve: Sieve, names: Names, data: Bytes) -> Kept:
    """Of lines that are right, what is kept, ticket after ticket by the core: SM3 is not compiled."""
    ticket = ticket_function(sieve.alg, sieve.key)
    limits = {
        name.encode("ascii"): (number, limit)
        for number, (name, limit) in enumerate(
            zip(names.listed, map(int, sieve.ceilings), strict=True)
        )
    }

    def low_tickets() -> Iterator[tuple[bytes, int, str]]:
        for line in data.tobytes().splitlines():
            object_id, stratum, *salts = line.split(b"\t")
            if stratum in limits:
                number, limit = limits[stratum]
                its_ticket = ticket(object_id + b"".join(salts))
                if limit and int(its_ticket[:16], 16) <= limit:
                    yield object_id, number, its_ticket

    kept = list(low_tickets())
    tickets = bytes.fromhex("".join(its_ticket for _, _, its_ticket in kept))
    return Kept(
        np.frombuffer(b"".join(object_id for object_id, _, _ in kept), np.uint8),
        np.cumsum([0, *(len(object_id) for object_id, _, _ in kept)], dtype=np.int64),
        np.array([number for _, number, _ in kept], np.int64),
        np.frombuffer(tickets, ">u4").astype(np.uint32).reshape(-1, 8),
    )
