"""Tickets of texts that begin alike, for loops that ask for the least of many (draw-spec 5)."""

from collections.abc import Callable
from typing import Any, Protocol, Self

from app.sampling.openlot1.hashing import PurePythonSM3, hash_function


class Begun(Protocol):
    """A hash of the beginning of a text, to be copied for each way in which the text goes on."""

    def copy(self) -> Self: ...

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


def begin_tickets(alg: str, key: str) -> Begun:
    """T of draw-spec 5 before anything of the id: the key is hashed once for all tickets.

    Digests order as their hex does, which is the ticket.
    """
    function: Callable[[bytes], Any] = hash_function(alg)
    begun: Begun | PurePythonSM3 = function(key.encode("ascii"))
    return _Kept(key.encode("ascii")) if isinstance(begun, PurePythonSM3) else begun


class _Kept:
    """For a hash that has to be given the text as a whole."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def copy(self) -> Self:
        return type(self)(self._data)

    def update(self, data: bytes, /) -> None:
        self._data += data

    def digest(self) -> bytes:
        return bytes.fromhex(PurePythonSM3(self._data).hexdigest())
