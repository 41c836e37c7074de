"""Who sits where, as a flow: teams' groups on one side, inspectors with room on the other.

An inspector holds at most one seat of a team. So an edge runs from a group through the pair
(team, inspector), of capacity 1, to the inspector; two groups of a team meet in such a pair.
Nodes are numbers: groups first, then inspectors, then the sink.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.sampling.openlot1.problem import Problem

FIXED = -1
"""Stands for the holder of a pair whose seat is fixed and cannot be moved any more."""

Step = tuple[int, int]
"""A node, and the inspector through whose pair it was reached."""
Edge = tuple[int, int, int]
"""From a node to a node through the pair of an inspector."""


class Flow:
    """A partial filling of the seats that never breaks a rule, and can be made larger.

    `has[group]` and `held[inspector]` list what is filled and not fixed, `room[inspector]` is what
    is left of the cap, `free` those with any, `open[group]` the seats not fixed yet.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.first_inspector = len(problem.groups)
        self.sink = self.first_inspector + len(problem.caps)
        self.open = list(problem.demand)
        self.has: list[set[int]] = [set() for _ in problem.groups]
        self.held: list[set[int]] = [set() for _ in problem.caps]
        self.holder: list[dict[int, int]] = [{} for _ in problem.assignment.teams]
        self.room = [0] * len(problem.caps)
        self.free: set[int] = set()
        self._caps = [0] * len(problem.caps)
        self._turn = [0] * len(problem.members)

    def set_caps(self, caps: Sequence[int]) -> None:
        """Caps may only grow, so what is filled stays allowed."""
        self.room = [
            room + new - old for room, new, old in zip(self.room, caps, self._caps, strict=True)
        ]
        self._caps = list(caps)
        self.free = {inspector for inspector, room in enumerate(self.room) if room > 0}

    def take(self, group: int, inspector: int) -> None:
        self.has[group].add(inspector)
        self.held[inspector].add(group)
        self.holder[self.problem.team_of[group]][inspector] = group
        self.room[inspector] -= 1
        if not self.room[inspector]:
            self.free.remove(inspector)

    def drop(self, group: int, inspector: int) -> None:
        self.has[group].remove(inspector)
        self.held[inspector].remove(group)
        del self.holder[self.problem.team_of[group]][inspector]
        self.room[inspector] += 1
        self.free.add(inspector)

    def fix(self, group: int, inspector: int) -> None:
        """Settles a seat that is filled; its room stays used up and its pair closed."""
        self.has[group].remove(inspector)
        self.held[inspector].remove(group)
        self.holder[self.problem.team_of[group]][inspector] = FIXED
        self.open[group] -= 1

    def fix_instead(self, group: int, inspector: int) -> None:
        """Settles a seat for somebody with room, in place of any one of those who filled it."""
        given_up = self.has[group].pop()
        self.held[given_up].remove(group)
        self.room[given_up] += 1
        self.free.add(given_up)
        holder = self.holder[self.problem.team_of[group]]
        del holder[given_up]
        holder[inspector] = FIXED
        self.room[inspector] -= 1
        if not self.room[inspector]:
            self.free.remove(inspector)
        self.open[group] -= 1

    def shift(self, edges: Sequence[Edge]) -> None:
        """Moves one seat along each edge: its tail takes the inspector, its head gives them up."""
        for _, head, inspector in edges:
            if head < self.first_inspector:
                self.drop(head, inspector)
        for tail, _, inspector in edges:
            if tail < self.first_inspector:
                self.take(tail, inspector)

    def successors(self, node: int, left: dict[int, list[int]]) -> list[Step]:
        """Nodes that can take over a seat which `node` gains a claim to.

        A group may claim an inspector from whoever holds them in its team, or else of their room;
        an inspector may be freed from any group that they sit in. `left` keeps, for one search,
        the members of a kind that no group of it has handed on, so each is scanned about once.
        """
        if node >= self.first_inspector:
            inspector = node - self.first_inspector
            return [(group, inspector) for group in self.held[inspector]]
        holder = self.holder[self.problem.team_of[node]]
        kind = self.problem.kind_of[node]
        steps: list[Step] = []
        kept = []
        for inspector in left.get(kind, self.problem.members[kind]):
            group = holder.get(inspector)
            if group is None:
                steps.append((self.first_inspector + inspector, inspector))
                continue
            kept.append(inspector)
            if group not in (FIXED, node):
                steps.append((group, inspector))
        left[kind] = kept
        return steps

    def complete(self, groups: Iterable[int]) -> list[int]:
        """Fills `groups` as far as possible: [] if all are full, else a set that proves it.

        The answer is every group that a short group could claim a seat from, directly or not: they
        and their inspectors are a bottleneck. It does not depend on the filling found.
        """
        short = [group for group in groups if not self._fill(group)]
        while short:
            level, found = self._levels(short)
            if not found:
                return [group for group in range(self.first_inspector) if level[group] >= 0]
            self._push(short, level)
            short = [group for group in short if len(self.has[group]) < self.open[group]]
        return []

    def _fill(self, group: int) -> bool:
        """Takes free inspectors in turn, so that the first filling is spread; True if full."""
        kind = self.problem.kind_of[group]
        members = self.problem.members[kind]
        holder = self.holder[self.problem.team_of[group]]
        missing = self.open[group] - len(self.has[group])
        turn = self._turn[kind]
        for inspector in members[turn:] + members[:turn] if missing else ():
            if not missing:
                break
            if inspector in self.free and inspector not in holder:
                self.take(group, inspector)
                missing -= 1
                self._turn[kind] = (self._turn[kind] + 1) % len(members)
        return not missing

    def _levels(self, short: Sequence[int]) -> tuple[list[int], bool]:
        """Distance from a short group for each node (-1: none), up to the nearest free room."""
        level = [-1] * self.sink
        left: dict[int, list[int]] = {}
        layer = list(short)
        for group in layer:
            level[group] = 0
        found = False
        distance = 0
        while layer and not found:
            distance += 1
            following = []
            for node in layer:
                for head, inspector in self.successors(node, left):
                    if level[head] < 0:
                        level[head] = distance
                        following.append(head)
                        found |= head >= self.first_inspector and inspector in self.free
            layer = following
        return level, found

    def _push(self, short: Sequence[int], level: list[int]) -> None:
        """One phase of Dinic's method: fills along shortest ways until none is left."""
        untried: dict[int, Iterator[Step]] = {}
        for group in short:
            while len(self.has[group]) < self.open[group]:
                edges = self._climb(group, level, untried)
                if not edges:
                    break
                self.shift(edges)

    def _climb(self, root: int, level: list[int], untried: dict[int, Iterator[Step]]) -> list[Edge]:
        edges: list[Edge] = []
        node = root
        while True:
            if node - self.first_inspector in self.free:
                return edges
            if node not in untried:
                untried[node] = iter(self.successors(node, {}))
            for head, inspector in untried[node]:
                if level[head] == level[node] + 1 and self._stands(node, head, inspector):
                    edges.append((node, head, inspector))
                    node = head
                    break
            else:
                level[node] = -1
                if not edges:
                    return edges
                node = edges.pop()[0]

    def _stands(self, tail: int, head: int, inspector: int) -> bool:
        """Whether an edge listed earlier in the phase is still there."""
        if tail >= self.first_inspector:
            return head in self.held[inspector]
        group = self.holder[self.problem.team_of[tail]].get(inspector)
        return group == head if head < self.first_inspector else group is None
