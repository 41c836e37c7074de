"""The edges of frame.tsv and excluded.tsv: lengths, alphabets, and which fault of a line is told."""

import hashlib

import pytest

from app.sampling.openlot1 import excluded, frame, membership, merkle
from app.sampling.openlot1.errors import DrawError, blaming
from app.sampling.openlot1.lines import check_object_id, refuse_duplicates, salt

ASCII = [chr(code) for code in range(128)]
WORD = {c for c in ASCII if c.isalnum()}
KEY = "5a" * 32
SALT = "0" * 32


def refusal(call, *given, **named):
    with pytest.raises(DrawError) as caught:
        call(*given, **named)
    return caught.value


def accepted(call, *given, **named):
    try:
        call(*given, **named)
    except DrawError:
        return False
    return True


def open_line(object_id="a", stratum="S"):
    return f"{object_id}\t{stratum}\n".encode()


def sealed_line(object_id="a", stratum="S", its_salt=SALT):
    return f"{object_id}\t{stratum}\t{its_salt}\n".encode()


def alphabet(read):
    """The ASCII characters that `read` accepts."""
    return {char for char in ASCII if accepted(read, char)}


def test_alphabets_of_a_frame():
    ids, strata = WORD | set("._:-"), WORD | set("._:/=-")
    for place in ("{}", "a{}", "{}a"):
        for sealed, line in ((False, open_line), (True, sealed_line)):

            def by_id(char, place=place, sealed=sealed, line=line):
                frame.parse_frame(line(place.format(char)), sealed=sealed)

            def by_stratum(char, place=place, sealed=sealed, line=line):
                frame.parse_frame(line("a", place.format(char)), sealed=sealed)

            assert alphabet(by_id) == ids
            assert alphabet(by_stratum) == strata
        assert alphabet(lambda c, p=place: check_object_id(p.format(c), "frame.tsv")) == ids
        assert (
            alphabet(lambda c, p=place: frame.write_frame([("a", p.format(c))], salt_key_hex=None))
            == strata
        )


def test_alphabet_of_a_salt():
    def by_salt(char):
        frame.parse_frame(sealed_line(its_salt=char + SALT[1:]), sealed=True)

    def by_excluded_salt(char):
        line = f"a\tderegistered\tx\t{char + SALT[1:]}\n".encode()
        excluded.parse_excluded(line, sealed=True)

    assert alphabet(by_salt) == set("0123456789abcdef")
    assert alphabet(by_excluded_salt) == set("0123456789abcdef")


@pytest.mark.parametrize(
    ("object_id", "stratum", "its_salt", "code"),
    [
        ("a" * 64, "s" * 128, SALT, None),
        ("a", "s", SALT, None),
        ("a" * 65, "s", SALT, "object-id-form"),
        ("", "s", SALT, "object-id-form"),
        ("a", "s" * 129, SALT, "stratum-form"),
        ("a", "", SALT, "stratum-form"),
        ("a", "s", SALT[1:], "salt-form"),
        ("a", "s", SALT + "0", "salt-form"),
        ("a b", "s t", "x", "object-id-form"),
        ("a", "s t", "x", "stratum-form"),
    ],
)
def test_lengths_and_the_first_fault(object_id, stratum, its_salt, code):
    sealed = sealed_line(object_id, stratum, its_salt)
    if code is None:
        read = frame.parse_frame(sealed, sealed=True)
        assert (read.ids, read.strata, read.salts) == ((object_id,), (stratum,), (its_salt,))
        assert frame.write_frame([(object_id, stratum)], salt_key_hex=None)
        return
    error = refusal(frame.parse_frame, sealed, sealed=True)
    assert (error.code, error.member, error.line) == (code, "frame.tsv", 1)
    if code != "salt-form":
        line = open_line(object_id, stratum)
        error = refusal(frame.parse_frame, line, sealed=False)
        assert (error.code, error.member, error.line) == (code, "frame.tsv", 1)
        error = refusal(frame.write_frame, [(object_id, stratum)], salt_key_hex=None)
        assert (error.code, error.member) == (code, "frame.tsv")


def test_an_open_frame_has_no_salts():
    read = frame.parse_frame(open_line() + open_line("b", "T"), sealed=False)
    assert (read.salts, dict(read.counts)) == (None, {"S": 1, "T": 1})


@pytest.mark.parametrize("key", ["", "5" * 63, "5" * 65, "5A" * 32, "5" * 64 + "\n"])
def test_a_salt_key_has_64_hex_characters(key):
    assert refusal(salt, key, "a").code == "salt-key-form"


def test_duplicates_are_refused_where_they_follow_each_other():
    refuse_duplicates(["a", "b", "ba"], "frame.tsv")
    error = refusal(refuse_duplicates, ["a", "b", "b"], "frame.tsv")
    assert (error.code, error.member) == ("duplicate-object", "frame.tsv")


@pytest.mark.parametrize("reason", excluded.REASONS)
def test_the_reasons_are_those_of_the_specification(reason):
    assert excluded.REASONS == (
        "inspected-recently",
        "frequency-cap",
        "deregistered",
        "exempt-by-rule",
        "merged-into-joint-visit",
        "other-draw",
        "manual-with-approval",
    )
    for line, sealed in ((f"a\t{reason}\te\n", False), (f"a\t{reason}\te\t{SALT}\n", True)):
        [row] = excluded.parse_excluded(line.encode(), sealed=sealed)
        assert row == excluded.Excluded("a", reason, "e", SALT if sealed else None)
    for other in (reason[1:], reason + "s", f"x{reason}"):
        line = f"a\t{other}\te\n".encode()
        assert refusal(excluded.parse_excluded, line, sealed=False).code == "reason-unknown"
        assert not excluded.REASON.fullmatch(other)


@pytest.mark.parametrize(
    ("reason", "fine"),
    [("x-" + "a" * 62, True), ("x-" + "a" * 63, False), ("x-a", True), ("x-", False)],
)
def test_reasons_of_a_jurisdiction(reason, fine):
    row = ("a", reason, "e")
    assert accepted(excluded.write_excluded, [row], salt_key_hex=None) == fine
    line = "\t".join(row).encode() + b"\n"
    assert accepted(excluded.parse_excluded, line, sealed=False) == fine


def test_alphabets_of_excluded():
    def by_reason(char):
        excluded.parse_excluded(f"a\tx-b{char}\te\n".encode(), sealed=False)

    def by_evidence(char):
        excluded.parse_excluded(f"a\tderegistered\te{char}\n".encode(), sealed=False)

    def by_id(char):
        excluded.parse_excluded(f"a{char}\tderegistered\te\n".encode(), sealed=False)

    def written_evidence(char):
        excluded.write_excluded([("a", "deregistered", f"e{char}")], salt_key_hex=None)

    assert alphabet(by_reason) == WORD | set("._-")
    assert alphabet(by_id) == WORD | set("._:-")
    # CR at the end of the line is taken for a CR LF; elsewhere it is text.
    assert alphabet(by_evidence) | {"\r"} == alphabet(written_evidence)
    assert alphabet(written_evidence) == set(ASCII) - set("\t\n")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (("a b", "deregistered", "e"), "object-id-form"),
        (("a b", "because", "e"), "reason-unknown"),
        (("a", "deregistered"), "field-count"),
        (("a", "deregistered", "e", "e", "e"), "field-count"),
        (("a", "because", "e"), "reason-unknown"),
    ],
)
def test_which_fault_of_an_excluded_line_is_told(fields, code):
    for sealed in (False, True):
        salted = (*fields, SALT) if sealed else fields
        line = "\t".join(salted).encode() + b"\n"
        error = refusal(excluded.parse_excluded, line, sealed=sealed)
        assert (error.code, error.member, error.line) == (code, "excluded.tsv", 1)


def test_a_bad_salt_comes_before_a_bad_id():
    for its_salt in (b"z" * 32, b"0" * 31, b"0" * 33):
        for object_id in (b"a b", b"a"):
            line = object_id + b"\tderegistered\te\t" + its_salt + b"\n"
            assert refusal(excluded.parse_excluded, line, sealed=True).code == "salt-form"


def test_the_excluded_line_that_is_not_utf8_is_named():
    good = "a\tderegistered\t吊销\n".encode()
    bad = b"b\tderegistered\t\xff\n"
    error = refusal(excluded.parse_excluded, good + bad, sealed=False)
    assert (error.code, error.member, error.line) == ("not-utf8", "excluded.tsv", 2)


def test_reasons_are_counted_in_their_order():
    rows = [("a", "other-draw", ""), ("b", "deregistered", ""), ("c", "other-draw", "")]
    data = excluded.write_excluded(rows, salt_key_hex=None)
    counted = excluded.excluded_digest(data, sealed=False).by_reason
    assert [*counted.items()] == [("deregistered", 1), ("other-draw", 2)]


def test_an_object_is_excluded_once():
    rows = [("a", "deregistered", "e"), ("a", "other-draw", "f"), ("b", "deregistered", "e")]
    error = refusal(excluded.write_excluded, rows, salt_key_hex=None)
    assert (error.code, error.member) == ("duplicate-object", "excluded.tsv")
    assert excluded.write_excluded([rows[0], rows[2]], salt_key_hex=None).count(b"\n") == 2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("a b", "deregistered", "e"), "object-id-form"),
        (("a", "because", "e"), "reason-unknown"),
        (("a", "deregistered", "e\t"), "evidence-form"),
    ],
)
def test_refusals_to_write_name_the_file(row, code):
    error = refusal(excluded.write_excluded, [row], salt_key_hex=None)
    assert (error.code, error.member) == (code, "excluded.tsv")


def test_one_leaf_of_each_kind():
    assert frame.frame_leaf(b"a\tS", sealed=False) == b"a\tS"
    assert excluded.excluded_leaf("a\tother-draw\t证".encode(), sealed=False) == (
        "a\tother-draw\t证".encode()
    )
    line = f"a\tother-draw\t证\t{SALT}".encode()
    hidden = hashlib.sha256(line[2:]).hexdigest().encode()
    assert excluded.excluded_leaf(line, sealed=True) == b"a\t" + hidden
    data = line + b"\n"
    assert excluded.excluded_digest(data, sealed=True).root == (
        merkle.leaf_hash(b"a\t" + hidden).hex()
    )


def test_a_refusal_says_where():
    assert str(DrawError("c", "en", "zh")) == "en"
    assert str(DrawError("c", "en", "zh", line=3)) == "line 3: en"
    assert str(DrawError("c", "en", "zh", member="f")) == "f: en"
    assert str(DrawError("c", "en", "zh", member="f", line=3)) == "f line 3: en"
    assert str(DrawError("c", "en", "zh", member="f", line=0)) == "f line 0: en"
    error = DrawError("c", "en", "zh", member="f", line=3)
    assert error.args == ("c", "en", "zh")
    assert (error.en, error.zh, error.member, error.line) == ("en", "zh", "f", 3)


def raising(error):
    with blaming("outer"):
        raise error


def test_a_refusal_keeps_the_file_that_it_names():
    inner = refusal(raising, DrawError("c", "en", "zh", member="inner", line=2))
    assert (inner.code, inner.member, inner.line) == ("c", "inner", 2)
    outer = refusal(raising, DrawError("c", "en", "zh", line=2))
    assert (outer.code, outer.en, outer.zh, outer.member, outer.line) == (
        "c",
        "en",
        "zh",
        "outer",
        2,
    )


def tree(*ids):
    return membership.Tree(
        frame.write_frame([(i, "S") for i in ids], salt_key_hex=None), sealed=False
    )


def test_ends_of_a_gap():
    whole = tree("b", "d", "f")
    first, middle, last = (whole.absence(i) for i in "ace")
    end = whole.absence("g")
    assert (first.before, first.after.object_id, first.after.index) == (None, "b", 0)
    assert (middle.before.object_id, middle.after.object_id) == ("b", "d")
    assert (last.before.index, last.after.index) == (1, 2)
    assert (end.before.object_id, end.after, end.size) == ("f", None, 3)
    for object_id, gap in zip("aceg", (first, middle, last, end), strict=True):
        for other in "abcdefg":
            between = membership.verify_absence(other, gap)
            assert between == (other == object_id), (object_id, other)


def test_gaps_that_prove_nothing():
    whole = tree("b", "d", "f")
    gap, end, first = whole.absence("c"), whole.absence("g"), whole.absence("a")
    root = gap.root
    wrong = [
        membership.Absence(gap.before, gap.after, 9, root),
        membership.Absence(gap.before, gap.after, 3, merkle.EMPTY_ROOT),
        membership.Absence(gap.before, None, 3, root),
        membership.Absence(None, gap.after, 3, root),
        membership.Absence(None, None, 3, root),
        membership.Absence(None, None, 0, root),
        membership.Absence(None, None, 1, merkle.EMPTY_ROOT),
    ]
    assert [membership.verify_absence("c", one) for one in wrong] == [False] * len(wrong)
    assert not membership.verify_absence("g", membership.Absence(end.before, None, 4, root))
    assert not membership.verify_absence("a", membership.Absence(None, end.before, 3, root))
    assert membership.verify_absence("a", first)
    assert membership.verify_absence("a", membership.Absence(None, None, 0, merkle.EMPTY_ROOT))
    forged = membership.Leaf(1, b"e\tS", gap.after.path)
    assert not membership.verify_absence("c", membership.Absence(gap.before, forged, 3, root))


def test_who_is_in_or_not_has_its_code():
    whole = tree("b", "d")
    assert refusal(whole.membership, "c").code == "object-absent"
    assert refusal(whole.membership, "e").code == "object-absent"
    assert refusal(whole.absence, "d").code == "object-present"
    error = refusal(whole.membership, "a b")
    assert (error.code, error.member) == ("object-id-form", "frame.tsv")
    found = whole.membership("d")
    assert (found.line, found.size, found.leaf.index) == (b"d\tS", 2, 1)
    assert found.leaf.path == (merkle.leaf_hash(b"b\tS"),)


def test_a_membership_of_another_line_proves_nothing():
    found = tree("b", "d").membership("d")
    assert membership.verify_membership(found, sealed=False)
    other = membership.Membership(b"d\tT", found.leaf, found.size, found.root)
    assert not membership.verify_membership(other, sealed=False)
    for size, root in ((3, found.root), (2, merkle.EMPTY_ROOT)):
        other = membership.Membership(found.line, found.leaf, size, root)
        assert not membership.verify_membership(other, sealed=False)


def test_a_leaf_shows_its_id_whatever_its_bytes():
    assert membership.Leaf(0, b"a\tS", ()).object_id == "a"
    assert membership.Leaf(0, b"\xff\tS", ()).object_id == "\ufffd"
