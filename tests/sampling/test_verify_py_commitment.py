"""Both readers of commitment.json accept and refuse the same (draw-spec 3, 4 and 6)."""

import copy
import itertools

import pytest
from campaigns import CAMPAIGNS, make_campaign
from verifier import FEASIBLE, TARGETS, V, bundle_of

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.errors import DrawError

ABSENT = object()
ODD = (None, 0, -1, 1, True, "", "x", "0" * 64, [], {}, [0], [{}], ["x"], {"x": 1}, 2**53 - 1)


def verdicts(value):
    """(the core accepts, verify.py accepts)"""
    raw = canonical.dumps(value)
    bundle = bundle_of({"commitment.json": raw})

    def read_by_the_other():
        with V.naming(bundle):
            V.check_commitment(bundle)

    return not blamed(DrawError, lambda: parse_commitment(raw)), not blamed(
        V.Bad, read_by_the_other
    )


def blamed(kind, read):
    """Whether this reader refuses, in which case it must name the commitment."""
    try:
        read()
    except kind as error:
        return error.member == "commitment.json" or pytest.fail(error.member)
    return False


def places(value, path=()):
    """The path of every value inside."""
    yield path
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for name, item in inner.items() if isinstance(inner, dict) else ():
        yield from places(item, (*path, name))


def replaced(value, path, new):
    value = copy.deepcopy(value)
    *way, last = path
    inner = value
    for step in way:
        inner = inner[step]
    if new is ABSENT:
        del inner[last]
    else:
        inner[last] = new
    return value


def campaign():
    parts, profile, _ = CAMPAIGNS["open"]
    members, _ = make_campaign(parts[1:], profile)
    return canonical.loads(members["commitment.json"])


COMMITMENTS = {
    "strata": TARGETS[0]["commitment"],
    "cells": TARGETS[14]["commitment"],
    "sealed cells": TARGETS[5]["commitment"],
    "inspector": FEASIBLE[0]["commitment"],
    "campaign": campaign(),
}


@pytest.mark.parametrize("name", COMMITMENTS)
def test_every_member_left_out_or_odd(name):
    whole = COMMITMENTS[name]
    assert verdicts(whole) == (True, True)
    for path in places(whole):
        for odd in (ABSENT, *ODD) if path else ():
            core, other = verdicts(replaced(whole, path, odd))
            assert core == other, (path, odd, core)


@pytest.mark.parametrize("name", COMMITMENTS)
def test_a_member_more_is_refused(name):
    whole = COMMITMENTS[name]
    for path in places(whole):
        inner = whole
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            assert verdicts(replaced(whole, (*path, "more"), 1)) == (False, False), path


DEFAULTS = {"min_per_stratum": 0, "reserves": 0, "cells": None}


def test_defaults_may_be_left_out_and_mean_the_same():
    whole = COMMITMENTS["strata"]
    rules = [{"stratum": s["stratum"], "rate": "1/3"} for s in whole["design"]["strata"]]
    least = {"strata": rules}
    written = {"strata": [rule | {"rounding": "ceil"} for rule in rules], **DEFAULTS}
    designs = []
    for names in itertools.product((False, True), repeat=4):
        design = copy.deepcopy(written)
        for name, absent in zip(DEFAULTS, names, strict=False):
            if absent:
                del design[name]
        if names[3]:
            design["strata"] = rules
        value = whole | {"design": design}
        assert verdicts(value) == (True, True)
        designs.append(parse_commitment(canonical.dumps(value)).part().design)
    assert designs == [designs[0]] * len(designs)
    assert parse_commitment(canonical.dumps(whole | {"design": least})).part().design == designs[0]
    assert len({canonical.dumps(whole | {"design": d}) for d in (least, written)}) == 2


@pytest.mark.parametrize(
    "name", ["fallback", "previous", "code", "plan", "not_before", "purpose", "attempt", "scope"]
)
def test_members_without_a_default_must_be_there(name):
    for whole in COMMITMENTS.values():
        assert verdicts(replaced(whole, (name,), ABSENT)) == (False, False)


SOURCES = {
    "reveal": {"sha256": "0" * 64},
    "dice": {"digits": 20},
    "balls": {"count": 6, "min": 1, "max": 45},
    "lottery": {"code": "ssq", "issue": "2026021"},
    "drand": {"chain": "5" * 64, "round": 9},
    "nist2": {"chain": 2, "pulse": 100},
    "test": {},
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("purpose", ["real", "test"])
def test_parameters_of_sources(kind, purpose):
    whole = COMMITMENTS["strata"] | {"purpose": purpose}
    good = {"type": kind, "params": SOURCES[kind]}
    expected = kind != "test" or purpose == "test"
    assert verdicts(whole | {"sources": [good]}) == (expected, expected)
    for name, odd in itertools.product(SOURCES[kind], (ABSENT, 19, 46, "a:b", "a\n", *ODD)):
        changed = replaced(good, ("params", name), odd)
        core, other = verdicts(whole | {"sources": [changed]})
        assert core == other, changed


RATES = ["0", "1", "0/1", "1/3", "3/3", "4/3", "1/0", "0.5", "1.0", "1.01", "00.50", ".5", "5."]
RATES += ["1/", "/1", "-1/2", "+1/2", " 1/2", "1/2\n", "1e-1", "½", "\u0661/2", "0/0", "100%", ""]


def test_rates():
    whole = COMMITMENTS["strata"]
    for rate in RATES:
        design = {"strata": [{"stratum": "A/1", "rate": rate}]}
        cells = {"strata": [], "cells": [{"total": "t", "rate": rate, "cells": ["A/1"]}]}
        one, two = verdicts(whole | {"design": design}), verdicts(whole | {"design": cells})
        assert one[0] == one[1] == two[0] == two[1], rate


TIMES = ["2026-03-01T01:00:00Z", "2026-02-29T01:00:00Z", "2024-02-29T23:59:59Z"]
TIMES += [
    "2026-03-01T24:00:00Z",
    "2026-03-01T01:00:60Z",
    "2026-3-1T01:00:00Z",
    "2026-060T01:00:00Z",
]
TIMES += ["2026-03-01 01:00:00Z", "2026-03-01T01:00:00+00:00", "2026-03-01T01:00:00.0Z", "2026"]
TIMES += [
    "2026-13-01T00:00:00Z",
    "20260301T010000Z",
    "2026-W09-7T01:00:00Z",
    "9999-12-31T23:59:59Z",
]


def test_times():
    for time in TIMES:
        core, other = verdicts(COMMITMENTS["strata"] | {"not_before": time})
        assert core == other, time


def test_reasons_must_be_known_and_add_up():
    whole = COMMITMENTS["strata"]
    excluded = {"sha256": "0" * 64, "root": "0" * 64}
    for count, by_reason, good in (
        (3, {"deregistered": 1, "x-local": 2}, True),
        (2, {"deregistered": 1, "x-local": 2}, False),
        (1, {"deregistered": 1, "x-local": 0}, False),
        (1, {"unknown": 1}, False),
        (1, {"x-": 1}, False),
        (0, {}, True),
    ):
        value = whole | {"excluded": excluded | {"count": count, "by_reason": by_reason}}
        assert verdicts(value) == (good, good)
