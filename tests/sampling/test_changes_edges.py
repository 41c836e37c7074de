"""The edges of the changes that an amendment lists: their forms, and the frame as they leave it."""

import oracle
import pytest
from campaigns import SALT_KEY
from test_amendment import (
    RATES,
    ROWS_NOW,
    files,
)

from app.sampling.openlot1.changes import (
    CHANGES_MEMBER,
    Change,
    apply_changes,
    parse_changes,
    write_changes,
)
from app.sampling.openlot1.commitment import parse_commitment
from app.sampling.openlot1.errors import DrawError

SALT = "0123456789abcdef" * 2
ODD_VALUES = (None, 0, 1, "", "x", [], {}, True)
NO_CHANGE = {
    "object_id": "a",
    "from": None,
    "to": "A/1",
    "reason": "r",
    "evidence": "",
    "salt": None,
}


def refusal(call, *given, **options):
    """(code, member, what is said) of the refusal."""
    with pytest.raises(DrawError) as caught:
        call(*given, **options)
    return caught.value.code, caught.value.member, caught.value.en


def part_of(rows, *, sealed=False):
    frame, raw, _ = files(rows, RATES, sealed=sealed)
    return frame, parse_commitment(raw).part(None)


def change(object_id, origin, target, salt=None, reason="r", evidence=""):
    return Change(object_id, origin, target, reason, evidence, salt)


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        (["a A/1 -"], "b=A/1 c=A/2 d=B/1"),
        (["d B/1 -"], "a=A/1 b=A/1 c=A/2"),
        (["b A/1 C=x"], "a=A/1 b=C=x c=A/2 d=B/1"),
        (["0 - A/2"], "0=A/2 a=A/1 b=A/1 c=A/2 d=B/1"),
        (["bb - A/2"], "a=A/1 b=A/1 bb=A/2 c=A/2 d=B/1"),
        (["e - A/2"], "a=A/1 b=A/1 c=A/2 d=B/1 e=A/2"),
        (["f - A/1", "e - A/2"], "a=A/1 b=A/1 c=A/2 d=B/1 e=A/2 f=A/1"),
        (["ab - A/1", "aa - A/2", "a A/1 -", "b A/1 -"], "aa=A/2 ab=A/1 c=A/2 d=B/1"),
        (["d B/1 A/1", "a A/1 B/1", "x - B/1", "0 - C=x"], "0=C=x a=B/1 b=A/1 c=A/2 d=A/1 x=B/1"),
        (["a A/1 -", "b A/1 -", "c A/2 -", "d B/1 -"], ""),
    ],
)
def test_the_frame_as_changes_leave_it(changes, after):
    lines = [item.partition("=") for item in after.split()]
    for sealed in (False, True):
        salts = {i: oracle.salt(SALT_KEY, i) for i in ROWS_NOW} if sealed else {}
        frame, part = part_of(ROWS_NOW, sealed=sealed)
        listed = []
        for line in changes:
            object_id, *sides = line.split()
            origin, target = (None if side == "-" else side for side in sides)
            its_salt = SALT if sealed and origin is None else None
            listed.append(change(object_id, origin, target, its_salt))
        wanted = "".join(
            "\t".join([i, stratum, *([salts.get(i, SALT)] if sealed else [])]) + "\n"
            for i, _, stratum in lines
        )
        assert apply_changes(frame, listed, part) == wanted.encode()
        assert apply_changes(frame, listed[::-1], part) == wanted.encode()


def test_changes_of_an_empty_frame():
    frame, part = part_of({})
    assert apply_changes(frame, [change("b", None, "A/1")], part) == b"b\tA/1\n"
    assert refusal(apply_changes, frame, [change("b", "A/1", None)], part)[0] == "object-absent"


LONG = "aZ09._-" * 9 + "x"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ([], "amendment-empty", "changes must"),
        ([change("a", "A/1", None), change("a", "A/1", None)], "object-twice", "a is"),
        ([change("0", "A/1", None)], "object-absent", "0 is"),
        ([change("bb", "A/1", "A/2")], "object-absent", "bb is"),
        ([change("zz", "A/1", "A/2")], "object-absent", "zz is"),
        ([change("d", None, "A/2")], "object-present", "d is"),
        ([change("d", "A/1", "A/2")], "stratum-differs", "d stands in B/1, not in A/1"),
        ([change("d", "B/1", "B/1")], "stratum-same", "d is"),
        ([change("d", None, None)], "stratum-same", "d is"),
        ([change("d", "B/1", "X/9")], "stratum-without-place", "d: X/9"),
        ([change("d", "X/9", "A/1")], "stratum-differs", "d stands"),
        ([change("", None, "A/1")], "object-id-form", ""),
        ([change("a b", None, "A/1")], "object-id-form", ""),
        ([change("d", "B\t1", None)], "stratum-form", "'B\\t1'"),
        ([change("d", "", None)], "stratum-form", "''"),
        ([change("d", "B/1", "")], "stratum-form", "''"),
        ([change("d", "B/1", "A/1\n")], "stratum-form", "'A/1\\n'"),
        ([change("d", "B/1", None, reason="")], "reason-form", "''"),
        ([change("d", "B/1", None, reason=LONG + "x")], "reason-form", f"'{LONG}x'"),
        ([change("d", "B/1", None, reason="~")], "reason-form", "'~'"),
        ([change("d", "B/1", None, reason="r\n")], "reason-form", "'r\\n'"),
        ([change("d", "B/1", None, evidence="\t")], "evidence-form", "d needs"),
        ([change("d", "B/1", None, evidence="x\n")], "evidence-form", "d needs"),
        ([change("e", None, "A/1", SALT)], "salt-unexpected", "e must"),
        ([change("d", "B/1", None, SALT)], "salt-unexpected", "d must"),
        # Of several faults the first change's is told, forms before the rest.
        ([change("e", None, "A/1", SALT), change("d", "B/1", "B/1")], "salt-unexpected", "e"),
        ([change("d", "B/1", "B/1", SALT)], "stratum-same", "d"),
        ([change("d", "A/1", None), change("0", "A/1", None)], "object-absent", "0 is"),
    ],
)
def test_changes_that_are_refused(changes, code, said):
    frame, part = part_of(ROWS_NOW)
    found = refusal(apply_changes, frame, changes, part)
    assert found[:2] == (code, "amendment.json")
    assert found[2].startswith(said)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (change("e", None, "A/1"), "salt-missing"),
        (change("e", None, "A/1", SALT.upper()), "salt-form"),
        (change("e", None, "A/1", SALT[1:]), "salt-form"),
        (change("e", None, "A/1", SALT + "0"), "salt-form"),
        (change("e", None, "A/1", SALT + "\n"), "salt-form"),
        (change("e", None, "A/1", ""), "salt-form"),
        (change("d", "B/1", "A/1", SALT), "salt-unexpected"),
        (change("d", "B/1", None, SALT), "salt-unexpected"),
    ],
)
def test_salts_of_a_sealed_frame(one, code):
    frame, part = part_of(ROWS_NOW, sealed=True)
    assert refusal(apply_changes, frame, [one], part)[:2] == (code, "amendment.json")


def test_forms_that_are_good():
    frame, part = part_of(ROWS_NOW)
    for reason in ("r", LONG, "0", "9", "A", "Z", "a", "z", ".", "_", "-"):
        assert len(LONG) == 64
        for evidence in ("", "注销 2026", "x" * 100):
            one = change("d", "B/1", None, reason=reason, evidence=evidence)
            assert apply_changes(frame, [one], part) == frame[: frame.index(b"d\t")]


def test_changes_as_they_are_written():
    values = [
        {"object_id": "a", "from": None, "to": "A/1", "reason": "r", "evidence": "e", "salt": SALT},
        {"object_id": "b", "from": "A/2", "to": None, "reason": "s", "evidence": "", "salt": None},
    ]
    read = (Change("a", None, "A/1", "r", "e", SALT), Change("b", "A/2", None, "s", ""))
    assert parse_changes(values) == read
    assert write_changes(read) == values
    assert (parse_changes([]), write_changes([]), CHANGES_MEMBER) == ((), [], "amendment.json")


def test_values_of_changes_that_are_refused():
    for value in (None, [], "x", 1):
        found = refusal(parse_changes, [NO_CHANGE, value])
        assert found[:2] == ("member-type", "amendment.json")
        assert found[2].startswith("changes[1]")
    assert refusal(parse_changes, [NO_CHANGE | {"x": 1}])[0] == "member-unknown"
    for name in NO_CHANGE:
        rest = {n: v for n, v in NO_CHANGE.items() if n != name}
        assert refusal(parse_changes, [rest])[:2] == ("member-missing", "amendment.json")
        for odd in ODD_VALUES:
            optional = name in ("from", "to", "salt") and odd is None
            if optional or isinstance(odd, str):
                assert parse_changes([NO_CHANGE | {name: odd}])
            else:
                found = refusal(parse_changes, [NO_CHANGE | {name: odd}])
                assert found[:2] == ("member-type", "amendment.json")
