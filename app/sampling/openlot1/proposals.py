"""What would make the seats fillable, in sentences for whoever plans the campaign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from app.sampling.openlot1.assignment import Group
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.problem import Problem, members_of

MOST_NAMES = 5
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """A finding ("shortage") or a remedy for it; a shortage comes before its remedies."""

    kind: Literal["shortage", "raise-cap", "widen", "add-person"]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class _Bottleneck:
    groups: list[int]
    caps: dict[int, int]
    reach: list[int]
    seats: int
    capacity: int
    zh: str
    en: str

    @property
    def shortfall(self) -> int:
        return self.seats - self.capacity


def propose(problem: Problem) -> tuple[Proposal, ...]:
    """For each separate shortage at the caps of the file what is missing and what would help.

    Caps of zero are not proposed to be raised: whoever has one is not available.
    """
    flow = Flow(problem)
    flow.set_caps(problem.caps)
    short = flow.complete(range(len(problem.groups)))
    proposals: list[Proposal] = []
    for groups in _separate(problem, short):
        bottleneck = _describe(problem, groups)
        proposals.append(_shortage(bottleneck))
        proposals.extend(_raised_caps(problem, flow, bottleneck))
        proposals.extend(_widened(problem, bottleneck))
        proposals.append(_added_person(bottleneck))
    return tuple(proposals)


def _separate(problem: Problem, groups: Sequence[int]) -> list[list[int]]:
    """Parts of `groups` that share no inspector; groups that nobody can take part by their terms."""
    by_terms: dict[tuple[int, object], list[int]] = {}
    for group in groups:
        mask = problem.mask[problem.kind_of[group]]
        by_terms.setdefault((mask, None if mask else _terms(problem.groups[group])), []).append(
            group
        )
    parts: list[tuple[int, list[list[int]]]] = []
    for (mask, _), alike in by_terms.items():
        union, lists = mask, [alike]
        for part in [part for part in parts if part[0] & mask]:
            parts.remove(part)
            union |= part[0]
            lists += part[1]
        parts.append((union, lists))
    return sorted(sorted(chain.from_iterable(lists)) for _, lists in parts)


def _terms(group: Group) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return group.requires, group.forbids


def _describe(problem: Problem, groups: list[int]) -> _Bottleneck:
    reach = problem.teams_in_reach(groups)
    caps = {i: cap for i, cap in enumerate(problem.caps) if cap and reach[i]}
    wanted = {problem.groups[group].requires for group in groups}
    zh, en = _label(wanted)
    return _Bottleneck(
        groups=groups,
        caps=caps,
        reach=reach,
        seats=sum(problem.demand[group] for group in groups),
        capacity=sum(min(cap, reach[i]) for i, cap in caps.items()),
        zh=zh,
        en=en,
    )


def _label(wanted: set[tuple[str, ...]]) -> tuple[str, str]:
    """The tags that all the groups ask for, and how many kinds of groups there are."""
    common = set.intersection(*map(set, wanted))
    name = "·".join(sorted(common))
    zh, en = name or "不限标签", name or "any tags"
    if len(wanted) > 1:
        zh, en = f"{zh}（{len(wanted)} 类要求）", f"{en} ({len(wanted)} kinds of requirements)"
    return zh, en


def _shortage(bottleneck: _Bottleneck) -> Proposal:
    people, caps = len(bottleneck.caps), sorted(set(bottleneck.caps.values()))
    if not people:
        return Proposal(
            "shortage",
            f"{bottleneck.zh} {bottleneck.seats} 个席位无人可以担任，缺 {bottleneck.shortfall}",
            f"{bottleneck.en}: {bottleneck.seats} "
            f"{_plural(bottleneck.seats, 'seat', 'seats')} and nobody to take any, "
            f"{bottleneck.shortfall} missing",
        )
    low, high = caps[0], caps[-1]
    span = str(low) if low == high else f"{low}–{high}"
    once_zh = once_en = ""
    if bottleneck.capacity < sum(bottleneck.caps.values()):
        once_zh, once_en = "，每个检查组每人至多一席", ", one seat of a team at most"
    return Proposal(
        "shortage",
        f"{bottleneck.zh} {bottleneck.seats} 个席位只能由 {people} 人担任（每人上限 {span}{once_zh}），"
        f"最多 {bottleneck.capacity} 个，缺 {bottleneck.shortfall}",
        f"{bottleneck.en}: {bottleneck.seats} seats can only be taken by {people} "
        f"{_plural(people, 'person', 'people')} (cap {span} each{once_en}), "
        f"at most {bottleneck.capacity}, {bottleneck.shortfall} missing",
    )


def _raised_caps(problem: Problem, flow: Flow, bottleneck: _Bottleneck) -> Iterator[Proposal]:
    """The least raise in all, spread by small steps and tried out; none if no raise is enough."""
    caps = list(problem.caps)
    missing = bottleneck.shortfall
    for attempt in range(_ROUNDS):
        raisable = [i for i in bottleneck.caps if caps[i] < bottleneck.reach[i]]
        if not raisable:
            return
        step = -(-missing // len(raisable)) if attempt < _ROUNDS - 1 else missing
        for i in raisable:
            caps[i] += step
        flow.set_caps(caps)
        if not flow.complete(bottleneck.groups):
            break
        missing = sum(flow.open[group] - len(flow.has[group]) for group in bottleneck.groups)
    else:
        return
    raised = [
        f"{problem.assignment.inspectors[i].id} {cap}→{len(flow.held[i])}"
        for i, cap in bottleneck.caps.items()
        if len(flow.held[i]) > cap
    ]
    names, more = "、".join(raised[:MOST_NAMES]), len(raised) > MOST_NAMES
    yield Proposal(
        "raise-cap",
        f"提高上限：{names}{f' 等 {len(raised)} 人' if more else ''}，"
        f"合计 {bottleneck.shortfall} 个席位，即可排满",
        f"raise the caps of {names.replace('、', ', ')}"
        f"{f' and others, {len(raised)} in all,' if more else ''} "
        f"by {bottleneck.shortfall} {_plural(bottleneck.shortfall, 'seat', 'seats')} in total: "
        "then all these seats are filled",
    )


def _widened(problem: Problem, bottleneck: _Bottleneck) -> list[Proposal]:
    """The terms whose lifting brings in most people, at most three; recusals are never lifted."""
    known = sum(1 << i for i, teams in enumerate(bottleneck.reach) if teams)
    gained: dict[tuple[str, str], int] = {}
    for group in {_terms(g): g for g in (problem.groups[i] for i in bottleneck.groups)}.values():
        for tag in group.requires:
            wider = replace(group, requires=tuple(t for t in group.requires if t != tag))
            _add(gained, ("requires", tag), problem.eligible(wider))
        for tag in group.forbids:
            wider = replace(group, forbids=tuple(t for t in group.forbids if t != tag))
            _add(gained, ("forbids", tag), problem.eligible(wider))
    count = {
        term: sum(1 for i in members_of(mask & ~known) if problem.caps[i])
        for term, mask in gained.items()
    }
    best = sorted((term for term in count if count[term]), key=lambda term: (-count[term], term))
    return [_lifted(side, tag, count[side, tag]) for side, tag in best[:3]]


def _add(gained: dict[tuple[str, str], int], term: tuple[str, str], mask: int) -> None:
    gained[term] = gained.get(term, 0) | mask


def _lifted(side: str, tag: str, people: int) -> Proposal:
    verb_zh, verb_en = ("不要求", "do not require") if side == "requires" else ("允许", "allow")
    return Proposal(
        "widen",
        f"放宽条件：{verb_zh}「{tag}」，可增加 {people} 人",
        f"widen: {verb_en} {tag}, which adds {people} {_plural(people, 'person', 'people')}",
    )


def _added_person(bottleneck: _Bottleneck) -> Proposal:
    missing = bottleneck.shortfall
    return Proposal(
        "add-person",
        f"增加符合「{bottleneck.zh}」的人员，合计再担任 {missing} 个席位",
        f"add qualified people ({bottleneck.en}) for {missing} more "
        f"{_plural(missing, 'seat', 'seats')}",
    )


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
