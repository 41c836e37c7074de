"""The smallest tickets of every stratum, from file to files (draw-spec 5 and 6).

Only tickets up to a limit are kept and sorted, as many as a stratum surely needs; where the limit
was too low after all it is raised and the frame read again. So the limit never decides.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np

from app.sampling.engine.compiling import Bytes, Long, Numbers, Words
from app.sampling.engine.reading import in_order, in_threads
from app.sampling.engine.scanning import LONGEST_ID, Names, count_lines, keep
from app.sampling.engine.sha256 import START, compress_once
from app.sampling.engine.writing import LONGEST_PLACE, choose, gather, write_ids, write_places
from app.sampling.openlot1.hashing import SHA256
from app.sampling.openlot1.seed import ticket_function

_NO_LIMIT = 2**64 - 1
"""No first 64 bits of a ticket are above it."""
_WIDER = 8
_LINES_AT_ONCE = 1 << 14

Edge = tuple[str | None, str | None]
"""The last ticket that is drawn and the first that is not; None where there is none."""


@dataclass(frozen=True)
class TicketDraw:
    """What is drawn from a frame whose lines are right; all mappings are by stratum."""

    frame: Path
    sealed: bool
    alg: str
    key: str
    count: Mapping[str, int]
    drawn: Mapping[str, int]
    reserves: int


@dataclass(frozen=True)
class Kept:
    """Objects with low tickets, in the order of the file: ids one after the other, that of number
    n from `bounds[n]` to `bounds[n + 1]`, numbers of strata, and tickets of eight words."""

    ids: Bytes
    bounds: Numbers
    strata: Numbers
    tickets: Words

    def chosen(self, places: Numbers) -> "Kept":
        """Some of them, in the given order."""
        number = len(places)
        ids, bounds = np.empty(number * LONGEST_ID, np.uint8), np.zeros(number + 1, np.int64)
        tickets = np.empty((number, 8), np.uint32)
        choose(places, self.ids, self.bounds, self.tickets, ids, bounds, tickets)
        return Kept(ids, bounds, self.strata[places], tickets)


_NOTHING = Kept(
    np.empty(0, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 8), np.uint32)
)

Keep = Callable[[Bytes], Kept]


def draw_lists(task: TicketDraw, out: Path, *, threads: int) -> dict[str, Edge]:
    """Write selected.tsv, reserves.tsv and published.tsv; what lies at the edge of each stratum."""
    names = Names.of(tuple(sorted(task.drawn)))
    counts = [task.count.get(stratum, 0) for stratum in names.listed]
    drawn = [task.drawn[stratum] for stratum in names.listed]
    # One more than is listed, so that the first undrawn ticket is known.
    needed = [min(n + max(task.reserves, 1), count) for n, count in zip(drawn, counts, strict=True)]
    kept = _enough(task, names, counts, needed, threads=threads)
    ranked = _ranked(kept, needed)
    listed = [n + task.reserves for n in drawn]
    for name, starts, stops in (
        ("selected.tsv", [0] * len(drawn), drawn),
        ("reserves.tsv", drawn, listed),
    ):
        _write(out / name, _places(names, ranked, starts, stops), kept, threads=threads)
    _publish(out / "published.tsv", ranked, drawn, kept)
    return {
        stratum: _edge(kept, chosen, n)
        for stratum, chosen, n in zip(names.listed, ranked, drawn, strict=True)
        if len(chosen)
    }


def ceiling(needed: int, count: int) -> int:
    """The first 64 bits up to which at least `needed` of `count` tickets are found, but for one
    draw in millions: six standard deviations above the mean, and some more for few."""
    return _limit_of(needed + 6 * isqrt(needed) + 16, count) if needed else 0


def _limit_of(expected: int, count: int) -> int:
    return _NO_LIMIT if expected >= count else max(1, (expected << 64) // count)


def _enough(
    task: TicketDraw, names: Names, counts: list[int], needed: list[int], *, threads: int
) -> Kept:
    """At least `needed` low tickets of every stratum, and nothing between them left out."""
    ceilings = list(map(ceiling, needed, counts))
    while True:
        keeps = _by_machine_code if task.alg == SHA256 else _by_core
        kept = _read(task.frame, keeps(task, names, ceilings), threads=threads)
        found = np.bincount(kept.strata, minlength=len(needed))
        short = [n for n, number in enumerate(needed) if found[n] < number]
        if not short:
            return kept
        for n in short:
            if ceilings[n] == _NO_LIMIT:
                raise RuntimeError("fewer objects than were counted: the frame has changed")
            expected = max((ceilings[n] * counts[n]) >> 64, needed[n]) * _WIDER
            ceilings[n] = _limit_of(expected, counts[n])


def _read(frame: Path, keep_of: Keep, *, threads: int) -> Kept:
    parts = [_NOTHING]
    with closing(in_threads(frame, keep_of, threads=threads)) as answers:
        for _, kept in answers:
            if kept is None:
                raise RuntimeError("no whole lines: the frame has changed")
            parts.append(kept)
    ends = np.cumsum([0, *(len(part.ids) for part in parts)], dtype=np.int64)
    bounds = [part.bounds + start for part, start in zip(parts, ends, strict=False)]
    return Kept(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([np.zeros(1, np.int64), *bounds]),
        np.concatenate([part.strata for part in parts]),
        np.concatenate([part.tickets for part in parts]),
    )


def _by_machine_code(task: TicketDraw, names: Names, ceilings: list[int]) -> Keep:
    """Of a chunk what is kept; `bounds` of a part are where each id ends."""
    limits: Long = np.array(ceilings, dtype=np.uint64)
    key = _key_state(task.key)

    def keep_of(data: Bytes) -> Kept:
        lines = int(count_lines(data))
        starts, stops = np.empty(lines, np.int64), np.empty(lines, np.int64)
        strata, tickets = np.empty(lines, np.int64), np.empty((lines, 8), np.uint32)
        number = keep(
            data,
            task.sealed,
            names.text,
            names.bounds,
            names.slots,
            names.prints,
            limits,
            key,
            starts,
            stops,
            strata,
            tickets,
        )
        ids, bounds = np.empty(len(data), np.uint8), np.empty(number, np.int64)
        size = gather(ids, bounds, data, starts[:number], stops[:number])
        return Kept(ids[:size].copy(), bounds, strata[:number].copy(), tickets[:number].copy())

    return keep_of


def _key_state(key: str) -> Words:
    """SHA-256 after the 64 characters of a ticket key, which are one block."""
    state = START.copy()
    compress_once(state, np.frombuffer(key.encode("ascii"), np.uint8))
    return state


def _by_core(task: TicketDraw, names: Names, ceilings: list[int]) -> Keep:
    """The same of SM3, which is not compiled: one ticket after the other, by the core."""
    ticket = ticket_function(task.alg, task.key)
    limits = {
        name.encode("ascii"): (number, limit)
        for number, (name, limit) in enumerate(zip(names.listed, ceilings, strict=True))
        if limit
    }

    def lines_of(data: bytes) -> Iterator[tuple[bytes, int, str]]:
        for line in data.splitlines():
            object_id, stratum, *salts = line.split(b"\t")
            if stratum in limits:
                number, limit = limits[stratum]
                its_ticket = ticket(object_id + b"".join(salts))
                if int(its_ticket[:16], 16) <= limit:
                    yield object_id, number, its_ticket

    def keep_of(data: Bytes) -> Kept:
        kept = list(lines_of(data.tobytes()))
        ids = b"".join(object_id for object_id, _, _ in kept)
        tickets = bytes.fromhex("".join(its_ticket for _, _, its_ticket in kept))
        return Kept(
            np.frombuffer(ids, np.uint8),
            np.cumsum([len(object_id) for object_id, _, _ in kept], dtype=np.int64),
            np.array([number for _, number, _ in kept], np.int64),
            np.frombuffer(tickets, ">u4").astype(np.uint32).reshape(-1, 8),
        )

    return keep_of


def _ranked(kept: Kept, needed: list[int]) -> list[Numbers]:
    """Of each stratum the objects that are needed, ascending by ticket and then by id."""
    by_stratum = np.argsort(kept.strata, kind="stable")
    ends = np.cumsum(np.bincount(kept.strata, minlength=len(needed)))
    pieces = np.split(by_stratum, ends)[:-1]
    return [
        _in_order(piece, kept.tickets)[:number]
        for piece, number in zip(pieces, needed, strict=True)
    ]


def _in_order(piece: Numbers, tickets: Words) -> Numbers:
    """Objects, given in the order of their ids, by ticket: a stable sort by all its words, of which
    those after the second decide next to never."""
    begins = tickets[piece, 0].astype(np.uint64) << np.uint64(32) | tickets[piece, 1]
    order = np.argsort(begins, kind="stable")
    ordered = begins[order]
    if np.any(ordered[1:] == ordered[:-1]):
        order = np.lexsort(tickets[piece].T[::-1])
    return piece[order]


def _edge(kept: Kept, chosen: Numbers, drawn: int) -> Edge:
    def ticket(place: int) -> str | None:
        inside = 0 <= place < len(chosen)
        return kept.tickets[chosen[place]].astype(">u4").tobytes().hex() if inside else None

    return ticket(drawn - 1), ticket(drawn)


@dataclass(frozen=True)
class _Places:
    """Some lines of a list: objects of one stratum, ranks from `first_rank` on."""

    stratum: str
    first_rank: int
    chosen: Numbers


def _write(out: Path, listed: Iterable[_Places], kept: Kept, *, threads: int) -> None:
    """Lines of selected.tsv or reserves.tsv."""

    def written(places: _Places) -> memoryview:
        name = np.frombuffer(places.stratum.encode("ascii"), np.uint8)
        some = kept.chosen(places.chosen)
        lines = np.empty(len(places.chosen) * (len(name) + LONGEST_PLACE), np.uint8)
        size = write_places(lines, name, places.first_rank, some.ids, some.bounds, some.tickets)
        return lines[:size].data

    with out.open("wb") as file:
        file.writelines(in_order(listed, written, threads=threads))


def _places(
    names: Names, ranked: list[Numbers], starts: list[int], stops: list[int]
) -> Iterator[_Places]:
    """Of each stratum the ranks from start (counted from 0) to stop, a block at a time."""
    for stratum, chosen, start, stop in zip(names.listed, ranked, starts, stops, strict=True):
        for first in range(start, min(stop, len(chosen)), _LINES_AT_ONCE):
            last = min(stop, first + _LINES_AT_ONCE)
            yield _Places(stratum, first + 1, chosen[first:last])


def _publish(out: Path, ranked: list[Numbers], drawn: list[int], kept: Kept) -> None:
    """published.tsv: ascending numbers are ascending ids."""
    chosen = [ranks[:n] for ranks, n in zip(ranked, drawn, strict=True)]
    published = np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))
    lines = np.empty(len(kept.ids) + len(published), np.uint8)
    size = write_ids(lines, published, kept.ids, kept.bounds)
    out.write_bytes(lines[:size].data)
