"""The report of a verification: checks in order, each passed, failed or not checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from app.sampling.openlot1.errors import DrawError

PASSED: Final = "passed"
FAILED: Final = "failed"
NOT_CHECKED: Final = "not-checked"
Verdict = Literal["passed", "failed", "not-checked"]

_MAX_SHOWN = 160


@dataclass(frozen=True)
class Step:
    """One check: `member` is the file that failed it, None where no single file is meant."""

    name: str
    verdict: Verdict
    member: str | None
    en: str
    zh: str


@dataclass(frozen=True)
class Report:
    """The steps in order; after the first failure the others are not reached."""

    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Nothing failed; steps not checked do not count against it, and are to be shown."""
        return self.failure is None

    @property
    def failure(self) -> Step | None:
        """The failed step, the last one that was run; None where nothing failed."""
        return next((step for step in self.steps if step.verdict == FAILED), None)


class NotCheckedError(Exception):
    """Ends a check that has nothing to hold its subject against; says so in two languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


# Name, check, and what it means that the check passed, in two languages.
Check = tuple[str, Callable[[], None], str, str]


def run_checks(checks: Iterable[Check]) -> Report:
    """Runs checks until the first that fails; the rest could only blame the wrong file."""
    steps: list[Step] = []
    failed = False
    for name, check, en, zh in checks:
        if failed:
            step = Step(name, NOT_CHECKED, None, "not reached", "未进行")
        else:
            step = _run(name, check, en, zh)
        failed = failed or step.verdict == FAILED
        steps.append(step)
    return Report(tuple(steps))


def expect_replayed(member: str, computed: bytes, found: bytes) -> None:
    """Blames `member` where its bytes are not the recomputed ones."""
    if found != computed:
        difference = first_difference(computed, found)
        raise DrawError(
            "replay-differs",
            f"differs from the recomputed draw: {difference}",
            f"与重算结果不同：{difference}",
            member=member,
        )


def first_difference(expected: bytes, found: bytes) -> str:
    """The first line that differs, both versions of it."""
    ours, theirs = expected.split(b"\n"), found.split(b"\n")
    pairs = enumerate(zip(ours, theirs, strict=False), start=1)
    number = next((n for n, (a, b) in pairs if a != b), min(len(ours), len(theirs)) + 1)
    return f"line {number}: {_shown(ours, number)} | {_shown(theirs, number)}"


def _shown(lines: list[bytes], number: int) -> str:
    if number > len(lines):
        return "(end)"
    text = lines[number - 1].decode("utf-8", "replace")
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "..."


def _run(name: str, check: Callable[[], None], en: str, zh: str) -> Step:
    try:
        check()
    except NotCheckedError as reason:
        return Step(name, NOT_CHECKED, None, reason.en, reason.zh)
    except DrawError as error:
        where = "" if error.line is None else f" (line {error.line})"
        place = "" if error.line is None else f"（第 {error.line} 行）"
        return Step(name, FAILED, error.member, error.en + where, error.zh + place)
    return Step(name, PASSED, None, en, zh)
