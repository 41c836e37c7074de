"""The design of a target draw: which stratum gets how much (draw-spec 6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any

from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.fields import Fields
from app.sampling.openlot1.frame import STRATUM

CEIL = "ceil"
FLOOR = "floor"
HALF_UP = "half_up"
ROUNDINGS = (CEIL, FLOOR, HALF_UP)

_FRACTION = re.compile(r"([0-9]+)/([0-9]+)")
_DECIMAL = re.compile(r"([0-9]+)(?:[.]([0-9]+))?")
_MAX_RATE_LENGTH = 100
_MEMBER = "commitment.json"

Ratio = tuple[int, int]


@dataclass(frozen=True)
class StratumRule:
    """Either a rate (as written, as lowest terms, with its rounding) or a fixed number."""

    stratum: str
    rate: str | None
    ratio: Ratio | None
    rounding: str
    fixed: int | None


@dataclass(frozen=True)
class CellList:
    """Small strata that share one total; each gets its exact share rounded at random."""

    total: str
    rate: str
    ratio: Ratio
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """The whole design with its defaults filled in; `cells` is empty where it was null."""

    strata: tuple[StratumRule, ...]
    min_per_stratum: int
    reserves: int
    cells: tuple[CellList, ...]

    def rate_of(self) -> dict[str, str | None]:
        """The rate as written for every stratum of the design, None for a fixed number."""
        rates = {rule.stratum: rule.rate for rule in self.strata}
        for cell_list in self.cells:
            rates.update(dict.fromkeys(cell_list.cells, cell_list.rate))
        return rates


def parse_rate(text: Any) -> Ratio:
    """`p/q` or a decimal as (p, q) in lowest terms, 0 <= p <= q; (0, 1) for zero.

    Raises rate-malformed, rate-zero-denominator or rate-above-one.
    """
    if not isinstance(text, str) or len(text) > _MAX_RATE_LENGTH:
        raise _refusal(
            "rate-malformed", "a rate is a string p/q or a decimal", "比例须为字符串 p/q 或小数"
        )
    p, q = _ratio(text)
    if q == 0:
        raise _refusal(
            "rate-zero-denominator", f"rate {text!r} divides by 0", f"比例 {text!r} 的分母为 0"
        )
    if p > q:
        raise _refusal("rate-above-one", f"rate {text!r} is above 1", f"比例 {text!r} 大于 1")
    divisor = gcd(p, q)
    return p // divisor, q // divisor


def parse_design(value: Any) -> Design:
    """The `design` member of a commitment, its defaults filled in; every name stands once."""
    fields = Fields(
        value, "design", ("strata",), ("min_per_stratum", "reserves", "cells"), member=_MEMBER
    )
    has_cells = "cells" in fields and fields.any("cells") is not None
    design = Design(
        strata=tuple(_rule(item, i) for i, item in enumerate(fields.list("strata"))),
        min_per_stratum=_optional(fields, "min_per_stratum", "minimum-negative"),
        reserves=_optional(fields, "reserves", "reserves-negative"),
        cells=tuple(_cell_list(item, i) for i, item in enumerate(fields.list("cells")))
        if has_cells
        else (),
    )
    _check_names(design)
    return design


def check_design(design: Mapping[str, Any] | Design, n_by_stratum: Mapping[str, int]) -> Design:
    """Everything that can be refused before a seed exists, against the frame's counts.

    Raises stratum-without-place when the frame has a stratum the design leaves out, and
    fixed-above-count when a fixed number exceeds the objects there are.
    """
    parsed = design if isinstance(design, Design) else parse_design(design)
    places = parsed.rate_of()
    for stratum in sorted(n_by_stratum):
        if stratum not in places:
            raise _refusal(
                "stratum-without-place",
                f"stratum {stratum!r} of the frame has no place in the design",
                f"名录中的层 {stratum!r} 在方案中没有位置",
            )
    for rule in parsed.strata:
        there = n_by_stratum.get(rule.stratum, 0)
        if rule.fixed is not None and rule.fixed > there:
            raise _refusal(
                "fixed-above-count",
                f"stratum {rule.stratum!r} asks for {rule.fixed} of {there}",
                f"层 {rule.stratum!r} 要求抽取 {rule.fixed} 户，但只有 {there} 户",
            )
    return parsed


def _ratio(text: str) -> Ratio:
    if match := _FRACTION.fullmatch(text):
        return int(match[1]), int(match[2])
    if match := _DECIMAL.fullmatch(text):
        decimals = match[2] or ""
        return int(match[1] + decimals), int(10 ** len(decimals))
    raise _refusal("rate-malformed", f"{text!r} is not a rate", f"{text!r} 不是比例")


def _optional(fields: Fields, name: str, code: str) -> int:
    return fields.integer(name, 0, code) if name in fields else 0


def _rule(value: Any, index: int) -> StratumRule:
    where = f"design.strata[{index}]"
    if isinstance(value, Mapping) and "fixed" in value:
        fields = Fields(value, where, ("stratum", "fixed"), member=_MEMBER)
        return StratumRule(_stratum(fields), None, None, CEIL, fields.integer("fixed", 0))
    fields = Fields(value, where, ("stratum", "rate"), ("rounding",), member=_MEMBER)
    rounding = fields.any("rounding") if "rounding" in fields else CEIL
    if rounding not in ROUNDINGS:
        raise fields.refusal("rounding-unknown", "rounding", "is unknown", "未知")
    return StratumRule(
        _stratum(fields), fields.any("rate"), parse_rate(fields.any("rate")), rounding, None
    )


def _stratum(fields: Fields) -> str:
    return fields.matching("stratum", STRATUM)


def _cell_list(value: Any, index: int) -> CellList:
    where = f"design.cells[{index}]"
    fields = Fields(value, where, ("total", "rate", "cells"), member=_MEMBER)
    cells = fields.list("cells")
    for cell in cells:
        if not isinstance(cell, str) or not STRATUM.fullmatch(cell):
            raise fields.refusal("member-form", "cells", f"names {cell!r}", f"含有 {cell!r}")
    rate = fields.any("rate")
    return CellList(fields.text("total"), rate, parse_rate(rate), tuple(cells))


def _check_names(design: Design) -> None:
    names = [rule.stratum for rule in design.strata]
    names += [cell for cell_list in design.cells for cell in cell_list.cells]
    if (twice := _repeated(names)) is not None:
        raise _refusal(
            "stratum-named-twice", f"stratum {twice!r} is named twice", f"层 {twice!r} 重复出现"
        )
    if (twice := _repeated([cell_list.total for cell_list in design.cells])) is not None:
        raise _refusal(
            "total-named-twice", f"total {twice!r} is named twice", f"合计 {twice!r} 重复出现"
        )


def _repeated(names: list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _refusal(code: str, en: str, zh: str) -> DrawError:
    return DrawError(code, en, zh, member=_MEMBER)
