"""A second target draw, slow and plain: fractions and full sorts, straight from draw-spec 5 and 6."""

import hashlib
from fractions import Fraction
from math import ceil, floor
from typing import Any

Row = tuple[str, str]


def digest(alg: str, text: str) -> str:
    return hashlib.new(alg, text.encode()).hexdigest()


def key(alg: str, seed: str, purpose: str, scope: str) -> str:
    return digest(alg, f"openlot/1/key\n{seed}\n{purpose}\n{scope}\n")


def salt(salt_key: str | None, object_id: str) -> str:
    return digest("sha256", salt_key + object_id)[:32] if salt_key else ""


def fraction(rate: str) -> Fraction:
    return Fraction(rate)


def ranked(alg: str, its_key: str, ids: list[str], salt_key: str | None) -> list[tuple[str, str]]:
    return sorted((digest(alg, its_key + i + salt(salt_key, i)), i) for i in ids)


def rounded(exact: Fraction, rounding: str) -> int:
    if rounding == "ceil":
        return ceil(exact)
    return floor(exact) if rounding == "floor" else floor(exact + Fraction(1, 2))


def counts(
    design: dict[str, Any], n_of: dict[str, int], alg: str, seed: str, scope: str
) -> dict[str, int]:
    drawn = {}
    for rule in design["strata"]:
        n = n_of.get(rule["stratum"], 0)
        if "fixed" in rule:
            drawn[rule["stratum"]] = rule["fixed"]
            continue
        rate = fraction(rule["rate"])
        wanted = rounded(n * rate, rule.get("rounding", "ceil"))
        if n and rate:
            wanted = max(wanted, design.get("min_per_stratum", 0))
        drawn[rule["stratum"]] = min(n, wanted)
    for part in design.get("cells") or []:
        name = f"{scope}/{part['total']}"
        order = key(alg, seed, "round", name)
        start = Fraction(int(key(alg, seed, "round-start", name), 16), 2**256)
        exact = start
        for _, cell in sorted((digest(alg, order + c), c) for c in part["cells"]):
            before, exact = exact, exact + n_of.get(cell, 0) * fraction(part["rate"])
            drawn[cell] = floor(exact) - floor(before)
    return drawn


def draw(
    rows: list[Row], design: dict[str, Any], alg: str, seed: str, scope: str, salt_key: str | None
) -> tuple[str, str]:
    """selected.tsv and reserves.tsv."""
    members: dict[str, list[str]] = {}
    for object_id, stratum in rows:
        members.setdefault(stratum, []).append(object_id)
    drawn = counts(design, {s: len(ids) for s, ids in members.items()}, alg, seed, scope)
    selected, reserves = "", ""
    for stratum in sorted(drawn):
        order = ranked(alg, key(alg, seed, "target", scope), members.get(stratum, []), salt_key)
        lines = [f"{stratum}\t{r}\t{i}\t{t}\n" for r, (t, i) in enumerate(order, 1)]
        n = drawn[stratum]
        selected += "".join(lines[:n])
        reserves += "".join(lines[n : n + design.get("reserves", 0)])
    return selected, reserves
