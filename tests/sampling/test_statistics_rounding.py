"""The law of cells that share a total (draw-spec 6): each has its exact share in the mean, is less
than one away from it always, and the total is the floor or the ceiling of its exact value."""

from fractions import Fraction
from math import ceil, floor

import pytest
from chances import SCALE, of_counts

from app.sampling.openlot1.counts import counts, rounded

RUNS = 2000 * SCALE
RATE = Fraction(3, 20)
SIZES = {"A/1": 1, "A/2": 2, "B/1": 3, "B/2": 7, "C/1": 10, "C/2": 0, "D/1": 20}
EXACT = {cell: n * RATE for cell, n in SIZES.items()}
TOTAL = sum(EXACT.values())


def seed(run):
    return f"{run:064x}"


def by_cells(run):
    design = {"strata": [], "cells": [{"total": "t", "rate": "3/20", "cells": list(SIZES)}]}
    return counts(design, SIZES, "sha256", seed(run), "x")


def to_nearest(_):
    return {cell: rounded(n, (3, 20), "half_up") for cell, n in SIZES.items()}


def each_by_itself(run):
    """Every cell rounded at random without regard to the others: right in the mean only."""
    drawn = {}
    for cell, n in SIZES.items():
        design = {"strata": [], "cells": [{"total": cell, "rate": "3/20", "cells": [cell]}]}
        drawn |= counts(design, {cell: n}, "sha256", seed(run), "x")
    return drawn


def up_or_down(values, exact):
    """Excess of chi-square of how often the ceiling came where the floor could have."""
    values = list(values)
    assert set(values) <= {floor(exact), ceil(exact)}
    if exact.denominator == 1:
        return 0.0
    ups = values.count(ceil(exact))
    share = float(exact - floor(exact))
    return of_counts([ups, len(values) - ups], [share * len(values), (1 - share) * len(values)])


def worst_cell(law):
    runs = [law(run) for run in range(RUNS)]
    return max(up_or_down((run[cell] for run in runs), EXACT[cell]) for cell in SIZES)


def total(law):
    return up_or_down((sum(law(run).values()) for run in range(RUNS)), Fraction(TOTAL))


def test_every_cell_has_its_exact_share_in_the_mean():
    assert worst_cell(by_cells) < 1


def test_the_total_has_its_exact_value_in_the_mean_and_is_next_to_it_always():
    assert TOTAL.denominator != 1
    assert total(by_cells) < 1


def test_every_count_is_less_than_one_from_its_exact_share():
    for run in range(RUNS // 5):
        for cell, n in by_cells(run).items():
            assert abs(n - EXACT[cell]) < 1


def test_rounding_to_the_nearest_fails():
    assert worst_cell(to_nearest) > 10


def test_rounding_each_cell_by_itself_fails_on_the_total_only():
    assert worst_cell(each_by_itself) < 1
    with pytest.raises(AssertionError):
        total(each_by_itself)


def test_no_small_cell_is_safe_for_ever():
    """And none is drawn for ever: a cell of one object at 15 % is drawn in some runs, not in all."""
    assert {by_cells(run)["A/1"] for run in range(200)} == {0, 1}
