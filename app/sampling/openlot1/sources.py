"""The seven kinds of seed source: parameters, canonical line, and what makes a line valid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.fields import HEX64, Fields
from app.sampling.openlot1.hashing import sha256_hex

REAL = "real"
TEST = "test"
MIN_DICE_DIGITS = 20

_NUMBERS = re.compile(r"(?:(?:0|[1-9][0-9]{0,9})\.)+/")
_WORD = re.compile(r"[^\x00-\x1f\x7f:]{1,128}")
_MEMBER = "commitment.json"


class Params(Protocol):
    """The parameters of one source, fixed in the commitment."""

    @property
    def prefix(self) -> str:
        """What its line begins with."""
        ...

    def describe(self) -> tuple[str, str]:
        """What is done and who can check it, in English and Chinese."""
        ...

    def check(self, value: str) -> None:
        """Refuses the rest of the line when it is not a valid value of this source."""
        ...


@dataclass(frozen=True)
class Source:
    """`complete` is False where the value carries a signature that this core cannot check."""

    type: str
    params: Params
    complete: bool


@dataclass(frozen=True)
class Reveal:
    """A secret of 32 bytes whose digest was committed."""

    sha256: str
    prefix = "reveal:"

    def describe(self) -> tuple[str, str]:
        return (
            f"a secret of 32 bytes whose SHA-256 was committed as {self.sha256}",
            f"事先承诺其 SHA-256（{self.sha256}）的 32 字节秘密值",
        )

    def check(self, value: str) -> None:
        if not HEX64.fullmatch(value):
            raise _refusal(
                "reveal-form", "a reveal is 64 hex characters", "揭示值须为 64 位十六进制"
            )
        if sha256_hex(bytes.fromhex(value)) != self.sha256:
            raise _refusal("reveal-wrong", "is not the committed secret", "与事先承诺的秘密值不符")


@dataclass(frozen=True)
class Dice:
    """Digits rolled in public, with minutes signed by at least three roles."""

    digits: int
    prefix = "dice:"

    def describe(self) -> tuple[str, str]:
        return (
            f"at least {self.digits} digits from dice rolled before witnesses",
            f"见证人在场掷骰所得至少 {self.digits} 位数字",
        )

    def check(self, value: str) -> None:
        if not re.fullmatch(r"[0-9]+", value):
            raise _refusal("dice-form", "dice are decimal digits", "骰子值须为十进制数字")
        if len(value) < self.digits:
            raise _refusal(
                "dice-short",
                f"{len(value)} digits, at least {self.digits} were committed",
                f"只有 {len(value)} 位数字，承诺至少 {self.digits} 位",
            )


@dataclass(frozen=True)
class Balls:
    """Balls drawn without return, written in ascending order (RFC 3797 form)."""

    count: int
    minimum: int
    maximum: int
    prefix = "balls:"

    def describe(self) -> tuple[str, str]:
        return (
            f"{self.count} balls out of {self.minimum} to {self.maximum}, in ascending order",
            f"从 {self.minimum} 至 {self.maximum} 号球中摇出 {self.count} 个，按升序记录",
        )

    def check(self, value: str) -> None:
        numbers = _ascending(value)
        if len(numbers) != self.count:
            raise _refusal(
                "balls-count",
                f"{len(numbers)} balls instead of {self.count}",
                f"应为 {self.count} 个球，实为 {len(numbers)} 个",
            )
        if numbers[0] < self.minimum or numbers[-1] > self.maximum:
            raise _refusal("balls-range", "a ball is out of range", "球号超出范围")


@dataclass(frozen=True)
class Lottery:
    """The published numbers of one issue of a public lottery, group by group."""

    code: str
    issue: str

    @property
    def prefix(self) -> str:
        return f"lottery:{self.code}:{self.issue}:"

    def describe(self) -> tuple[str, str]:
        return (
            f"the winning numbers of lottery {self.code}, issue {self.issue}",
            f"彩票 {self.code} 第 {self.issue} 期开奖号码",
        )

    def check(self, value: str) -> None:
        groups = value.split("/")
        if len(groups) < 2 or groups.pop():
            raise _refusal("numbers-form", "each group ends with /", "每组须以 / 结尾")
        for group in groups:
            _ascending(group + "/")


@dataclass(frozen=True)
class Drand:
    """One round of a drand chain; the BLS signature is checked elsewhere."""

    chain: str
    round: int

    @property
    def prefix(self) -> str:
        return f"drand:{self.chain}:{self.round}:"

    def describe(self) -> tuple[str, str]:
        return (
            f"round {self.round} of the drand chain {self.chain}",
            f"drand 链 {self.chain} 第 {self.round} 轮",
        )

    def check(self, value: str) -> None:
        if not HEX64.fullmatch(value):
            raise _refusal(
                "beacon-form", "randomness is 64 hex characters", "随机数须为 64 位十六进制"
            )


@dataclass(frozen=True)
class Nist2:
    """One pulse of a NIST 2.0 beacon; the RSA signature is checked elsewhere."""

    chain: int
    pulse: int

    @property
    def prefix(self) -> str:
        return f"nist2:{self.chain}:{self.pulse}:"

    def describe(self) -> tuple[str, str]:
        return (
            f"pulse {self.pulse} of chain {self.chain} of a NIST 2.0 beacon",
            f"NIST 2.0 信标链 {self.chain} 第 {self.pulse} 个脉冲",
        )

    def check(self, value: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{128}", value):
            raise _refusal(
                "beacon-form", "outputValue is 128 hex characters", "输出值须为 128 位十六进制"
            )


@dataclass(frozen=True)
class Test:
    """Any text; a commitment may name it only where its purpose is test."""

    prefix = "test:"

    def describe(self) -> tuple[str, str]:
        return "a text chosen for a test", "为测试选定的文本"

    def check(self, value: str) -> None:
        if "\n" in value:
            raise _refusal("source-line-break", "a source line holds LF", "来源行含换行符")


def parse_source(value: Any, where: str, purpose: str) -> Source:
    """One element of `sources` of the commitment (draw-spec 3 and 4)."""
    fields = Fields(value, where, ("type", "params"), member=_MEMBER)
    kind = fields.text("type")
    raw, where = fields.any("params"), f"{where}.params"
    match kind:
        case "reveal":
            params: Params = Reveal(_params(raw, where, "sha256").hex64("sha256"))
        case "dice":
            params = _dice(_params(raw, where, "digits"), purpose)
        case "balls":
            params = _balls(_params(raw, where, "count", "min", "max"))
        case "lottery":
            named = _params(raw, where, "code", "issue")
            params = Lottery(named.matching("code", _WORD), named.matching("issue", _WORD))
        case "drand":
            named = _params(raw, where, "chain", "round")
            params = Drand(named.hex64("chain"), named.integer("round", 1))
        case "nist2":
            named = _params(raw, where, "chain", "pulse")
            params = Nist2(named.integer("chain", 0), named.integer("pulse", 0))
        case "test":
            _params(raw, where)
            params = Test()
            if purpose != TEST:
                raise fields.refusal("test-source", "type", "needs purpose test", "须为测试用途")
        case _:
            raise fields.refusal("source-unknown", "type", f"{kind!r} is unknown", f"{kind!r} 未知")
    return Source(kind, params, complete=kind not in ("drand", "nist2"))


def check_line(line: str, source: Source) -> None:
    """Refuses a line of seed.txt that is not a valid value of `source`."""
    prefix = source.params.prefix
    if not line.startswith(prefix):
        raise _refusal("source-prefix", f"must begin with {prefix}", f"须以 {prefix} 开头")
    source.params.check(line[len(prefix) :])


def source_line(source: Source, value: str) -> str:
    """The canonical line for a raw value as read from dice, screen or escrow, checked."""
    line = source.params.prefix + value
    check_line(line, source)
    return line


def balls_text(numbers: Sequence[int]) -> str:
    """Drawn numbers in the form of the line: ascending, each with a full stop, then a slash."""
    return "".join(f"{number}." for number in sorted(numbers)) + "/"


def _params(value: Any, where: str, *names: str) -> Fields:
    return Fields(value, where, names, member=_MEMBER)


def _dice(fields: Fields, purpose: str) -> Dice:
    least = MIN_DICE_DIGITS if purpose == REAL else 1
    return Dice(fields.integer("digits", least, "dice-too-few"))


def _balls(fields: Fields) -> Balls:
    low = fields.integer("min", 0)
    high = fields.integer("max", low)
    count = fields.integer("count", 1)
    if count > high - low + 1:
        raise fields.refusal("member-range", "count", "exceeds the balls there are", "超过球的总数")
    return Balls(count, low, high)


def _ascending(value: str) -> list[int]:
    if not _NUMBERS.fullmatch(value):
        raise _refusal("numbers-form", "numbers must look like 9.18.26./", "号码格式须如 9.18.26./")
    numbers = [int(number) for number in value[:-2].split(".")]
    if any(left >= right for left, right in pairwise(numbers)):
        raise _refusal("numbers-order", "numbers must ascend strictly", "号码须严格递增")
    return numbers


def _refusal(code: str, en: str, zh: str) -> DrawError:
    return DrawError(code, en, zh)
