"""The Merkle tree over the lines of a chunk as machine code (draw-spec 2)."""

import numpy as np

from app.sampling.engine.compiling import Bytes, Numbers, Words, compiled, inlined
from app.sampling.engine.scanning import (
    LF,
    LONGEST_ID,
    LONGEST_STRATUM,
    SALT_BYTES,
    TAB,
    copy,
    find,
)
from app.sampling.engine.sha256 import BATCH, ROOM, START, end, hash_batch


@inlined
def _hex(messages: Bytes, at: int, states: Words, first: int) -> int:
    for word in range(8):
        for place in range(8):
            digit = (states[first + word] >> np.uint32(28 - 4 * place)) & np.uint32(15)
            messages[at + 8 * word + place] = digit + np.uint32(48 if digit < 10 else 87)
    return at + 64


@compiled
def _take(states: Words, count: int, level: Words, at: int) -> None:
    for number in range(count):
        for word in range(8):
            level[at + number, word] = states[8 * number + word]


@compiled
def open_leaves(data: Bytes, level: Words) -> None:
    """The leaf hash of every line; only the first bytes of a line that is too long count."""
    states, messages = np.empty(BATCH * 8, np.uint32), np.empty(BATCH * ROOM, np.uint8)
    lengths = np.zeros(BATCH, np.int64)
    done, waiting, place = 0, 0, 0
    while place < len(data):
        stop = find(data, place, LF)
        first = waiting * ROOM
        messages[first] = 0
        most = place + LONGEST_ID + 1 + LONGEST_STRATUM
        stop_at = copy(messages, first + 1, data, place, min(stop, most))
        end(messages, lengths, waiting, stop_at - first, 0)
        waiting += 1
        place = stop + 1
        if waiting == BATCH or place >= len(data):
            hash_batch(states, messages, lengths, waiting, START)
            _take(states, waiting, level, done)
            done, waiting = done + waiting, 0


@compiled
def sealed_leaves(data: Bytes, level: Words) -> None:
    """The same of lines that show their stratum only as a salted hash."""
    states, messages = np.empty(BATCH * 8, np.uint32), np.empty(BATCH * ROOM, np.uint8)
    lengths, starts = np.zeros(BATCH, np.int64), np.empty(BATCH, np.int64)
    done, waiting, place = 0, 0, 0
    while place < len(data):
        stop = find(data, place, LF)
        starts[waiting] = place
        hidden = min(find(data, place, TAB), stop) + 1
        most = hidden + LONGEST_STRATUM + 1 + SALT_BYTES
        first = waiting * ROOM
        stop_at = copy(messages, first, data, hidden, min(stop, most))
        end(messages, lengths, waiting, stop_at - first, 0)
        waiting += 1
        place = stop + 1
        if waiting == BATCH or place >= len(data):
            hash_batch(states, messages, lengths, waiting, START)
            for number in range(waiting):
                _write_sealed(messages, lengths, number, data, starts[number], states)
            hash_batch(states, messages, lengths, waiting, START)
            _take(states, waiting, level, done)
            done, waiting = done + waiting, 0


@inlined
def _write_sealed(
    messages: Bytes, lengths: Numbers, number: int, data: Bytes, start: int, states: Words
) -> None:
    """The leaf of a sealed line, whose hidden fields are hashed in `states`."""
    first = number * ROOM
    messages[first] = 0
    tab = min(find(data, start, TAB), start + LONGEST_ID)
    at = copy(messages, first + 1, data, start, tab)
    messages[at] = TAB
    at = _hex(messages, at + 1, states, 8 * number)
    end(messages, lengths, number, at - first, 0)


@compiled
def subtree(level: Words) -> None:
    """Put the root over neighbouring nodes of one level into the first; the last may be the root
    of a smaller tree."""
    states, messages = np.empty(BATCH * 8, np.uint32), np.empty(BATCH * ROOM, np.uint8)
    lengths = np.zeros(BATCH, np.int64)
    count = len(level)
    while count > 1:
        pairs = count // 2
        for start in range(0, pairs, BATCH):
            waiting = min(BATCH, pairs - start)
            for number in range(waiting):
                _write_pair(messages, lengths, number, level, 2 * (start + number))
            hash_batch(states, messages, lengths, waiting, START)
            _take(states, waiting, level, start)
        if count % 2:
            level[pairs] = level[count - 1]
        count = pairs + count % 2


@inlined
def _write_pair(messages: Bytes, lengths: Numbers, number: int, level: Words, left: int) -> None:
    at = number * ROOM
    messages[at] = 1
    for node in range(left, left + 2):
        for word in range(8):
            for place in range(4):
                at += 1
                byte = level[node, word] >> np.uint32(24 - 8 * place)
                messages[at] = byte & np.uint32(255)
    end(messages, lengths, number, 65, 0)
