"""The edges of rates, counts and designs: the last value that passes, the first that does not."""

import pytest
from oracle import counts as slow_counts

from app.sampling.openlot1.counts import check_design, counts, parse_design, parse_rate, rounded
from app.sampling.openlot1.errors import DrawError

ASCII = [chr(code) for code in range(128)]
SEEDS = [f"{n:064x}" for n in range(20)]


def code_of(call, *given):
    with pytest.raises(DrawError) as caught:
        call(*given)
    assert caught.value.member in {"commitment.json", None}
    return caught.value.code


@pytest.mark.parametrize("form", ["{}/70", "1/{}", "{}", "0.{}", "0{}5"])
def test_only_digits_make_a_rate(form):
    """A digit in each place gives a rate (or one above 1), any other character gives none."""
    for char in ASCII:
        text = form.format(char)
        if char in "0123456789" or text in {"0/5", "0.5"}:
            continue
        assert code_of(parse_rate, text) == "rate-malformed", repr(text)
    assert parse_rate("9/70") == (9, 70)
    assert parse_rate("1/9") == (1, 9)
    assert parse_rate("0.9") == (9, 10)


def test_a_rate_has_at_most_100_characters():
    assert parse_rate("0." + "0" * 97 + "1") == (1, 10**98)
    assert code_of(parse_rate, "0." + "0" * 98 + "1") == "rate-malformed"


@pytest.mark.parametrize(
    ("n", "ratio", "rounding", "drawn"),
    [
        (10, (3, 10), "floor", 3),
        (10, (7, 20), "floor", 3),
        (10, (7, 20), "ceil", 4),
        (10, (7, 20), "half_up", 4),
        (10, (3, 10), "ceil", 3),
        (10, (3, 10), "half_up", 3),
        (1, (49, 100), "half_up", 0),
    ],
)
def test_shares_of_more_than_one_part(n, ratio, rounding, drawn):
    assert rounded(n, ratio, rounding) == drawn


def test_an_unknown_rounding_has_its_code():
    assert code_of(rounded, 1, (1, 2), "nearest") == "rounding-unknown"


@pytest.mark.parametrize("alg", ["sha256", "sm3"])
@pytest.mark.parametrize("rate", ["3/10", "0.35", "2/3", "1", "0"])
def test_cells_equal_exact_fractions(rate, alg):
    n_of = {"a": 1, "b": 2, "c": 7, "d": 11}
    cells = [
        {"total": "t", "rate": rate, "cells": ["a", "b", "c"]},
        {"total": "u", "rate": rate, "cells": ["d", "empty"]},
    ]
    design = {"strata": [], "cells": cells}
    for seed in SEEDS:
        found = counts(design, n_of, alg, seed, "x")
        assert found == slow_counts(design, n_of, alg, seed, "x")
        assert found["empty"] == 0


def test_a_minimum_does_not_draw_where_the_rate_is_zero_or_nobody_is_there():
    design = {
        "strata": [{"stratum": "zero", "rate": "0"}, {"stratum": "empty", "rate": "1/2"}],
        "min_per_stratum": 2,
    }
    assert counts(design, {"zero": 5}, "sha256", SEEDS[0], "x") == {"zero": 0, "empty": 0}


def test_what_is_left_out_has_its_default():
    design = parse_design({"strata": [{"stratum": "S", "rate": "1/2"}]})
    assert (design.min_per_stratum, design.reserves, design.cells) == (0, 0, ())
    assert design.strata[0].rounding == "ceil"
    zero = {"strata": [], "min_per_stratum": 0, "reserves": 0, "cells": None}
    assert parse_design(zero) == parse_design({"strata": []})


def test_a_fixed_number_in_a_stratum_without_objects_is_refused():
    design = {"strata": [{"stratum": "S", "fixed": 1}]}
    assert code_of(check_design, design, {}) == "fixed-above-count"
    design["strata"][0]["fixed"] = 0
    assert counts(design, {}, "sha256", SEEDS[0], "x") == {"S": 0}


def test_the_first_stratum_without_a_place_is_named():
    with pytest.raises(DrawError) as caught:
        check_design({"strata": []}, {"B": 1, "A": 1})
    assert (caught.value.code, caught.value.member) == ("stratum-without-place", "commitment.json")
    assert "'A'" in caught.value.en
    assert "'A'" in caught.value.zh


@pytest.mark.parametrize("char", ["~", " ", "\n", "区", "\t", "*"])
def test_names_of_strata_and_cells_keep_to_their_alphabet(char):
    for name in (f"A{char}", f"{char}A", char):
        rule = {"strata": [{"stratum": name, "rate": "1"}]}
        cell = {"strata": [], "cells": [{"total": "t", "rate": "1", "cells": [name]}]}
        assert code_of(parse_design, rule) == "member-form"
        assert code_of(parse_design, cell) == "member-form"


def test_a_cell_is_named_once_over_all_lists():
    lists = [{"total": t, "rate": "1", "cells": ["a"]} for t in "tu"]
    assert code_of(parse_design, {"strata": [], "cells": lists}) == "stratum-named-twice"


def test_refusals_of_values_name_the_commitment():
    for design in ([], {"strata": [1]}, {"strata": [{"stratum": "S", "rate": "2"}]}):
        with pytest.raises(DrawError) as caught:
            parse_design(design)
        assert caught.value.member == "commitment.json"
