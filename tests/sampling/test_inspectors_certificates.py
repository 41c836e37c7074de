"""What is told when the seats cannot be filled, and what counts as proof of it."""

import random
import re

import pytest

from app.sampling.openlot1.assignment import (
    Assignment,
    Group,
    Inspector,
    Team,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.certificate import check_certificate
from app.sampling.openlot1.inspectors import Feasible, Infeasible, feasibility


def shortage():
    """Twelve teams of one district that need one of three people, each with a cap of 3."""
    group = Group("主检".encode().hex(), 1, ("滨江区", "药品"))
    return parse_assignment(
        write_assignment(
            [Team(f"T{i:02}", (group,)) for i in range(12)],
            [Inspector(f"A{i}", ("滨江区", "药品"), 3, i) for i in range(3)]
            + [Inspector("B", ("滨江区",), 9), Inspector("C", ("滨江区", "药品"), 0)],
            2,
        )
    )


def test_a_shortage_is_told_in_plain_words():
    refusal = feasibility(shortage())
    assert isinstance(refusal, Infeasible)
    assert [(p.kind, p.zh, p.en) for p in refusal.proposals] == [
        (
            "shortage",
            "滨江区·药品 12 个席位只能由 3 人担任（每人上限 3），最多 9 个，缺 3",
            "滨江区·药品: 12 seats can only be taken by 3 people (cap 3 each), at most 9, 3 missing",
        ),
        (
            "raise-cap",
            "提高上限：A0 3→4、A1 3→4、A2 3→4，合计 3 个席位，即可排满",
            (
                "raise the caps of A0 3→4, A1 3→4, A2 3→4 by 3 seats in total: "
                "then all these seats are filled"
            ),
        ),
        (
            "widen",
            "放宽条件：不要求「药品」，可增加 1 人",
            "widen: do not require 药品, which adds 1 person",
        ),
        (
            "add-person",
            "增加符合「滨江区·药品」的人员，合计再担任 3 个席位",
            "add qualified people (滨江区·药品) for 3 more seats",
        ),
    ]
    assert refusal.code == "infeasible"
    assert refusal.zh == "席位无法排满：" + refusal.proposals[0].zh
    assert refusal.en == "not all seats can be filled: " + refusal.proposals[0].en


def test_separate_shortages_are_told_apart():
    data = write_assignment(
        [
            Team("T1", (Group("a", 2, ("x",)), Group("b", 1, ("nobody",)))),
            Team("T2", (Group("a", 1, ("y",), ("z",)), Group("c", 1, (), (), ("A", "B", "D")))),
        ],
        [Inspector("A", ("x",), 5), Inspector("B", ("y", "z"), 5), Inspector("D", ("x", "z"), 0)],
        0,
    )
    refusal = feasibility(parse_assignment(data))
    assert [p.zh for p in refusal.proposals if p.kind == "shortage"] == [
        "x 2 个席位只能由 1 人担任（每人上限 5，每个检查组每人至多一席），最多 1 个，缺 1",
        "nobody 1 个席位无人可以担任，缺 1",
        "y 1 个席位无人可以担任，缺 1",
        "不限标签 1 个席位无人可以担任，缺 1",
    ]
    widened = [p.zh for p in refusal.proposals if p.kind == "widen"]
    assert "放宽条件：允许「z」，可增加 1 人" in widened


def test_raised_caps_fill_the_seats():
    """What is proposed is carried out here; the raise is as large as what was missing."""
    rng = random.Random(9)
    tried = 0
    for _ in range(60):
        people = [
            Inspector(f"I{i}", tuple(sorted(rng.sample("pqr", 2))), rng.randint(0, 2))
            for i in range(7)
        ]
        teams = [
            Team(f"T{t}", tuple(Group(n, 1, (rng.choice("pqr"),)) for n in "ab")) for t in range(8)
        ]
        assignment = parse_assignment(write_assignment(teams, people, 0))
        refusal = feasibility(assignment)
        if isinstance(refusal, Feasible):
            continue
        told = [p.en for p in refusal.proposals if p.kind == "raise-cap"]
        named = [m for text in told for m in re.findall(r"(\S+) (\d+)→(\d+)", text)]
        if len(told) != 1 or "others" in told[0]:
            continue
        new = {i: int(cap) for i, _, cap in named}
        missing = int(re.search(r"by (\d+) seat", told[0])[1])
        assert sum(int(cap) - int(old) for _, old, cap in named) == missing
        assert all(int(old) > 0 for _, old, _ in named)
        better = tuple(Inspector(i.id, i.tags, new.get(i.id, i.cap), i.load) for i in people)
        assert isinstance(feasibility(Assignment(assignment.teams, better, 0)), Feasible)
        tried += 1
    assert tried > 10


SPOILT = [
    lambda c: c.pop("demand"),
    lambda c: c.update(note=1),
    lambda c: c.update(demand=c["demand"] + 1),
    lambda c: c.update(capacity=c["capacity"] - 1),
    lambda c: c.update(shortfall=c["shortfall"] + 1),
    lambda c: c.update(shortfall=float(c["shortfall"])),
    lambda c: c.update(shortfall=bool(c["shortfall"])),
    lambda c: c.update(seats=None),
    lambda c: c["seats"].append(c["seats"][0]),
    lambda c: c["seats"].append(["T99", "a", 1]),
    lambda c: c["seats"].append([["T00"], "a", 1]),
    lambda c: c["seats"].append("T00"),
    lambda c: c["seats"][0].__setitem__(2, 2),
    lambda c: c["seats"][0].__setitem__(2, True),
    lambda c: c["seats"][0].append(1),
    lambda c: c["inspectors"].pop(),
    lambda c: c["inspectors"].reverse(),
    lambda c: c["inspectors"].append({"id": "B", "cap": 9}),
    lambda c: c["inspectors"][0].update(cap=2),
    lambda c: c["inspectors"][0].update(load=0),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_certificates_that_prove_nothing(spoil):
    assignment = shortage()
    certificate = feasibility(assignment).certificate
    assert check_certificate(assignment, certificate)
    spoil(certificate)
    assert not check_certificate(assignment, certificate)


def test_a_certificate_of_seats_that_can_be_filled_proves_nothing():
    assignment = shortage()
    certificate = feasibility(assignment).certificate
    while certificate["shortfall"] > 0:
        certificate["seats"].pop()
        certificate["demand"] -= 1
        certificate["shortfall"] -= 1
    assert certificate["seats"]
    assert not check_certificate(assignment, certificate)
    for value in (None, [], "seats", {}):
        assert not check_certificate(assignment, value)


def test_seats_counted_twice_prove_nothing():
    data = write_assignment([Team("T", (Group("a", 1),))], [Inspector("A", (), 1)], 0)
    certificate = {
        "seats": [["T", "a", 1], ["T", "a", 1]],
        "demand": 2,
        "inspectors": [{"id": "A", "cap": 1}],
        "capacity": 1,
        "shortfall": 1,
    }
    assert not check_certificate(parse_assignment(data), certificate)


def test_a_certificate_may_hold_more_than_it_needs_and_in_any_order():
    assignment = shortage()
    certificate = {
        "seats": [[team.id, team.groups[0].name, 1] for team in reversed(assignment.teams)],
        "demand": 12,
        "inspectors": [{"id": i.id, "cap": i.cap} for i in assignment.inspectors if i.id != "B"],
        "capacity": 9,
        "shortfall": 3,
    }
    assert check_certificate(assignment, certificate)
