"""The least load level at which all seats can be filled (draw-spec 7, step 1)."""

from collections.abc import Sequence

from app.sampling.openlot1.assignment import MEMBER
from app.sampling.openlot1.canonical import MAX_INTEGER
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.problem import Problem, working_caps


def fill_at_least_level(problem: Problem) -> tuple[int, Flow] | list[int]:
    """The level L with a complete filling at it, or the groups that no level can fill.

    Any set of groups bounds L from below by counting: at the caps of L its inspectors must have
    room for its seats. Starting from the bound of all groups together, a filling either completes,
    which proves L, or names a set with a higher bound. The filling is kept from one L to the next.
    """
    flow = Flow(problem)
    every_group = range(len(problem.groups))
    # That nobody has two seats of a team is left for later: it takes long to count for all groups.
    bound = _least_level(problem, problem.caps, sum(problem.demand))
    bottleneck: Sequence[int] = every_group
    level = 0
    while bound is not None:
        level = max(level, bound)
        if level > MAX_INTEGER:
            raise DrawError(
                "level-range", "the loads lead beyond 2^53-1", "负荷超出 2^53-1", member=MEMBER
            )
        flow.set_caps(working_caps(problem.caps, problem.loads, level))
        bottleneck = flow.complete(every_group)
        if not bottleneck:
            return level, flow
        bound = _least_level_for(problem, bottleneck)
    every_group_is_one = _least_level_for(problem, every_group) is None
    return list(every_group if every_group_is_one else bottleneck)


def _least_level_for(problem: Problem, groups: Sequence[int]) -> int | None:
    reach = problem.teams_in_reach(groups)
    caps = [min(cap, teams) for cap, teams in zip(problem.caps, reach, strict=True)]
    return _least_level(problem, caps, sum(problem.demand[group] for group in groups))


def _least_level(problem: Problem, caps: Sequence[int], demand: int) -> int | None:
    """The least level that leaves room for so many seats under these caps, if any does."""
    if sum(caps) < demand:
        return None
    low, high = 0, max(map(sum, zip(caps, problem.loads, strict=True)), default=0)
    while low < high:
        middle = (low + high) // 2
        if sum(working_caps(caps, problem.loads, middle)) < demand:
            low = middle + 1
        else:
            high = middle
    return low
