"""What must hold of any inspector draw, against the text of draw-spec 7 read literally."""

import hashlib
import random
from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.openlot1.assignment import Assignment, Group, Inspector, Team, may_take
from app.sampling.openlot1.certificate import check_certificate
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.inspectors import Feasible, Infeasible, choose, feasibility
from app.sampling.openlot1.problem import Problem

SEED = "7" * 64
SCOPE = "联合检查"
TAGS = ("p", "q", "r")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def slow_draw(assignment, seed, admits):
    """Draw-spec 7 step by step. `admits` answers whether seats can be filled under caps."""
    key = {
        purpose: digest(f"openlot/1/key\n{seed}\n{purpose}\n{SCOPE}\n")
        for purpose in ("team", "seat")
    }
    people = {i.id: i for i in assignment.inspectors}
    all_seats = [
        (team.id, group, number)
        for team in sorted(assignment.teams, key=lambda t: (digest(key["team"] + t.id), t.id))
        for group in team.groups
        for number in range(1, group.demand + 1)
    ]

    def caps(level):
        return {i.id: min(i.cap, max(0, level - i.load)) for i in people.values()}

    highest = max((i.load + len(all_seats) for i in people.values()), default=0)
    level = next((n for n in range(highest + 1) if admits(people, all_seats, [], caps(n))), None)
    if level is None:
        return None
    working = caps(level + assignment.slack)
    fixed = []
    for at, (team_id, group, number) in enumerate(all_seats):
        counts = Counter(chosen for _, _, chosen, _ in fixed)
        label = f"{team_id}|{group.name}|{number}|"
        candidates = sorted(
            (i.load + counts[i.id], digest(key["seat"] + label + i.id), i.id)
            for i in people.values()
            if may_take(i, group)
            and (team_id, i.id) not in {(seat[0], chosen) for seat, _, chosen, _ in fixed}
        )
        _, ticket, chosen = next(
            candidate
            for candidate in candidates
            if admits(
                people,
                all_seats[at + 1 :],
                [(seat[0], who) for seat, _, who, _ in fixed] + [(team_id, candidate[2])],
                working,
            )
        )
        fixed.append(((team_id, group.name, number), number, chosen, ticket))
    order = {(t.id, g.name): n for t in assignment.teams for n, g in enumerate(t.groups)}
    fixed.sort(key=lambda f: (f[0][0], order[f[0][:2]], f[0][2]))
    return level, [(*seat, chosen, ticket) for seat, _, chosen, ticket in fixed]


def admits_by_trying_all(people, seats, held, caps):
    """Exhaustive search over the seats one after the other."""
    left = dict(caps)
    for _, inspector_id in held:
        left[inspector_id] -= 1
    if any(count < 0 for count in left.values()):
        return False
    taken = set(held)

    def fill(at):
        if at == len(seats):
            return True
        team_id, group, _ = seats[at]
        for inspector in people.values():
            pair = (team_id, inspector.id)
            if left[inspector.id] and pair not in taken and may_take(inspector, group):
                left[inspector.id] -= 1
                taken.add(pair)
                if fill(at + 1):
                    return True
                left[inspector.id] += 1
                taken.remove(pair)
        return False

    return fill(0)


def admits_by_max_flow(people, seats, held, caps):
    """A textbook maximum flow from nothing, over seats, (team, inspector) pairs and inspectors."""
    left = dict(caps)
    for _, inspector_id in held:
        left[inspector_id] -= 1
    if any(count < 0 for count in left.values()):
        return False
    residual = residual_graph(people, seats, held, left)
    return all(_augment(residual) for _ in seats)


def residual_graph(people, seats, held, left):
    residual = {}

    def edge(tail, head, capacity):
        residual.setdefault(tail, {})[head] = capacity
        residual.setdefault(head, {}).setdefault(tail, 0)

    for at, (team_id, group, _) in enumerate(seats):
        edge("source", at, 1)
        for inspector in people.values():
            pair = (team_id, inspector.id)
            if pair not in held and may_take(inspector, group):
                edge(at, pair, 1)
                edge(pair, inspector.id, 1)
                edge(inspector.id, "sink", left[inspector.id])
    return residual


def _augment(residual):
    came_from = {"source": None}
    waiting = deque(["source"])
    while waiting and "sink" not in came_from:
        tail = waiting.popleft()
        for head, capacity in residual.get(tail, {}).items():
            if capacity and head not in came_from:
                came_from[head] = tail
                waiting.append(head)
    if "sink" not in came_from:
        return False
    head = "sink"
    while (tail := came_from[head]) is not None:
        residual[tail][head] -= 1
        residual[head][tail] += 1
        head = tail
    return True


def drawn(assignment, seed=SEED):
    """What `slow_draw` gives, from the code under test; None with a checked certificate."""
    verdict = feasibility(assignment)
    if isinstance(verdict, Infeasible):
        assert check_certificate(assignment, verdict.certificate)
        with pytest.raises(Infeasible):
            choose(assignment, alg="sha256", seed=seed, scope=SCOPE)
        return None
    level, seats = choose(assignment, alg="sha256", seed=seed, scope=SCOPE)
    assert verdict == Feasible(level)
    return level, [(s.team, s.group, s.number, s.inspector, s.ticket) for s in seats]


def some(rng, values, most):
    return tuple(sorted(rng.sample(values, rng.randint(0, min(most, len(values))))))


def random_assignment(rng, *, teams, people, most_groups=3, demand=2, cap=3, load=2):
    """Few tags and caps near the need, so that seats are often given only by moving others."""
    ids = [f"I{i}" for i in range(people)]
    return Assignment(
        teams=tuple(
            Team(
                f"T{t}",
                tuple(
                    Group(
                        name,
                        rng.randint(1, demand),
                        some(rng, TAGS, 1),
                        some(rng, TAGS, 1) if rng.random() < 0.2 else (),
                        some(rng, ids, 1),
                    )
                    for name in rng.sample("abcd", rng.randint(0, most_groups))
                ),
            )
            for t in range(teams)
        ),
        inspectors=tuple(
            Inspector(i, some(rng, TAGS, 3), rng.randint(0, cap), rng.randint(0, load)) for i in ids
        ),
        slack=rng.choice((0, 0, 1, 2)),
    )


@pytest.mark.parametrize("block", range(8))
def test_equals_the_literal_reading_on_small_instances(block):
    rng = random.Random(block)
    results = Counter()
    for number in range(400):
        small = random_assignment(
            rng, teams=rng.randint(1, 3), people=rng.randint(1, 5), load=rng.choice((0, 2, 15))
        )
        seed = digest(f"{block}/{number}")
        expected = slow_draw(small, seed, admits_by_trying_all)
        assert drawn(small, seed) == expected
        results[expected is None] += 1
    assert min(results[True], results[False]) > 60


@pytest.mark.parametrize("block", range(4))
def test_equals_another_engine_on_middling_tight_instances(block):
    """A filling is planted and caps are cut to it, so that nearly no room is left anywhere."""
    rng = random.Random(100 + block)
    moved = 0
    for number in range(6):
        tight = tightened(random_assignment(rng, teams=8, people=9, cap=9, load=1), rng)
        seed = digest(f"tight {block}/{number}")
        expected = slow_draw(tight, seed, admits_by_max_flow)
        assert drawn(tight, seed) == expected
        moved += expected is not None and len(expected[1]) > 6
    assert moved >= 3


def tightened(loose, rng, room=1):
    """The same with caps just as some filling uses them, and `room` more or less for somebody."""
    try:
        _, seats = choose(loose, alg="sha256", seed=SEED, scope="loose")
    except Infeasible:
        return loose
    used = Counter(seat.inspector for seat in seats)
    somebody = rng.choice(loose.inspectors).id
    used[somebody] = max(0, used[somebody] + room)
    people = tuple(Inspector(i.id, i.tags, used[i.id], i.load) for i in loose.inspectors)
    return Assignment(loose.teams, people, 3)


def is_full(flow, group):
    return len(flow.has[group]) == flow.open[group]


def test_the_first_filling_found_changes_nothing(monkeypatch):
    """Another first filling, or none, ends in the same result."""
    rng = random.Random(5)
    instances = [
        tightened(random_assignment(rng, teams=7, people=8, cap=8, load=1), rng) for _ in range(25)
    ]
    before = [drawn(instance) for instance in instances]
    assert sum(result is not None for result in before) > 8

    def fill_at_random(self, group):
        kind = self.problem.kind_of[group]
        holder = self.holder[self.problem.team_of[group]]
        for inspector in rng.sample(self.problem.members[kind], len(self.problem.members[kind])):
            missing = self.open[group] - len(self.has[group])
            if missing and self.room[inspector] > 0 and inspector not in holder:
                self.take(group, inspector)
        return is_full(self, group)

    for fill in (is_full, *[fill_at_random] * 4):
        monkeypatch.setattr(Flow, "_fill", fill)
        assert [drawn(instance) for instance in instances] == before


@pytest.mark.parametrize("block", range(4))
def test_fillings_from_nothing_are_valid_and_largest(monkeypatch, block):
    """Long shortest-way phases: every seat is filled by moving others, none by the first pass."""
    monkeypatch.setattr(Flow, "_fill", is_full)
    rng = random.Random(200 + block)
    for _ in range(12):
        assignment = random_assignment(rng, teams=25, people=9, demand=2, cap=14, load=0)
        problem = Problem(assignment)
        flow = Flow(problem)
        flow.set_caps(problem.caps)
        flow.complete(range(len(problem.groups)))
        filled = [(g, i) for g, inspectors in enumerate(flow.has) for i in inspectors]
        teams = Counter((problem.team_of[g], i) for g, i in filled)
        used = Counter(i for _, i in filled)
        assert set(teams.values()) <= {1}
        assert all(used[i] + room == problem.caps[i] for i, room in enumerate(flow.room))
        assert flow.free == {i for i, room in enumerate(flow.room) if room > 0}
        assert min(flow.room) >= 0
        assert all(may_take(assignment.inspectors[i], problem.groups[g]) for g, i in filled)
        assert all(len(flow.has[g]) <= problem.demand[g] for g in range(len(problem.groups)))
        assert len(filled) == most_seats(assignment)


def most_seats(assignment):
    people = {i.id: i for i in assignment.inspectors}
    caps = {i.id: i.cap for i in assignment.inspectors}
    residual = residual_graph(people, every_seat(assignment), (), caps)
    count = 0
    while _augment(residual):
        count += 1
    return count


def test_an_officer_who_may_take_no_seat_changes_nothing():
    rng = random.Random(6)
    removed = 0
    for _ in range(200):
        with_all = random_assignment(rng, teams=2, people=6)
        groups = [group for team in with_all.teams for group in team.groups]
        useful = tuple(
            i for i in with_all.inspectors if i.cap and any(may_take(i, g) for g in groups)
        )
        removed += len(with_all.inspectors) - len(useful)
        assert drawn(with_all) == drawn(Assignment(with_all.teams, useful, with_all.slack))
    assert removed > 100


@pytest.mark.parametrize(("room", "demand"), [(-1, 1), (-1, 2), (-2, 2), (-2, 3)])
def test_certificates_are_minimal(room, demand):
    """Caps that just sufficed are cut, so that what is missing concerns many groups at once."""
    rng = random.Random(7)
    sizes = Counter()
    for _ in range(120):
        loose = random_assignment(rng, teams=5, people=6, cap=5, demand=demand)
        assignment = tightened(loose, rng, room)
        refusal = feasibility(assignment)
        if isinstance(refusal, Feasible):
            continue
        seats = refusal.certificate["seats"]
        named = {(team_id, name) for team_id, name, _ in seats}
        assert not fillable(assignment, named)
        for entry in named:
            assert fillable(assignment, named - {entry})
        sizes[min(len(seats), 3)] += 1
    assert sizes[3] > 10


def fillable(assignment, named):
    people = {i.id: i for i in assignment.inspectors}
    seats = [seat for seat in every_seat(assignment) if (seat[0], seat[1].name) in named]
    return admits_by_max_flow(people, seats, [], {i.id: i.cap for i in assignment.inspectors})


def every_seat(assignment):
    return [
        (team.id, group, number)
        for team in assignment.teams
        for group in team.groups
        for number in range(group.demand)
    ]


def test_bit_sets_of_eligible_people_follow_the_rule():
    rng = random.Random(8)
    for _ in range(200):
        assignment = random_assignment(rng, teams=2, people=7)
        problem = Problem(assignment)
        for group in problem.groups:
            assert problem.eligible(group) == sum(
                1 << i for i, who in enumerate(assignment.inspectors) if may_take(who, group)
            )


TAG_LISTS = st.lists(st.sampled_from(TAGS), unique=True).map(lambda tags: tuple(sorted(tags)))
GROUPS = st.lists(
    st.builds(
        Group,
        st.sampled_from("abcd"),
        st.integers(1, 3),
        st.lists(st.sampled_from(TAGS), max_size=1).map(tuple),
        st.lists(st.sampled_from(TAGS), max_size=1).map(tuple),
        st.lists(st.sampled_from(["I0", "I1", "I2"]), max_size=1).map(tuple),
    ),
    max_size=3,
    unique_by=lambda group: group.name,
)
ASSIGNMENTS = st.builds(
    lambda groups, people, slack: Assignment(
        tuple(Team(f"T{t}", tuple(of_team)) for t, of_team in enumerate(groups)),
        tuple(Inspector(f"I{i}", *person) for i, person in enumerate(people)),
        slack,
    ),
    st.lists(GROUPS, max_size=5),
    st.lists(st.tuples(TAG_LISTS, st.integers(0, 4), st.integers(0, 5)), max_size=8),
    st.integers(0, 2),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(ASSIGNMENTS)
def test_fills_exactly_or_certifies(assignment):
    verdict = feasibility(assignment)
    result = drawn(assignment)
    if result is None:
        assert isinstance(verdict, Infeasible)
        return
    level, lines = result
    assert verdict == Feasible(level)
    people = {i.id: i for i in assignment.inspectors}
    seats = [(team_id, group.name, n + 1) for team_id, group, n in every_seat(assignment)]
    assert [line[:3] for line in lines] == seats
    group_of = {(t.id, g.name): g for t in assignment.teams for g in t.groups}
    assert all(may_take(people[line[3]], group_of[line[:2]]) for line in lines)
    assert len({(line[0], line[3]) for line in lines}) == len(lines)
    for inspector_id, count in Counter(line[3] for line in lines).items():
        who = people[inspector_id]
        assert count <= min(who.cap, level + assignment.slack - who.load)
