"""The edges of a verification: which check fails, whom it blames, and what is only not checked."""

import hashlib

import pytest
from bundles import MemoryLog, make_bundle, own_vectors, with_sums
from campaigns import FIRE, FOOD, _sealed, make_campaign
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.evidence import verify_bundle

TARGETS = own_vectors("openlot1-target.json")["cases"]
INSPECTORS = [c for c in own_vectors("openlot1-inspector.json")["cases"] if c["result_json"]]
EXCLUDED = [("91x", "deregistered", "注销 2026-01"), ("92", "x-local", ""), ("93", "x-local", "y")]
MIXED = [FIRE, _sealed(FOOD)]
BUNDLES = {
    "open": make_bundle(TARGETS[0], "audit", excluded=EXCLUDED),
    "sealed": make_bundle(TARGETS[1], "audit", excluded=EXCLUDED),
    "public": make_bundle(TARGETS[1], "public", excluded=EXCLUDED),
    "inspector": make_bundle(INSPECTORS[0], "audit"),
    "campaign": make_campaign(MIXED, "audit"),
    "public-campaign": make_campaign(MIXED, "public"),
}
FIRST = [
    "members",
    "sums",
    "commitment",
    "log-inclusion",
    "log-consistency",
    "log-signature",
    "log-order",
    "log-statements",
    "seed",
]
LAST = ["replay", "beacons", "outside"]
OWN = {"inspector": ["assignment"], "public": [], "public-campaign": []}
RESULTS = ("excluded.tsv", "frame.tsv", "selected.tsv", "reserves.tsv", "result.json")


def fault(members, key=None):
    """(the check that failed, the member it blames, what it says), None if none failed."""
    failure = verify_bundle(members, log_key=key).failure
    return failure and (failure.name, failure.member, failure.en)


def replaced(kind, name, data):
    """The fault of a bundle with this member changed and its sums made anew."""
    good, key = BUNDLES[kind]
    return fault(with_sums(good | {name: data}), key)


@pytest.mark.parametrize("kind", BUNDLES)
def test_what_is_checked_of_whole_bundles(kind):
    members, key = BUNDLES[kind]
    names = [*FIRST, *OWN.get(kind, ["excluded", "frame"]), *LAST]
    for log_key in (key, None):
        steps = verify_bundle(members, log_key=log_key).steps
        assert [step.name for step in steps] == names
        unchecked = {"outside"} | ({"log-signature"} if log_key is None else set())
        unchecked |= {"replay"} if kind.startswith("public") else set()
        found = {step.name for step in steps if step.verdict == "not-checked"}
        assert found == unchecked
        assert {step.verdict for step in steps if step.name not in found} == {"passed"}
        assert all(step.member is None for step in steps)
        # What is not checked says why, whatever it is.
        assert all(step.en and step.zh for step in steps)


def test_a_malformed_key_is_the_callers():
    members, key = BUNDLES["open"]
    with pytest.raises(DrawError) as caught:
        verify_bundle(members, log_key=key[:-4])
    assert caught.value.code in {"vkey-malformed", "base64-malformed"}
    with pytest.raises(DrawError):
        verify_bundle(members, log_key="")


@pytest.mark.parametrize("kind", BUNDLES)
def test_the_key_of_another_log(kind):
    other = MemoryLog(Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)).vkey
    found = fault(BUNDLES[kind][0], other)
    assert found[:2] == ("log-signature", "log/committed.proof")


@pytest.mark.parametrize("kind", BUNDLES)
def test_the_check_that_finds_it(kind):
    members, key = BUNDLES[kind]
    rest = {name: data for name, data in members.items() if name != "seed.txt"}
    assert fault(rest, key)[:2] == ("members", "seed.txt")
    assert fault(members | {"verify.py": b"x"}, key)[:2] == ("sums", "verify.py")
    for name, check in (
        ("commitment.json", "commitment"),
        ("log/drawn.proof", "log-inclusion"),
        ("log/consistency.proof", "log-consistency"),
        ("seed.txt", "seed"),
        (dice(kind)[0], "seed"),
    ):
        assert replaced(kind, name, b"{")[:2] == (check, name)


def test_inputs_and_results_by_their_check():
    cases = {"open": [""], "sealed": [""], "campaign": ["parts/1-fire/", "parts/2-food/"]}
    for kind, folders in cases.items():
        members = BUNDLES[kind][0]
        for folder in folders:
            for name, check in zip(
                RESULTS, ("excluded", "frame", "replay", "replay"), strict=False
            ):
                longer = members[folder + name] + b"x\n"
                assert replaced(kind, folder + name, longer)[:2] == (check, folder + name)
            found = replaced(kind, folder + "result.json", b"{}")
            assert found[:2] == ("log-statements", folder + "result.json")
    for name, check in (("assignment.json", "assignment"), ("assignment.tsv", "replay")):
        data = BUNDLES["inspector"][0][name]
        assert replaced("inspector", name, data[:-1])[:2] == (check, name)
    sha = hashlib.sha256(BUNDLES["inspector"][0]["assignment.json"][:-1]).hexdigest()
    found = replaced(
        "inspector", "assignment.json", BUNDLES["inspector"][0]["assignment.json"][:-1]
    )
    assert found[2].startswith(f"sha256 is {sha}, the commitment says ")
    assert replaced("inspector", "result.json", b"{}")[:2] == ("log-statements", "result.json")
    for kind, name in (
        ("public", "published.tsv"),
        ("public-campaign", "parts/1-fire/published.tsv"),
        ("public-campaign", "parts/2-food/published.tsv"),
    ):
        assert replaced(kind, name, b"x\n")[:2] == ("log-statements", name)


def test_a_result_that_the_log_says_and_the_replay_does_not():
    """The log is consistent with a wrong result from the beginning."""
    case = INSPECTORS[0]
    result = case["result_json"]
    value = canonical.loads(result.encode()) if isinstance(result, str) else result
    wrong = canonical.dumps({**value, "attempt": 9}).decode()
    assert fault(*make_bundle({**case, "result_json": wrong}, "audit"))[:2] == (
        "replay",
        "result.json",
    )
    result = canonical.loads(TARGETS[0]["result_json"].encode())
    for other in ({"attempt": 9}, {"seed": None}):
        wrong = canonical.dumps({**result, **other}).decode()
        found = fault(*make_bundle({**TARGETS[0], "result_json": wrong}, "audit"))
        assert found[:2] == ("replay", "result.json")
    wrong = canonical.dumps({**result, "seed": "0" * 64}).decode()
    found = fault(*make_bundle({**TARGETS[0], "result_json": wrong}, "audit"))
    assert found == (
        "seed",
        "seed.txt",
        f"gives seed {result['seed']}, result.json was drawn from {'0' * 64}",
    )


def test_another_commitment_than_the_one_in_the_log():
    for kind in ("open", "sealed", "public"):
        members, key = BUNDLES[kind]
        value = canonical.loads(members["commitment.json"])
        raw = canonical.dumps({**value, "scope": "another"})
        found = fault(with_sums(members | {"commitment.json": raw}), key)
        digest = hashlib.sha256(raw).hexdigest()
        said = f"has digest {digest}, not the one in the log"
        assert found == ("log-statements", "commitment.json", said)
    members, key = make_bundle(TARGETS[0], "audit", public={"committed": {"cd": None}})
    assert fault(members, key)[:2] == ("log-statements", "commitment.json")


FIGURES = {
    "frozen": ("attempt", "draw_id", "excluded", "frame", "stage"),
    "committed": ("attempt", "draw_id", "stage"),
    "seeded": ("attempt", "cd", "draw_id", "stage"),
    "drawn": ("attempt", "cd", "draw_id", "published", "stage"),
}


@pytest.mark.parametrize("step", FIGURES)
def test_each_figure_that_the_log_says(step):
    for name in (*FIGURES[step], "zz"):
        members, key = make_bundle(TARGETS[0], "audit", public={step: {name: "other"}})
        found = fault(members, key)
        assert found[:2] == ("log-statements", f"log/{step}.proof"), (step, name)
        assert found[2].startswith(f"says {name} is other, the bundle says ")
    for name in {"frozen": ("assignment", "stage"), "drawn": ("cd", "stage")}.get(step, ()):
        members, key = make_bundle(INSPECTORS[0], "audit", public={step: {name: "other"}})
        found = fault(members, key)
        assert found[:2] == ("log-statements", f"log/{step}.proof")
        assert found[2].startswith(f"says {name} is other, the bundle says ")
    if step in ("frozen", "drawn"):
        members, key = make_campaign([FIRE, FOOD], "audit", public={step: {"extra": 1}})
        assert fault(members, key)[:2] == ("log-statements", f"log/{step}.proof")


def test_figures_of_results_that_the_log_says():
    for case in (TARGETS[0], INSPECTORS[0]):
        members, key = make_bundle(case, "audit", public={"drawn": {"result": "0"}})
        digest = hashlib.sha256(members["result.json"]).hexdigest()
        said = f"is {digest}, the log says 0"
        assert fault(members, key) == ("log-statements", "result.json", said)


def test_times_and_places_in_the_log():
    early, late = "2026-03-01T00:59:59Z", "2026-03-01T01:00:01Z"
    for step, at in (("seeded", early), ("committed", late)):
        members, key = make_bundle(TARGETS[0], "audit", at={step: at})
        assert fault(members, key)[:2] == ("log-order", f"log/{step}.proof")


def with_own(kind, names, of):
    """A bundle whose own members are these, by the names of another kind."""
    members, key = BUNDLES[kind]
    common = {
        name: data
        for name, data in members.items()
        if name not in (*RESULTS, "published.tsv", "assignment.json", "assignment.tsv")
        and not name.startswith("parts/")
    }
    return with_sums(common | {name: of.get(name, b"x\n") for name in names}), key


PARTS = {f"parts/1-fire/{name}": b"x\n" for name in RESULTS}
ASSIGNMENT = ("assignment.json", "assignment.tsv", "result.json")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("inspector", RESULTS),
        ("inspector", ("published.tsv",)),
        ("inspector", tuple(PARTS)),
        ("open", ASSIGNMENT),
        ("open", tuple(PARTS)),
        ("sealed", ASSIGNMENT),
        ("sealed", ("parts/1-fire/published.tsv",)),
        ("campaign", RESULTS),
        ("campaign", ("published.tsv",)),
        ("campaign", ASSIGNMENT),
    ],
)
def test_files_of_another_kind_than_the_commitment(kind, names):
    members, key = with_own(kind, names, BUNDLES[kind][0])
    found = fault(members, key)
    assert found == ("log-statements", "commitment.json", "is of another kind of draw")


def test_a_public_bundle_of_open_frames():
    members, key = with_own("open", ["published.tsv"], {})
    said = "belongs to sealed frames"
    assert fault(members, key) == ("log-statements", "published.tsv", said)
    members, key = make_campaign([FIRE, FOOD], "audit")
    kept = {n: d for n, d in members.items() if not n.startswith("parts/")}
    kept |= {f"parts/{part}/published.tsv": b"" for part in ("1-fire", "2-food")}
    found = fault(with_sums(kept), key)
    assert found == ("log-statements", "parts/1-fire/published.tsv", said)


@pytest.mark.parametrize("kind", ["campaign", "public-campaign"])
def test_a_part_too_few_and_one_too_many(kind):
    members, key = BUNDLES[kind]
    rest = {n: d for n, d in members.items() if not n.startswith("parts/2-food/")}
    first = "excluded.tsv" if kind == "campaign" else "published.tsv"
    found = fault(with_sums(rest), key)
    assert found == ("log-statements", f"parts/2-food/{first}", "is missing")
    more = {n.replace("2-food", "3-x"): d for n, d in members.items() if "2-food" in n}
    found = fault(with_sums(members | more), key)
    assert found == ("log-statements", f"parts/3-x/{first}", "is of no part of the draw")


@pytest.mark.parametrize("kind", BUNDLES)
def test_sources_too_few_and_too_many(kind):
    members, key = BUNDLES[kind]
    names = sorted(name for name in members if name.startswith("sources/"))
    assert names
    for name in names:
        rest = {n: d for n, d in members.items() if n != name}
        assert fault(with_sums(rest), key) == ("seed", name, "is missing")
        assert verify_bundle(with_sums(rest), log_key=key).failure.zh == "缺失"
    for extra in ("sources/9-dice.json", "sources/1-tao.json", "sources/99-x.json"):
        found = replaced(kind, extra, b"{}")
        assert found == ("seed", extra, "is no source of this commitment")
        more = with_sums(members | {extra: b"{}"})
        assert verify_bundle(more, log_key=key).failure.zh == "不是承诺中的来源"
    several = {f"sources/{n}-x.json": b"{}" for n in range(99, 50, -1)}
    found = fault(with_sums(members | several), key)
    assert found[:2] == ("seed", "sources/51-x.json")


def dice(kind):
    members = BUNDLES[kind][0]
    [name] = [name for name in members if name.endswith("-dice.json")]
    return name, canonical.loads(members[name])


@pytest.mark.parametrize("kind", BUNDLES)
def test_files_of_sources(kind):
    name, value = dice(kind)
    for other in (
        {"line": 1},
        {"line": "dice:x"},
        {"line": value["line"] + "~"},
        {"type": "tao"},
        {"type": 1},
        {"more": 1},
    ):
        found = replaced(kind, name, canonical.dumps({**value, **other}))
        assert found[:2] == ("seed", name), other
    for gone in value:
        rest = {n: v for n, v in value.items() if n != gone}
        assert replaced(kind, name, canonical.dumps(rest))[:2] == ("seed", name)
    # What evidence says is not judged.
    assert replaced(kind, name, canonical.dumps({**value, "evidence": None})) is None
    digits = value["line"].removeprefix("dice:")
    swapped = f"dice:{(int(digits[0]) + 1) % 10}{digits[1:]}"
    found = replaced(kind, name, canonical.dumps({**value, "line": swapped}))
    blamed = "seed.txt" if kind.startswith("public") else name
    line_one = f"line 1: {value['line']} | {swapped}"
    assert found == ("seed", blamed, f"{name} and seed.txt differ: {line_one}")


@pytest.mark.parametrize("kind", ["open", "inspector", "campaign"])
def test_a_seed_that_is_not_that_of_the_result(kind):
    members, key = BUNDLES[kind]
    name, value = dice(kind)
    digits = value["line"].removeprefix("dice:").encode()
    other = (b"8" if digits[:1] == b"9" else b"9") + digits[1:]
    both = {n: members[n].replace(digits, other) for n in (name, "seed.txt")}
    check, blamed, said = fault(with_sums(members | both), key)
    result = "parts/1-fire/result.json" if kind == "campaign" else "result.json"
    ours = hashlib.sha256(both["seed.txt"]).hexdigest()
    theirs = canonical.loads(members[result])["seed"]
    assert (check, blamed) == ("seed", "seed.txt")
    assert said == f"gives seed {ours}, {result} was drawn from {theirs}"


@pytest.mark.parametrize("rounds", [(9,), (9, 10)])
def test_beacons_are_named(rounds):
    commitment = TARGETS[0]["commitment"]
    chain = "52" * 32
    sources = [{"type": "drand", "params": {"chain": chain, "round": r}} for r in rounds]
    lines = [f"drand:{chain}:{r}:{'0f' * 32}" for r in rounds]
    case = {**TARGETS[0], "sources": [TARGETS[0]["sources"][1], *lines]}
    case["commitment"] = {**commitment, "sources": [commitment["sources"][1], *sources]}
    members, key = make_bundle(case, "audit", excluded=EXCLUDED)
    report = verify_bundle(members, log_key=key)
    [step] = [step for step in report.steps if step.name == "beacons"]
    assert report.ok
    named = ", ".join("drand" for _ in rounds)
    assert (step.verdict, step.en) == ("not-checked", f"beacon signatures not checked: {named}")
    assert step.zh.endswith(f"：{named}")


def test_an_assignment_that_was_committed_as_it_is_is_blamed_itself():
    """What the draw refuses lies in the assignment, however well it is committed and logged."""
    case = INSPECTORS[0]
    for assignment in ({}, {**case["assignment"], "slack": -1}):
        raw = canonical.dumps(assignment)
        its = {"sha256": hashlib.sha256(raw).hexdigest()}
        commitment = {**case["commitment"], "assignment": its}
        cd = hashlib.sha256(canonical.dumps(commitment)).hexdigest()
        seed_txt = "".join(f"{line}\n" for line in ("openlot/1/seed", cd, *case["sources"]))
        seed = hashlib.sha256(seed_txt.encode()).hexdigest()
        given = {"commitment": commitment, "assignment": assignment, "seed_txt": seed_txt}
        result = canonical.dumps({"seed": seed}).decode()
        members, key = make_bundle({**case, **given, "result_json": result}, "audit")
        assert fault(members, key)[:2] == ("replay", "assignment.json")
