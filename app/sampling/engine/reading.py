"""The chunks of a frame file and what is to be known of each, in the order of the file."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from app.sampling.engine import worker
from app.sampling.engine.worker import BAD, CHUNK_LINES, Answer
from app.sampling.openlot1.frame import OBJECT_ID, STRATUM
from app.sampling.openlot1.lines import SALT

BLOCK_BYTES = 1 << 20
LONGEST_LINE = 64 + 1 + 128 + 1 + 32 + 1
MAX_CHUNK_BYTES = CHUNK_LINES * LONGEST_LINE
"""A chunk of more bytes has a line that is too long."""
ALONE_BYTES = 8 * 2**20
"""Up to this size a frame is read here: starting processes would take longer."""

Hash = Callable[[bytes], object]


@dataclass(frozen=True)
class Chunk:
    """Lines of the file, `before` of them above; not whole lines if `right` is False."""

    offset: int
    length: int
    before: int
    lines: int
    right: bool = True


Answered = Generator[tuple[Chunk, Answer], None, None]


@dataclass(frozen=True)
class Reading:
    """What is asked of every chunk of one file."""

    frame: Path
    sealed: bool
    check: bool
    root: bool

    def answers(self, processes: int, hashed: Hash | None) -> Answered:
        """Every chunk with its answer, up to one that cannot be right.

        `hashed` is given the bytes of the file in order.
        """
        with ExitStack() as stack:
            if processes < 2 or self.frame.stat().st_size <= ALONE_BYTES:
                yield from self._here(hashed)
                return
            asked: deque[tuple[Chunk, _Process]] = deque()
            readers = [stack.enter_context(closing(_Process(self))) for _ in range(processes)]
            for number, chunk in enumerate(chunks(self.frame, hashed)):
                if not chunk.right:
                    yield from _answers(asked)
                    yield chunk, [BAD]
                    return
                reader = readers[number % processes]
                reader.ask(chunk)
                asked.append((chunk, reader))
                # One question waits at each, so that none is idle; they are short, so no pipe fills.
                if len(asked) == 2 * processes:
                    earlier, reader = asked.popleft()
                    yield earlier, reader.answer()
            yield from _answers(asked)

    def _here(self, hashed: Hash | None) -> Answered:
        fields = 3 if self.sealed else 2
        reader = worker.Reader(self.pattern, fields=fields, check=self.check, root=self.root)
        with self.frame.open("rb") as data:
            for chunk in chunks(self.frame, hashed):
                data.seek(chunk.offset)
                # What is not whole lines may be large.
                yield chunk, reader.answer(data.read(chunk.length)) if chunk.right else [BAD]

    @property
    def pattern(self) -> str:
        """Any number of right lines. It takes for good what it takes (`+`): no backtracking."""
        fields = [f"{OBJECT_ID.pattern}+", f"{STRATUM.pattern}+", *([SALT.pattern] * self.sealed)]
        return "(?:" + "\t".join(fields) + "\n)*+"


class _Process:
    """worker.py as a process of its own, which answers in the order in which it is asked."""

    def __init__(self, reading: Reading) -> None:
        flags = ["3" if reading.sealed else "2", "01"[reading.check], "01"[reading.root]]
        given = [str(reading.frame), reading.pattern, *flags]
        self._process = subprocess.Popen(  # noqa: S603  # our own program, given values only
            [sys.executable, "-I", "-S", worker.__file__, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, chunk: Chunk) -> None:
        requests = self._process.stdin
        assert requests is not None  # noqa: S101  # a pipe was asked for
        requests.write(b"%d %d\n" % (chunk.offset, chunk.length))
        requests.flush()

    def answer(self) -> Answer:
        answers = self._process.stdout
        assert answers is not None  # noqa: S101  # as above
        line = answers.readline()
        if not line.endswith(b"\n"):
            raise ChildProcessError("a process that reads the frame has ended")
        return line[:-1].split(b"\t")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def _answers(asked: Iterable[tuple[Chunk, _Process]]) -> Answered:
    for chunk, process in asked:
        yield chunk, process.answer()


def chunks(frame: Path, hashed: Hash | None = None) -> Iterator[Chunk]:
    """Full chunks and a last smaller one; whatever cannot be right is the last."""
    start = position = lines = before = 0
    whole = True
    with frame.open("rb") as data:
        while block := data.read(BLOCK_BYTES):
            if hashed:
                hashed(block)
            at = 0
            while lines + (found := block.count(b"\n", at)) >= CHUNK_LINES:
                at = _after(block, at, CHUNK_LINES - lines)
                yield Chunk(start, position + at - start, before, CHUNK_LINES)
                start, lines, before = position + at, 0, before + CHUNK_LINES
            lines += found
            position += len(block)
            whole = block.endswith(b"\n")
            if position - start > MAX_CHUNK_BYTES:
                whole = False
                break
    if position > start:
        yield Chunk(start, position - start, before, lines, right=whole)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _after(block: bytes, start: int, number: int) -> int:
    """Where the line after the `number`-th LF from `start` begins; there are as many."""
    end = len(block)
    while end - start > 1:
        middle = (start + end) // 2
        found = block.count(b"\n", start, middle)
        if found >= number:
            end = middle
        else:
            start, number = middle, number - found
    return end
