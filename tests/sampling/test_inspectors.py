"""The inspector draw in every byte of the vectors, the requests it refuses, and its certificates."""

import copy
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bundles import own_vectors

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.assignment import (
    Assignment,
    Group,
    Inspector,
    Team,
    parse_assignment,
    write_assignment,
)
from app.sampling.openlot1.certificate import check_certificate
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.inspectors import Feasible, Infeasible, assign, choose, feasibility

CASES = own_vectors("openlot1-inspector.json")["cases"]
FEASIBLE = [case for case in CASES if case["result_json"] is not None]
INFEASIBLE = [case for case in CASES if case["result_json"] is None]
ROOT = Path(__file__).parents[2]


def files(case):
    return (
        canonical.dumps(case["assignment"]),
        canonical.dumps(case["commitment"]),
        case["seed_txt"].encode(),
    )


def name(case):
    return case["commitment"]["draw_id"]


def committed(assignment, *, alg="sha256", stage="inspector"):
    """A commitment to these bytes, and a seed.txt for it."""
    value = copy.deepcopy(CASES[0]["commitment"]) | {"alg": alg, "stage": stage}
    value["assignment"] = {"sha256": hashlib.sha256(assignment).hexdigest()}
    commitment = canonical.dumps(value)
    cd = hashlib.sha256(commitment).hexdigest()
    return commitment, f"openlot/1/seed\n{cd}\n{CASES[0]['sources'][0]}\n".encode()


def without(assignment, team_id, group_name):
    teams = tuple(
        Team(team.id, tuple(g for g in team.groups if (team.id, g.name) != (team_id, group_name)))
        for team in assignment.teams
    )
    return Assignment(teams, assignment.inspectors, assignment.slack)


def only(assignment, seats):
    named = {(team_id, group_name) for team_id, group_name, _ in seats}
    teams = tuple(
        Team(team.id, tuple(g for g in team.groups if (team.id, g.name) in named))
        for team in assignment.teams
    )
    return Assignment(teams, assignment.inspectors, assignment.slack)


def assert_minimal(assignment, certificate):
    """The groups named cannot be filled, but can without any one of them."""
    alone = only(assignment, certificate["seats"])
    assert isinstance(feasibility(alone), Infeasible)
    for team_id, group_name, _ in certificate["seats"]:
        assert isinstance(feasibility(without(alone, team_id, group_name)), Feasible)


def test_the_vectors_hold_both_kinds():
    assert (len(FEASIBLE), len(INFEASIBLE)) == (59, 21)


@pytest.mark.parametrize("case", FEASIBLE, ids=name)
def test_vectors_with_a_result(case):
    assignment, commitment, seed_txt = files(case)
    draw = assign(assignment, commitment, seed_txt)
    assert hashlib.sha256(assignment).hexdigest() == case["assignment_sha256"]
    assert draw.assignment_tsv == case["assignment_tsv"].encode()
    assert draw.result_json == case["result_json"].encode()
    result = json.loads(draw.result_json)
    assert (result["cd"], result["seed"]) == (case["cd"], case["seed"])
    assert draw.level == result["L"] == case["L"]
    lines = [[s.team, s.group, str(s.number), s.inspector, s.ticket] for s in draw.seats]
    assert lines == [line.split("\t") for line in case["assignment_tsv"].splitlines()]
    assert feasibility(parse_assignment(assignment)) == Feasible(level=case["L"])


@pytest.mark.parametrize("case", INFEASIBLE, ids=name)
def test_vectors_without_a_result(case):
    assignment = files(case)[0]
    assert hashlib.sha256(assignment).hexdigest() == case["assignment_sha256"]
    with pytest.raises(Infeasible) as refusal:
        assign(*files(case))
    parsed = parse_assignment(assignment)
    certificate = refusal.value.certificate
    assert check_certificate(parsed, certificate)
    assert_minimal(parsed, certificate)
    assert feasibility(parsed).certificate == certificate


@pytest.mark.parametrize("case", CASES, ids=name)
def test_writing_in_any_order_gives_the_bytes_of_the_vectors(case):
    data = canonical.dumps(case["assignment"])
    parsed = parse_assignment(data)
    teams = [
        Team(
            team.id,
            tuple(
                Group(g.name, g.demand, g.requires[::-1], g.forbids[::-1], g.excludes[::-1])
                for g in team.groups
            ),
        )
        for team in reversed(parsed.teams)
    ]
    inspectors = [Inspector(i.id, i.tags[::-1], i.cap, i.load) for i in parsed.inspectors[::-1]]
    assert write_assignment(teams, inspectors, parsed.slack) == data


def test_nothing_to_fill_is_an_empty_file_at_level_zero():
    data = write_assignment([Team("T", ())], [Inspector("A", (), 1, 7)], 0)
    draw = assign(data, *committed(data))
    assert (draw.assignment_tsv, draw.level, draw.seats) == (b"", 0, ())
    result = json.loads(draw.result_json)
    assert (result["teams"], result["seats"]) == (1, 0)
    nobody = write_assignment([], [], 0)
    assert assign(nobody, *committed(nobody)).assignment_tsv == b""


def test_groups_keep_their_order_and_teams_are_sorted():
    people = [Inspector(f"I{i}", (), 9) for i in range(4)]
    teams = [Team(t, (Group("z", 2), Group("a", 1))) for t in ("T2", "T10", "T1")]
    data = write_assignment(teams, people, 0)
    lines = assign(data, *committed(data)).assignment_tsv.decode().splitlines()
    assert [tuple(line.split("\t")[:3]) for line in lines] == [
        (team, group, seat)
        for team in ("T1", "T10", "T2")
        for group, seat in (("z", "1"), ("z", "2"), ("a", "1"))
    ]


def test_sm3_draws_by_its_own_tickets():
    people = [Inspector(f"I{i}", (), 9) for i in range(30)]
    data = write_assignment([Team("T", (Group("a", 5),))], people, 0)
    sha256, sm3 = (assign(data, *committed(data, alg=alg)) for alg in ("sha256", "sm3"))
    assert {s.inspector for s in sha256.seats} != {s.inspector for s in sm3.seats}


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


def test_another_assignment_than_the_committed_one_is_refused():
    assignment, commitment, seed_txt = files(FEASIBLE[0])
    with pytest.raises(DrawError) as refusal:
        assign(assignment.replace(b'"slack":1', b'"slack":2'), commitment, seed_txt)
    assert (refusal.value.code, refusal.value.member) == ("assignment-digest", "assignment.json")


def test_a_commitment_of_the_target_stage_is_refused():
    case = own_vectors("openlot1-target.json")["cases"][0]
    commitment = canonical.dumps(case["commitment"])
    with pytest.raises(DrawError) as refusal:
        assign(files(FEASIBLE[0])[0], commitment, case["seed_txt"].encode())
    assert (refusal.value.code, refusal.value.member) == ("stage-not-inspector", "commitment.json")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("openlot/1/seed", "openlot/2/seed", "seed-header"),
        ("dice:", "dice:x", None),
        ("dice:", "test:", None),
    ],
)
def test_a_seed_that_does_not_fit_the_commitment_is_refused(old, new, code):
    assignment, commitment, seed_txt = files(FEASIBLE[0])
    with pytest.raises(DrawError) as refusal:
        assign(assignment, commitment, seed_txt.replace(old.encode(), new.encode()))
    assert refusal.value.member == "seed.txt"
    assert code in (None, refusal.value.code)


def test_the_seed_of_another_draw_is_refused():
    assignment, commitment, _ = files(FEASIBLE[0])
    with pytest.raises(DrawError) as refusal:
        assign(assignment, commitment, files(FEASIBLE[1])[2])
    assert refusal.value.code == "seed-cd"


def test_loads_beyond_the_integers_of_the_format_are_refused():
    data = write_assignment(
        [Team("T", (Group("a", 1),))], [Inspector("A", (), 1, canonical.MAX_INTEGER)], 0
    )
    with pytest.raises(DrawError) as refusal:
        feasibility(parse_assignment(data))
    assert refusal.value.code == "level-range"


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
    """What is proposed is tried out here, with all separate shortages together."""
    tried = 0
    for case in INFEASIBLE:
        parsed = parse_assignment(canonical.dumps(case["assignment"]))
        proposals = feasibility(parsed).proposals
        kinds = Counter(p.kind for p in proposals)
        raises = [p.en for p in proposals if p.kind == "raise-cap"]
        if "others" in " ".join(raises) or kinds["shortage"] != len(raises):
            continue
        new = {i: int(cap) for text in raises for i, cap in re.findall(r"(\S+) \d+→(\d+)", text)}
        better = tuple(
            Inspector(i.id, i.tags, new.get(i.id, i.cap), i.load) for i in parsed.inspectors
        )
        assert isinstance(feasibility(Assignment(parsed.teams, better, parsed.slack)), Feasible), (
            raises
        )
        tried += 1
    assert tried or not any(
        p.kind == "raise-cap"
        for case in INFEASIBLE
        for p in feasibility(parse_assignment(canonical.dumps(case["assignment"]))).proposals
    )


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


def equal_officers(seeds, *, seed_of=lambda number: f"{number:064x}"):
    """How often each of six equal officers, and each pair, gets a seat of a team of two."""
    officers = [Inspector(f"I{i}", ("x",), 2) for i in range(6)]
    data = write_assignment([Team("T", (Group("a", 1), Group("b", 1, ("x",))))], officers, 1)
    parsed = parse_assignment(data)
    single, pairs = Counter(), Counter()
    for number in range(seeds):
        seats = choose(parsed, alg="sha256", seed=seed_of(number), scope="s")[1]
        drawn = [seat.inspector for seat in seats]
        single.update(drawn)
        pairs[frozenset(drawn)] += 1
    return (
        [single[i.id] for i in officers],
        [pairs[frozenset(p)] for p in itertools.combinations([i.id for i in officers], 2)],
    )


def chi_square(counts):
    mean = sum(counts) / len(counts)
    return sum((count - mean) ** 2 for count in counts) / mean


def test_equal_officers_have_equal_chances():
    """Bounds are the 99.9 % points of chi-square with 5 and 14 degrees; the seeds are fixed."""
    single, pairs = equal_officers(3000)
    assert sum(single) == 6000
    # Two different officers at a time vary less than two independent draws, so the bound is safe.
    assert chi_square(single) < 20.5
    assert chi_square(pairs) < 36.1


def test_unequal_chances_are_seen():
    """A seed that ends in few different ways gives few different results: both bounds break."""
    single, pairs = equal_officers(3000, seed_of=lambda number: f"{number % 8:064x}")
    assert chi_square(single) > 20.5
    assert chi_square(pairs) > 36.1


def test_hash_seed_of_the_interpreter_changes_nothing():
    script = (
        "import json, hashlib, sys\n"
        "from app.sampling.openlot1 import canonical\n"
        "from app.sampling.openlot1.inspectors import Infeasible, assign\n"
        "h = hashlib.sha256()\n"
        "for c in json.load(open(sys.argv[1], encoding='utf-8'))['cases']:\n"
        "    files = [canonical.dumps(c['assignment']), canonical.dumps(c['commitment'])]\n"
        "    try:\n"
        "        d = assign(*files, c['seed_txt'].encode())\n"
        "        h.update(d.assignment_tsv + d.result_json)\n"
        "    except Infeasible as e:\n"
        "        h.update(canonical.dumps(e.certificate) + e.zh.encode())\n"
        "        h.update(''.join(p.zh + p.en for p in e.proposals).encode())\n"
        "print(h.hexdigest())\n"
    )
    vectors = Path(__file__).parent / "vectors" / "openlot1-inspector.json"
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(vectors)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Shanghai"},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "31337")
    }
    assert len(digests) == 1
