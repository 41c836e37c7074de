"""The verifier's page gives verify.py's verdict on every bundle, right or with one byte changed."""

import io
import itertools
import random
import zipfile

import pytest
from browser import Verifier
from bundles import make_bundle, with_sums
from campaigns import CAMPAIGNS, make_campaign
from verifier import SAMPLES, complete, edits, judge, relogged

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.hashing import sha256_hex
from app.sampling.openlot1.log import STEPS

KINDS = [*SAMPLES, *(f"campaign {name}" for name in CAMPAIGNS)]
SOME_CAMPAIGNS = [f"campaign {name}" for name in ("open", "mixed", "mixed-public", "sm3")]
UNREAD = ("VERIFY.md", "verify.py")  # held to SHA256SUMS, not read


def bundle(kind: str) -> tuple[dict[str, bytes], str]:
    """The members of a sample of this kind, and the log's key."""
    if kind in SAMPLES:
        case, profile, excluded = SAMPLES[kind]
        return make_bundle(case, profile, excluded=excluded)
    parts, profile, alg = CAMPAIGNS[kind.removeprefix("campaign ")]
    return make_campaign(parts, profile, alg=alg)


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


async def agree(verifier: Verifier, mutants: list[tuple[str, dict[str, bytes]]], key: str) -> None:
    """The page and verify.py name the same member for each mutant, or both pass it."""
    reports = await verifier.verify([zipped(mutant) for _, mutant in mutants], key)
    for (member, mutant), report in zip(mutants, reports, strict=True):
        theirs = judge(mutant, key)
        ours = (report["ok"], report["failure"] and report["failure"]["member"])
        assert ours == (theirs.code == 0, theirs.member), (member, report, theirs.output)


@pytest.mark.parametrize("kind", KINDS)
async def test_right_bundles_pass(kind: str, verifier: Verifier) -> None:
    members, key = bundle(kind)
    signed = (await verifier.verify([zipped(members)], key))[0]
    unsigned = (await verifier.verify([zipped(members)]))[0]
    for report in (signed, unsigned):
        assert report["ok"], report["failure"]
        done = [step["step"] for step in report["steps"]]
        assert done[:6] == ["zip", "sums", "commitment", "log", "seed", "lists"]
        assert len(done) == (6 if "public" in kind else 8)
    assert "signatures" not in [point[0] for point in signed["open"]]
    assert "signatures" in [point[0] for point in unsigned["open"]]
    assert unsigned["facts"]["signed"] is False


@pytest.mark.parametrize("kind", KINDS)
async def test_one_changed_byte_names_the_member(kind: str, verifier: Verifier) -> None:
    members, _ = bundle(kind)
    chance = random.Random(f"page, bytes of {kind}")
    mutants = []
    for member, data in members.items():
        edited = chance.choice(edits(data, chance))
        mutants.append((member, members | {member: edited}))
    reports = await verifier.verify([zipped(mutant) for _, mutant in mutants])
    found = [report["failure"] and report["failure"]["member"] for report in reports]
    assert found == [member for member, _ in mutants]
    assert found == [judge(mutant).member for _, mutant in mutants]
    later = ["lists", "draw", "result"]
    for report in reports:
        assert [step["state"] for step in report["steps"]].count("failed") == 1
        assert report["steps"][-1]["state"] == "failed"
        assert report["steps"][-1]["step"] not in later, "a digest fails before the lists"


@pytest.mark.parametrize("kind", [*SAMPLES, *SOME_CAMPAIGNS])
async def test_matching_sums_do_not_hide_a_changed_byte(kind: str, verifier: Verifier) -> None:
    members, key = bundle(kind)
    chance = random.Random(f"page, remade sums of {kind}")
    read = [name for name in members if name != "SHA256SUMS" and name not in UNREAD]
    mutants = [
        (name, with_sums(members | {name: chance.choice(edits(members[name], chance))}))
        for name in read
    ]
    await agree(verifier, mutants, key)


@pytest.mark.parametrize("kind", ["sealed-public", "inspector", "campaign mixed"])
async def test_members_too_many_and_too_few_are_named(kind: str, verifier: Verifier) -> None:
    members, key = bundle(kind)
    mutants = []
    for name in members:
        rest = {other: data for other, data in members.items() if other != name}
        mutants += [(name, rest), *([(name, with_sums(rest))] if name != "SHA256SUMS" else [])]
    for name in (
        "published.tsv",
        "frame.tsv",
        "log/x",
        "sources/9-dice.json",
        "parts/9-x/frame.tsv",
    ):
        if name not in members:
            mutants.append((name, with_sums(members | {name: b"x\n"})))
    await agree(verifier, mutants, key)


@pytest.mark.parametrize("kind", ["open", "inspector", "campaign sealed-public"])
async def test_hostile_contents_get_a_verdict(kind: str, verifier: Verifier) -> None:
    members, key = bundle(kind)
    odd = [b"", b"\xff", b"null", b"[]", b"{}", b"1.5", b"\n", b"[" * 100_000, b'{"a":1,"a":1}']
    odd += [b'{"__proto__":{"sha256":1}}', b"c2sp.org/tlog-proof@v1\n", b"\xef\xbb\xbf{}"]
    mutants = [
        (name, with_sums(members | {name: data}))
        for number, name in enumerate(n for n in members if n not in ("SHA256SUMS", *UNREAD))
        for data in odd[number % 3 :: 3]
        if data != members[name]
    ]
    await agree(verifier, mutants, key)


async def test_the_first_difference_is_shown_with_its_line(verifier: Verifier) -> None:
    members, key = complete("sealed-sm3")
    lines = members["selected.tsv"].split(b"\n")
    lines[16], lines[17] = lines[17], lines[16]
    swapped = members | {"selected.tsv": b"\n".join(lines)}
    result = members["result.json"].replace(b'"drawn":', b'"drawn":1', 1)
    mutants = [swapped, with_sums(swapped), with_sums(members | {"result.json": result})]
    one, two, three = await verifier.verify([zipped(mutant) for mutant in mutants], key)
    assert [one["failure"]["line"], two["failure"]["line"]] == [17, 17]
    assert lines[16].decode().replace("\t", "→") in two["failure"]["en"]
    assert two["failure"]["zh"].startswith("第 17 行：文件为")
    assert three["failure"]["en"].startswith("result.strata[0].drawn is 1")


async def test_logs_that_tell_something_else_are_refused(verifier: Verifier) -> None:
    nothing = {"count": 0, "sha256": "0" * 64}
    changes = [
        ("frozen", {"frame": {**nothing, "root": "0" * 64}}),
        ("frozen", {"attempt": True}),
        ("committed", {"draw_id": "another"}),
        ("seeded", {"cd": "0" * 64}),
        ("seeded", {"seed": "0" * 64}),
        ("drawn", {"result": "0" * 64}),
        ("drawn", {"published": nothing}),
    ]
    mutants = [(step, relogged("open", public={step: change})[0]) for step, change in changes]
    orders = [order for order in itertools.permutations(STEPS) if order != STEPS]
    mutants += [("order", relogged("open", order)[0]) for order in orders[::5]]
    mutants += [("old tree", relogged("open", old_after=step)[0]) for step in ("frozen", "drawn")]
    late, early = "2026-12-01T00:00:00Z", "2026-01-01T00:00:00Z"
    mutants += [("time", relogged("open", at={"committed": late})[0])]
    mutants += [("time", relogged("open", at={"seeded": early})[0])]
    assert all(judge(mutant).code == 1 for _, mutant in mutants)
    await agree(verifier, mutants, "")
    for (step, _), (_, mutant) in zip(changes, mutants, strict=False):
        assert judge(mutant).member == f"log/{step}.proof"


async def test_a_campaign_whose_log_tells_other_results_is_refused(verifier: Verifier) -> None:
    parts, profile, alg = CAMPAIGNS["mixed"]
    good, _ = make_campaign(parts, profile, alg=alg)
    told = [
        {
            "name": part.name,
            "result": sha256_hex(good[f"parts/{number}-{part.name}/result.json"]),
            "published": canonical.loads(good[f"parts/{number}-{part.name}/result.json"])[
                "published"
            ],
        }
        for number, part in enumerate(parts, start=1)
    ]
    wrong = [
        told[::-1],
        told[:1],
        [],
        [{**told[0], "result": "0" * 64}, told[1]],
        [told[0], {**told[1], "published": {"count": 0, "sha256": "0" * 64}}],
        [{**told[0], "more": 1}, told[1]],
    ]
    public = [{"drawn": {"parts": value}} for value in (told, *wrong)]
    logs = [make_campaign(parts, profile, alg=alg, public=change)[0] for change in public]
    reports = await verifier.verify([zipped(members) for members in logs])
    assert [report["ok"] for report in reports] == [True] + [False] * len(wrong)
    await agree(verifier, [("log", members) for members in logs], "")
