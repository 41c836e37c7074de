"""Why the seats cannot be filled: a set of groups with more seats than their inspectors have."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import Assignment, Group, may_take
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.problem import Problem

Certificate = dict[str, Any]

_FIRST_BATCH = 16


def build_certificate(problem: Problem, groups: Iterable[int]) -> Certificate:
    """The counts of draw-spec 7 for whole groups, given by index."""
    chosen = sorted(groups)
    teams, inspectors = problem.assignment.teams, problem.assignment.inspectors
    reach = problem.teams_in_reach(chosen)
    demand = sum(problem.demand[group] for group in chosen)
    capacity = sum(map(min, problem.caps, reach))
    return {
        "seats": [
            [teams[problem.team_of[g]].id, problem.groups[g].name, problem.demand[g]]
            for g in chosen
        ],
        "demand": demand,
        "inspectors": [
            {"id": inspector.id, "cap": inspector.cap}
            for inspector, count in zip(inspectors, reach, strict=True)
            if count
        ],
        "capacity": capacity,
        "shortfall": demand - capacity,
    }


def check_certificate(assignment: Assignment, certificate: Any) -> bool:
    """Whether the certificate proves by counting that `assignment` has no result.

    Uses nothing but the rule who may take a seat, so it does not rest on the search that found it.
    Any order of `seats` will do; all else must be exactly as counted, to the type.
    """
    groups = _named_groups(assignment, certificate)
    if groups is None:
        return False
    counted = _count(assignment, groups)
    try:
        # As bytes, so that true and 1.0 do not pass for 1.
        same = canonical.dumps(certificate) == canonical.dumps(counted)
    except DrawError:
        return False
    return same and counted["shortfall"] > 0


def _named_groups(assignment: Assignment, certificate: Any) -> list[tuple[str, Group]] | None:
    """The groups that `seats` names, each once and whole, with their team ids."""
    seats = certificate.get("seats") if isinstance(certificate, Mapping) else None
    if not isinstance(seats, list):
        return None
    unnamed = {(team.id, group.name): group for team in assignment.teams for group in team.groups}
    named = []
    for seat in seats:
        match seat:
            case [str(team_id), str(name), _]:
                group = unnamed.pop((team_id, name), None)
            case _:
                return None
        if group is None:
            return None
        named.append((team_id, group))
    return named


def _count(assignment: Assignment, named: Sequence[tuple[str, Group]]) -> Certificate:
    qualified: dict[tuple[tuple[str, ...], ...], set[str]] = {}
    reached: dict[str, set[str]] = {}
    for team_id, group in named:
        terms = (group.requires, group.forbids, group.excludes)
        if terms not in qualified:
            qualified[terms] = {i.id for i in assignment.inspectors if may_take(i, group)}
        reached.setdefault(team_id, set()).update(qualified[terms])
    teams = Counter(chain.from_iterable(reached.values()))
    chosen = [inspector for inspector in assignment.inspectors if teams[inspector.id]]
    demand = sum(group.demand for _, group in named)
    capacity = sum(min(inspector.cap, teams[inspector.id]) for inspector in chosen)
    return {
        "seats": [[team_id, group.name, group.demand] for team_id, group in named],
        "demand": demand,
        "inspectors": [{"id": inspector.id, "cap": inspector.cap} for inspector in chosen],
        "capacity": capacity,
        "shortfall": demand - capacity,
    }


def smallest_bottleneck(problem: Problem, groups: Iterable[int]) -> list[int]:
    """A set within `groups`, which cannot all be filled, that loses this with any group taken out.

    Groups are opened in growing batches, those with the fewest inspectors first, which keeps the
    set small. In the first batch that cannot be filled, the groups that stayed short are opened
    again one by one. When the first of them stays short while all others are full, what it could
    claim seats from is the set: if one seat is missing, taking out any group frees a seat for it.
    """
    order = sorted(groups, key=lambda g: (len(problem.members[problem.kind_of[g]]), g))
    flow = Flow(problem)
    flow.set_caps(problem.caps)
    start, size = 0, _FIRST_BATCH
    while not flow.complete(order[start : start + size]):
        start, size = start + size, size * 2
        if start >= len(order):
            raise AssertionError("the groups given can all be filled")
    short = [g for g in order[start : start + size] if len(flow.has[g]) < flow.open[g]]
    for group in short:
        _empty(flow, group)
    for last in short:
        bottleneck = flow.complete([last])
        if bottleneck:
            return _without_spare_groups(problem, flow, last, bottleneck)
    raise AssertionError("a batch was short and is not")


def _without_spare_groups(
    problem: Problem, flow: Flow, last: int, bottleneck: list[int]
) -> list[int]:
    needed = {last}
    while flow.open[last] - len(flow.has[last]) > 1:
        untried = [group for group in bottleneck if group not in needed]
        if not untried:
            break
        group = min(untried, key=lambda g: (problem.demand[g], g))
        _empty(flow, group)
        smaller = flow.complete([last])
        if smaller:
            bottleneck = smaller
            continue
        needed.add(group)
        # Without the last group all others can be filled, so its seats are given back first.
        _empty(flow, last)
        if flow.complete([group]) or not flow.complete([last]):
            raise AssertionError("a filling was lost")
    return bottleneck


def _empty(flow: Flow, group: int) -> None:
    for inspector in list(flow.has[group]):
        flow.drop(group, inspector)
