"""Lines of a chunk as machine code: judged, and their tickets (draw-spec 2 and 5).

A chunk is whole lines, its last byte is LF. Strata are looked up in a table of names.
"""

from dataclasses import dataclass

import numpy as np

from app.sampling.engine.compiling import Bytes, Long, Numbers, Words, compiled, inlined
from app.sampling.engine.sha256 import BATCH, BLOCK_BYTES, ROOM, end, hash_batch

LONGEST_ID, LONGEST_STRATUM, SALT_BYTES = 64, 128, 32
TAB, LF = 9, 10
UNKNOWN = -1
WRONG = -1

_ID_CHARACTER = 1
_STRATUM_CHARACTER = 2
_SALT_CHARACTER = 4

_WORD_BYTES = 8
_PIECE_BYTES = 4096
_SCATTERING = np.uint64(0x9E3779B97F4A7C15)
"""Odd, and 2^64 over the golden ratio: neighbours are thrown far apart."""


def _kinds() -> Bytes:
    """Of each byte, in which fields it may stand: the alphabets of draw-spec 2."""
    kinds = np.zeros(256, dtype=np.uint8)
    letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for bit, alphabet in (
        (_ID_CHARACTER, letters + b"._:-"),
        (_STRATUM_CHARACTER, letters + b"._:/=-"),
        (_SALT_CHARACTER, b"0123456789abcdef"),
    ):
        for byte in alphabet:
            kinds[byte] |= bit
    return kinds


_KINDS = _kinds()


@dataclass(frozen=True)
class Names:
    """Strata in byte order, as a table that machine code searches: `text` holds one after the
    other, number n from `bounds[n]` to `bounds[n + 1]`; `slots` are numbers by their print, UNKNOWN
    where there is none, and `prints` these."""

    listed: tuple[str, ...]
    text: Bytes
    bounds: Numbers
    slots: Numbers
    prints: Long

    @staticmethod
    def of(strata: tuple[str, ...]) -> "Names":
        """Of strata that stand in byte order, each once."""
        encoded = [stratum.encode("ascii") for stratum in strata]
        bounds = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        text = np.frombuffer(b"".join(encoded) + b"\n", dtype=np.uint8)
        slots = np.full(1 << (16 * len(strata) + 1).bit_length(), UNKNOWN, dtype=np.int64)
        prints = np.zeros(len(slots), dtype=np.uint64)
        _fill(text, bounds, slots, prints)
        return Names(strata, text, bounds, slots, prints)


@inlined
def byte_at(data: Bytes, place: int) -> np.uint8:
    """The byte of a place that is none from the end, which numba would have to ask at every one."""
    byte: np.uint8 = data[np.uint64(place)]
    return byte


@inlined
def _print(data: Bytes, start: int, stop: int) -> np.uint64:
    """A number for a name: of up to eight bytes these themselves, so that no two share one."""
    found = np.uint64(0)
    for place in range(start, min(stop, start + _WORD_BYTES)):
        found = (found << np.uint64(8)) | np.uint64(byte_at(data, place))
    for place in range(start + _WORD_BYTES, stop):
        found = (found ^ (found >> np.uint64(29))) * _SCATTERING + np.uint64(byte_at(data, place))
    return found


@inlined
def _slot(slots: Numbers, its_print: np.uint64) -> np.int64:
    scattered = (its_print ^ (its_print >> np.uint64(32))) * _SCATTERING
    return np.int64((scattered >> np.uint64(32)) & np.uint64(len(slots) - 1))


@compiled
def _fill(text: Bytes, bounds: Numbers, slots: Numbers, prints: Long) -> None:
    for number in range(len(bounds) - 1):
        its_print = _print(text, bounds[number], bounds[number + 1])
        slot = _slot(slots, its_print)
        while slots[slot] != UNKNOWN:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = number
        prints[slot] = its_print


@inlined
def number_of(
    text: Bytes,
    bounds: Numbers,
    slots: Numbers,
    prints: Long,
    data: Bytes,
    start: int,
    stop: int,
) -> int:
    """Which stratum these bytes name."""
    its_print = _print(data, start, stop)
    slot = _slot(slots, its_print)
    while slots[slot] != UNKNOWN:
        if prints[slot] == its_print:
            number: int = slots[slot]
            first, last = bounds[number], bounds[number + 1]
            short = stop - start <= _WORD_BYTES and last - first == stop - start
            if short or compare(data, start, stop, text, first, last) == 0:
                return number
        slot = (slot + 1) & (len(slots) - 1)
    return UNKNOWN


@inlined
def compare(one: Bytes, start: int, stop: int, other: Bytes, begin: int, end_: int) -> int:
    """Below 0, 0 or above: the order of two pieces by their bytes."""
    length = min(stop - start, end_ - begin)
    for place in range(length):
        if byte_at(one, start + place) != byte_at(other, begin + place):
            return 1 if one[start + place] > other[begin + place] else -1
    return (stop - start) - (end_ - begin)


@inlined
def field_end(data: Bytes, start: int, kind: int, longest: int) -> int:
    """Where a field ends that begins here, if its bytes are of this kind and it is not too long."""
    place, last = start, min(start + longest, len(data))
    while place < last and _KINDS[byte_at(data, place)] & kind:
        place += 1
    return place


@compiled
def count_lines(data: Bytes) -> int:
    """How many LF there are."""
    found = 0
    for byte in data:
        found += byte == LF
    return found


@compiled
def after_lines(data: Bytes, start: int, lines: int) -> int:
    """Where the line begins that follows so many others from `start` on; -1 if there are fewer."""
    while start < len(data):
        # Counting a whole piece is quicker than looking for the one byte.
        stop = min(start + _PIECE_BYTES, len(data))
        found = 0
        for byte in data[start:stop]:
            found += byte == LF
        if found >= lines:
            for place in range(start, stop):
                lines -= data[place] == LF
                if not lines:
                    return place + 1
        lines -= found
        start = stop
    return -1


@inlined
def _fields(data: Bytes, start: int, sealed: bool) -> tuple[int, int, int]:
    """Where the id of a line ends, where its stratum ends, and where the next line begins; the
    last of them WRONG if it is no line."""
    stop = field_end(data, start, _ID_CHARACTER, LONGEST_ID)
    if stop == start or data[stop] != TAB:
        return stop, stop, WRONG
    last = field_end(data, stop + 1, _STRATUM_CHARACTER, LONGEST_STRATUM)
    place = last
    if sealed:
        if data[last] != TAB:
            return stop, last, WRONG
        place = field_end(data, last + 1, _SALT_CHARACTER, SALT_BYTES)
        if place != last + 1 + SALT_BYTES:
            return stop, last, WRONG
    if last == stop + 1 or place >= len(data) or data[place] != LF:
        return stop, last, WRONG
    return stop, last, place + 1


@compiled
def judge(
    data: Bytes,
    sealed: bool,
    text: Bytes,
    bounds: Numbers,
    slots: Numbers,
    prints: Long,
    counts: Numbers,
    foreign: Numbers,
    ceilings: Long,
    key: Words,
    starts: Numbers,
    stops: Numbers,
    strata: Numbers,
    tickets: Words,
) -> int:
    """WRONG unless all lines are right and ascend; else how many objects were kept: those whose
    ticket's first 64 bits do not exceed the ceiling of their stratum. A ceiling of 0 keeps none.

    `counts` grows by the objects of each stratum; `foreign` becomes start, stop and number of
    objects of the smallest stratum without a name. Ids (bounds in `data`), strata and tickets of
    what is kept go into the last four arrays, which have room for every line. `key` is the state
    of SHA-256 after the ticket key.
    """
    states, messages = np.empty(BATCH * 8, np.uint32), np.empty(BATCH * ROOM, np.uint8)
    lengths = np.zeros(BATCH, np.int64)
    kept, waiting = 0, 0
    place, before, before_end = 0, 0, 0
    while place < len(data):
        start = place
        stop, last, place = _fields(data, start, sealed)
        if place == WRONG or compare(data, start, stop, data, before, before_end) <= 0:
            return WRONG
        before, before_end, first = start, stop, stop + 1
        number = number_of(text, bounds, slots, prints, data, first, last)
        if number < 0:
            _note_foreign(data, first, last, foreign)
            continue
        counts[number] += 1
        if ceilings[number] == np.uint64(0):
            continue
        # The places after the kept ones hold what waits to be hashed.
        starts[kept + waiting], stops[kept + waiting] = start, stop
        strata[kept + waiting] = number
        begin = waiting * ROOM
        length = copy(messages, begin, data, start, stop) - begin
        if sealed:
            length = copy(messages, begin + length, data, last + 1, place - 1) - begin
        end(messages, lengths, waiting, length, BLOCK_BYTES)
        waiting += 1
        if waiting == BATCH:
            hash_batch(states, messages, lengths, waiting, key)
            kept = _winners(kept, waiting, states, ceilings, starts, stops, strata, tickets)
            waiting = 0
    hash_batch(states, messages, lengths, waiting, key)
    return _winners(kept, waiting, states, ceilings, starts, stops, strata, tickets)


@compiled
def _note_foreign(data: Bytes, first: int, last: int, foreign: Numbers) -> None:
    order = -1
    if foreign[2]:
        order = compare(data, first, last, data, foreign[0], foreign[1])
    if order < 0:
        foreign[0], foreign[1], foreign[2] = first, last, 1
    elif order == 0:
        foreign[2] += 1


@inlined
def find(data: Bytes, start: int, byte: int) -> int:
    """Where this byte stands next; the last place of all if it does not."""
    place, last = start, len(data) - 1
    while place < last and byte_at(data, place) != byte:
        place += 1
    return place


@inlined
def copy(message: Bytes, at: int, data: Bytes, start: int, stop: int) -> int:
    """Append a piece of the data, as far as it is inside; the new length."""
    stop = min(stop, len(data))
    for place in range(start, stop):
        message[np.uint64(at + place - start)] = byte_at(data, place)
    return at + max(0, stop - start)


@compiled
def _winners(
    kept: int,
    waiting: int,
    states: Words,
    ceilings: Long,
    starts: Numbers,
    stops: Numbers,
    strata: Numbers,
    tickets: Words,
) -> int:
    first = kept
    for number in range(waiting):
        begins = np.uint64(states[8 * number]) << np.uint64(32) | np.uint64(states[8 * number + 1])
        at = first + number
        if begins <= ceilings[strata[at]]:
            starts[kept], stops[kept], strata[kept] = starts[at], stops[at], strata[at]
            for word in range(8):
                tickets[kept, word] = states[8 * number + word]
            kept += 1
    return kept
