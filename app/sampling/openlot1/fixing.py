"""Fixing one seat after the other, each for its first possible candidate (draw-spec 7, 2 to 4)."""

from collections.abc import Sequence

from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.problem import Problem, working_caps
from app.sampling.openlot1.reroute import Rerouter
from app.sampling.openlot1.tickets import Begun

Chosen = tuple[int, bytes]
"""An inspector by index, and the ticket of step 3 as raw bytes."""


def fix_seats(
    problem: Problem, flow: Flow, level: int, team_order: Sequence[int], seat_tickets: Begun
) -> list[list[Chosen]]:
    """For each group who has its seats, in the order of the seats.

    `flow` is a complete filling at `level` and is used up; `seat_tickets` have the key of seats.
    """
    flow.set_caps(working_caps(problem.caps, problem.loads, level + problem.assignment.slack))
    fixing = _Fixing(problem, flow, seat_tickets)
    teams = problem.assignment.teams
    for team in team_order:
        for group in problem.groups_of_team[team]:
            fixing.fix(group, f"{teams[team].id}|{problem.groups[group].name}|")
    return fixing.chosen


class _Fixing:
    """`chosen` has who got the seats of each group so far."""

    def __init__(self, problem: Problem, flow: Flow, seat_tickets: Begun) -> None:
        self.chosen: list[list[Chosen]] = [[] for _ in problem.groups]
        self._problem = problem
        self._rerouter = Rerouter(problem, flow)
        self._seat_tickets = seat_tickets
        self._load = list(problem.loads)
        self._ids = [inspector.id.encode("ascii") for inspector in problem.assignment.inspectors]

    def fix(self, group: int, label: str) -> None:
        """Fixes all seats of a group; what their tickets hash begins with `label` and the number.

        Whoever was refused a seat of a group gets no later one of it, so each is asked once.
        """
        rerouter, load = self._rerouter, self._load
        others = rerouter.possible(group)
        equals: list[int] = []
        for number in range(1, self._problem.demand[group] + 1):
            begun = self._seat_tickets.copy()
            begun.update(f"{label}{number}|".encode("ascii"))
            tickets = self._tickets(begun, equals)
            while True:
                if not equals:
                    least = min([load[i] for i in others])
                    equals = [i for i in others if load[i] == least]
                    others = [i for i in others if load[i] > least]
                    tickets = self._tickets(begun, equals)
                # Ids ascend with the index, so a tie of tickets falls to the id as well.
                ticket = min(tickets)
                at = tickets.index(ticket)
                inspector = equals.pop(at)
                if rerouter.fix(group, inspector):
                    break
                equals = [i for i in equals if rerouter.may_have(group, i)]
                tickets = self._tickets(begun, equals)
            load[inspector] += 1
            self.chosen[group].append((inspector, ticket))

    def _tickets(self, begun: Begun, inspectors: list[int]) -> list[bytes]:
        copy, ids = begun.copy, self._ids
        tickets = []
        for inspector in inspectors:
            one = copy()
            one.update(ids[inspector])
            tickets.append(one.digest())
        return tickets
