"""The edges of assignment.json: alphabets, lengths, order, and the place that a refusal names."""

import copy

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import (
    Group,
    Inspector,
    Team,
    may_take,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.errors import DrawError

ASCII = [chr(code) for code in range(128)]
WORD = {c for c in ASCII if c.isalnum()}
BASE = {
    "v": "openlot/1",
    "slack": 0,
    "teams": [
        {"id": "T0", "groups": []},
        {
            "id": "T1",
            "groups": [
                {"name": "z", "demand": 1, "requires": [], "forbids": [], "excludes": []},
                {"name": "a", "demand": 1, "requires": [], "forbids": [], "excludes": []},
            ],
        },
    ],
    "inspectors": [
        {"id": "A", "tags": [], "cap": 0, "load": 0},
        {"id": "B", "tags": [], "cap": 0, "load": 0},
    ],
}
GROUP = ("teams", 1, "groups", 1)
PERSON = ("inspectors", 1)


def changed(path, value):
    result = copy.deepcopy(BASE)
    place = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return canonical.dumps(result)


def accepted(path, value):
    try:
        parse_assignment(changed(path, value))
    except DrawError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "form", "alphabet"),
    [
        (("teams", 1, "id"), "U{}", WORD | set("._:-")),
        ((*PERSON, "id"), "B{}", WORD | set("._:-")),
        ((*GROUP, "name"), "b{}", WORD | set("._-")),
        ((*GROUP, "excludes"), ["x{}"], WORD | set("._:-")),
        ((*GROUP, "requires"), ["x{}"], set(ASCII[32:127])),
        ((*GROUP, "requires"), ["{}x"], set(ASCII[32:127])),
        ((*GROUP, "forbids"), ["x{}"], set(ASCII[32:127])),
        ((*PERSON, "tags"), ["x{}"], set(ASCII[32:127])),
    ],
)
def test_alphabets(path, form, alphabet):
    def filled(char):
        return form.format(char) if isinstance(form, str) else [form[0].format(char)]

    assert {char for char in ASCII if accepted(path, filled(char))} == alphabet


@pytest.mark.parametrize(
    ("path", "value", "fine"),
    [
        (("teams", 1, "id"), "U" * 64, True),
        (("teams", 1, "id"), "U" * 65, False),
        ((*PERSON, "id"), "U" * 64, True),
        ((*PERSON, "id"), "U" * 65, False),
        ((*GROUP, "name"), "U" * 32, True),
        ((*GROUP, "name"), "U" * 33, False),
        ((*GROUP, "excludes"), ["U" * 64], True),
        ((*GROUP, "excludes"), ["U" * 65], False),
        ((*GROUP, "requires"), [""], True),
        ((*PERSON, "tags"), ["", "x" * 1000], True),
        ((*GROUP, "demand"), 1, True),
        ((*GROUP, "demand"), 0, False),
        ((*PERSON, "cap"), 0, True),
        ((*PERSON, "load"), 0, True),
        (("slack",), 0, True),
        (("slack",), -1, False),
    ],
)
def test_lengths_and_least_values(path, value, fine):
    assert accepted(path, value) == fine


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        (("teams", 1, "id"), "", "team-id", "teams[1].id"),
        (("teams", 1, "id"), "T0", "teams-duplicate", "teams[1]"),
        (("teams", 1, "id"), "S", "teams-unsorted", "teams[1]"),
        (("teams", 1, "groups"), 1, "member-type", "teams[1].groups"),
        ((*GROUP, "name"), "z", "group-duplicate", "teams[1].groups"),
        ((*GROUP, "name"), "", "group-name", "teams[1].groups[1].name"),
        ((*GROUP, "demand"), 0, "demand-none", "teams[1].groups[1].demand"),
        ((*GROUP, "requires"), ["a", 1], "requires-entry", "teams[1].groups[1].requires[1]"),
        ((*GROUP, "requires"), ["b", "a"], "requires-unsorted", "teams[1].groups[1].requires[1]"),
        ((*GROUP, "forbids"), ["a", "a"], "forbids-duplicate", "teams[1].groups[1].forbids[1]"),
        ((*GROUP, "excludes"), [""], "excludes-entry", "teams[1].groups[1].excludes[0]"),
        ((*PERSON, "id"), "", "inspector-id", "inspectors[1].id"),
        ((*PERSON, "id"), "A", "inspectors-duplicate", "inspectors[1]"),
        ((*PERSON, "tags"), ["a", "a"], "tags-duplicate", "inspectors[1].tags[1]"),
        ((*PERSON, "cap"), -1, "cap-negative", "inspectors[1].cap"),
        ((*PERSON, "load"), -1, "load-negative", "inspectors[1].load"),
        (("slack",), -1, "slack-negative", "slack"),
        (("v",), "1", "member-form", "v"),
    ],
)
def test_a_refusal_names_its_place(path, value, code, place):
    with pytest.raises(DrawError) as caught:
        parse_assignment(changed(path, value))
    assert (caught.value.code, caught.value.member) == (code, "assignment.json")
    assert caught.value.en.startswith(f"{place} ")
    assert caught.value.zh.startswith(f"{place} ")


def test_writing_sorts_everything_but_groups():
    groups = (
        Group("z", 2, ("b", "a"), ("d", "c"), ("B", "A")),
        Group("a", 1),
    )
    people = [Inspector("B", ("y", "x"), 1, 2), Inspector("A", (), 3)]
    data = write_assignment([Team("T2", ()), Team("T1", groups)], people, 4)
    assert data == (
        b'{"inspectors":[{"cap":3,"id":"A","load":0,"tags":[]},'
        b'{"cap":1,"id":"B","load":2,"tags":["x","y"]}],"slack":4,"teams":[{"groups":['
        b'{"demand":2,"excludes":["A","B"],"forbids":["c","d"],"name":"z","requires":["a","b"]},'
        b'{"demand":1,"excludes":[],"forbids":[],"name":"a","requires":[]}],"id":"T1"},'
        b'{"groups":[],"id":"T2"}],"v":"openlot/1"}'
    )
    parsed = parse_assignment(data)
    assert [team.id for team in parsed.teams] == ["T1", "T2"]
    assert [group.name for group in parsed.teams[0].groups] == ["z", "a"]
    assert parsed.inspectors[0] == Inspector("A", (), 3, 0)
    assert parsed.slack == 4


@pytest.mark.parametrize(
    ("tags", "group", "may"),
    [
        ((), Group("g", 1), True),
        (("x",), Group("g", 1, ("x",)), True),
        ((), Group("g", 1, ("x",)), False),
        (("x",), Group("g", 1, ("x", "y")), False),
        (("x",), Group("g", 1, (), ("x",)), False),
        (("x",), Group("g", 1, (), ("y",)), True),
        (("x",), Group("g", 1, (), (), ("A",)), False),
        (("x",), Group("g", 1, (), (), ("B",)), True),
        (("x", "y"), Group("g", 1, ("x",), ("y",)), False),
    ],
)
def test_who_may_take_a_seat(tags, group, may):
    assert may_take(Inspector("A", tags, 1), group) == may


@pytest.mark.parametrize("order", ["acb", "bac", "abb"])
def test_every_pair_is_in_order(order):
    assert not accepted(("inspectors", 0, "tags"), list(order))
    teams = [{"id": team_id, "groups": []} for team_id in order]
    assert not accepted(("teams",), teams)
    assert accepted(("teams",), sorted(teams[:2], key=lambda team: team["id"]))
