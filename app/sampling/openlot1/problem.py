"""An assignment in numbers: who may take what, and the counting bound on any set of groups."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.sampling.openlot1.assignment import Assignment, Group


class Problem:
    """Groups and inspectors by index; groups with the same eligible inspectors share a kind.

    A set of inspectors is an integer whose bit i stands for inspector i: with 2,000 inspectors
    and thousands of groups that is far quicker than comparing tags pair by pair.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.groups: list[Group] = []
        self.team_of: list[int] = []
        self.groups_of_team: list[list[int]] = []
        for team_index, team in enumerate(assignment.teams):
            first = len(self.groups)
            self.groups.extend(team.groups)
            self.team_of.extend([team_index] * len(team.groups))
            self.groups_of_team.append(list(range(first, len(self.groups))))
        self.demand = [group.demand for group in self.groups]
        self.caps = [inspector.cap for inspector in assignment.inspectors]
        self.loads = [inspector.load for inspector in assignment.inspectors]
        self._everyone = (1 << len(assignment.inspectors)) - 1
        self._bit = {inspector.id: 1 << i for i, inspector in enumerate(assignment.inspectors)}
        self._with_tag: dict[str, int] = {}
        for inspector in assignment.inspectors:
            for tag in inspector.tags:
                self._with_tag[tag] = self._with_tag.get(tag, 0) | self._bit[inspector.id]
        self._number_kinds()

    def eligible(self, group: Group) -> int:
        """The inspectors who may take a seat of `group`, as a set of bits."""
        result = self._everyone
        for tag in group.requires:
            result &= self._with_tag.get(tag, 0)
        for tag in group.forbids:
            result &= ~self._with_tag.get(tag, 0)
        for inspector_id in group.excludes:
            result &= ~self._bit.get(inspector_id, 0)
        return result

    def teams_in_reach(self, groups: Iterable[int]) -> list[int]:
        """For each inspector: in how many teams of `groups` there is a group that they may take."""
        kinds_of_team: dict[int, set[int]] = {}
        for group in groups:
            kinds_of_team.setdefault(self.team_of[group], set()).add(self.kind_of[group])
        reach = [0] * len(self.caps)
        alike = Counter(frozenset(kinds) for kinds in kinds_of_team.values())
        for kinds, teams in alike.items():
            for inspector in set().union(*(self.members[kind] for kind in kinds)):
                reach[inspector] += teams
        return reach

    def _number_kinds(self) -> None:
        number: dict[int, int] = {}
        self.kind_of = [number.setdefault(self.eligible(g), len(number)) for g in self.groups]
        self.mask = list(number)
        self.members = [members_of(mask) for mask in self.mask]
        self.kinds_of: list[list[int]] = [[] for _ in self.caps]
        for kind, members in enumerate(self.members):
            for inspector in members:
                self.kinds_of[inspector].append(kind)
        self.groups_of_kind: list[list[int]] = [[] for _ in self.mask]
        for group, kind in enumerate(self.kind_of):
            self.groups_of_kind[kind].append(group)


def members_of(mask: int) -> list[int]:
    """The indices in a set of bits, ascending."""
    members = []
    while mask:
        lowest = mask & -mask
        members.append(lowest.bit_length() - 1)
        mask ^= lowest
    return members


def working_caps(caps: Sequence[int], loads: Sequence[int], level: int) -> list[int]:
    """min(cap, max(0, level - load)) for each inspector (draw-spec 7, step 1)."""
    return [min(cap, max(0, level - load)) for cap, load in zip(caps, loads, strict=True)]
