"""Searches for who can be moved, where one step that is not looked at would change the draw."""

import pytest
from test_inspectors_properties import admits_by_trying_all, drawn, slow_draw

from app.sampling.openlot1.assignment import Assignment, Group, Inspector, Team

NEARLY_ALL_IN_ONE_TEAM = Assignment(
    teams=(
        Team("T1", (Group("a", 1),)),
        Team(
            "T2", (Group("a", 1), Group("b", 1), Group("c", 1, ("p",)), Group("d", 1, (), ("q",)))
        ),
    ),
    inspectors=(
        Inspector("I1", ("p",), 1),
        Inspector("I2", (), 1),
        Inspector("I3", ("q",), 1, 2),
        Inspector("I4", (), 2),
        Inspector("I5", (), 1),
    ),
    slack=3,
)


@pytest.mark.parametrize("seed", range(60))
def test_who_sits_in_a_team_hides_no_group_of_it_from_others_of_their_kind(seed):
    """A search from behind asks of each officer which groups could hand them on. A group whose team
    has the first of two officers alike is still to be asked of the second, who is not in it."""
    text = f"{seed:064x}"
    expected = slow_draw(NEARLY_ALL_IN_ONE_TEAM, text, admits_by_trying_all)
    assert drawn(NEARLY_ALL_IN_ONE_TEAM, text) == expected


ONE_WITH_ROOM = Assignment(
    teams=(Team("T", (Group("a", 4), Group("b", 1, ("p",)))),),
    inspectors=(
        *(Inspector(f"I{i}", (), 1) for i in range(1, 5)),
        Inspector("I5", ("p",), 1),
        Inspector("I6", ("p",), 1),
    ),
    slack=0,
)


@pytest.mark.parametrize("seed", range(20))
def test_free_room_is_seen_before_all_who_have_a_seat_are_asked(seed):
    """The one who leaves a seat finds the free officer at once, while the search from behind has
    only come to the four who sit in the group."""
    text = f"{seed:064x}"
    expected = slow_draw(ONE_WITH_ROOM, text, admits_by_trying_all)
    assert drawn(ONE_WITH_ROOM, text) == expected
