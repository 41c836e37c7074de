"""Recognising a file: its format, and the encoding of one that is text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from app.registry.files.encodings import WrongEncoding, candidates, refusal, seems_utf8
from app.registry.files.jobs import CheckJob
from app.registry.files.kinds import FileKind, layout_of
from app.registry.files.sniffing import format_of
from app.registry.files.tabular import Table

T = TypeVar("T")


def open_table(job: CheckJob, use: Callable[[Table], T]) -> T:
    """What `use` makes of the job's file, begun again in the next encoding if one turns out to be
    wrong. Raises Unreadable."""
    path, layout = Path(job.source), layout_of(FileKind(job.kind))
    format_, inside = format_of(path)
    if format_ not in {"csv", "ndjson"}:
        from app.registry.files.sheets import open_sheets

        return use(open_sheets(path, format_, inside, layout))
    from app.registry.files.delimited import open_delimited
    from app.registry.files.ndjson import open_ndjson

    opened: Callable[..., Any] = open_delimited if format_ == "csv" else open_ndjson
    before: int | None = None
    for encoding in candidates(path):
        try:
            return use(opened(path, encoding, layout))
        except WrongEncoding as wrong:
            last, offset = encoding, wrong.offset
            if encoding.name == "utf-8" and not seems_utf8(path, offset):
                before = None
                continue
            raise refusal(path, encoding, offset, before) from None
    raise refusal(path, last, offset, before)
