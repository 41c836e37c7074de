"""From the objects that may be drawn to the drawn lists (draw-spec 5 and 6)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from app.sampling.engine.compiling import Long, Numbers, Words
from app.sampling.engine.reading import in_order
from app.sampling.engine.scanning import LONGEST_ID
from app.sampling.engine.sieve import Kept, Low, Sieve
from app.sampling.engine.survey import Asked, Survey, survey
from app.sampling.engine.writing import LONGEST_PLACE, choose, write_ids, write_places

_LINES_AT_ONCE = 1 << 14

Edge = tuple[str | None, str | None]
"""The last ticket that is drawn and the first that is not; None where there is none."""


@dataclass(frozen=True)
class TicketDraw:
    """What is drawn from a frame whose lines are right; `strata` in byte order, the number of each
    that is `drawn` and that is there (`count`) beside them."""

    frame: Path
    sealed: bool
    strata: tuple[str, ...]
    count: list[int]
    drawn: list[int]
    reserves: int

    @property
    def needed(self) -> list[int]:
        """One more than is listed, so that the first undrawn ticket is known."""
        more = max(self.reserves, 1)
        return [min(n + more, count) for n, count in zip(self.drawn, self.count, strict=True)]


@dataclass(frozen=True)
class Lists:
    """What the written lists say: lines and SHA-256 of each, and the edge of every stratum."""

    digests: Mapping[str, Mapping[str, object]]
    edges: list[Edge]


def draw_lists(task: TicketDraw, found: Survey, sieve: Sieve, out: Path, *, threads: int) -> Lists:
    """Write selected.tsv, reserves.tsv and published.tsv from what was found with this sieve."""
    kept, low = _enough(task, found, sieve, threads=threads)
    ranked = _ranked(kept, low, task.needed, threads=threads)
    drawn = task.drawn
    listed = [n + task.reserves for n in drawn]
    digests = {}
    for name, starts, stops in (
        ("selected", [0] * len(drawn), drawn),
        ("reserves", drawn, listed),
    ):
        places = list(_places(task.strata, ranked, starts, stops))
        written = in_order(places, partial(_lines, kept), threads=threads)
        digests[name] = _write(out / f"{name}.tsv", sum(len(p.chosen) for p in places), written)
    published = _published(ranked, drawn, kept)
    count = sum(len(ranks[:n]) for ranks, n in zip(ranked, drawn, strict=True))
    digests["published"] = _write(out / "published.tsv", count, [published])
    edges = [_edge(kept, ranks, n) for ranks, n in zip(ranked, drawn, strict=True)]
    return Lists(digests, edges)


def _enough(task: TicketDraw, found: Survey, sieve: Sieve, *, threads: int) -> tuple[Kept, Low]:
    """At least the needed low tickets of every stratum, and nothing between them left out."""
    while True:
        low = sieve.low(found.kept)
        pairs = zip(task.needed, low.places, strict=True)
        short = [number for number, (needed, places) in enumerate(pairs) if len(places) < needed]
        if not short:
            return found.kept, low
        sieve = sieve.raised(short, task.count, task.needed)
        asked = Asked(sha256=False, root=False, sieve=sieve)
        again = survey(task.frame, asked, sealed=task.sealed, threads=threads, known=task.strata)
        if again.n_by_stratum != found.n_by_stratum:
            raise RuntimeError("other objects than were counted: the frame has changed")
        found = again


def _ranked(kept: Kept, low: Low, needed: list[int], *, threads: int) -> list[Numbers]:
    """Of each stratum the objects that are needed, ascending by ticket and then by id."""

    def first(one: tuple[Numbers, Long, int]) -> Numbers:
        places, begins, number = one
        return _in_order(places, begins, kept.tickets)[:number]

    return list(in_order(zip(low.places, low.begins, needed, strict=True), first, threads=threads))


def _in_order(places: Numbers, begins: Long, tickets: Words) -> Numbers:
    """Objects, given in the order of their ids, by ticket: by all its words, of which those after
    the second decide next to never. The sort by these is stable."""
    order = np.argsort(begins)
    ordered = begins[order]
    if np.any(ordered[1:] == ordered[:-1]):
        order = np.lexsort(tickets[places].T[::-1])
    return places[order]


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


def _places(
    strata: tuple[str, ...], ranked: list[Numbers], starts: list[int], stops: list[int]
) -> Iterator[_Places]:
    """Of each stratum the ranks from start (counted from 0) to stop, a block at a time."""
    for stratum, chosen, start, stop in zip(strata, ranked, starts, stops, strict=True):
        for first in range(start, min(stop, len(chosen)), _LINES_AT_ONCE):
            last = min(stop, first + _LINES_AT_ONCE)
            yield _Places(stratum, first + 1, chosen[first:last])


def _lines(kept: Kept, places: _Places) -> memoryview:
    """Lines of selected.tsv or reserves.tsv."""
    name = np.frombuffer(places.stratum.encode("ascii"), np.uint8)
    number = len(places.chosen)
    ids, bounds = np.empty(number * LONGEST_ID, np.uint8), np.zeros(number + 1, np.int64)
    tickets: Words = np.empty((number, 8), np.uint32)
    choose(places.chosen, kept.ids, kept.bounds, kept.tickets, ids, bounds, tickets)
    lines = np.empty(number * (len(name) + LONGEST_PLACE), np.uint8)
    size = write_places(lines, name, places.first_rank, ids, bounds, tickets)
    return lines[:size].data


def _published(ranked: list[Numbers], drawn: list[int], kept: Kept) -> memoryview:
    """Lines of published.tsv: ascending numbers are ascending ids."""
    chosen = [ranks[:n] for ranks, n in zip(ranked, drawn, strict=True)]
    published = np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))
    lines = np.empty(len(kept.ids) + len(published), np.uint8)
    size = write_ids(lines, published, kept.ids, kept.bounds)
    return lines[:size].data


def _write(out: Path, count: int, blocks: Iterable[memoryview]) -> dict[str, object]:
    """Write so many lines; what result.json says of them."""
    hasher = hashlib.sha256()
    with out.open("wb") as file:
        for block in blocks:
            file.write(block)
            hasher.update(block)
    return {"count": count, "sha256": hasher.hexdigest()}
