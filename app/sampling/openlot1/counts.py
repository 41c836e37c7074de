"""How many are drawn in each stratum: integers only (draw-spec 6)."""

from collections.abc import Mapping
from typing import Any

from app.sampling.openlot1.design import (
    CellList,
    Design,
    Ratio,
    StratumRule,
    check_design,
    parse_design,
    parse_rate,
)
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.hashing import digest_hex
from app.sampling.openlot1.seed import key

__all__ = ["check_design", "counts", "parse_design", "parse_rate", "rounded"]

_UNIT = 2**256


def counts(
    design: Mapping[str, Any] | Design,
    n_by_stratum: Mapping[str, int],
    alg: str,
    seed: str,
    scope: str,
) -> dict[str, int]:
    """The number drawn in every stratum of the design, from the objects there are in each.

    `seed` and `scope` matter for cells only. Refuses what `check_design` refuses.
    """
    parsed = check_design(design, n_by_stratum)
    drawn = {
        rule.stratum: _of_rule(rule, n_by_stratum.get(rule.stratum, 0), parsed.min_per_stratum)
        for rule in parsed.strata
    }
    for cell_list in parsed.cells:
        drawn.update(_of_cells(cell_list, n_by_stratum, alg, seed, scope))
    return drawn


def rounded(n: int, ratio: Ratio, rounding: str) -> int:
    """n*p/q as an integer; half_up rounds a half upwards."""
    p, q = ratio
    match rounding:
        case "ceil":
            return (n * p + q - 1) // q
        case "floor":
            return n * p // q
        case "half_up":
            return (2 * n * p + q) // (2 * q)
    raise DrawError(
        "rounding-unknown", f"unknown rounding {rounding!r}", f"未知取整方式 {rounding!r}"
    )


def _of_rule(rule: StratumRule, n: int, minimum: int) -> int:
    if rule.ratio is None:
        return rule.fixed or 0
    least = minimum if n > 0 and rule.ratio[0] > 0 else 0
    return min(n, max(rounded(n, rule.ratio, rule.rounding), least))


def _of_cells(
    cell_list: CellList, n_by_stratum: Mapping[str, int], alg: str, seed: str, scope: str
) -> dict[str, int]:
    """Random-start cumulative rounding: one uniform start, then the exact shares end to end."""
    name = f"{scope}/{cell_list.total}"
    order_key = key(alg, seed, "round", name)
    start = int(key(alg, seed, "round-start", name), 16)
    p, q = cell_list.ratio
    ordered = sorted(
        cell_list.cells, key=lambda cell: (digest_hex(alg, f"{order_key}{cell}".encode()), cell)
    )
    drawn = {}
    total = 0
    before = start * q // (q * _UNIT)
    for cell in ordered:
        total += n_by_stratum.get(cell, 0) * p
        reached = (total * _UNIT + start * q) // (q * _UNIT)
        drawn[cell] = reached - before
        before = reached
    return drawn
