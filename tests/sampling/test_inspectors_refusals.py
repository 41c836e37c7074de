"""Every rule of assignment.json refuses by its own code, and nothing is repaired on the way."""

import copy
import json

import pytest

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import (
    Group,
    Inspector,
    Team,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.inspectors import feasibility

BASE = {
    "v": "openlot/1",
    "slack": 0,
    "teams": [
        {
            "id": "T1",
            "groups": [
                {"name": "a", "demand": 1, "requires": ["x"], "forbids": [], "excludes": []},
                {"name": "b", "demand": 1, "requires": [], "forbids": ["y"], "excludes": ["A"]},
            ],
        },
        {"id": "T2", "groups": []},
    ],
    "inspectors": [
        {"id": "A", "tags": ["x"], "cap": 1, "load": 0},
        {"id": "B", "tags": [], "cap": 1, "load": 0},
    ],
}
GROUP = ("teams", 0, "groups", 0)
PERSON = ("inspectors", 0)
LONG_ID = "i" * 64
DROPPED = object()

BAD = [
    (("v",), "openlot/2", "member-form"),
    (("v",), 1, "member-type"),
    (("slack",), -1, "slack-negative"),
    (("slack",), True, "member-type"),
    (("slack",), None, "member-type"),
    (("slack",), "0", "member-type"),
    (("slack",), DROPPED, "member-missing"),
    (("note",), "", "member-unknown"),
    (("teams",), {}, "member-type"),
    (("teams",), DROPPED, "member-missing"),
    (("teams", 0), [], "member-type"),
    (("teams", 0, "id"), "", "team-id"),
    (("teams", 0, "id"), LONG_ID + "i", "team-id"),
    (("teams", 0, "id"), "T 1", "team-id"),
    (("teams", 0, "id"), "T1\n", "team-id"),
    (("teams", 0, "id"), "队", "team-id"),
    (("teams", 0, "id"), "T1", None),
    (("teams", 0, "id"), "T2", "teams-duplicate"),
    (("teams", 0, "id"), "T3", "teams-unsorted"),
    (("teams", 0, "id"), 1, "member-type"),
    (("teams", 0, "lead"), "A", "member-unknown"),
    (("teams", 0, "groups"), DROPPED, "member-missing"),
    (("teams", 0, "groups"), {}, "member-type"),
    ((*GROUP, "name"), "b", "group-duplicate"),
    ((*GROUP, "name"), "z", None),
    ((*GROUP, "name"), "", "group-name"),
    ((*GROUP, "name"), "g" * 32, None),
    ((*GROUP, "name"), "g" * 33, "group-name"),
    ((*GROUP, "name"), "a:b", "group-name"),
    ((*GROUP, "name"), "a|b", "group-name"),
    ((*GROUP, "demand"), 0, "demand-none"),
    ((*GROUP, "demand"), True, "member-type"),
    ((*GROUP, "demand"), 2**53, "not-canonical"),
    ((*GROUP, "demand"), DROPPED, "member-missing"),
    ((*GROUP, "rank"), 1, "member-unknown"),
    ((*GROUP, "requires"), "x", "member-type"),
    ((*GROUP, "requires"), ["y", "x"], "requires-unsorted"),
    ((*GROUP, "requires"), ["x", "x"], "requires-duplicate"),
    ((*GROUP, "requires"), [1], "requires-entry"),
    ((*GROUP, "requires"), ["a\x00"], "requires-entry"),
    ((*GROUP, "requires"), ["a\x1f"], "requires-entry"),
    ((*GROUP, "requires"), ["a\x7f"], "requires-entry"),
    ((*GROUP, "requires"), ["a\x80"], "requires-entry"),
    ((*GROUP, "requires"), ["a\x9f"], "requires-entry"),
    ((*GROUP, "requires"), ["a\xa0"], None),
    # By UTF-8 bytes U+FFFD stands before U+2CB02, by UTF-16 code units behind it.
    ((*GROUP, "requires"), ["\ufffd", "\U0002cb02"], None),
    ((*GROUP, "requires"), ["\U0002cb02", "\ufffd"], "requires-unsorted"),
    ((*GROUP, "forbids"), ["y", "x"], "forbids-unsorted"),
    ((*GROUP, "forbids"), ["x", "x"], "forbids-duplicate"),
    ((*GROUP, "forbids"), ["\n"], "forbids-entry"),
    ((*GROUP, "excludes"), ["B", "A"], "excludes-unsorted"),
    ((*GROUP, "excludes"), ["A", "A"], "excludes-duplicate"),
    ((*GROUP, "excludes"), ["A B"], "excludes-entry"),
    ((*GROUP, "excludes"), ["left-long-ago"], None),
    (("inspectors",), {}, "member-type"),
    (("inspectors", 0), "A", "member-type"),
    ((*PERSON, "id"), "B", "inspectors-duplicate"),
    ((*PERSON, "id"), "C", "inspectors-unsorted"),
    ((*PERSON, "id"), "A/1", "inspector-id"),
    ((*PERSON, "cap"), -1, "cap-negative"),
    ((*PERSON, "cap"), False, "member-type"),
    ((*PERSON, "cap"), "1", "member-type"),
    ((*PERSON, "load"), -1, "load-negative"),
    ((*PERSON, "load"), None, "member-type"),
    ((*PERSON, "load"), DROPPED, "member-missing"),
    ((*PERSON, "name"), "Li", "member-unknown"),
    ((*PERSON, "tags"), ["b", "a"], "tags-unsorted"),
    ((*PERSON, "tags"), ["a", "a"], "tags-duplicate"),
    ((*PERSON, "tags"), ["a\t"], "tags-entry"),
    ((*PERSON, "tags"), None, "member-type"),
]


def changed(path, value):
    """BASE with one place changed; json.dumps writes what canonical.dumps would refuse to."""
    result = copy.deepcopy(BASE)
    place = result
    for step in path[:-1]:
        place = place[step]
    if value is DROPPED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    try:
        return canonical.dumps(result)
    except DrawError:
        return json.dumps(result, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize(("path", "value", "code"), BAD)
def test_assignments_that_are_refused(path, value, code):
    data = changed(path, value)
    if code is None:
        parse_assignment(data)
        return
    with pytest.raises(DrawError) as refusal:
        parse_assignment(data)
    assert (refusal.value.code, refusal.value.member) == (code, "assignment.json")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        canonical.dumps(BASE) + b"\n",
        json.dumps(BASE).encode(),
        canonical.dumps(BASE).replace(b'"slack":0', b'"slack":0.0'),
        canonical.dumps(BASE).replace(b'"slack":0', b'"slack":0,"slack":0'),
        b"\xef\xbb\xbf" + canonical.dumps(BASE),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data):
    with pytest.raises(DrawError) as refusal:
        parse_assignment(data)
    assert (refusal.value.code, refusal.value.member) == ("not-canonical", "assignment.json")


def test_writing_refuses_what_reading_would():
    twice = [Inspector("A", (), 1), Inspector("A", ("x",), 1)]
    with pytest.raises(DrawError) as refusal:
        write_assignment([], twice, 0)
    assert refusal.value.code == "inspectors-duplicate"
    with pytest.raises(DrawError) as refusal:
        write_assignment([Team("T", (Group("a", 0),))], [], 0)
    assert refusal.value.code == "demand-none"


def test_loads_beyond_the_integers_of_the_format_are_refused():
    data = write_assignment(
        [Team("T", (Group("a", 1),))], [Inspector("A", (), 1, canonical.MAX_INTEGER)], 0
    )
    with pytest.raises(DrawError) as refusal:
        feasibility(parse_assignment(data))
    assert refusal.value.code == "level-range"
