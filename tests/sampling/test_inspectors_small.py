"""A few small and a few tight instances against the text of draw-spec 7, quickly.

The same comparison as in test_inspectors_properties on other seeds; mutation testing runs this one.
"""

import random
from unittest import mock

import pytest
from test_inspectors_properties import (
    admits_by_max_flow,
    admits_by_trying_all,
    drawn,
    random_assignment,
    slow_draw,
    tightened,
)

from app.sampling.openlot1.inspectors import Infeasible, feasibility
from app.sampling.openlot1.reroute import Rerouter


@pytest.mark.parametrize("block", range(6))
def test_small_instances(block):
    rng = random.Random(f"small {block}")
    for number in range(25):
        small = random_assignment(rng, teams=rng.randint(1, 3), people=rng.randint(1, 5))
        seed = f"{block * 100 + number:064x}"
        assert drawn(small, seed) == slow_draw(small, seed, admits_by_trying_all)


@pytest.mark.parametrize("block", range(3))
def test_tight_instances(block):
    rng = random.Random(f"tight {block}")
    found = 0
    while found < 2:
        tight = tightened(random_assignment(rng, teams=7, people=8, cap=8, load=1), rng)
        if isinstance(feasibility(tight), Infeasible):
            continue
        found += 1
        seed = f"{block * 100 + found:064x}"
        assert drawn(tight, seed) == slow_draw(tight, seed, admits_by_max_flow)


@pytest.mark.parametrize("block", range(6))
def test_the_search_needs_no_short_ways(block):
    """Without the ways of one and two steps, which are tried first, every seat is searched for."""
    rng = random.Random(f"search {block}")
    with (
        mock.patch.object(Rerouter, "_make_room", return_value=False),
        mock.patch.object(Rerouter, "_swap", return_value=False),
    ):
        for number in range(4):
            loose = random_assignment(rng, teams=7, people=8, cap=8, load=1)
            tight = tightened(loose, rng, room=number % 2)
            seed = f"{block * 100 + number:064x}"
            assert drawn(tight, seed) == slow_draw(tight, seed, admits_by_max_flow)
