"""Deterministic choices from a seed text: the same on every Python, with no random module."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_WORD_RANGE = 1 << 64


class Stream:
    """Words of 64 bits from SHA-256(seed + "|" + counter), four to a block.

    A stream is cheap, so that every generated row has its own, named after the row: a row then
    does not change when rows after it are asked for, or when another file draws more choices.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._counter = 0
        self._block = b""

    def _word(self) -> int:
        if not self._block:
            text = f"{self._seed}|{self._counter}"
            self._block = hashlib.sha256(text.encode()).digest()
            self._counter += 1
        word, self._block = self._block[:8], self._block[8:]
        return int.from_bytes(word, "big")

    def below(self, bound: int) -> int:
        """Return an integer in [0, bound), each equally likely; bound is at least 1."""
        # Words of the last, incomplete round of `bound` values would favour the small ones.
        limit = _WORD_RANGE - _WORD_RANGE % bound
        word = self._word()
        while word >= limit:
            word = self._word()
        return word % bound

    def chance(self, per_mille: int) -> bool:
        """Return True in `per_mille` of 1000 cases."""
        return self.below(1000) < per_mille

    def choose(self, values: Sequence[T]) -> T:
        """Return one of the values, each equally likely."""
        return values[self.below(len(values))]

    def weighted(self, values: Sequence[tuple[T, int]]) -> T:
        """Return one value of (value, weight) pairs; weights are not negative, their sum is > 0."""
        point = self.below(sum(weight for _, weight in values))
        for value, weight in values:
            if point < weight:
                return value
            point -= weight
        raise AssertionError("the point lies below the sum of the weights")
