"""The edges of the container: which bundle it is, the names of its members, SHA256SUMS."""

import hashlib

import pytest

from app.sampling.openlot1 import bundle
from app.sampling.openlot1.bundle import (
    check_names,
    check_parts,
    check_sums,
    kind_of,
    part_folder,
    read_bundle,
    sums_text,
    write_bundle,
    write_zip,
)
from app.sampling.openlot1.errors import DrawError

COMMON = [
    "VERIFY.md",
    "commitment.json",
    "log/committed.proof",
    "log/consistency.proof",
    "log/drawn.proof",
    "log/frozen.proof",
    "log/seeded.proof",
    "seed.txt",
    "verify.py",
]
PART = ["excluded.tsv", "frame.tsv", "reserves.tsv", "result.json", "selected.tsv"]
OWN = {
    "audit-target": PART,
    "public-sealed": ["published.tsv"],
    "inspector": ["assignment.json", "assignment.tsv", "result.json"],
    "audit-campaign": [f"parts/{p}/{name}" for p in ("1-a", "2-B.c") for name in PART],
    "public-campaign": ["parts/1-a/published.tsv", "parts/2-B.c/published.tsv"],
}
COMMITMENT = {
    "audit-target": b'{"frame":{"sealed":false}}',
    "public-sealed": b'{"frame":{"sealed":true}}',
    "inspector": b"{}",
    "audit-campaign": b'{"parts":[{"frame":{"sealed":false}}]}',
    "public-campaign": b'{"parts":[{"frame":{"sealed":true}}]}',
}


def members_of(kind):
    found = {name: name.encode() for name in [*COMMON, *OWN[kind], "sources/1-dice.json"]}
    found["commitment.json"] = COMMITMENT[kind]
    return {**found, "SHA256SUMS": sums_text(found)}


def refusal(call, *given, **options):
    """(code, member, line) of what is refused."""
    with pytest.raises(DrawError) as caught:
        call(*given, **options)
    return caught.value.code, caught.value.member, caught.value.line


def test_the_caps():
    assert (bundle.MAX_MEMBER_BYTES, bundle.MAX_TOTAL_BYTES) == (536_870_912, 1_073_741_824)
    assert (bundle.MAX_MEMBERS, bundle.MAX_INPUT_MEMBERS) == (1000, 64)
    assert bundle.MAX_DIRECTORY_BYTES == 1_048_576


def test_folders_of_parts():
    assert (part_folder(3, "a"), part_folder(1, "")) == ("parts/3-a/", "")


@pytest.mark.parametrize("kind", OWN)
def test_the_kind_of_a_bundle_and_of_one_with_a_name_more_or_less(kind):
    members = members_of(kind)
    assert kind_of(members) == kind
    for name in members:
        assert kind_of({n: d for n, d in members.items() if n != name}) == kind, name
    for name in {name for names in OWN.values() for name in names}:
        assert kind_of(members | {name: b""}) == kind, name
    assert kind_of(members | {"commitment.json": b"{}"}) == kind


@pytest.mark.parametrize(
    ("names", "commitment", "kind"),
    [
        # One name of a sealed draw is missing, or one of each kind of campaign.
        ([], b"{}", "public-sealed"),
        ([], b'"parts":[', "audit-campaign"),
        ([], b'"parts":["sealed":true', "public-campaign"),
        ([], b'"sealed":true', "public-sealed"),
        (["frame.tsv"], b"", "public-sealed"),
        (["frame.tsv"], b'"parts":["sealed":true', "public-campaign"),
        (["frame.tsv"], b'"parts":[', "audit-campaign"),
        (["frame.tsv", "published.tsv"], b"", "public-sealed"),
        (["frame.tsv", "selected.tsv"], b"", "audit-target"),
        (["frame.tsv", "selected.tsv", "published.tsv"], b"", "public-sealed"),
        (["frame.tsv", "selected.tsv", "published.tsv"], b'"parts":[', "public-sealed"),
        (["assignment.json", "assignment.tsv"], b"", "inspector"),
        (["assignment.json", "result.json"], b'"parts":["sealed":true', "inspector"),
        (["parts/1-a/published.tsv"], b"", "public-campaign"),
        (["parts/1-a/frame.tsv"], b"", "public-sealed"),
        (["parts/1-a/frame.tsv"], b'"parts":[', "public-campaign"),
        ([f"parts/1-a/{name}" for name in PART[:3]], b"", "audit-campaign"),
        (["parts/1-a/frame.tsv", "parts/1-a/excluded.tsv"], b'"parts":[', "audit-campaign"),
        (["parts/1-a/notes.txt", "parts/0-a/frame.tsv"], b'"parts":[', "audit-campaign"),
    ],
)
def test_the_kind_told_by_few_names(names, commitment, kind):
    assert kind_of(dict.fromkeys(names, b"") | {"commitment.json": commitment}) == kind


def test_the_kind_without_a_commitment():
    assert kind_of({}) == "public-sealed"


@pytest.mark.parametrize("kind", OWN)
def test_names_of_each_kind(kind):
    names = members_of(kind).keys()
    check_names(names, kind)
    check_parts(names, kind, ["parts/1-a/", "parts/2-B.c/"] if "campaign" in kind else [])
    for name in names:
        if not name.startswith(("parts/", "sources/")):
            assert refusal(check_names, names - {name}, kind) == ("member-absent", name, None)
        if name.startswith("parts/"):
            found = refusal(check_parts, names - {name}, kind, ["parts/1-a/", "parts/2-B.c/"])
            assert found == ("member-absent", name, None)
            found = refusal(check_parts, names, kind, [])
            assert found == ("member-extra", min(OWN[kind]), None)
    for extra in (
        "notes.txt",
        "sources/0-dice.json",
        "sources/1-dice.json~",
        "parts/0-a/frame.tsv",
        "parts/1-a/x",
        "parts/1-a/frame.tsv~",
        "parts/1-a/published.tsv~",
    ):
        assert refusal(check_names, [*names, extra], kind) == ("member-extra", extra, None)


def test_whose_files_lie_in_the_folders_of_parts():
    for kind in OWN:
        for name in ("frame.tsv", "published.tsv"):
            member, fits = f"parts/3-c/{name}", kind == "audit-campaign"
            fits = kind == "public-campaign" if name == "published.tsv" else fits
            if fits:
                check_names([*members_of(kind), member], kind)
            else:
                found = refusal(check_names, [*members_of(kind), member], kind)
                assert found == ("member-extra", member, None)
    found = refusal(check_parts, ["parts/1-a/x", "frame.tsv"], "audit-target", ["parts/1-a/"])
    assert found == ("member-extra", "parts/1-a/x", None)


def test_the_first_name_that_is_wrong_is_told():
    names = dict.fromkeys(members_of("audit-target"), b"")
    many = [f"x{number}" for number in range(40)]
    for extra in (["b.txt", "a.txt", *many], [*many, "a.txt", "b.txt"]):
        assert refusal(check_names, [*names, *extra], "audit-target")[1] == "a.txt"
        found = refusal(check_parts, [f"parts/{name}" for name in extra], "audit-target", [])
        assert found[1] == "parts/a.txt"
    for gone in ("seed.txt", "frame.tsv"):
        rest = [name for name in names if name not in (gone, "verify.py")]
        assert refusal(check_names, rest, "audit-target")[1] == gone
    assert refusal(check_names, ["z.txt"], "audit-target") == ("member-extra", "z.txt", None)
    for kind in OWN:
        assert refusal(check_names, [], kind) == ("member-absent", "SHA256SUMS", None)
        assert refusal(check_names, [*PART, "SHA256SUMS"], kind)[1] in ("VERIFY.md", "excluded.tsv")
    found = refusal(check_parts, [], "audit-campaign", ["parts/2-b/", "parts/1-a/"])
    assert found == ("member-absent", "parts/1-a/excluded.tsv", None)


@pytest.mark.parametrize(
    "name",
    [
        "sources/1-dice.json",
        "sources/99-a.json",
        "sources/10-abcdefghijklmno9.json",
        "parts/1-a/frame.tsv",
        "parts/9999-a/published.tsv",
        "parts/12-" + "Aa0._-" * 5 + "/result.json",
        *COMMON,
        *PART,
        "SHA256SUMS",
        "published.tsv",
        "assignment.json",
        "assignment.tsv",
    ],
)
def test_names_that_belong(name):
    assert read_bundle(write_zip({name: b"x"})) == {name: b"x"}


@pytest.mark.parametrize(
    "name",
    [
        "sources/0-dice.json",
        "sources/100-dice.json",
        "sources/01-dice.json",
        "sources/1-.json",
        "sources/1-abcdefghijklmno9x.json",
        "sources/1-Dice.json",
        "sources/~-dice.json",
        "sources/1~-dice.json",
        "sources/1-~.json",
        "sources/1-dicexjson",
        "sources/1-dice.json~",
        "xsources/1-dice.json",
        "parts/0-a/frame.tsv",
        "parts/01-a/frame.tsv",
        "parts/10000-a/frame.tsv",
        "parts/~-a/frame.tsv",
        "parts/1~-a/frame.tsv",
        "parts/1-a/assignment.tsv",
        "parts/1-a/frame.tsv~",
        "parts/1-/frame.tsv",
        "parts/1-a~/frame.tsv",
        "parts/1-a/b/frame.tsv",
        "parts/frame.tsv",
        "log/",
        "frame.tsv/",
    ],
)
def test_names_that_do_not_belong(name):
    assert refusal(read_bundle, write_zip({name: b"x"})) == ("member-extra", name, None)


def test_sums_in_bytes():
    lines = [
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (("a", b"1"), ("b", b""))
    ]
    members = {"b": b"", "SHA256SUMS": b"old", "a": b"1"}
    assert sums_text(members) == "".join(lines).encode()
    check_sums(members | {"SHA256SUMS": "".join(lines).encode()})


def digest(data):
    return hashlib.sha256(data).hexdigest()


def edited(text, places):
    """The text with this many of its characters changed."""
    return "".join("01"[c == "0"] for c in text[:places]) + text[places:]


GOOD = {"seed.txt": b"1", "sources/1-dice.json": b"2"}
ONE, TWO = (f"{digest(data)}  {name}\n" for name, data in GOOD.items())


@pytest.mark.parametrize(
    ("sums", "found"),
    [
        (edited(ONE, 1) + TWO, ("sums-edited", "SHA256SUMS", None)),
        (ONE + edited(TWO, 8), ("sums-edited", "SHA256SUMS", None)),
        (ONE + edited(TWO, 9), ("sums-differ", "sources/1-dice.json", None)),
        (edited(ONE, 64) + edited(TWO, 64), ("sums-differ", "seed.txt", None)),
        (TWO + ONE, ("sums-names", "SHA256SUMS", None)),
        (ONE + ONE + TWO, ("sums-names", "SHA256SUMS", None)),
        (ONE + TWO + TWO, ("sums-names", "SHA256SUMS", None)),
        # A source that is not listed is counted later; a file of another kind is an edit here.
        (ONE, ("member-extra", "sources/1-dice.json", None)),
        (TWO, ("sums-names", "SHA256SUMS", None)),
        ("", ("sums-names", "SHA256SUMS", None)),
        (ONE + TWO + ONE.replace("seed.txt", "verify.py"), ("member-absent", "verify.py", None)),
        (
            ONE + TWO + ONE.replace("seed.txt", "y") + ONE.replace("seed.txt", "x"),
            ("member-absent", "x", None),
        ),
        (ONE + TWO.replace("dice", "mice"), ("sums-names", "SHA256SUMS", None)),
        (ONE + TWO[:-1], ("sums-malformed", "SHA256SUMS", None)),
        (ONE + TWO + "\n", ("sums-malformed", "SHA256SUMS", 3)),
        ("\n" + ONE + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE + TWO.replace("  ", " "), ("sums-malformed", "SHA256SUMS", 2)),
        (ONE.replace("  ", "   ") + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE + TWO.replace("/", "/ "), ("sums-malformed", "SHA256SUMS", 2)),
        (ONE.replace("seed.txt", "") + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE.replace("seed.txt", "s\xe9ed.txt") + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE.replace("seed.txt", "seed.txt\x7f") + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE[1:] + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        ("0" + ONE + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        (ONE.upper() + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        ("~" + ONE[1:] + TWO, ("sums-malformed", "SHA256SUMS", 1)),
        ("g" + ONE[1:] + TWO, ("sums-malformed", "SHA256SUMS", 1)),
    ],
)
def test_sums_that_are_wrong(sums, found):
    assert refusal(check_sums, GOOD | {"SHA256SUMS": sums.encode("latin-1")}) == found


def test_what_comes_or_goes_beside_the_sums():
    sums = {"SHA256SUMS": (ONE + TWO).encode()}
    parts = {"parts/2-b/frame.tsv": b"", "parts/1-a/frame.tsv": b""}
    found = refusal(check_sums, GOOD | sums | parts)
    assert found == ("member-extra", "parts/1-a/frame.tsv", None)
    found = refusal(check_sums, GOOD | sums | parts | {"frame.tsv": b""})
    assert found == ("sums-names", "SHA256SUMS", None)
    assert refusal(check_sums, sums) == ("member-absent", "seed.txt", None)
    found = refusal(check_sums, {"seed.txt": b"1"} | sums | parts)
    assert found == ("sums-names", "SHA256SUMS", None)


def test_a_name_of_any_printable_characters_may_be_listed():
    check_sums({"!~": b"1", "SHA256SUMS": f"{digest(b'1')}  !~\n".encode()})


@pytest.mark.parametrize("kind", OWN)
def test_written_bundles(kind):
    members = members_of(kind)
    data = write_bundle({**members, "SHA256SUMS": b"made anew"})
    assert read_bundle(data) == members
    assert data == write_zip(members)
    # A campaign without its last part is one of fewer parts, which the commitment tells.
    for name in ("verify.py", *(OWN[kind] if kind != "public-campaign" else ())):
        rest = {n: d for n, d in members.items() if n != name}
        assert refusal(write_bundle, rest) == ("member-absent", name, None)
    assert refusal(write_bundle, members | {"x": b""}) == ("member-extra", "x", None)
