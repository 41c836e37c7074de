"""SHA-256 (FIPS 180-4) of many short messages as machine code.

Messages are hashed in batches, so that the processor works on several at once. A batch is three flat
arrays: a state of eight words and ROOM bytes for each message, and the lengths of the messages, 0
where none was yet.
"""

from collections.abc import Callable

import numpy as np

from app.sampling.engine import sha_instructions
from app.sampling.engine.compiling import Bytes, Numbers, Words, compiled, inlined

BATCH = 64
BLOCK_BYTES = 64
ROOM = 4 * BLOCK_BYTES
_MASK = 0xFFFFFFFF


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _root_bits(number: int, power: int) -> int:
    """The first 32 bits of the fraction of a square or cube root, by integers alone."""
    low, high = 0, number << 32
    while high - low > 1:
        middle = (low + high) // 2
        below = middle**power <= number << (32 * power)
        low, high = (middle, high) if below else (low, middle)
    return low & _MASK


START = np.array([_root_bits(prime, 2) for prime in _primes(8)], dtype=np.uint32)
_CONSTANTS = [_root_bits(prime, 3) for prime in _primes(64)]
_K = np.array(_CONSTANTS, dtype=np.uint32)


@inlined
def _turned(word: np.uint32, by: int) -> np.uint32:
    return np.uint32((word >> np.uint32(by)) | (word << np.uint32(32 - by)))


@inlined
def _word(text: Bytes, at: int) -> np.uint32:
    word = np.uint32(0)
    for place in range(4):
        word = np.uint32((word << np.uint32(8)) | np.uint32(text[at + place]))
    return word


@compiled
def plain_compress(states: Words, first: int, text: Bytes, at: int) -> None:
    """For any processor: the state of eight words from `first` on becomes that after the 64 bytes
    of a text from `at` on."""
    words = np.empty(64, np.uint32)
    for turn in range(16):
        words[turn] = _word(text, at + 4 * turn)
    for turn in range(16, 64):
        x, y = words[turn - 15], words[turn - 2]
        mixed = _turned(x, 7) ^ _turned(x, 18) ^ (x >> np.uint32(3))
        mixed += _turned(y, 17) ^ _turned(y, 19) ^ (y >> np.uint32(10))
        words[turn] = words[turn - 16] + mixed + words[turn - 7]
    a, b, c, d = states[first], states[first + 1], states[first + 2], states[first + 3]
    e, f, g, h = states[first + 4], states[first + 5], states[first + 6], states[first + 7]
    for turn in range(64):
        added = h + (_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)) + ((e & (f ^ g)) ^ g)
        added = np.uint32(added + _K[turn] + words[turn])
        second = (_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)) + ((a & b) | (c & (a | b)))
        e, f, g, h = np.uint32(d + added), e, f, g
        a, b, c, d = np.uint32(added + second), a, b, c
    for place, word in enumerate((a, b, c, d, e, f, g, h)):
        states[first + place] += word


@compiled
def plain_compress_two(states: Words, first: int, text: Bytes, at: int) -> None:
    """The same of two neighbours of a batch."""
    plain_compress(states, first, text, at)
    plain_compress(states, first + 8, text, at + ROOM)


Compress = Callable[[Words, int, Bytes, int], None]


def _compressions() -> tuple[Compress, Compress]:
    if not sha_instructions.available():
        return plain_compress, plain_compress_two
    one, two = (
        sha_instructions.compression(_CONSTANTS, room=ROOM, messages=number) for number in (1, 2)
    )
    return one, two


compress, compress_two = _compressions()


@compiled
def compress_once(state: Words, block: Bytes) -> None:
    """One state after one block."""
    compress(state, 0, block, 0)


@inlined
def end(messages: Bytes, lengths: Numbers, number: int, length: int, before: int) -> None:
    """Pad the message of this number, of which `length` bytes lie here after `before` others; what
    was padded there for the same length already serves."""
    if lengths[number] == length:
        return
    lengths[number] = length
    first = number * ROOM
    stop = first + blocks_of(length) * BLOCK_BYTES
    messages[first + length] = 0x80
    for place in range(first + length + 1, stop - 8):
        messages[place] = 0
    bits = (before + length) * 8
    for place in range(8):
        messages[stop - 1 - place] = (bits >> (8 * place)) & 0xFF


@inlined
def blocks_of(length: int) -> int:
    """Of a message of so many bytes, padded."""
    return (length + 9 + BLOCK_BYTES - 1) // BLOCK_BYTES


@inlined
def hash_batch(states: Words, messages: Bytes, lengths: Numbers, count: int, start: Words) -> None:
    """Into `states` the digests of so many padded messages, from the state `start` on."""
    for number in range(count):
        for word in range(8):
            states[8 * number + word] = start[word]
    number = 0
    while number < count:
        blocks = blocks_of(lengths[number])
        two = number + 1 < count and blocks_of(lengths[number + 1]) == blocks
        for block in range(blocks):
            at = number * ROOM + block * BLOCK_BYTES
            if two:
                compress_two(states, 8 * number, messages, at)
            else:
                compress(states, 8 * number, messages, at)
        number += 2 if two else 1
