"""Which line of a frame is wrong, and why: said by the core, in bounded memory (draw-spec 2)."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NoReturn

from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import scan_frame

_LINES = 1 << 14  # judged at a time
_SHOWN_BYTES = 1 << 16
_SHOWN_TABS = 1 << 20


def refuse_lines(frame: Path, *, offset: int, before: int, sealed: bool) -> NoReturn:
    """Raise the core's refusal of the first line that is not right, at or below `offset`.

    There a right line begins, the file's own first excepted, with `before` lines above it.
    """
    with frame.open("rb") as data:
        data.seek(offset)
        lines = _lines(data)
        above: list[bytes] = []
        while batch := list(islice(lines, _LINES)):
            try:
                for _ in scan_frame(b"".join(above + batch), sealed=sealed):
                    pass
            except DrawError as error:
                raise _moved(error, before - len(above)) from None
            before += len(batch)
            # The order of the next line is judged by this one.
            above = batch[-1:]
    raise RuntimeError("the core finds no fault with these lines")


def _moved(error: DrawError, by: int) -> DrawError:
    line = None if error.line is None else error.line + by
    return DrawError(error.code, error.en, error.zh, member=error.member, line=line)


def _lines(data: IO[bytes]) -> Iterator[bytes]:
    """The lines, each with its LF; of one that is far too long what tells why it is wrong."""
    while line := data.readline(_SHOWN_BYTES):
        if len(line) == _SHOWN_BYTES and not line.endswith(b"\n"):
            yield _shortened(line, data)
        else:
            yield line


def _shortened(head: bytes, data: IO[bytes]) -> bytes:
    """A line that begins with `head`: still too long, with as many fields and the same end."""
    tabs, end = 0, b""
    while not end.endswith(b"\n") and (part := data.readline(_SHOWN_BYTES)):
        tabs += part.count(b"\t")
        end = (end + part)[-2:]
    ending = end if end == b"\r\n" else b"\n" if end.endswith(b"\n") else b""
    return head + b"x" + b"\t" * min(tabs, _SHOWN_TABS) + ending
