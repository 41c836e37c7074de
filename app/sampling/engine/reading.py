"""The chunks of a frame file, and work on them in several threads, in the order of the file."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.sampling.engine.compiling import Bytes
from app.sampling.engine.scanning import (
    LF,
    LONGEST_ID,
    LONGEST_STRATUM,
    SALT_BYTES,
    after_lines,
    count_lines,
)

CHUNK_LINES = 1 << 16
"""A power of two, so that the lines of a full chunk are one subtree of the file's tree."""
BLOCK_BYTES = 1 << 22
LONGEST_LINE = LONGEST_ID + 1 + LONGEST_STRATUM + 1 + SALT_BYTES + 1
MAX_CHUNK_BYTES = CHUNK_LINES * LONGEST_LINE
"""A chunk of more bytes has a line that is too long."""

Hash = Callable[[memoryview], object]
T = TypeVar("T")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Chunk:
    """Lines of the file, `before` of them above, the first at `offset`; `data` is None of what is
    not whole lines or cannot be right."""

    data: Bytes | None
    offset: int
    before: int
    lines: int


def in_threads(
    frame: Path, work: Callable[[Bytes], T], *, threads: int, hashed: Hash | None = None
) -> Generator[tuple[Chunk, T | None]]:
    """Every chunk with what `work` says of it, None where there is no data.

    `hashed` is given the bytes of the file in order.
    """

    def answered(chunk: Chunk) -> tuple[Chunk, T | None]:
        return chunk, None if chunk.data is None else work(chunk.data)

    return in_order(chunks(frame, hashed), answered, threads=threads)


def in_order(items: Iterable[Item], work: Callable[[Item], T], *, threads: int) -> Generator[T]:
    """What `work` says of each, in their order; few of them are in memory at a time."""
    with ThreadPoolExecutor(threads) as pool:
        asked: deque[Future[T]] = deque()
        for item in items:
            asked.append(pool.submit(work, item))
            # One waits for each thread, so that none is idle.
            if len(asked) == 2 * threads:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()


def chunks(frame: Path, hashed: Hash | None = None) -> Iterator[Chunk]:
    """Full chunks and a last smaller one; whatever cannot be right is the last."""
    rest, offset, before = np.empty(0, np.uint8), 0, 0
    with FileIO(frame) as data:
        while len(lines := _longer(rest, data)) > len(rest):
            if hashed:
                hashed(lines[len(rest) :].data)
            start = 0
            while (stop := int(after_lines(lines, start, CHUNK_LINES))) >= 0:
                yield Chunk(lines[start:stop], offset, before, CHUNK_LINES)
                offset, before = offset + stop - start, before + CHUNK_LINES
                start = stop
            rest = lines[start:]
            if len(rest) > MAX_CHUNK_BYTES:
                break
    if len(rest):
        right = rest[-1] == LF and len(rest) <= MAX_CHUNK_BYTES
        yield Chunk(rest if right else None, offset, before, int(count_lines(rest)))


def _longer(rest: Bytes, data: FileIO) -> Bytes:
    """The rest and what follows it in the file, in memory of their own."""
    lines = np.empty(len(rest) + BLOCK_BYTES, np.uint8)
    lines[: len(rest)] = rest
    read = data.readinto(lines[len(rest) :].data)
    return lines[: len(rest) + read]
