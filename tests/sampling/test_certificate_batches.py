"""Certificates of many groups, which are opened in batches: minimal, and the same each time."""

import hashlib
from dataclasses import replace
from unittest import mock

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import Assignment, Group, Inspector, Team, may_take
from app.sampling.openlot1.certificate import build_certificate, check_certificate
from app.sampling.openlot1.flow import Flow
from app.sampling.openlot1.inspectors import Feasible, Infeasible, feasibility
from app.sampling.openlot1.problem import Problem
from app.sampling.openlot1.proposals import propose


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


@pytest.mark.parametrize(("teams", "demand", "cap"), [(600, 2, 200), (700, 3, 333)])
def test_groups_that_are_alike_are_tried_once(teams, demand, cap):
    """With five hundred groups in the set and two seats missing, a search for each takes minutes
    where there are thousands."""
    whole = many(teams, demand, cap)
    with mock.patch.object(Flow, "complete", autospec=True, side_effect=Flow.complete) as asked:
        certificate = feasibility(whole).certificate
    assert check_certificate(whole, certificate)
    assert len(certificate["seats"]) * demand - 5 * cap == certificate["shortfall"]
    assert certificate["shortfall"] <= demand
    assert asked.call_count < 40


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


def chances(name):
    """Numbers below n, the same in every release of Python."""
    count = 0

    def below(n):
        nonlocal count
        count += 1
        digest = hashlib.sha256(f"{name}/{count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % n

    return below


def crowded(name, teams, people, demand):
    """Up to three groups for each team, some for a tag; the caps are far below the seats."""
    at = chances(name)
    officers = [
        Inspector(f"I{i:02}", tuple(t for t in "pq" if at(2)), 1 + at(teams // 2))
        for i in range(people)
    ]
    made = []
    for t in range(teams):
        groups = []
        for group in "abc"[: 1 + at(3)]:
            seats = 1 + at(demand)
            groups.append(Group(group, seats, tuple("pq"[at(2)] for _ in range(at(2)))))
        made.append(Team(f"T{t:02}", tuple(groups)))
    return Assignment(tuple(made), tuple(officers), 0)


class Filling:
    """Seats taken one by one, each by moving others on; written apart from the core's flow."""

    def __init__(self, officers):
        self.officers = officers
        self.seat_of = {}
        self.held = {officer.id: [] for officer in officers}

    def add(self, seat, tried):
        """Whether the seat (team, group, number) could be filled with all before it."""
        for officer in self.officers:
            pair = (seat[0], officer.id)
            if pair in tried or not may_take(officer, seat[1]):
                continue
            tried.add(pair)
            if pair in self.seat_of:
                ways = [pair]
            elif len(self.held[officer.id]) < officer.cap:
                ways = [None]
            else:
                ways = [(team, officer.id) for team in self.held[officer.id]]
            for way in ways:
                if way is None or ((way == pair or way not in tried) and self.moved(way, tried)):
                    self.seat_of[pair] = seat
                    self.held[officer.id].append(seat[0])
                    return True
        return False

    def moved(self, pair, tried):
        """Whether who sits in this pair finds another officer; the pair is free then."""
        tried.add(pair)
        if not self.add(self.seat_of[pair], tried):
            return False
        del self.seat_of[pair]
        self.held[pair[1]].remove(pair[0])
        return True


def filled(assignment, named):
    """How many seats of the groups named can be filled at a time, and how many they have."""
    filling, seats = Filling(assignment.inspectors), 0
    for team in assignment.teams:
        for group in team.groups:
            for number in range(group.demand) if (team.id, group.name) in named else ():
                seats += 1
                filling.add((team.id, group, number), set())
    assert all(len(filling.held[one.id]) <= one.cap for one in assignment.inspectors)
    return len(filling.seat_of), seats


def assert_least(whole, certificate, groups):
    """So many groups, which cannot be filled, but can without any one of them."""
    assert check_certificate(whole, certificate)
    named = {(team, group) for team, group, _ in certificate["seats"]}
    assert len(named) == groups
    assert filled(whole, named) == (certificate["capacity"], certificate["demand"])
    for one in named:
        most, seats = filled(whole, named - {one})
        assert most == seats, one


@pytest.mark.parametrize(
    ("name", "teams", "people", "demand", "groups", "digest"),
    [
        ("n2257", 26, 10, 3, 34, "34ae84cf86f3eadc"),
        ("n4681", 27, 11, 3, 33, "daaf11c8b9973c5d"),
        ("n4915", 30, 10, 2, 43, "2ac8e6389a0f8956"),
    ],
)
def test_which_of_several_least_sets_is_named(name, teams, people, demand, groups, digest):
    """Of two batches; which groups of the second are opened again, and in which order, decides."""
    whole = crowded(name, teams, people, demand)
    certificate = feasibility(whole).certificate
    assert_least(whole, certificate, groups)
    assert hashlib.sha256(canonical.dumps(certificate)).hexdigest()[:16] == digest


def test_groups_of_different_teams_are_not_alike():
    """The group a that is alone in its team can be spared, though those of the others cannot."""
    both = (Group("a", 3), Group("b", 4))
    teams = (Team("T0", both), Team("T1", (Group("a", 3),)), Team("T2", both))
    people = tuple(Inspector(f"I{i}", (), int(cap)) for i, cap in enumerate("12113321"))
    whole = Assignment(teams, people, 0)
    certificate = feasibility(whole).certificate
    assert_least(whole, certificate, 4)
    assert [[team, name] for team, name, _ in certificate["seats"]] == [
        [team, name] for team in ("T0", "T2") for name in "ab"
    ]


def test_groups_whose_team_has_lost_one_are_not_alike_any_more():
    """Two equal teams, each of which lacks a seat by itself: of the second all can be spared."""
    groups = (Group("a", 2, ("p",)), Group("b", 3, ("q",)), Group("c", 4, ("q",)))
    tags = {"I0": "pq", "I1": "p", "I2": "q", "I3": "q", "I4": "q", "I5": "pq", "I6": "q"}
    people = [Inspector(one, tuple(of), 2 if one == "I5" else 1) for one, of in tags.items()]
    people.append(Inspector("I7", ("q",), 2))
    whole = Assignment((Team("T0", groups), Team("T1", groups)), tuple(people), 0)
    certificate = feasibility(whole).certificate
    assert_least(whole, certificate, 3)
    assert {team for team, _, _ in certificate["seats"]} == {"T0"}


def test_all_groups_are_searched_where_together_they_are_too_many():
    """One officer could fill any number of seats, but not two of a team: counted without that the
    seats suffice, and only a filling shows the set of all groups and a smaller one to be short."""
    crowd = crowded("m3245", 5, 4, 3)
    whole = Assignment(crowd.teams, (*crowd.inspectors, Inspector("Z", ("p",), 999)), 0)
    certificate = feasibility(whole).certificate
    assert_least(whole, certificate, 2)
    assert hashlib.sha256(canonical.dumps(certificate)).hexdigest()[:16] == "ce8c7a7e761e079d"


def test_the_groups_that_lack_nobody_are_left_out_of_the_search():
    """With room to spare in other teams all groups together are not too many, so the search begins
    with those that compete for the missing seats, which leads to another least set."""
    crowd = crowded("l202", 9, 8, 3)
    short = tuple(
        Team(team.id, tuple(replace(group, forbids=("e",)) for group in team.groups))
        for team in crowd.teams
    )
    easy = tuple(Team(f"E{i}", (Group("a", 1, ("e",)),)) for i in range(6))
    whole = Assignment(easy + short, (Inspector("E", ("e",), 99), *crowd.inspectors), 0)
    certificate = feasibility(whole).certificate
    assert_least(whole, certificate, 11)
    assert hashlib.sha256(canonical.dumps(certificate)).hexdigest()[:16] == "6d40bb3d80a09d6f"
    assert certificate["seats"] != feasibility(crowd).certificate["seats"]


def test_a_raise_that_takes_all_rounds():
    """Two officers lack more than twenty seats each while sixty others need no raise but take one."""
    at = chances("r381")
    people = []
    for i in range(2):
        tags = ("x", *(t for t in "pq" if at(2)))
        people.append(Inspector(f"A{i}", tags, 1 + at(3)))
    people += [Inspector(f"B{i:02}", ("y",), 1) for i in range(58)]
    teams = []
    for t in range(66):
        wanted = ("x", *("pq"[at(2)] for _ in range(at(2))))
        teams.append(Team(f"T{t:02}", (Group("a", 1, wanted), Group("b", 1, ("y",)))))
    # The one who joins the two shortages.
    people.append(Inspector("C", ("x", "y"), 1))
    whole = Assignment(tuple(teams), tuple(people), 0)
    most, seats = filled(whole, {(team.id, group) for team in teams for group in "ab"})
    assert seats - most == 71
    found = propose(Problem(whole))
    [raised] = [one.en for one in found if one.kind == "raise-cap"]
    assert raised == (
        "raise the caps of A0 1→22, A1 1→23, B00 1→3, B01 1→2, B02 1→2 and others, 10 in all, "
        "by 71 seats in total: then all these seats are filled"
    )
    told = "\n".join(f"{one.kind} {one.zh} {one.en}" for one in found)
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "a88f1ec51608679d"
