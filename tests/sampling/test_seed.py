"""Sources, seed, keys and tickets; and the two hashes under them."""

import hashlib
import shutil
import subprocess

import pytest
from bundles import own_vectors, public_vectors
from hypothesis import given
from hypothesis import strategies as st

from app.sampling.openlot1 import canonical, commitment, hashing, seed, sources
from app.sampling.openlot1.errors import DrawError

CASES = own_vectors("openlot1-target.json")["cases"]
SM3_VECTORS = public_vectors("sm3.json")
BASE = CASES[0]["commitment"]
SECRET = "ab" * 32
REVEAL = {
    "type": "reveal",
    "params": {"sha256": hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()},
}
CHAIN = "52" * 32


def source(kind, **params):
    return {"type": kind, "params": params}


def committed(*given_sources, purpose="test"):
    value = {**BASE, "sources": list(given_sources), "purpose": purpose}
    raw = canonical.dumps(value)
    return commitment.parse_commitment(raw), commitment.cd(raw)


def read(line, given_source, purpose="test"):
    parsed, cd = committed(given_source, purpose=purpose)
    return seed.parse_seed_txt(seed.build_seed_txt(cd, [line]), parsed, cd)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case):
    raw = canonical.dumps(case["commitment"])
    parsed, cd = commitment.parse_commitment(raw), commitment.cd(raw)
    assert cd == case["cd"]
    seed_txt = seed.build_seed_txt(cd, case["sources"])
    assert seed_txt == case["seed_txt"].encode()
    assert seed.parse_seed_txt(seed_txt, parsed, cd) == case["sources"]
    assert seed.seed(parsed.alg, seed_txt) == case["seed"]
    assert seed.key(parsed.alg, case["seed"], "target", parsed.scope) == case["key_target"]


@pytest.mark.parametrize(
    ("line", "given_source"),
    [
        (f"reveal:{SECRET}", REVEAL),
        ("dice:" + "0123456789" * 2, source("dice", digits=20)),
        ("dice:" + "0123456789" * 3, source("dice", digits=20)),
        ("dice:7", source("dice", digits=1)),
        ("balls:9.18.26.34.41.45./", source("balls", count=6, min=1, max=45)),
        ("balls:0.9./", source("balls", count=2, min=0, max=9)),
        ("lottery:ssq:2026031:1.5.9.20.21.33./7./", source("lottery", code="ssq", issue="2026031")),
        (f"drand:{CHAIN}:7:{SECRET}", source("drand", chain=CHAIN, round=7)),
        (f"nist2:2:99:{SECRET * 2}", source("nist2", chain=2, pulse=99)),
        ("test:任何 text: even\ttabs\r", source("test")),
    ],
)
def test_lines_that_are_valid(line, given_source):
    assert read(line, given_source) == [line]
    parsed, _ = committed(given_source)
    [its_source] = parsed.sources
    value = line.removeprefix(its_source.params.prefix)
    assert sources.source_line(its_source, value) == line
    assert all(its_source.params.describe())
    assert its_source.complete == (its_source.type not in {"drand", "nist2"})


@pytest.mark.parametrize(
    ("line", "given_source", "code"),
    [
        (f"reveal:{'ac' * 32}", REVEAL, "reveal-wrong"),
        (f"reveal:{SECRET.upper()}", REVEAL, "reveal-form"),
        (f"Reveal:{SECRET}", REVEAL, "source-prefix"),
        ("dice:" + "1" * 19, source("dice", digits=20), "dice-short"),
        ("dice:" + "1" * 20 + " ", source("dice", digits=20), "dice-form"),
        ("dice:" + "１" * 20, source("dice", digits=20), "dice-form"),
        ("balls:9.18/", source("balls", count=2, min=1, max=45), "numbers-form"),
        ("balls:18.9./", source("balls", count=2, min=1, max=45), "numbers-order"),
        ("balls:9.9./", source("balls", count=2, min=1, max=45), "numbers-order"),
        ("balls:09.18./", source("balls", count=2, min=1, max=45), "numbers-form"),
        ("balls:9./", source("balls", count=2, min=1, max=45), "balls-count"),
        ("balls:9.46./", source("balls", count=2, min=1, max=45), "balls-range"),
        ("balls:0.9./", source("balls", count=2, min=1, max=45), "balls-range"),
        ("lottery:ssq:1:1.2./", source("lottery", code="ssq", issue="2"), "source-prefix"),
        ("lottery:ssq:2:", source("lottery", code="ssq", issue="2"), "numbers-form"),
        ("lottery:ssq:2:1.2./3.", source("lottery", code="ssq", issue="2"), "numbers-form"),
        ("lottery:ssq:2:2.1./3./", source("lottery", code="ssq", issue="2"), "numbers-order"),
        (f"drand:{CHAIN}:8:{SECRET}", source("drand", chain=CHAIN, round=7), "source-prefix"),
        (f"drand:{CHAIN}:7:{SECRET}0", source("drand", chain=CHAIN, round=7), "beacon-form"),
        (f"nist2:2:99:{SECRET}", source("nist2", chain=2, pulse=99), "beacon-form"),
    ],
)
def test_lines_that_are_refused(line, given_source, code):
    with pytest.raises(DrawError) as caught:
        read(line, given_source)
    assert (caught.value.code, caught.value.member, caught.value.line) == (code, "seed.txt", 3)


@pytest.mark.parametrize(
    ("given_source", "code"),
    [
        (source("dice", digits=19), "dice-too-few"),
        (source("test"), "test-source"),
        (source("coin"), "source-unknown"),
        (source("reveal"), "member-missing"),
        (source("reveal", sha256="00"), "member-form"),
        (source("dice", digits=True), "member-type"),
        (source("dice", digits=20, sides=6), "member-unknown"),
        (source("balls", count=9, min=1, max=8), "member-range"),
        (source("balls", count=1, min=9, max=8), "member-range"),
        (source("lottery", code="a:b", issue="1"), "member-form"),
        (source("drand", chain="x", round=1), "member-form"),
        ({"type": "test"}, "member-missing"),
        ("reveal", "member-type"),
    ],
)
def test_sources_that_a_real_commitment_refuses(given_source, code):
    with pytest.raises(DrawError) as caught:
        committed(given_source, purpose="real")
    assert (caught.value.code, caught.value.member) == (code, "commitment.json")


def test_a_commitment_without_a_source_is_refused():
    with pytest.raises(DrawError) as caught:
        committed()
    assert caught.value.code == "sources-empty"


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (lambda t: t.replace(b"openlot/1/seed", b"openlot/2/seed"), "seed-header", 1),
        (lambda t: t[:16] + bytes([t[16] ^ 1]) + t[17:], "seed-cd", 2),
        (lambda t: t[:-1], "last-line-open", 4),
        (lambda t: t + b"\n", "seed-source-count", 5),
        (lambda t: t[: t.index(b"dice")], "seed-source-count", 4),
        (lambda t: t.replace(b"dice:5", b"dice:\xff"), "not-utf8", 4),
        (lambda t: t.replace(b"\n", b"\r\n"), "seed-header", 1),
        (lambda _: b"", "seed-header", 1),
    ],
)
def test_seed_files_that_are_refused(change, code, line):
    parsed, cd = commitment.parse_commitment(canonical.dumps(BASE)), CASES[0]["cd"]
    with pytest.raises(DrawError) as caught:
        seed.parse_seed_txt(change(CASES[0]["seed_txt"].encode()), parsed, cd)
    assert (caught.value.code, caught.value.line) == (code, line)


def test_a_source_line_cannot_smuggle_in_another():
    with pytest.raises(DrawError):
        seed.build_seed_txt("0" * 64, ["test:a\ntest:b"])
    parsed, _ = committed(source("test"))
    with pytest.raises(DrawError):
        sources.source_line(parsed.sources[0], "a\nb")


def test_balls_are_written_in_ascending_order():
    assert sources.balls_text([45, 9, 18]) == "9.18.45./"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"v": "openlot/2"}, "member-form"),
        ({"attempt": 0}, "member-range"),
        ({"attempt": True}, "member-type"),
        ({"stage": "inspector"}, "member-unknown"),
        ({"stage": "other"}, "member-form"),
        ({"alg": "md5"}, "member-form"),
        ({"purpose": "demo"}, "member-form"),
        ({"more": 1}, "member-unknown"),
        ({"draw_id": None}, "member-type"),
        ({"not_before": "2026-02-29T00:00:00Z"}, "member-form"),
        ({"not_before": "2026-02-28T24:00:00Z"}, "member-form"),
        ({"not_before": "2026-02-28T00:00:00+00:00"}, "member-form"),
        ({"fallback": "skip"}, "member-form"),
        ({"previous": "x"}, "member-form"),
        ({"code": {"version": "1"}}, "member-missing"),
        ({"plan": {"ref": 1, "sha256": "0" * 64}}, "member-type"),
        ({"sources": {}}, "member-type"),
        ({"frame": {**BASE["frame"], "sealed": 0}}, "member-type"),
        ({"frame": {**BASE["frame"], "count": -1}}, "member-range"),
        ({"excluded": {**BASE["excluded"], "count": 1}}, "by-reason-sum"),
        ({"excluded": {**BASE["excluded"], "by_reason": {"why": 1}, "count": 1}}, "reason-unknown"),
        ({"excluded": {**BASE["excluded"], "by_reason": []}}, "member-type"),
    ],
)
def test_commitments_that_are_refused(change, code):
    with pytest.raises(DrawError) as caught:
        commitment.parse_commitment(canonical.dumps({**BASE, **change}))
    assert (caught.value.code, caught.value.member) == (code, "commitment.json")


@pytest.mark.parametrize("name", sorted(set(BASE)))
def test_every_member_of_a_commitment_is_required(name):
    with pytest.raises(DrawError):
        commitment.parse_commitment(
            canonical.dumps({key: value for key, value in BASE.items() if key != name})
        )


def test_leap_days_are_days():
    raw = canonical.dumps({**BASE, "not_before": "2028-02-29T23:59:59Z"})
    assert commitment.parse_commitment(raw).not_before == "2028-02-29T23:59:59Z"


def test_campaign_parts_are_read_by_name():
    part = {name: BASE[name] for name in ("frame", "excluded", "design")}
    value = {name: item for name, item in BASE.items() if name not in part}
    value["parts"] = [{"name": "fire", **part}, {"name": "food", **part}]
    parsed = commitment.parse_commitment(canonical.dumps(value))
    assert parsed.part("food").name == "food"
    for name in (None, "other"):
        with pytest.raises(DrawError):
            parsed.part(name)
    for names in (["a", "a"], ["a", "b c"], []):
        value["parts"] = [{"name": name, **part} for name in names]
        with pytest.raises(DrawError):
            commitment.parse_commitment(canonical.dumps(value))
    with pytest.raises(DrawError):
        commitment.parse_commitment(canonical.dumps({**value, **part}))


def test_purposes_and_scopes_give_different_keys():
    keys = {
        seed.key("sha256", "0" * 64, purpose, scope)
        for purpose in seed.PURPOSES
        for scope in ("a", "a/b", "")
    }
    assert len(keys) == len(seed.PURPOSES) * 3
    with pytest.raises(DrawError):
        seed.key("sha256", "0" * 64, "other", "a")
    assert seed.dryrun_key("sha256") == hashlib.sha256(b"openlot/1/dryrun").hexdigest()


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum")
def test_a_ticket_is_what_the_shell_says():
    key = CASES[0]["key_target"]
    for salt in (None, "0f" * 16):
        line = f"{key}91610403MA6X000000{salt or ''}"
        shell = subprocess.run(
            ["sha256sum"], input=line.encode(), capture_output=True, check=True
        ).stdout
        assert seed.ticket("sha256", key, "91610403MA6X000000", salt) == shell[:64].decode()


@pytest.mark.skipif(SM3_VECTORS is None, reason="public vectors are absent")
def test_published_sm3_vectors():
    for vector in SM3_VECTORS["vectors"]:
        data = bytes.fromhex(vector["message_hex"])
        assert hashing.digest_hex("sm3", data) == vector["digest"]
        assert hashing.PurePythonSM3(data).hexdigest() == vector["digest"]


@given(st.binary(max_size=300))
def test_both_sm3_agree(data):
    assert hashing.PurePythonSM3(data).hexdigest() == hashing.digest_hex("sm3", data)


def test_unknown_hashes_are_refused():
    with pytest.raises(DrawError):
        hashing.digest_hex("md5", b"")
