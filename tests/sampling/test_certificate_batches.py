"""Certificates of many groups, which are opened in batches: minimal, and the same each time."""

import hashlib

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import Assignment, Group, Inspector, Team
from app.sampling.openlot1.certificate import build_certificate, check_certificate
from app.sampling.openlot1.inspectors import Feasible, Infeasible, feasibility
from app.sampling.openlot1.problem import Problem


def many(teams, demand, cap):
    """Five officers for the groups a, twenty for the groups b of whom there are plenty."""
    people = [Inspector(f"X{i}", ("x",), cap) for i in range(5)]
    people += [Inspector(f"Y{i:02}", ("y",), 99) for i in range(20)]
    return Assignment(
        tuple(
            Team(f"T{t:02}", (Group("b", 2, ("y",)), Group("a", demand, ("x",))))
            for t in range(teams)
        ),
        tuple(people),
        0,
    )


@pytest.mark.parametrize(
    ("teams", "demand", "cap", "groups", "shortfall", "digest"),
    [
        (16, 1, 3, 16, 1, "d99acf044d76b4d3"),
        (41, 1, 8, 41, 1, "ec4cb65461a9ac3b"),
        (42, 1, 8, 41, 1, "ec4cb65461a9ac3b"),
        (48, 1, 8, 41, 1, "ec4cb65461a9ac3b"),
        (49, 1, 8, 41, 1, "ec4cb65461a9ac3b"),
        (70, 1, 8, 41, 1, "ec4cb65461a9ac3b"),
        (41, 2, 16, 41, 2, "2663dbcd91f19daf"),
        (60, 2, 16, 41, 2, "2663dbcd91f19daf"),
        (17, 3, 10, 17, 1, "ee5e08e28e709c22"),
        (35, 3, 20, 34, 2, "11acfea7114abe82"),
    ],
)
def test_many_groups(teams, demand, cap, groups, shortfall, digest):
    whole = many(teams, demand, cap)
    found = feasibility(whole)
    assert isinstance(found, Infeasible)
    certificate = found.certificate
    assert check_certificate(whole, certificate)
    assert (len(certificate["seats"]), certificate["shortfall"]) == (groups, shortfall)
    assert {name for _, name, _ in certificate["seats"]} == {"a"}
    assert hashlib.sha256(canonical.dumps(certificate)).hexdigest()[:16] == digest


def test_one_group_less_can_be_filled():
    assert isinstance(feasibility(many(40, 1, 8)), Feasible)
    assert isinstance(feasibility(many(15, 1, 3)), Feasible)


def test_the_same_shortage_has_the_same_certificate_in_every_release():
    """One of several minimal sets of 17 groups; which one hangs on the order of the search."""
    demands = {"T0": "b1 c2", "T1": "a1 b2", "T2": "b1 a2 c1", "T3": "b1"}
    demands |= {"T5": "d1 b1 a1", "T6": "b1 c2 a2", "T7": "c2 d2", "T9": "a1"}
    teams = [
        Team(team_id, tuple(Group(g[0], int(g[1])) for g in groups.split()))
        for team_id, groups in demands.items()
    ]
    people = [Inspector(f"I{i}", (), int(cap)) for i, cap in enumerate("413232142")]
    certificate = feasibility(Assignment(tuple(teams), tuple(people), 0)).certificate
    every = [[team.id, group.name, group.demand] for team in teams for group in team.groups]
    assert certificate["seats"] == every[:-1]
    assert (certificate["demand"], certificate["capacity"]) == (23, 22)


def test_the_groups_of_a_certificate_stand_in_the_order_of_the_file():
    problem = Problem(Assignment((Team("T1", (Group("b", 1), Group("a", 1))),), (), 0))
    certificate = build_certificate(problem, [1, 0])
    assert certificate["seats"] == [["T1", "b", 1], ["T1", "a", 1]]
    assert certificate["shortfall"] == 2
