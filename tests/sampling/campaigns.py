"""Bundles of campaigns, computed without the draw of the core: by the slow one of oracle.py."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import oracle
from bundles import _log_members, _source_members, own_vectors, with_sums

from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.log import STEPS

SALT_KEY = "c3" * 32
_HEAD = own_vectors("openlot1-target.json")["cases"][0]


@dataclass(frozen=True)
class PartInput:
    """What one part of a campaign is made from; `excluded` is object id to reason and evidence."""

    name: str
    rows: Mapping[str, str]
    design: Mapping[str, Any]
    sealed: bool = False
    excluded: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def make_campaign(
    parts: Sequence[PartInput],
    profile: str,
    *,
    alg: str = "sha256",
    verifier: bytes = b"# a verifier stands here\n",
    public: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[dict[str, bytes], str]:
    """The members of a campaign's bundle and the log's key, computed without the core's draw.

    `public` changes figures of steps in the log.
    """
    lists = [_lists_of_part(part) for part in parts]
    refs = [
        {"name": part.name, "design": part.design, **_refs_of_part(part, own)}
        for part, own in zip(parts, lists, strict=True)
    ]
    head = {
        n: v for n, v in _HEAD["commitment"].items() if n not in ("frame", "excluded", "design")
    }
    commitment = {**head, "alg": alg, "parts": refs, "draw_id": "C-1", "scope": "综合查一次"}
    raw = _plain_json(commitment)
    cd = hashlib.sha256(raw).hexdigest()
    seed_txt = "".join(f"{line}\n" for line in ("openlot/1/seed", cd, *_HEAD["sources"]))
    members = {"commitment.json": raw, "seed.txt": seed_txt.encode()}
    for number, (part, own) in enumerate(zip(parts, lists, strict=True), start=1):
        files = own | _results_of_part(part, commitment, cd, oracle.digest(alg, seed_txt))
        members |= {f"parts/{number}-{part.name}/{file}": data for file, data in files.items()}
    case = {"commitment": commitment, "sources": _HEAD["sources"]}
    members |= _source_members(case)
    log_members, vkey = _log_members(case, members, {}, STEPS, public or {})
    members |= log_members | {"VERIFY.md": b"# How to verify\n", "verify.py": verifier}
    hidden = profile == "public" and any(part.sealed for part in parts)
    kept = {
        name: data
        for name, data in members.items()
        if not name.startswith("parts/") or name.endswith("/published.tsv") == hidden
    }
    return with_sums(kept), vkey


def _lists_of_part(part: PartInput) -> dict[str, bytes]:
    salt_of = {i: f"\t{oracle.salt(SALT_KEY, i)}" if part.sealed else "" for i in part.rows}
    frame = [f"{i}\t{part.rows[i]}{salt_of[i]}\n" for i in sorted(part.rows)]
    excluded = []
    for i in sorted(part.excluded):
        salt = f"\t{oracle.salt(SALT_KEY, i)}" if part.sealed else ""
        excluded.append("\t".join((i, *part.excluded[i])) + f"{salt}\n")
    return {
        "frame.tsv": "".join(frame).encode(),
        "excluded.tsv": "".join(excluded).encode(),
    }


def _refs_of_part(part: PartInput, lists: Mapping[str, bytes]) -> dict[str, Any]:
    refs: dict[str, Any] = {}
    for name in ("frame", "excluded"):
        data = lists[f"{name}.tsv"]
        leaves = [_leaf(line, sealed=part.sealed) for line in data.splitlines()]
        refs[name] = {"count": len(leaves), "sha256": sha256_hex(data), "root": _tree(leaves).hex()}
    refs["frame"]["sealed"] = part.sealed
    reasons = [reason for reason, _ in part.excluded.values()]
    refs["excluded"]["by_reason"] = {reason: reasons.count(reason) for reason in reasons}
    return refs


def _leaf(line: bytes, *, sealed: bool) -> bytes:
    object_id, rest = line.split(b"\t", 1)
    data = object_id + b"\t" + hashlib.sha256(rest).hexdigest().encode() if sealed else line
    return hashlib.sha256(b"\0" + data).digest()


def _tree(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root by the definition of RFC 6962, 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()


def _results_of_part(
    part: PartInput, commitment: Mapping[str, Any], cd: str, seed: str
) -> dict[str, bytes]:
    """The results by the slow draw: tickets of a whole stratum sorted, rates as fractions."""
    alg, scope, rows = commitment["alg"], commitment["scope"], list(part.rows.items())
    salt_key = SALT_KEY if part.sealed else None
    selected, reserves = oracle.draw(rows, dict(part.design), alg, seed, scope, salt_key)
    lines = [line.split("\t") for line in selected.splitlines()]
    published = "".join(f"{i}\n" for i in sorted(line[2] for line in lines))
    rates = {rule["stratum"]: rule.get("rate") for rule in part.design["strata"]}
    for cells in part.design.get("cells") or []:
        rates |= dict.fromkeys(cells["cells"], cells["rate"])
    key, strata = oracle.key(alg, seed, "target", scope), []
    for stratum in sorted(rates):
        ids = [i for i, its in rows if its == stratum]
        tickets = [t for t, _ in oracle.ranked(alg, key, ids, salt_key)]
        n = sum(line[0] == stratum for line in lines)
        edges = {"last_drawn": tickets[n - 1] if n else None}
        edges["first_undrawn"] = tickets[n] if n < len(ids) else None
        figures = {"stratum": stratum, "count": len(ids), "rate": rates[stratum], "drawn": n}
        strata.append(figures | edges)
    result = {"v": "openlot/1", "draw_id": commitment["draw_id"], "cd": cd, "seed": seed}
    result |= {"attempt": commitment["attempt"], "key": key, "strata": strata}
    files = {"selected": selected, "reserves": reserves, "published": published}
    for name, text in files.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        result[name] = {"count": text.count("\n"), "sha256": digest}
    tables = {f"{name}.tsv": text.encode() for name, text in files.items()}
    return tables | {"result.json": _plain_json(result)}


def _plain_json(value: Any) -> bytes:
    """Canonical while every member name is ASCII."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _many(prefix: str, count: int, strata: Sequence[str]) -> dict[str, str]:
    return {f"{prefix}{n:04}": strata[n * n % len(strata)] for n in range(count)}


_THIRD = {"strata": [{"stratum": s, "rate": "1/3"} for s in ("A/1", "B/2")], "reserves": 2}
_HALF = {
    "strata": [
        {"stratum": "A/1", "rate": "0.5", "rounding": "floor"},
        {"stratum": "B/2", "fixed": 3},
    ],
    "cells": None,
    "min_per_stratum": 1,
}
_CELLS = {
    "strata": [{"stratum": "none", "rate": "1"}],
    "cells": [{"total": "t", "rate": "1/5", "cells": ["B/2", "A/1"]}],
    "reserves": 1,
}
_GONE = {
    "gone-1": ("deregistered", "注销 2026-01"),
    "gone-2": ("x-local.rule", ""),
    "gone-3": ("frequency-cap", "SZ-2025-0009"),
}
FIRE = PartInput("fire", _many("91", 40, ("A/1", "B/2")), _THIRD, excluded=_GONE)
FOOD = PartInput(
    "food", _many("91", 25, ("B/2", "A/1")), _HALF, excluded={"gone-1": _GONE["gone-1"]}
)
TOYS = PartInput("Toys_3", _many("92", 30, ("A/1", "B/2")), _CELLS)


def _sealed(part: PartInput) -> PartInput:
    return replace(part, sealed=True)


# name: parts, profile, algorithm
CAMPAIGNS: dict[str, tuple[list[PartInput], str, str]] = {
    "open": ([FIRE, FOOD, TOYS], "audit", "sha256"),
    "sealed": ([_sealed(FIRE), _sealed(FOOD)], "audit", "sha256"),
    "sealed-public": ([_sealed(FIRE), _sealed(FOOD)], "public", "sha256"),
    "mixed": ([FIRE, _sealed(TOYS)], "audit", "sha256"),
    "mixed-public": ([FIRE, _sealed(TOYS)], "public", "sha256"),
    "one": ([FOOD], "audit", "sha256"),
    "one-public": ([_sealed(FOOD)], "public", "sha256"),
    "dots": ([replace(_sealed(FOOD), name=n) for n in ("..", ".", "-", "a.b")], "audit", "sha256"),
    "dots-public": ([replace(_sealed(FOOD), name=n) for n in ("..", ".")], "public", "sha256"),
    "sm3": ([_sealed(TOYS), FIRE], "audit", "sm3"),
    "empty": ([PartInput("none", {}, _THIRD), FOOD], "audit", "sha256"),
}
