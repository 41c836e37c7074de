"""Figures carry their goals, and a missed goal is seen."""

import pytest

from app.bench.figures import missed, ratio, result, table


@pytest.mark.parametrize(
    ("goal", "value", "is_missed"),
    [
        ("<= 3.0", 3.0, False),
        ("<= 3.0", 3.001, True),
        (">= 4", 4.0, False),
        (">= 4", 3.999, True),
        ("< 2500", 2499, False),
        ("< 2500", 2500, True),
        (None, 10**9, False),
    ],
)
def test_a_goal_is_missed_beyond_its_number_only(goal: str | None, value: float, is_missed: bool):
    assert missed(result("figure", value, "times", goal)) is is_missed


def test_a_figure_without_a_goal_has_no_such_member():
    assert result("rows", 5, "objects") == {"what": "rows", "value": 5, "unit": "objects"}
    assert ratio("a_over_b", 3.0, 2.0, "<= 2")["goal"] == "<= 2"
    assert ratio("a_over_b", 3.0, 2.0)["value"] == pytest.approx(1.5)


def test_the_table_tells_met_from_missed():
    shown = table(
        [ratio("slow", 9, 1, "<= 3"), ratio("quick", 1, 1, "<= 3"), result("rows", 1, "")]
    )
    slow, quick, rows = shown.splitlines()[1:]
    assert slow.endswith("MISSED 未达")
    assert quick.endswith("met 达标")
    assert "MISSED" not in rows
    assert "met" not in rows
