"""The edges of a draw's parts in a bundle: their files, what the log says of them, the results."""

import hashlib
import json
from dataclasses import dataclass

import pytest
from bundles import make_bundle, own_vectors
from campaigns import CAMPAIGNS, make_campaign

from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.parts import (
    drawn_figures,
    expect_committed,
    expect_logged,
    frozen_figures,
    parts_in,
    result_member,
)

TARGETS = own_vectors("openlot1-target.json")["cases"]
EXCLUDED = [("91x", "deregistered", "注销 2026-01"), ("92", "x-local", ""), ("93", "x-local", "y")]
OPEN, _ = make_bundle(TARGETS[0], "audit", excluded=EXCLUDED)
SEALED, _ = make_bundle(TARGETS[1], "audit", excluded=EXCLUDED)
PUBLIC, _ = make_bundle(TARGETS[1], "public", excluded=EXCLUDED)
CAMPAIGN, _ = make_campaign(CAMPAIGNS["mixed"][0], "audit")
HIDDEN, _ = make_campaign(CAMPAIGNS["mixed"][0], "public")
FOLDERS = ("parts/1-fire/", "parts/2-Toys_3/")


def parts_of(members):
    return parts_in(members, parse_commitment(members["commitment.json"]))


def refusal(call, *given):
    """(code, member, line, what is said) of the refusal."""
    with pytest.raises(DrawError) as caught:
        call(*given)
    error = caught.value
    return error.code, error.member, error.line, error.en


def digest(data):
    return hashlib.sha256(data).hexdigest()


def ids_of(data):
    """published.tsv of this selected.tsv."""
    return b"".join(sorted(line.split(b"\t")[2] + b"\n" for line in data.splitlines()))


def table(data):
    return {"count": data.count(b"\n"), "sha256": digest(data)}


def test_the_files_of_each_part():
    [plain] = parts_of(OPEN)
    assert (plain.folder, plain.part.name, plain.name("frame.tsv")) == ("", "", "frame.tsv")
    assert plain.read("frame.tsv") == OPEN["frame.tsv"]
    parts = parts_of(CAMPAIGN)
    assert tuple(part.folder for part in parts) == FOLDERS
    assert [part.part.name for part in parts] == ["fire", "Toys_3"]
    for part in parts:
        assert part.name("frame.tsv") == part.folder + "frame.tsv"
        assert part.read("frame.tsv") == CAMPAIGN[part.folder + "frame.tsv"]


def frozen_of(value):
    return {
        name: {n: value[name][n] for n in ("count", "root", "sha256")}
        for name in ("frame", "excluded")
    }


def test_what_the_log_says_at_the_freeze():
    for members in (OPEN, SEALED, PUBLIC):
        expected = frozen_of(json.loads(members["commitment.json"]))
        assert frozen_figures(parts_of(members)) == parts_of(members)[0].frozen() == expected
    for members in (CAMPAIGN, HIDDEN):
        told = json.loads(members["commitment.json"])["parts"]
        expected = [{"name": part["name"], **frozen_of(part)} for part in told]
        assert frozen_figures(parts_of(members)) == {"parts": expected}


def test_what_the_log_says_of_a_plain_result():
    for members in (OPEN, SEALED):
        result = digest(members["result.json"])
        expected = {"result": result, "published": table(ids_of(members["selected.tsv"]))}
        for published in ({}, {"published": "not looked at here"}):
            found = drawn_figures(parts_of(members), {"result": result, **published})
            assert found == expected
        for logged, theirs in (({}, None), ({"result": "0"}, "0")):
            found = refusal(drawn_figures, parts_of(members), logged)
            said = f"is {result}, the log says {theirs}"
            assert found == ("log-statement", "result.json", None, said)
    data = PUBLIC["published.tsv"]
    logged = {"result": "r", "published": table(data)}
    assert drawn_figures(parts_of(PUBLIC), logged) == logged
    for other in (None, {"count": 0, "sha256": digest(data)}):
        found = refusal(drawn_figures, parts_of(PUBLIC), {"result": "r", "published": other})
        said = f"is {table(data)}, the log says {other}"
        assert found == ("log-statement", "published.tsv", None, said)
    assert refusal(drawn_figures, parts_of(PUBLIC), {})[1] == "published.tsv"


def test_without_its_files_a_part_is_what_the_log_says():
    parts = parts_in({}, parse_commitment(OPEN["commitment.json"]))
    logged = {"result": 1, "published": 2, "other": 3}
    assert drawn_figures(parts, logged) == {"result": 1, "published": 2}
    assert drawn_figures(parts, {}) == {"result": None, "published": None}
    both = OPEN | {"published.tsv": b"x\n"}
    found = drawn_figures(parts_of(both), {"result": digest(OPEN["result.json"])})
    assert found["published"] == table(ids_of(OPEN["selected.tsv"]))


def logged_of(members):
    entries = []
    for folder, name in zip(FOLDERS, ("fire", "Toys_3"), strict=True):
        ids = members.get(folder + "published.tsv")
        ids = ids_of(members[folder + "selected.tsv"]) if ids is None else ids
        result = members.get(folder + "result.json")
        told = "hidden" if result is None else digest(result)
        entries.append({"name": name, "result": told, "published": table(ids)})
    return entries


@pytest.mark.parametrize(
    ("members", "file"), [(CAMPAIGN, "result.json"), (HIDDEN, "published.tsv")]
)
def test_what_the_log_says_of_the_results_of_parts(members, file):
    entries = logged_of(members)
    parts = parts_of(members)
    assert drawn_figures(parts, {"parts": entries}) == {"parts": entries}
    # One entry more is no part's; the statement as a whole tells.
    assert drawn_figures(parts, {"parts": [*entries, {}]}) == {"parts": entries}
    for wrong, folder in (
        ([], 0),
        (None, 0),
        ({}, 0),
        ("x", 0),
        (entries[:1], 1),
        ([entries[0], None], 1),
        ([entries[0], []], 1),
        ([[], entries[1]], 0),
        (entries[::-1], 0),
    ):
        found = refusal(drawn_figures, parts, {"parts": wrong})
        assert found[:2] == ("log-statement", FOLDERS[folder] + file), wrong
    assert refusal(drawn_figures, parts, {})[1] == FOLDERS[0] + file
    assert refusal(drawn_figures, parts, entries[0])[1] == FOLDERS[0] + file


def test_members_of_results():
    members = {"r": b'{"seed":7}', "list": b"[1]", "bad": b"{", "folder/result.json": b'{"a":1}'}
    assert result_member(members, "r", "seed") == 7
    assert result_member(members, "r", "other") is None
    assert result_member(members, "absent", "seed") is None
    assert result_member(members, "list", "seed") is None
    assert refusal(result_member, members, "bad", "seed")[1] == "bad"
    [part] = parts_of(OPEN)
    assert part.result("seed") == json.loads(OPEN["result.json"])["seed"]
    for each in parts_of(CAMPAIGN):
        result = json.loads(CAMPAIGN[each.folder + "result.json"])
        assert each.result("published") == result["published"]


@pytest.mark.parametrize("members", [OPEN, SEALED, CAMPAIGN], ids=["open", "sealed", "campaign"])
def test_lists_that_are_the_committed_ones(members):
    for part in parts_of(members):
        part.check_excluded()
        strata = [line.split(b"\t")[1].strip() for line in part.read("frame.tsv").splitlines()]
        found = part.check_frame()
        assert {s: n for s, n in found.items() if n} == {
            s.decode(): strata.count(s) for s in set(strata)
        }


@dataclass
class Files:
    """A part with one of its files changed."""

    members: dict
    number: int

    def part(self, file, data):
        folder = parts_of(self.members)[self.number].folder
        changed = self.members | {folder + file: data}
        return parts_in(changed, parse_commitment(self.members["commitment.json"]))[self.number]


CASES = [(OPEN, 0), (SEALED, 0), (CAMPAIGN, 0), (CAMPAIGN, 1)]


@pytest.mark.parametrize(("members", "number"), CASES)
def test_excluded_lists_that_are_not(members, number):
    files = Files(members, number)
    name = parts_of(members)[number].name("excluded.tsv")
    good = members[name]
    found = refusal(files.part("excluded.tsv", good + b"x").check_excluded)
    assert found[1:3] == (name, good.count(b"\n") + 1)
    if not good:
        return
    lines = good.splitlines(keepends=True)
    found = refusal(files.part("excluded.tsv", good[: -len(lines[-1])]).check_excluded)
    assert found[:3] == ("not-committed", name, None)
    theirs = parts_of(members)[number].part.excluded.sha256
    ours = digest(good[: -len(lines[-1])])
    assert found[3] == f"sha256 is {ours}, the commitment says {theirs}"
    first = lines[0].split(b"\t")
    other = b"\t".join([first[0], first[1], b"changed\n", *([] if len(first) < 4 else [first[3]])])
    other = other.replace(b"changed\n\t", b"changed\t")
    found = refusal(files.part("excluded.tsv", other + b"".join(lines[1:])).check_excluded)
    assert found[:2] == ("not-committed", name)
    found = refusal(files.part("excluded.tsv", lines[-1] + lines[0]).check_excluded)
    assert found[1:3] == (name, 2)


@pytest.mark.parametrize(("members", "number"), CASES)
def test_frames_that_are_not(members, number):
    files = Files(members, number)
    part = parts_of(members)[number]
    good, name = part.read("frame.tsv"), part.name("frame.tsv")
    shorter = good[: good.rindex(b"\n", 0, -1) + 1]
    found = refusal(files.part("frame.tsv", shorter).check_frame)
    assert found[:3] == ("frame-not-committed", name, None)
    found = refusal(files.part("frame.tsv", good[:-1]).check_frame)
    assert found[1] == name
    found = refusal(files.part("frame.tsv", b"a b\tA/1\n" + good).check_frame)
    assert found[1:3] == (name, 1)


@pytest.mark.parametrize(("members", "number"), CASES)
def test_an_object_in_both_lists(members, number):
    """Of several the first of the frame is told, with its line."""
    files = Files(members, number)
    part = parts_of(members)[number]
    lines = part.read("frame.tsv").splitlines()
    sealed = part.part.frame.sealed
    rows = [
        b"\t".join([line.split(b"\t")[0], b"deregistered", b"", *([b"0" * 32] if sealed else [])])
        + b"\n"
        for line in (lines[2], lines[5])
    ]
    for listed, at in ((rows, 2), (rows[1:], 5)):
        found = refusal(files.part("excluded.tsv", b"".join(listed)).check_frame)
        object_id = lines[at].split(b"\t")[0].decode()
        said = f"{object_id} is also excluded"
        assert found == ("object-in-both", part.name("frame.tsv"), at + 1, said)
    files.part("excluded.tsv", b"").check_frame()


@dataclass(frozen=True)
class Draw:
    selected_tsv: bytes
    reserves_tsv: bytes
    result_json: bytes


@pytest.mark.parametrize(("members", "number"), CASES)
def test_results_are_the_recomputed_ones(members, number):
    part = parts_of(members)[number]
    names = ("selected.tsv", "reserves.tsv", "result.json")
    good = [part.read(name) for name in names]
    part.check_draw(Draw(*good))
    for i, name in enumerate(names):
        wrong = [data + b"x" if i == j else data for j, data in enumerate(good)]
        found = refusal(part.check_draw, Draw(*wrong))
        assert found[:2] == ("replay-differs", part.name(name))
    assert refusal(part.check_draw, Draw(b"a", b"b", b"c"))[1] == part.name("selected.tsv")
    assert refusal(part.check_draw, Draw(good[0], b"b", b"c"))[1] == part.name("reserves.tsv")


def test_whom_a_part_blames():
    [first, _] = parts_of(CAMPAIGN)

    def raised(member, line=None):
        with first.blaming():
            raise DrawError("some-code", "en", "zh", member=member, line=line)

    for name in ("excluded.tsv", "frame.tsv", "reserves.tsv", "result.json", "selected.tsv"):
        assert refusal(raised, name, 4) == ("some-code", FOLDERS[0] + name, 4, "en")
    for name in ("commitment.json", "seed.txt", None):
        assert refusal(raised, name, 4) == ("some-code", name, 4, "en")


def test_figures_that_are_compared():
    expect_logged("m", 1, 1)
    expect_committed("m", "count", 1, 1)
    assert refusal(expect_logged, "m", 1, 2) == (
        "log-statement",
        "m",
        None,
        "is 1, the log says 2",
    )
    assert refusal(expect_committed, "m", "count", 1, 2) == (
        "not-committed",
        "m",
        None,
        "count is 1, the commitment says 2",
    )
