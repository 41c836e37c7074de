"""What a filling of the seats keeps count of, step by step."""

from app.sampling.openlot1.assignment import Assignment, Group, Inspector, Team
from app.sampling.openlot1.flow import FIXED, Flow
from app.sampling.openlot1.problem import Problem


def test_who_is_given_up_has_their_room_back():
    people = (Inspector("A", (), 2), Inspector("B", (), 1), Inspector("C", (), 2))
    flow = Flow(Problem(Assignment((Team("T", (Group("a", 2),)),), people, 0)))
    flow.set_caps(flow.problem.caps)
    flow.take(0, 0)
    flow.fix_instead(0, 1)
    assert (flow.room, flow.free, flow.open) == ([2, 0, 2], {0, 2}, [1])
    assert (flow.has, flow.held, flow.holder) == ([set()], [set()] * 3, [{1: FIXED}])
    flow.take(0, 0)
    flow.fix_instead(0, 2)
    assert (flow.room, flow.free, flow.open) == ([2, 0, 1], {0, 2}, [0])
