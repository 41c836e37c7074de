"""Rates, roundings and cells against fractions; and the designs that are refused."""

import pytest
from bundles import own_vectors
from hypothesis import given
from hypothesis import strategies as st
from oracle import counts as slow_counts
from oracle import fraction

from app.sampling.openlot1.counts import check_design, counts, parse_rate, rounded
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import parse_frame, write_frame

VECTORS = own_vectors("openlot1-target.json")
SEED = "7" * 64

CODES = {
    "fixed above N": "fixed-above-count",
    "rate above 1": "rate-above-one",
    "rate is no rate": "rate-malformed",
    "rate is a JSON number": "rate-malformed",
    "zero denominator": "rate-zero-denominator",
    "stratum without a place": "stratum-without-place",
    "stratum named twice": "stratum-named-twice",
    "stratum in strata and in cells": "stratum-named-twice",
    "duplicate object": "duplicate-object",
    "object in two strata": "duplicate-object",
    "object id with a space": "object-id-form",
    "empty object id": "object-id-form",
    "object id of 65 characters": "object-id-form",
    "stratum with a tab": "stratum-form",
    "unknown rounding": "rounding-unknown",
    "negative reserves": "reserves-negative",
}

RATES = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(
    lambda pair: f"{min(pair)}/{max(*pair, 1)}"
) | st.integers(0, 1000).map(lambda n: f"{n // 1000}.{n % 1000:03}")


def freeze(case):
    frame = parse_frame(write_frame(map(tuple, case["rows"]), salt_key_hex=None), sealed=False)
    check_design(case["design"], frame.counts)


@pytest.mark.parametrize("case", VECTORS["must_fail"], ids=lambda case: case["why"])
def test_requests_that_must_fail(case):
    with pytest.raises(DrawError) as caught:
        freeze(case)
    assert caught.value.code == CODES[case["why"]]
    assert caught.value.en
    assert caught.value.zh


def test_every_request_that_must_fail_has_its_code():
    assert {case["why"] for case in VECTORS["must_fail"]} == set(CODES)


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("0", (0, 1)),
        ("0/7", (0, 1)),
        ("1", (1, 1)),
        ("1.000", (1, 1)),
        ("0.50", (1, 2)),
        ("3/100", (3, 100)),
        ("06/08", (3, 4)),
        ("0.015", (3, 200)),
    ],
)
def test_rates(text, ratio):
    assert parse_rate(text) == ratio


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1/",
        "/2",
        "-1",
        "+1",
        "1e-2",
        ".5",
        "1.",
        " 1",
        "1\n",
        "0,5",
        "１",
        "1/2/3",
        "0x1",
        None,
    ],
)
def test_texts_that_are_no_rate(text):
    with pytest.raises(DrawError) as caught:
        parse_rate(text)
    assert caught.value.code == "rate-malformed"


@given(st.integers(0, 10**6), RATES)
def test_roundings(n, rate):
    exact = n * fraction(rate)
    ratio = parse_rate(rate)
    up, down = rounded(n, ratio, "ceil"), rounded(n, ratio, "floor")
    assert down <= exact <= up < exact + 1
    assert up - down == (exact.denominator != 1)
    half = rounded(n, ratio, "half_up")
    assert half == (up if 2 * (exact - down) >= 1 else down)


def test_an_unknown_rounding_is_refused():
    with pytest.raises(DrawError):
        rounded(1, (1, 2), "nearest")


def one(n, minimum=0, **rule):
    design = {"strata": [{"stratum": "S", **rule}], "min_per_stratum": minimum}
    return counts(design, {"S": n}, "sha256", SEED, "x")["S"]


@pytest.mark.parametrize(
    ("n", "minimum", "rule", "drawn"),
    [
        (10, 0, {"rate": "0.03"}, 1),
        (10, 0, {"rate": "0.03", "rounding": "floor"}, 0),
        (10, 2, {"rate": "0.03", "rounding": "floor"}, 2),
        (1, 2, {"rate": "0.03", "rounding": "floor"}, 1),
        (10, 2, {"rate": "0"}, 0),
        (0, 2, {"rate": "1"}, 0),
        (10, 2, {"fixed": 0}, 0),
        (10, 0, {"fixed": 10}, 10),
        (10, 0, {"rate": "1/4", "rounding": "half_up"}, 3),
        (9, 0, {"rate": "1/4", "rounding": "half_up"}, 2),
    ],
)
def test_minimum_and_fixed(n, minimum, rule, drawn):
    assert one(n, minimum, **rule) == drawn


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12),
    RATES,
    st.sampled_from(["sha256", "sm3"]),
    st.integers(0, 2**32).map(lambda n: f"{n:064x}"),
)
def test_cells_equal_exact_fractions(sizes, rate, alg, seed):
    n_of = {f"c{i}": n for i, n in enumerate(sizes)}
    half = len(sizes) // 2
    names = list(n_of)
    design = {
        "strata": [],
        "cells": [
            {"total": "t0", "rate": rate, "cells": names[:half]},
            {"total": "t1", "rate": rate, "cells": names[half:]},
        ],
    }
    drawn = counts(design, n_of, alg, seed, "地区")
    assert drawn == slow_counts(design, n_of, alg, seed, "地区")
    for name, n in n_of.items():
        assert abs(drawn[name] - n * fraction(rate)) < 1
        assert 0 <= drawn[name] <= n
    for cells in (names[:half], names[half:]):
        exact = sum(n_of[cell] for cell in cells) * fraction(rate)
        assert abs(sum(drawn[cell] for cell in cells) - exact) < 1


def test_the_mean_of_a_cell_is_its_exact_share():
    design = {"strata": [], "cells": [{"total": "t", "rate": "1/4", "cells": ["a", "b", "c"]}]}
    n_of = {"a": 1, "b": 2, "c": 6}
    runs = 2000
    sums = dict.fromkeys(n_of, 0)
    for run in range(runs):
        for cell, n in counts(design, n_of, "sha256", f"{run:064x}", "x").items():
            sums[cell] += n
    for cell, n in n_of.items():
        assert abs(sums[cell] / runs - n / 4) < 0.05


def stratum(**members):
    return {"strata": [{"stratum": "S", "rate": "1", **members}]}


@pytest.mark.parametrize(
    ("design", "code"),
    [
        ({}, "member-missing"),
        ([], "member-type"),
        ({"strata": {}}, "member-type"),
        ({"strata": [], "more": 1}, "member-unknown"),
        ({"strata": [{"stratum": "S"}]}, "member-missing"),
        ({"strata": [{"stratum": "a b", "rate": "1"}]}, "member-form"),
        (stratum(fixed=1), "member-unknown"),
        ({"strata": [{"stratum": "S", "fixed": 1, "rounding": "ceil"}]}, "member-unknown"),
        ({"strata": [{"stratum": "S", "fixed": True}]}, "member-type"),
        ({"strata": [{"stratum": "S", "fixed": -1}]}, "member-range"),
        (stratum(rounding=None), "rounding-unknown"),
        ({**stratum(), "min_per_stratum": -1}, "minimum-negative"),
        ({**stratum(), "reserves": "1"}, "member-type"),
        ({**stratum(), "cells": {}}, "member-type"),
        ({**stratum(), "cells": [{"total": "t", "rate": "1"}]}, "member-missing"),
        ({**stratum(), "cells": [{"total": "t", "rate": "1", "cells": [1]}]}, "member-form"),
        (
            {**stratum(), "cells": [{"total": "t", "rate": "1", "cells": []}] * 2},
            "total-named-twice",
        ),
        (
            {**stratum(), "cells": [{"total": "t", "rate": "1", "cells": ["a", "a"]}]},
            "stratum-named-twice",
        ),
    ],
)
def test_designs_that_are_refused(design, code):
    with pytest.raises(DrawError) as caught:
        check_design(design, {"S": 1})
    assert caught.value.code == code
