"""Which objects are kept while a frame is read: those with low tickets (draw-spec 5).

Only tickets up to a ceiling are kept, as many as a stratum surely needs, so that they fit into
memory. How many that are shows only while the strata grow, and so the ceilings sink while the frame
is read. Where one has sunk too low after all it is raised, and the frame read again: a ceiling
never decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.sampling.engine.compiling import Bytes, Long, Numbers, Words, compiled, inlined
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
_SPARE = 8
"""Memory that grows gets an eighth more than it needs, so that it seldom has to."""
_NEVER = np.iinfo(np.int64).max

A = TypeVar("A", bound=NDArray[Any])
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


NOTHING = Kept(
    np.empty(0, np.uint8), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty((0, 8), np.uint32)
)


class Store:
    """What is kept of a file, chunk after chunk. The memory grows where it is, so that nothing is
    in it twice."""

    def __init__(self) -> None:
        self._count = self._bytes = 0
        self._ids, self._bounds, self._strata, self._tickets = (
            array.copy() for array in vars(NOTHING).values()
        )

    def add(self, part: Kept) -> None:
        """The objects that follow in the file."""
        count, size = self._count + len(part.strata), self._bytes + len(part.ids)
        self._ids = _grown(self._ids, size)
        self._bounds = _grown(self._bounds, count + 1)
        self._strata = _grown(self._strata, count)
        self._tickets = _grown(self._tickets, count)
        self._ids[self._bytes : size] = part.ids
        self._bounds[self._count + 1 : count + 1] = part.bounds[1:] + self._bytes
        self._strata[self._count : count] = part.strata
        self._tickets[self._count : count] = part.tickets
        self._count, self._bytes = count, size

    def kept(self) -> Kept:
        """All of them."""
        count = self._count
        return Kept(
            self._ids[: self._bytes],
            self._bounds[: count + 1],
            self._strata[:count],
            self._tickets[:count],
        )


def _grown(array: A, length: int) -> A:
    if length > len(array):
        array.resize((length + length // _SPARE, *array.shape[1:]), refcheck=False)
    return array


@dataclass(frozen=True)
class Low:
    """Of each stratum the objects below its ceiling, ascending by id: their places in what was
    kept, and the first 64 bits of their tickets."""

    places: list[Numbers]
    begins: list[Long]


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

    def low(self, kept: Kept) -> Low:
        """What lies below the ceilings, where nothing was left out."""
        found = np.zeros(len(self.ceilings), np.int64)
        _count(kept.strata, kept.tickets, self.ceilings, found)
        stops = np.cumsum(found)
        places, begins = np.empty(found.sum(), np.int64), np.empty(found.sum(), np.uint64)
        _sort(kept.strata, kept.tickets, self.ceilings, stops - found, places, begins)
        return Low(np.split(places, stops)[:-1], np.split(begins, stops)[:-1])

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


@inlined
def _begin(tickets: Words, number: int) -> np.uint64:
    first, second = np.uint64(tickets[number, 0]), np.uint64(tickets[number, 1])
    return first << np.uint64(32) | second


@compiled
def _count(strata: Numbers, tickets: Words, ceilings: Long, found: Numbers) -> None:
    """How many objects of each stratum are below its ceiling."""
    for number in range(len(strata)):
        if _begin(tickets, number) <= ceilings[strata[number]]:
            found[strata[number]] += 1


@compiled
def _sort(
    strata: Numbers,
    tickets: Words,
    ceilings: Long,
    next_of: Numbers,
    places: Numbers,
    begins: Long,
) -> None:
    """Put them stratum by stratum; `next_of` is where the next of each goes."""
    for number in range(len(strata)):
        begin, stratum = _begin(tickets, number), strata[number]
        if begin <= ceilings[stratum]:
            places[next_of[stratum]], begins[next_of[stratum]] = number, begin
            next_of[stratum] += 1


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
