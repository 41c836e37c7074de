"""SHA-256 and SM3 (GB/T 32905) as lower-case hex."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from app.sampling.openlot1.errors import DrawError

SHA256 = "sha256"
SM3 = "sm3"
ALGORITHMS = (SHA256, SM3)

_SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_MASK = 0xFFFFFFFF
_SM3_START = (
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)


class Hasher(Protocol):
    """What is asked of a hash object."""

    def hexdigest(self) -> str: ...


def sha256_hex(data: bytes) -> str:
    """SHA-256 in lower-case hex: cd and file digests, whatever the commitment's H."""
    return hashlib.sha256(data).hexdigest()


def digest_hex(alg: str, data: bytes) -> str:
    """H of draw-spec 1: SHA-256 or SM3, as the commitment names it."""
    return hash_function(alg)(data).hexdigest()


def hash_function(alg: str) -> Callable[[bytes], Hasher]:
    """The constructor of H, for loops that look it up once."""
    if alg == SHA256:
        return hashlib.sha256
    if alg == SM3:
        return _sm3_function()
    raise DrawError("alg-unknown", f"unknown hash {alg!r}", f"未知的哈希算法 {alg!r}")


@lru_cache(maxsize=1)
def _sm3_function() -> Callable[[bytes], Hasher]:
    """OpenSSL's SM3 if this build has a right one; distributions and FIPS modes leave it out."""
    try:
        if hashlib.new(SM3, b"abc").hexdigest() == _SM3_OF_ABC:
            return lambda data: hashlib.new(SM3, data)
    except ValueError:
        pass
    return PurePythonSM3


class PurePythonSM3:
    """SM3 from the text of GB/T 32905-2016; for machines whose OpenSSL lacks it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def hexdigest(self) -> str:
        bits = len(self._data) * 8
        padded = self._data + b"\x80" + b"\x00" * (-(len(self._data) + 9) % 64)
        padded += bits.to_bytes(8, "big")
        state: tuple[int, ...] = _SM3_START
        for start in range(0, len(padded), 64):
            state = _compress(state, padded[start : start + 64])
        return "".join(f"{word:08x}" for word in state)


def _rotate(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & _MASK


def _p1(word: int) -> int:
    return word ^ _rotate(word, 15) ^ _rotate(word, 23)


def _expand(block: bytes) -> list[int]:
    words = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        mixed = _p1(words[j - 16] ^ words[j - 9] ^ _rotate(words[j - 3], 15))
        words.append(mixed ^ _rotate(words[j - 13], 7) ^ words[j - 6])
    return words


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        constant = 0x79CC4519 if early else 0x7A879D8A
        ss1 = _rotate((_rotate(a, 12) + e + _rotate(constant, j)) & _MASK, 7)
        ss2 = ss1 ^ _rotate(a, 12)
        ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if early else (e & f) | (~e & _MASK & g)
        tt1 = (ff + d + ss2 + (words[j] ^ words[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + words[j]) & _MASK
        d, c, b, a = c, _rotate(b, 9), a, tt1
        h, g, f, e = g, _rotate(f, 19), e, tt2 ^ _rotate(tt2, 9) ^ _rotate(tt2, 17)
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
