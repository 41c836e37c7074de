"""The one refusal of the draw core: a stable code, and the reason in two languages."""

from collections.abc import Iterator
from contextlib import contextmanager


class DrawError(ValueError):
    """A request the core refuses; nothing is clamped, skipped or repaired instead.

    `code` is kebab-case and stable, so callers and translations may depend on it.
    `member` is the file the reason lies in ("frame.tsv"), `line` its 1-based line.
    """

    def __init__(
        self, code: str, en: str, zh: str, *, member: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(code, en, zh)
        self.code = code
        self.en = en
        self.zh = zh
        self.member = member
        self.line = line

    def __str__(self) -> str:
        place = self.member or ""
        if self.line is not None:
            place = f"{place} line {self.line}" if place else f"line {self.line}"
        return f"{place}: {self.en}" if place else self.en


@contextmanager
def blaming(member: str) -> Iterator[None]:
    """Names `member` as the file of any refusal raised inside that names none."""
    try:
        yield
    except DrawError as error:
        if error.member is not None:
            raise
        raise DrawError(error.code, error.en, error.zh, member=member, line=error.line) from None
