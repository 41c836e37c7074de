"""The inspector draw in every byte of the vectors, the requests it refuses, and its certificates."""

import copy
import hashlib
import itertools
import json
import os
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
