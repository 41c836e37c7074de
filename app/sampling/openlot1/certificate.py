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
    last, bottleneck = _first_short(flow, short)
    return _without_spare_groups(problem, flow, last, bottleneck)


def _first_short(flow: Flow, groups: Sequence[int]) -> tuple[int, list[int]]:
    """The first group that stays short when these are opened one by one, and its bottleneck.

    Whole batches are opened, each twice as large as the one before until one cannot be filled, and
    half as large from then on.
    """
    start, size, growing = 0, 1, True
    while True:
        batch = groups[start : start + size]
        bottleneck = flow.complete(batch)
        if not bottleneck:
            start += len(batch)
        elif len(batch) == 1:
            return batch[0], bottleneck
        else:
            growing = False
            for group in batch:
                _empty(flow, group)
        size = size * 2 if growing else max(1, size // 2)


def _without_spare_groups(
    problem: Problem, flow: Flow, last: int, bottleneck: list[int]
) -> list[int]:
    """Takes out groups one by one, those with few seats first, while what is left stays short.

    At any time one group is short and all others are full. If the short one can be filled in place
    of another, that other is needed, and the short one from then on.
    """
    missing = flow.open[last] - len(flow.has[last])
    needed, kept = {last}, set(bottleneck)
    for group in sorted(bottleneck, key=lambda g: (problem.demand[g], g)):
        if missing == 1:
            break
        if group in needed or group not in kept:
            continue
        _empty(flow, group)
        smaller = flow.complete([last])
        if smaller:
            missing = flow.open[last] - len(flow.has[last])
            kept = set(smaller)
        else:
            needed.update(_alike(problem, group, kept))
            last = group
    return sorted(kept)


def _alike(problem: Problem, group: int, among: set[int]) -> list[int]:
    """Groups that could change places with this one: who may sit in them and in what else is open
    of their team, and how many, is the same. So if one is needed, all are."""

    def terms(one: int) -> tuple[int, int]:
        return problem.kind_of[one], problem.demand[one]

    def of_team(one: int) -> list[tuple[int, int]]:
        mates = problem.groups_of_team[problem.team_of[one]]
        return sorted(terms(mate) for mate in mates if mate in among)

    own, team = terms(group), of_team(group)
    of_kind = problem.groups_of_kind[problem.kind_of[group]]
    return [one for one in of_kind if one in among and terms(one) == own and of_team(one) == team]


def _empty(flow: Flow, group: int) -> None:
    for inspector in list(flow.has[group]):
        flow.drop(group, inspector)
