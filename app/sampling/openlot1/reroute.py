"""Whether an inspector can have a seat while every other open seat can still be filled."""

from collections import deque
from collections.abc import Callable

from app.sampling.openlot1.flow import FIXED, Edge, Flow, Step
from app.sampling.openlot1.problem import Problem

Trail = dict[int, Step | None]
"""For each node that a search has met: the neighbour it was met from, and through whose pair."""

Steps = Callable[[int, dict[int, list[int]]], list[Step]]


class Rerouter:
    """Keeps a complete filling of the open seats and bends it until a given pair is in it.

    A group can have an inspector who sits elsewhere exactly when the edge between them lies on a
    cycle of the residual graph; turning the cycle keeps every seat filled. Turning a cycle never
    makes a node reachable from another that was not reachable before, and fixing a seat only
    removes edges. So once nodes are found apart they stay apart: each gets a label, and nodes of
    different labels are on no common cycle. A search goes forward and backward in turns and stops
    when the cheaper side has found its end, so that all failing searches together cost little more
    than reading the graph a few times.
    """

    def __init__(self, problem: Problem, flow: Flow) -> None:
        self._problem = problem
        self._flow = flow
        self._label = [0] * (flow.sink + 1)
        self._labels = 1
        self._open_of_kind = list(problem.groups_of_kind)

    def may_have(self, group: int, inspector: int) -> bool:
        """False if it is already known that the filling cannot be bent so; True promises nothing."""
        flow = self._flow
        holder = flow.holder[self._problem.team_of[group]].get(inspector)
        if holder is None:
            return self._label[flow.first_inspector + inspector] == self._label[group]
        return holder == group or (holder != FIXED and self._label[holder] == self._label[group])

    def possible(self, group: int) -> list[int]:
        """Who may take a seat of the group, but for those who `may_have` knows cannot have one."""
        members = self._problem.members[self._problem.kind_of[group]]
        if self._labels == 1:
            return members
        holder = self._flow.holder[self._problem.team_of[group]]
        label, own, first = self._label, self._label[group], self._flow.first_inspector
        return [
            i
            for i in members
            if (self.may_have(group, i) if i in holder else label[first + i] == own)
        ]

    def fix(self, group: int, inspector: int) -> bool:
        """Bends the filling so that `group` has `inspector`, and settles it for good.

        False, and no change, if every way of filling the open seats is without it.
        """
        flow = self._flow
        if inspector in flow.has[group]:
            flow.fix(group, inspector)
            return True
        holder = flow.holder[self._problem.team_of[group]].get(inspector)
        if holder is None and (inspector in flow.free or self._make_room(inspector)):
            flow.fix_instead(group, inspector)
            return True
        if not self.may_have(group, inspector):
            return False
        if holder is None and self._swap(group, inspector):
            flow.fix(group, inspector)
            return True
        entry = flow.first_inspector + inspector if holder is None else holder
        edges = self._way_back(entry, group)
        if edges is None:
            return False
        if edges[-1][1] != group:
            # The way ends in free room, so the group gives up any one of those it had.
            edges.append((flow.sink, group, min(flow.has[group])))
        flow.shift([(group, entry, inspector), *edges])
        flow.fix(group, inspector)
        return True

    def _make_room(self, inspector: int) -> bool:
        """Moves a seat of theirs to somebody with room, if any of them can be moved at once."""
        flow, problem = self._flow, self._problem
        for group in flow.held[inspector] if flow.free else ():
            holder = flow.holder[problem.team_of[group]]
            for other in problem.members[problem.kind_of[group]]:
                if other in flow.free and other not in holder:
                    flow.drop(group, inspector)
                    flow.take(group, other)
                    return True
        return False

    def _swap(self, group: int, inspector: int) -> bool:
        """Gives a group where they sit somebody whom `group` has, and `group` them, if one may."""
        flow, problem = self._flow, self._problem
        for given_up in flow.has[group]:
            for other in flow.held[inspector]:
                if (
                    problem.mask[problem.kind_of[other]] >> given_up & 1
                    and given_up not in flow.holder[problem.team_of[other]]
                ):
                    flow.shift([(group, other, inspector), (other, group, given_up)])
                    return True
        return False

    def _way_back(self, entry: int, group: int) -> list[Edge] | None:
        """Edges from `entry` to `group` or to an inspector with room; None if there is no way."""
        label = self._label[group]
        forward, backward = _Side([entry], self._flow.successors), _Side([group], self._sources)
        if self._label[self._flow.sink] == label:
            # Whoever has a seat can lose it to free room elsewhere: the sink leads to the group.
            backward.meet(self._flow.sink, None)
        while True:
            side, other = (
                (forward, backward) if forward.work <= backward.work else (backward, forward)
            )
            if not side.waiting:
                self._set_apart(side.trail)
                return None
            for node, step in side.advance():
                if node in side.trail or self._label[node] != label:
                    continue
                side.meet(node, step)
                if node in other.trail or (side is forward and self._has_room(node)):
                    return _joined(forward.trail, backward.trail, node)

    def _has_room(self, node: int) -> bool:
        return node - self._flow.first_inspector in self._flow.free

    def _set_apart(self, nodes: Trail) -> None:
        for node in nodes:
            self._label[node] = self._labels
        self._labels += 1

    def _sources(self, node: int, left: dict[int, list[int]]) -> list[Step]:
        """Nodes from which a claim can pass to `node`: the edges of `successors` read backward."""
        flow = self._flow
        if node == flow.sink:
            return [(flow.first_inspector + i, i) for i in flow.free]
        if node < flow.first_inspector:
            return self._sources_of_group(node)
        inspector = node - flow.first_inspector
        steps: list[Step] = []
        for kind in self._problem.kinds_of[inspector]:
            kept = []
            for group in left[kind] if kind in left else self._open_groups(kind):
                if inspector in flow.holder[self._problem.team_of[group]]:
                    kept.append(group)
                else:
                    steps.append((group, inspector))
            left[kind] = kept
        return steps

    def _sources_of_group(self, group: int) -> list[Step]:
        flow, problem = self._flow, self._problem
        steps = [(flow.first_inspector + inspector, inspector) for inspector in flow.has[group]]
        for mate in problem.groups_of_team[problem.team_of[group]]:
            if mate != group and flow.open[mate]:
                mask = problem.mask[problem.kind_of[mate]]
                steps.extend((mate, i) for i in flow.has[group] if mask >> i & 1)
        return steps

    def _open_groups(self, kind: int) -> list[int]:
        groups = [group for group in self._open_of_kind[kind] if self._flow.open[group]]
        self._open_of_kind[kind] = groups
        return groups


class _Side:
    """One half of a search, with the count of edges it has looked at."""

    def __init__(self, roots: list[int], steps: Steps) -> None:
        self.trail: Trail = dict.fromkeys(roots)
        self.waiting = deque(roots)
        self.work = 0
        self._steps = steps
        self._left: dict[int, list[int]] = {}

    def meet(self, node: int, step: Step | None) -> None:
        self.trail[node] = step
        self.waiting.append(node)

    def advance(self) -> list[tuple[int, Step]]:
        """The neighbours of the node that has waited longest."""
        node = self.waiting.popleft()
        steps = self._steps(node, self._left)
        self.work += len(steps) + 1
        return [(head, (node, inspector)) for head, inspector in steps]


def _joined(ahead: Trail, back: Trail, middle: int) -> list[Edge]:
    edges: list[Edge] = []
    node = middle
    while step := ahead[node]:
        edges.append((step[0], node, step[1]))
        node = step[0]
    edges.reverse()
    node = middle
    while step := back.get(node):
        edges.append((node, *step))
        node = step[0]
    return edges
