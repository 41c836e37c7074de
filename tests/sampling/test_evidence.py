"""Bundles: whole ones pass, and one changed byte anywhere names the member it is in."""

import io
import random
import zipfile

import pytest
from bundles import MemoryLog, make_bundle, own_vectors, with_sums
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.evidence import read_bundle, verify_bundle, write_bundle

TARGETS = own_vectors("openlot1-target.json")["cases"]
INSPECTORS = [
    case for case in own_vectors("openlot1-inspector.json")["cases"] if case["result_json"]
]
EXCLUDED = [("91x", "deregistered", "注销 2026-01"), ("92", "x-local", ""), ("93", "x-local", "y")]

OPEN = (TARGETS[0], "audit", EXCLUDED)
SEALED = (TARGETS[1], "audit", EXCLUDED)
PUBLIC = (TARGETS[1], "public", EXCLUDED)
INSPECTOR = (INSPECTORS[0], "audit", None)
KINDS = {"open": OPEN, "sealed": SEALED, "public": PUBLIC, "inspector": INSPECTOR}
OUTSIDE = {"VERIFY.md", "verify.py"}


def bundle(kind):
    case, profile, excluded = KINDS[kind]
    return make_bundle(case, profile, excluded=excluded)


def culprit(members, key=None):
    failure = verify_bundle(members, log_key=key).failure
    return failure and failure.member


def verdicts(report):
    return {step.name: step.verdict for step in report.steps}


def changed_bytes(data, *, times, seed):
    """The data with one byte changed, at several places."""
    chooser = random.Random(seed)
    for _ in range(times):
        copy = bytearray(data)
        copy[chooser.randrange(len(copy))] ^= chooser.randrange(1, 256)
        yield bytes(copy)


@pytest.mark.parametrize("profile", ["audit", "public"])
@pytest.mark.parametrize("case", TARGETS, ids=lambda case: case["commitment"]["draw_id"])
def test_every_target_vector_makes_a_bundle_that_passes(case, profile):
    members, key = make_bundle(case, profile)
    report = verify_bundle(read_bundle(write_bundle(members)), log_key=key)
    assert report.ok, report.failure
    hidden = profile == "public" and case["commitment"]["frame"]["sealed"]
    assert verdicts(report)["replay"] == ("not-checked" if hidden else "passed")


@pytest.mark.parametrize("case", INSPECTORS[::9], ids=lambda case: case["commitment"]["draw_id"])
def test_inspector_vectors_make_bundles_that_pass(case):
    members, key = make_bundle(case, "audit")
    report = verify_bundle(read_bundle(write_bundle(members)), log_key=key)
    assert report.ok, report.failure
    assert verdicts(report)["replay"] == "passed"


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_byte_names_its_member(kind):
    members, key = bundle(kind)
    for name, data in members.items():
        for changed in changed_bytes(data, times=25, seed=f"{kind}/{name}"):
            assert culprit({**members, name: changed}) == name
    assert culprit(members, key) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_matching_sha256sums_does_not_hide_a_changed_byte(kind):
    members, key = bundle(kind)
    for name, data in members.items():
        if name in OUTSIDE or name == "SHA256SUMS":
            continue
        for changed in changed_bytes(data, times=12, seed=f"{kind}/{name}/sums"):
            if name.startswith("sources/") and evidence_only(data, changed):
                continue
            found = culprit(with_sums({**members, name: changed}), key)
            # A sealed public bundle has no result that could tell seed.txt from its source file.
            also = {"seed.txt"} if kind == "public" and name.startswith("sources/") else set()
            assert found in {name} | also, (name, changed)


def evidence_only(data, changed):
    try:
        before, after = canonical.loads(data), canonical.loads(changed)
    except DrawError:
        return False
    return {**before, "evidence": 0} == {**after, "evidence": 0}


@pytest.mark.parametrize("kind", ["open", "inspector"])
def test_a_source_that_was_changed_is_told_from_a_seed_that_was(kind):
    members, _ = bundle(kind)
    [name] = [name for name in members if name.endswith("-dice.json")]
    digits = canonical.loads(members[name])["line"].removeprefix("dice:").encode()
    other = (b"8" if digits[:1] == b"9" else b"9") + digits[1:]
    source = members[name].replace(digits, other)
    seed_txt = members["seed.txt"].replace(digits, other)
    assert culprit(with_sums({**members, name: source})) == name
    assert culprit(with_sums({**members, "seed.txt": seed_txt})) == "seed.txt"
    assert culprit(with_sums({**members, name: source, "seed.txt": seed_txt})) == "seed.txt"


@pytest.mark.parametrize("kind", KINDS)
def test_members_too_many_and_too_few_are_named(kind):
    members, _ = bundle(kind)
    for name in members:
        assert culprit({n: d for n, d in members.items() if n != name}) == name
    for name in ("extra.txt", "sources/9-dice.json", "log/other.proof", "../seed.txt"):
        assert culprit(with_sums({**members, name: b"{}"})) == name
        assert culprit({**members, name: b"{}"}) == name


HOSTILE = [
    b"",
    b"\n",
    b"\n\n",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b"[" * 2000 + b"]" * 2000,
    b"9" * 5000,
    b'{"line":1,"type":[],"evidence":{}}',
    b"openlot/1/consistency\nold " + b"9" * 5000 + b"\nnew 1\n\nx\n",
    b"c2sp.org/tlog-proof@v1\nextra bnVsbA==\nindex 0\n\nx\n1\n" + b"A" * 43 + b"=\n",
]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_contents_are_reported_and_never_raise(kind):
    members, key = bundle(kind)
    for name in members.keys() - OUTSIDE - {"SHA256SUMS"}:
        for data in HOSTILE:
            changed = members | {name: data}
            assert data == members[name] or culprit(with_sums(changed), key) == name, data
            assert data == members[name] or culprit(changed, key) == name
    for data in HOSTILE:
        assert culprit(members | {"SHA256SUMS": data}) == "SHA256SUMS"


def test_swapped_results_of_two_draws_are_found():
    members, key = bundle("open")
    other, _ = make_bundle(TARGETS[2], "audit")
    for name in ("frame.tsv", "selected.tsv", "result.json", "seed.txt", "log/drawn.proof"):
        assert culprit(with_sums({**members, name: other[name]}), key) == name
    # The commitment of another draw is not the one in this log.
    swapped = with_sums({**members, "commitment.json": other["commitment.json"]})
    assert culprit(swapped, key) == "commitment.json"


def test_an_object_of_the_frame_that_is_excluded_too_is_found():
    for case in (TARGETS[0], TARGETS[1]):
        twice = case["frame_tsv"].split("\t")[0]
        members, key = make_bundle(case, "audit", excluded=[(twice, "deregistered", "")])
        assert culprit(members, key) == "frame.tsv"


def test_without_a_key_signatures_are_reported_as_not_checked():
    members, key = bundle("open")
    report = verify_bundle(members, log_key=None)
    assert report.ok
    [step] = [step for step in report.steps if step.name == "log-signature"]
    assert (step.verdict, step.en) == ("not-checked", "not checked (no log key given)")
    assert verdicts(verify_bundle(members, log_key=key))["log-signature"] == "passed"


def test_another_key_fails_and_a_malformed_one_is_the_callers_error():
    members, key = bundle("open")
    other = MemoryLog(Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)).vkey
    assert culprit(members, other) == "log/committed.proof"
    with pytest.raises(DrawError):
        verify_bundle(members, log_key=key[:-1])


def test_beacons_are_reported_as_not_checked():
    commitment = TARGETS[0]["commitment"]
    chain = "52" * 32
    line = f"drand:{chain}:9:{'0f' * 32}"
    dice, params = TARGETS[0]["sources"][1], {"chain": chain, "round": 9}
    case = {**TARGETS[0], "sources": [dice, line]}
    case["commitment"] = {
        **commitment,
        "sources": [commitment["sources"][1], {"type": "drand", "params": params}],
    }
    members, key = make_bundle(case, "audit", excluded=EXCLUDED)
    report = verify_bundle(members, log_key=key)
    assert report.ok, report.failure
    assert verdicts(report)["beacons"] == "not-checked"


def test_after_a_failure_nothing_else_is_claimed():
    members, key = bundle("open")
    report = verify_bundle({**members, "frame.tsv": b"x"}, log_key=key)
    names = [step.name for step in report.steps]
    after = report.steps[names.index("sums") + 1 :]
    assert after
    assert {step.verdict for step in after} == {"not-checked"}


@pytest.mark.parametrize(
    ("step", "at", "member"),
    [
        ("seeded", "2026-03-01T00:59:59Z", "log/seeded.proof"),
        ("committed", "2026-03-01T01:00:01Z", "log/committed.proof"),
        ("drawn", "2026-03-05T00:00:00", "log/drawn.proof"),
    ],
)
def test_times_in_the_log(step, at, member):
    members, key = make_bundle(TARGETS[0], "audit", at={step: at})
    assert culprit(members, key) == member


def test_order_in_the_log():
    members, key = make_bundle(
        TARGETS[0], "audit", order=("frozen", "committed", "drawn", "seeded")
    )
    assert culprit(members, key) == "log/drawn.proof"


def test_figures_in_the_log():
    for step, public, member in [
        ("frozen", {"frame": {"count": 1, "root": "0" * 64, "sha256": "0" * 64}}, "frozen"),
        ("seeded", {"seed": "0" * 64}, "seeded"),
        ("drawn", {"draw_id": "other"}, "drawn"),
        ("drawn", {"published": {"count": 0, "sha256": "0" * 64}}, "drawn"),
    ]:
        members, key = make_bundle(TARGETS[0], "audit", public={step: public})
        assert culprit(members, key) == f"log/{member}.proof"
    members, key = make_bundle(TARGETS[0], "audit", public={"drawn": {"result": "0" * 64}})
    assert culprit(members, key) == "result.json"
    members, key = make_bundle(TARGETS[1], "public", public={"drawn": {"published": None}})
    assert culprit(members, key) == "published.tsv"


def test_the_zip_is_the_same_bytes_for_the_same_members():
    members, _ = bundle("sealed")
    data = write_bundle(members)
    assert write_bundle(dict(reversed(members.items()))) == data
    assert read_bundle(data) == members
    assert read_bundle(io.BytesIO(data)) == members
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == sorted(members)


def test_sha256sums_is_made_anew():
    members, _ = bundle("open")
    assert read_bundle(write_bundle({**members, "SHA256SUMS": b"x"})) == members


def test_a_bundle_that_is_no_bundle_is_not_written():
    members, _ = bundle("open")
    with pytest.raises(DrawError):
        write_bundle({**members, "notes.txt": b""})


def zipped(entries):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../seed.txt", "/seed.txt", "a/seed.txt", "sources/", "sources/1-dice.json/x", "SEED.TXT"],
)
def test_names_that_do_not_belong_are_refused(name):
    with pytest.raises(DrawError) as caught:
        read_bundle(zipped([("frame.tsv", b""), (name, b"")]))
    assert (caught.value.code, caught.value.member) == ("member-extra", name)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_given_twice_is_refused():
    with pytest.raises(DrawError) as caught:
        read_bundle(zipped([("seed.txt", b"a"), ("seed.txt", b"b")]))
    assert (caught.value.code, caught.value.member) == ("member-twice", "seed.txt")


def test_sizes_are_capped_by_what_comes_out():
    data = zipped([("frame.tsv", b"x" * 1000), ("seed.txt", b"y" * 1000)])
    assert len(read_bundle(data, max_member_bytes=1000, max_total_bytes=2000)) == 2
    for caps, name in [((999, 5000), "frame.tsv"), ((1000, 1999), "seed.txt")]:
        with pytest.raises(DrawError) as caught:
            read_bundle(data, max_member_bytes=caps[0], max_total_bytes=caps[1])
        assert (caught.value.code, caught.value.member) == ("member-too-large", name)


def test_an_encrypted_member_is_refused():
    data = bytearray(zipped([("seed.txt", b"abc")]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    with pytest.raises(DrawError) as caught:
        read_bundle(bytes(data))
    assert (caught.value.code, caught.value.member) == ("member-encrypted", "seed.txt")


def test_no_zip_at_all():
    for data in (b"", b"PK", b"x" * 1000):
        with pytest.raises(DrawError) as caught:
            read_bundle(data)
        assert caught.value.code == "zip-damaged"


def test_too_many_members():
    with pytest.raises(DrawError) as caught:
        read_bundle(zipped([(f"sources/{i}-dice.json", b"") for i in range(1, 1002)]))
    assert caught.value.code == "zip-too-many"


def test_a_damaged_member_is_named():
    members, _ = bundle("sealed")
    data = write_bundle(members)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    for info in entries:
        start = info.header_offset + 30 + len(info.filename)
        for changed in changed_bytes(
            data[start : start + info.compress_size], times=6, seed=info.filename
        ):
            whole = data[:start] + changed + data[start + len(changed) :]
            with pytest.raises(DrawError) as caught:
                read_bundle(whole)
            assert (caught.value.code, caught.value.member) == ("member-damaged", info.filename)


def test_a_changed_byte_anywhere_in_the_zip_never_changes_what_passes():
    members, key = bundle("open")
    data = write_bundle(members)
    for changed in changed_bytes(data, times=150, seed="zip"):
        try:
            found = read_bundle(changed)
        except DrawError:
            continue
        assert found == members or not verify_bundle(found, log_key=key).ok
