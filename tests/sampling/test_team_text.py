"""Teams read by the parts that repeat: what is read so is what the whole file says, or nothing."""

import json
import random

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import (
    Assignment,
    Group,
    Inspector,
    Team,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.team_text import split_teams

MAIN = Group("main", 2, ("a", "部门"), ("b",), ("A", "B"))
LEAD = Group("lead", 1, ("a",))
PEOPLE = (Inspector("A", ("a", "部门"), 3, 1), Inspector("B", (), 2))


def written(*teams):
    return write_assignment([Team(f"T{n}", groups) for n, groups in enumerate(teams)], PEOPLE, 4)


def test_each_group_is_there_once():
    data = written((MAIN, LEAD), (), (LEAD,), (MAIN, LEAD), (MAIN,))
    parts = split_teams(data)
    value = json.loads(data)
    teams = value["teams"]
    assert json.loads(parts.rest) == {**value, "teams": []}
    assert json.loads(parts.groups) == teams[0]["groups"]
    assert parts.count == 2
    assert [team_id for team_id, _ in parts.teams] == ["T0", "T1", "T2", "T3", "T4"]
    assert [parts.groups_of[text] for _, text in parts.teams] == [[0, 1], [], [1], [0, 1], [0]]
    assert parse_assignment(data) == Assignment(
        tuple(
            Team(f"T{n}", g)
            for n, g in enumerate([(MAIN, LEAD), (), (LEAD,), (MAIN, LEAD), (MAIN,)])
        ),
        PEOPLE,
        4,
    )


def test_groups_that_are_alike_are_one_object():
    teams = parse_assignment(written((MAIN,), (LEAD, MAIN))).teams
    assert teams[0].groups[0] is teams[1].groups[1]


def test_teams_without_groups():
    parts = split_teams(written((), ()))
    assert (parts.groups, parts.count) == (b"[]", 0)
    assert [parts.groups_of[text] for _, text in parts.teams] == [[], []]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        written(),
        b'{"inspectors":[],"slack":0,"teams":[{"groups":[],"id":"T"}],"v":"openlot/1"} ',
        b'{"inspectors":[],"slack":0,"teams":[{"id":"T","groups":[]}],"v":"openlot/1"}',
        b'{"inspectors":[],"slack":0,"teams":[{"groups":[1],"id":"T"}],"v":"openlot/1"}',
        b'{"inspectors":[],"slack":0,"teams":[{"groups":[{],"id":"T"}],"v":"openlot/1"}',
        b'{"inspectors":[],"slack":0,"teams":[{"groups":[}],"id":"T"}],"v":"openlot/1"}',
        b'{"inspectors":[],"slack":0,"teams":[{"groups":["}],"id":"T"}],"v":"openlot/1"}',
        b'{"inspectors":[],"slack":0,"teams":[{"groups":[{"],"id":"T"}],"v":"openlot/1"}',
        b'{"groups":[],"id":"T"}],"v":"openlot/1"}',
    ],
)
def test_what_is_written_otherwise_is_left_to_others(data):
    assert split_teams(data) is None


@pytest.mark.parametrize(
    "tag", ["},{", '],"id":"', '"},{"groups":[', '],"v":"openlot/1"}', "]", "{"]
)
def test_tags_that_look_like_what_stands_between(tag):
    """Such a tag is read as it is, whichever way."""
    groups = (Group("a", 1, (tag,)), Group("b", 1, (), (tag, f"{tag}x")), MAIN)
    people = [Inspector("A", (tag,), 1)]
    data = write_assignment([Team("T1", groups), Team("T2", groups[1:])], people, 0)
    read = parse_assignment(data)
    assert [team.groups for team in read.teams] == [groups, groups[1:]]
    assert read.inspectors[0].tags == (tag,)


def spoilt(rng, data):
    """Bytes that differ from these in one place: a piece is left out, doubled, moved or changed."""
    at, to = sorted(rng.sample(range(len(data) + 1), 2))
    to = min(to, at + rng.choice((1, 2, 5, 40)))
    piece = data[at:to]
    other = rng.randrange(len(data))
    return rng.choice(
        [
            data[:at] + data[to:],
            data[:at] + piece + piece + data[to:],
            data[:at] + data[other : other + len(piece)] + data[to:],
            data[:at] + bytes([rng.choice(b'{}[],:"\\01ab \x00\xf0')]) + data[to:],
        ]
    )


def outcome(read, data):
    try:
        return read(data)
    except DrawError as error:
        return error.code, error.en, error.zh, error.member


def test_no_spoilt_file_is_read_otherwise_than_as_a_whole(monkeypatch):
    """A thousand files with one fault each, and the few in which it is none."""
    rng = random.Random(1)
    data = written((MAIN, LEAD), (), (LEAD,), (Group("z", 1),))
    cases = [data, *(spoilt(rng, data) for _ in range(1000))]
    by_parts = [outcome(parse_assignment, case) for case in cases]
    monkeypatch.setattr("app.sampling.openlot1.assignment.split_teams", lambda _: None)
    assert by_parts == [outcome(parse_assignment, case) for case in cases]
    assert sum(isinstance(one, Assignment) for one in by_parts) > 5


def of_teams(*teams, before=b'{"inspectors":[],"slack":0', version=b"openlot/1"):
    return before + b',"teams":[' + b",".join(teams) + b'],"v":"' + version + b'"}'


GROUP = b'{"demand":1,"excludes":[],"forbids":[],"name":"a","requires":[]}'


def team(team_id, *groups):
    return b'{"groups":[' + b",".join(groups) + b'],"id":"' + team_id + b'"}'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (of_teams(team(b"T1"), team(b"T1")), "teams-duplicate"),
        (of_teams(team(b"T2"), team(b"T1")), "teams-unsorted"),
        (of_teams(team(b"T1", GROUP), team(b"")), "team-id"),
        (of_teams(team(b"T\\u0031")), "not-canonical"),
        (of_teams(team(b"T1", GROUP, GROUP)), "group-duplicate"),
        (of_teams(team(b"T1", GROUP, b"{}")), "member-missing"),
        (of_teams(team(b"T1", GROUP.replace(b"1", b"0"))), "demand-none"),
        (of_teams(team(b"T1", GROUP.replace(b"1", b"1.0"))), "not-canonical"),
        (of_teams(team(b"T1", GROUP.replace(b"1", b"9007199254740992"))), "not-canonical"),
        (of_teams(team(b"T1", GROUP.replace(b":1,", b": 1,"))), "not-canonical"),
        (of_teams(team(b"T1", GROUP), before=b'{"inspectors":[],"slack":-1'), "slack-negative"),
        (of_teams(team(b"T1", GROUP), before=b'{"inspectors":[]'), "member-missing"),
        (of_teams(team(b"T1", GROUP), version=b"openlot/2"), "member-form"),
        (of_teams(team(b"T1", GROUP), before=b'{"a":{"inspectors":[],"slack":0'), "not-canonical"),
    ],
)
def test_faults_are_named_as_those_of_the_whole_file(data, code):
    with pytest.raises(DrawError) as caught:
        parse_assignment(data)
    assert (caught.value.code, caught.value.member) == (code, "assignment.json")


def test_the_parts_are_canonical_exactly_if_the_whole_is():
    data = of_teams(team(b"T1", GROUP), team(b"T2", GROUP, GROUP.replace(b'"a"', b'"b"')))
    parts = split_teams(data)
    assert canonical.loads(parts.groups)[1]["name"] == "b"
    assert canonical.dumps(canonical.loads(data)) == data
