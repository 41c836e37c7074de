"""Bundles of campaigns: whole ones pass in both verifiers, and any change names its member."""

import random
from dataclasses import replace

import pytest
from bundles import with_sums
from calls import REPLAYS, bare, client_of, post
from calls import zipped as zipped_bytes
from campaigns import CAMPAIGNS, FIRE, FOOD, TOYS, PartInput, make_campaign
from verifier import V, bundle_of, edits, explanation, judge, spawn, write, zipped

from app.sampling.members import verify_py
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.bundle import kind_of
from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.evidence import read_bundle, verify_bundle, write_bundle
from app.sampling.openlot1.target import draw_target

OUTSIDE = {"VERIFY.md", "verify.py", "SHA256SUMS"}
PUBLIC = [name for name in CAMPAIGNS if name.endswith("public")]
AUDIT = [name for name in CAMPAIGNS if not name.endswith("public")]


def campaign(name, **options):
    parts, profile, alg = CAMPAIGNS[name]
    return make_campaign(parts, profile, alg=alg, **options)


def folders_of(members):
    return sorted({name.rpartition("/")[0] for name in members if name.startswith("parts/")})


def both(members, key=None):
    """The members that the two verifiers blame, None where they accept."""
    failure = verify_bundle(members, log_key=key).failure
    outcome = judge(members, key)
    assert (outcome.code == 0) == (failure is None), (outcome.output, failure)
    return failure and failure.member, outcome.member


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_whole_campaigns_pass_in_both(name, tmp_path):
    members, key = campaign(name, verifier=verify_py())
    assert both(read_bundle(write_bundle(members)), key) == (None, None)
    for outcome in (
        spawn(write(members, tmp_path / "folder"), "--key", key),
        spawn(zipped(members, tmp_path / "b.zip"), "--key", key),
        spawn(cwd=tmp_path / "folder"),
    ):
        assert (outcome.code, outcome.member) == (0, None), outcome.output
    replay = {step.name: step.verdict for step in verify_bundle(members, log_key=key).steps}
    assert replay["replay"] == ("not-checked" if name in PUBLIC else "passed")


@pytest.mark.parametrize("name", AUDIT)
def test_the_core_draws_each_part_to_the_bytes_of_the_slow_draw(name):
    members, _ = campaign(name)
    for number, part in enumerate(CAMPAIGNS[name][0], start=1):
        folder = f"parts/{number}-{part.name}/"
        draw = draw_target(
            members[folder + "frame.tsv"],
            members["commitment.json"],
            members["seed.txt"],
            part=part.name,
        )
        assert draw.selected_tsv == members[folder + "selected.tsv"]
        assert draw.reserves_tsv == members[folder + "reserves.tsv"]
        assert draw.result_json == members[folder + "result.json"]


def test_the_members_are_those_agreed():
    assert folders_of(campaign("dots")[0]) == [
        "parts/1-..",
        "parts/2-.",
        "parts/3--",
        "parts/4-a.b",
    ]
    files = {n for n in campaign("one")[0] if n.startswith("parts/")}
    names = ("excluded.tsv", "frame.tsv", "reserves.tsv", "result.json", "selected.tsv")
    assert files == {f"parts/1-food/{name}" for name in names}
    files = {n for n in campaign("mixed-public")[0] if n.startswith("parts/")}
    assert files == {"parts/1-fire/published.tsv", "parts/2-Toys_3/published.tsv"}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_one_changed_byte_names_its_member(name):
    members, key = campaign(name)
    chance = random.Random(f"bytes of {name}")
    for member, data in members.items():
        for edited in edits(data, chance, 1):
            assert both(members | {member: edited}) == (member, member)
    assert both(members, key) == (None, None)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_matching_sums_do_not_hide_a_changed_byte(name):
    members, key = campaign(name)
    chance = random.Random(f"remade sums of {name}")
    for member in members.keys() - OUTSIDE:
        for edited in edits(members[member], chance, 1):
            found = both(with_sums(members | {member: edited}), key)
            blamed = {member}
            if member.startswith("sources/"):  # their evidence is free text
                blamed |= {None, "seed.txt" if name in PUBLIC else None}
            assert set(found) <= blamed, (member, found)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_members_too_many_and_too_few_are_named(name):
    members, _ = campaign(name)
    for member in members:
        rest = {n: d for n, d in members.items() if n != member}
        assert both(rest) == (member, member)
        if member != "SHA256SUMS":
            assert both(with_sums(rest)) == (member, member)
    last = folders_of(members)[-1]
    odd = "frame.tsv" if name in PUBLIC else "published.tsv"
    extras = (
        f"{last}/{odd}",
        f"{last}/notes.txt",
        "parts/9-x/frame.tsv",
        "parts/9-x/published.tsv",
    )
    for extra in (*extras, "frame.tsv", "published.tsv", "assignment.json", "parts/x", "parts/1-"):
        found = both(members | {extra: b""})
        assert both(with_sums(members | {extra: b""})) == found == (extra, extra)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_part_missing_or_more_is_named(name):
    members, key = campaign(name)
    last = folders_of(members)[-1]
    rest = {n: d for n, d in members.items() if not n.startswith(last + "/")}
    wanted = last + ("/published.tsv" if name in PUBLIC else "/excluded.tsv")
    assert both(rest) == both(with_sums(rest), key) == (wanted, wanted)
    copied = {n.replace(last, "parts/8-more"): d for n, d in members.items() if last + "/" in n}
    found = both(with_sums(members | copied), key)
    assert found == (min(copied), min(copied)) == both(members | copied)


@pytest.mark.parametrize("name", ["open", "sealed", "sealed-public", "mixed", "dots", "sm3"])
def test_parts_exchanged_are_found(name):
    members, key = campaign(name)
    one, two = folders_of(members)[:2]

    def exchanged(files):
        changed = dict(members)
        for file in files:
            a, b = f"{one}/{file}", f"{two}/{file}"
            changed[a], changed[b] = members[b], members[a]
        return changed

    files = sorted(n.rpartition("/")[2] for n in members if n.startswith(one + "/"))
    for chosen in [files, *([file] for file in files)]:
        changed = exchanged(chosen)
        if changed == members:  # parts of the same rows
            continue
        for found in (both(changed), both(with_sums(changed), key)):
            assert all(blamed.rpartition("/")[0] in (one, two) for blamed in found), found
            assert len(chosen) > 1 or {f.rpartition("/")[2] for f in found} == set(chosen)


def test_a_folder_of_another_name_or_number_is_found():
    members, key = campaign("open")
    for other in ("parts/1-fire2", "parts/7-fire", "parts/01-fire", "parts/0-fire", "parts/1-"):
        changed = {n.replace("parts/1-fire", other): d for n, d in members.items()}
        for blamed in both(with_sums(changed), key):
            assert blamed.startswith(("parts/1-fire/", other))
    moved = {"parts/1-fire": "parts/2-fire", "parts/2-food": "parts/1-food"}
    changed = {}
    for n, d in members.items():
        folder, _, file = n.rpartition("/")
        changed[f"{moved.get(folder, folder)}/{file}" if folder else n] = d
    assert all(blamed.startswith("parts/") for blamed in both(with_sums(changed), key))


def recommitted(members, change):
    """The members with a changed commitment, which is not the one that was logged."""
    value = canonical.loads(members["commitment.json"])
    change(value)
    return with_sums(members | {"commitment.json": canonical.dumps(value)})


def test_the_order_and_the_names_of_parts_are_committed():
    members, key = campaign("open")
    for change in (
        lambda c: c["parts"].reverse(),
        lambda c: c["parts"][0].update(name="fires"),
        lambda c: c["parts"].pop(),
        lambda c: c["parts"].append(c["parts"][0] | {"name": "more"}),
    ):
        found = both(recommitted(members, change), key)
        assert found == ("commitment.json", "commitment.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["parts"][1].update(name="fire"),
        lambda c: c["parts"][1].update(name=""),
        lambda c: c["parts"][1].update(name="a/b"),
        lambda c: c["parts"][1].update(name="n" * 33),
        lambda c: c["parts"][1].update(name="名"),
        lambda c: c["parts"][1].update(name=None),
        lambda c: c["parts"][1].pop("excluded"),
        lambda c: c["parts"][1].update(more=1),
        lambda c: c["parts"][1]["frame"].pop("sealed"),
        lambda c: c.update(parts=[]),
        lambda c: c.update(parts={}),
        lambda c: c.update(frame=c["parts"][0]["frame"]),
        lambda c: c.update(stage="inspector"),
    ],
)
def test_malformed_parts_are_refused_by_both(change):
    members, _ = campaign("open")
    value = canonical.loads(members["commitment.json"])
    change(value)
    raw = canonical.dumps(value)
    with pytest.raises(DrawError) as caught:
        parse_commitment(raw)
    assert caught.value.member == "commitment.json"
    bundle = bundle_of({"commitment.json": raw})
    with pytest.raises(V.Bad) as refused, V.naming(bundle):
        V.check_commitment(bundle)
    assert refused.value.member == "commitment.json"


def test_results_that_the_log_does_not_tell_are_found():
    members, _ = campaign("open")
    drawn = canonical.loads(V.parse_proof("", members["log/drawn.proof"]).entry)["public"]["parts"]
    one, two, three = drawn
    zero = {"count": 0, "sha256": "0" * 64}
    for parts in (
        [two, one, three],
        [one, two],
        [one, two, three, three],
        [one, two, three | {"more": 1}],
        [one, two, three | {"published": zero}],
        [one, two | {"name": "other"}, three],
        [one, two, 5],
        5,
        None,
    ):
        changed, key = campaign("open", public={"drawn": {"parts": parts}})
        for blamed in both(changed, key):
            assert blamed == "log/drawn.proof" or blamed.endswith("/result.json"), (parts, blamed)
        changed, key = campaign("sealed-public", public={"drawn": {"parts": parts}})
        for blamed in both(changed, key):
            assert blamed == "log/drawn.proof" or blamed.endswith("/published.tsv")
    changed, key = campaign("open", public={"frozen": {"parts": []}})
    assert both(changed, key) == ("log/frozen.proof", "log/frozen.proof")


def test_an_object_in_both_lists_of_a_part_is_found():
    twice = replace(FOOD, excluded={min(FOOD.rows): ("deregistered", "")})
    members, key = make_campaign([FIRE, twice], "audit")
    assert both(members, key) == ("parts/2-food/frame.tsv", "parts/2-food/frame.tsv")
    elsewhere = replace(FOOD, excluded={max(FIRE.rows): ("merged-into-joint-visit", "")})
    members, key = make_campaign([FIRE, elsewhere], "audit")
    assert both(members, key) == (None, None)


def test_thirty_parts_fit():
    members, key = make_campaign([replace(TOYS, name=f"p{n}") for n in range(30)], "audit")
    assert both(read_bundle(write_bundle(members)), key) == (None, None)
    assert len(members) == 150 + 12


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_bundle_that_is_no_bundle_is_not_written(name):
    members, _ = campaign(name)
    last = next(n for n in sorted(members, reverse=True) if n.startswith("parts/"))
    folder = last.rpartition("/")[0]
    for changed in (
        {**members, "notes.txt": b""},
        {**members, f"{folder}/notes.txt": b""},
        {**members, "parts/3-x/selected.tsv": b"", "parts/3-x/published.tsv": b""},
        {n: d for n, d in members.items() if n != last and name not in PUBLIC},
    ):
        with pytest.raises(DrawError):
            write_bundle(changed)


def test_a_plain_draw_and_a_campaign_are_not_confused():
    one, key = campaign("one")
    flat = {n.removeprefix("parts/1-food/"): d for n, d in one.items()}
    assert kind_of(flat) == "audit-target"
    assert verify_bundle(with_sums(flat), log_key=key).failure.member == "commitment.json"
    assert judge(with_sums(flat), key).code == 1


SHARED = {f"91{n:04}": ("A/1", "B/2")[n % 2] for n in range(60)}


def drawn(parts, name, *, alg="sha256"):
    """The ids of each stratum's selected, and every ticket, of a part."""
    members, _ = make_campaign(parts, "audit", alg=alg)
    number = [part.name for part in parts].index(name) + 1
    rows = {}
    for file in ("selected.tsv", "reserves.tsv"):
        for line in members[f"parts/{number}-{name}/{file}"].decode().splitlines():
            stratum, rank, object_id, ticket = line.split("\t")
            rows[object_id] = (stratum, int(rank), ticket, file)
    return rows


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("alg", ["sha256", "sm3"])
def test_an_object_has_the_same_ticket_in_every_part(sealed, alg):
    def design(strata, rate):
        return {"strata": [{"stratum": s, "rate": rate} for s in strata], "reserves": 100}

    parts = [
        PartInput("a", SHARED, design(("A/1", "B/2"), "1/3"), sealed),
        PartInput("b", dict.fromkeys(list(SHARED)[:40], "x"), design(("x",), "1/2"), sealed),
    ]
    one, two = drawn(parts, "a", alg=alg), drawn(parts, "b", alg=alg)
    assert one.keys() >= two.keys()
    assert all(one[i][2] == two[i][2] for i in two)


def picked(rows):
    return {i for i, row in rows.items() if row[3] == "selected.tsv"}


@pytest.mark.parametrize("sealed", [False, True])
def test_samples_overlap_as_far_as_the_rates_allow(sealed):
    def design(rate):
        return {"strata": [{"stratum": s, "rate": rate} for s in ("A/1", "B/2")]}

    parts = [
        PartInput("same", SHARED, design("1/4"), sealed),
        PartInput("again", SHARED, design("0.25"), sealed),
        PartInput("more", SHARED, design("1/2"), sealed),
    ]
    same, again, more = (picked(drawn(parts, name)) for name in ("same", "again", "more"))
    assert same == again
    assert same < more


def test_verify_md_tells_the_folder_of_the_part():
    for name in CAMPAIGNS:
        members, _ = campaign(name)
        text = explanation(members, CAMPAIGNS[name][1]).decode()
        assert "{{" not in text


@pytest.mark.parametrize("name", ["open", "mixed-public", "dots"])
async def test_the_service_replays_campaigns(name):
    members, key = campaign(name)
    async with client_of(bare()) as http:
        answer = await post(http, REPLAYS, write_bundle(members), params={"log_key": key})
        assert answer.json()["ok"] is True
        wrong = with_sums(members | {"parts/2-x/frame.tsv": b"x"})
        answer = await post(http, REPLAYS, zipped_bytes(wrong.items()))
        failed = [step["member"] for step in answer.json()["steps"] if step["verdict"] == "failed"]
        assert failed == ["parts/2-x/frame.tsv"]
