"""Lines of the drawn lists as machine code (draw-spec 6)."""

import numpy as np

from app.sampling.engine.compiling import Bytes, Numbers, Words, compiled, inlined
from app.sampling.engine.scanning import LF, LONGEST_ID, TAB, copy

_RANK_DIGITS = 20
TICKET_DIGITS = 64
LONGEST_PLACE = 1 + _RANK_DIGITS + 1 + LONGEST_ID + 1 + TICKET_DIGITS + 1
"""Bytes of a line of selected.tsv beside its stratum."""


@compiled
def write_places(
    out: Bytes, stratum: Bytes, first_rank: int, ids: Bytes, id_bounds: Numbers, tickets: Words
) -> int:
    """Lines of selected.tsv of one stratum, in the order of rank; how many bytes."""
    at = 0
    digits = np.zeros(_RANK_DIGITS, np.uint8)
    count = _decimal(digits, first_rank)
    for place in range(len(tickets)):
        at = copy(out, at, stratum, 0, len(stratum))
        out[at] = TAB
        at += 1
        for digit in range(count):
            out[at + digit] = 48 + digits[count - 1 - digit]
        at += count
        count = max(count, _next(digits))
        out[at] = TAB
        at = copy(out, at + 1, ids, id_bounds[place], id_bounds[place + 1])
        out[at] = TAB
        at += 1
        for word in range(8):
            bits = tickets[place, word]
            for digit in range(8):
                value = (bits >> np.uint32(28 - 4 * digit)) & np.uint32(15)
                out[at + digit] = value + np.uint32(48) + np.uint32(39) * np.uint32(value > 9)
            at += 8
        out[at] = LF
        at += 1
    return at


@inlined
def _decimal(digits: Bytes, number: int) -> int:
    """The digits of a number, the last one first; how many."""
    count = 0
    while number or not count:
        digits[count] = number % 10
        number //= 10
        count += 1
    return count


@inlined
def _next(digits: Bytes) -> int:
    """Count one up; how many digits were touched."""
    place = 0
    while digits[place] == 9:
        digits[place] = 0
        place += 1
    digits[place] += 1
    return place + 1


@compiled
def write_ids(out: Bytes, chosen: Numbers, ids: Bytes, id_bounds: Numbers) -> int:
    """Lines of published.tsv; how many bytes."""
    at = 0
    for one in chosen:
        at = copy(out, at, ids, id_bounds[one], id_bounds[one + 1])
        out[at] = LF
        at += 1
    return at


@compiled
def gather(out: Bytes, bounds: Numbers, data: Bytes, starts: Numbers, stops: Numbers) -> int:
    """Put pieces of the data one after the other; `bounds` gets where each ends."""
    at = 0
    for place in range(len(starts)):
        at = copy(out, at, data, starts[place], stops[place])
        bounds[place] = at
    return at


@compiled
def choose(
    places: Numbers,
    ids: Bytes,
    id_bounds: Numbers,
    tickets: Words,
    its_ids: Bytes,
    its_bounds: Numbers,
    its_tickets: Words,
) -> None:
    """Bring together what lies scattered; the processor waits for several pieces at once."""
    for place in range(len(places)):
        for word in range(8):
            its_tickets[place, word] = tickets[places[place], word]
    at = 0
    for place in range(len(places)):
        start, stop = id_bounds[places[place]], id_bounds[places[place] + 1]
        at = copy(its_ids, at, ids, start, stop)
        its_bounds[place + 1] = at
