"""frame.tsv and excluded.tsv: one form each, and what one firm may learn of them."""

import hashlib

import pytest
from bundles import own_vectors

from app.sampling.openlot1 import membership, merkle
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import (
    excluded_digest,
    frame_digest,
    frame_leaf,
    parse_excluded,
    parse_frame,
    salt,
    write_excluded,
    write_frame,
)

CASES = own_vectors("openlot1-target.json")["cases"]
KEY = "5a" * 32
ROWS = [("b", "D/1"), ("a.1", "A/1"), ("Z", "A/1"), ("c", "B/2")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["commitment"]["draw_id"])
def test_vectors(case):
    committed = case["commitment"]["frame"]
    sealed = committed["sealed"]
    data = write_frame(map(tuple, case["rows"]), salt_key_hex=case["salt_key"])
    assert data == case["frame_tsv"].encode()
    digest = frame_digest(data, sealed=sealed)
    assert {**vars(digest), "sealed": sealed} == committed
    frame = parse_frame(data, sealed=sealed)
    assert dict(zip(frame.ids, frame.strata, strict=True)) == dict(case["rows"])
    assert sum(frame.counts.values()) == digest.count
    leaves = [merkle.leaf_hash(frame_leaf(line, sealed)) for line in data.split(b"\n")[:-1]]
    assert merkle.root(leaves).hex() == digest.root


def test_salt_is_in_the_line_and_hides_the_stratum_in_the_leaf():
    data = write_frame(ROWS, salt_key_hex=KEY)
    line = data.split(b"\n")[0]
    its_salt = hashlib.sha256(f"{KEY}Z".encode()).hexdigest()[:32]
    assert line == f"Z\tA/1\t{its_salt}".encode()
    assert salt(KEY, "Z") == its_salt
    hidden = hashlib.sha256(f"A/1\t{its_salt}".encode()).hexdigest()
    assert frame_leaf(line, sealed=True) == f"Z\t{hidden}".encode()
    assert frame_leaf(b"Z\tA/1", sealed=False) == b"Z\tA/1"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a\tS\nb\tS\na\tS\n", "not-sorted", 3),
        (b"a\tS\na\tT\n", "duplicate-object", 2),
        (b"a\tS\r\n", "carriage-return", 1),
        (b"a\tS\nb\tS", "last-line-open", 2),
        (b"a\n", "field-count", 1),
        (b"a\tS\t" + b"0" * 32 + b"\n", "field-count", 1),
        (b"\xef\xbb\xbfa\tS\n", "byte-order-mark", 1),
        (b"a\tS\n\n", "field-count", 2),
        (b"a b\tS\n", "object-id-form", 1),
        (b"\tS\n", "object-id-form", 1),
        (b"x" * 65 + b"\tS\n", "object-id-form", 1),
        ("é\tS\n".encode(), "object-id-form", 1),
        (b"a\t\n", "stratum-form", 1),
        (b"a\t" + b"s" * 129 + b"\n", "stratum-form", 1),
        (b"a\tS \n", "stratum-form", 1),
        (b"a\tS\x0b\n", "stratum-form", 1),
    ],
)
def test_open_frames_that_are_refused(data, code, line):
    for read in (parse_frame, frame_digest):
        with pytest.raises(DrawError) as caught:
            read(data, sealed=False)
        assert (caught.value.code, caught.value.line) == (code, line)
        assert caught.value.member == "frame.tsv"
        assert str(caught.value).startswith(f"frame.tsv line {line}: ")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a\tS\n", "field-count"),
        (b"a\tS\t" + b"0" * 31 + b"\n", "salt-form"),
        (b"a\tS\t" + b"A" * 32 + b"\n", "salt-form"),
    ],
)
def test_sealed_frames_that_are_refused(data, code):
    with pytest.raises(DrawError) as caught:
        parse_frame(data, sealed=True)
    assert caught.value.code == code


def test_writing_refuses_what_reading_would():
    for rows, code in [
        ([("a", "S"), ("a", "S")], "duplicate-object"),
        ([("a\n", "S")], "object-id-form"),
        ([("a", "S\n")], "stratum-form"),
    ]:
        with pytest.raises(DrawError) as caught:
            write_frame(rows, salt_key_hex=None)
        assert caught.value.code == code
    with pytest.raises(DrawError):
        write_frame([("a", "S")], salt_key_hex="5A" * 32)


def test_empty_files_are_empty():
    assert write_frame([], salt_key_hex=None) == b""
    assert frame_digest(b"", sealed=True).root == hashlib.sha256(b"").hexdigest()
    assert excluded_digest(b"", sealed=False).by_reason == {}


def test_excluded_open_and_sealed():
    rows = [("b", "deregistered", "吊销 2026-01"), ("a", "x-local", ""), ("c", "x-local", "y")]
    data = write_excluded(rows, salt_key_hex=None)
    assert data.decode() == "a\tx-local\t\nb\tderegistered\t吊销 2026-01\nc\tx-local\ty\n"
    digest = excluded_digest(data, sealed=False)
    assert (digest.count, digest.by_reason) == (3, {"deregistered": 1, "x-local": 2})
    assert digest.root == merkle.root(map(merkle.leaf_hash, data.split(b"\n")[:-1])).hex()

    sealed = write_excluded(rows, salt_key_hex=KEY)
    [first, *_] = parse_excluded(sealed, sealed=True)
    assert (first.object_id, first.reason, first.salt) == ("a", "x-local", salt(KEY, "a"))
    leaves = []
    for row in parse_excluded(sealed, sealed=True):
        secret = f"{row.reason}\t{row.evidence}\t{row.salt}".encode()
        leaves.append(f"{row.object_id}\t{hashlib.sha256(secret).hexdigest()}".encode())
    assert (
        excluded_digest(sealed, sealed=True).root
        == merkle.root(map(merkle.leaf_hash, leaves)).hex()
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("a", "because", "x"), "reason-unknown"),
        (("a", "x-", "x"), "reason-unknown"),
        (("a", "deregistered", "x\ty"), "evidence-form"),
        (("a", "deregistered", "x\n"), "evidence-form"),
        (("a", "deregistered", "\ud800"), "evidence-form"),
        (("a b", "deregistered", "x"), "object-id-form"),
    ],
)
def test_excluded_rows_that_are_refused(row, code):
    with pytest.raises(DrawError) as caught:
        write_excluded([row], salt_key_hex=None)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a\tderegistered\n", "field-count"),
        (b"a\tbecause\tx\n", "reason-unknown"),
        (b"a\tderegistered\t\xff\n", "not-utf8"),
        (b"b\tderegistered\tx\na\tderegistered\tx\n", "not-sorted"),
        (b"a\tderegistered\tx", "last-line-open"),
    ],
)
def test_excluded_files_that_are_refused(data, code):
    with pytest.raises(DrawError) as caught:
        parse_excluded(data, sealed=False)
    assert (caught.value.code, caught.value.member) == (code, "excluded.tsv")


@pytest.mark.parametrize("sealed", [False, True])
def test_each_firm_proves_that_it_is_in_the_frame_and_others_that_they_are_not(sealed):
    rows = [(f"f{i:02}", "ABCD"[i % 4]) for i in range(0, 40, 2)]
    data = write_frame(rows, salt_key_hex=KEY if sealed else None)
    root = bytes.fromhex(frame_digest(data, sealed=sealed).root)
    tree = membership.Tree(data, sealed=sealed)
    for object_id, stratum in rows:
        found = tree.membership(object_id)
        assert found.root == root
        assert found.line.split(b"\t")[:2] == [object_id.encode(), stratum.encode()]
        assert membership.verify_membership(found, sealed=sealed)
        with pytest.raises(DrawError):
            tree.absence(object_id)
    for absent in ["a", *(f"f{i:02}" for i in range(1, 40, 2)), "z"]:
        gap = tree.absence(absent)
        assert gap.root == root
        assert membership.verify_absence(absent, gap)
        assert not membership.verify_absence("f10", gap)
        with pytest.raises(DrawError):
            tree.membership(absent)


def test_a_gap_that_skips_a_firm_proves_nothing():
    tree = membership.Tree(write_frame(ROWS, salt_key_hex=None), sealed=False)
    before = tree.absence("Y").after
    after = tree.absence("bb").after
    whole = tree.absence("Y")
    skipping = membership.Absence(before, after, whole.size, whole.root)
    assert not membership.verify_absence("b", skipping)
    assert not membership.verify_absence("0", membership.Absence(None, after, 4, whole.root))
    assert membership.verify_absence("a", membership.Tree(b"", sealed=True).absence("a"))


def test_leaves_of_a_gap_hold_no_class_in_a_sealed_frame():
    gap = membership.Tree(write_frame(ROWS, salt_key_hex=KEY), sealed=True).absence("aa")
    assert gap.before is not None
    assert b"A/1" not in gap.before.data
