"""The edges of the log in a bundle: proofs, their order and times, statements, the older tree."""

import base64

import pytest
from bundles import ORIGIN, MemoryLog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sampling.openlot1 import canonical, merkle, note
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.log import (
    CONSISTENCY,
    CONSISTENCY_HEADER,
    STEPS,
    LogEvidence,
    Statement,
    check_order,
    check_signatures,
    check_statement,
    format_consistency,
    proof_name,
    read_consistency,
    read_log,
)

AT = "2026-03-01T01:00:00Z"
NAMES = ("at", "digest", "id", "public", "subject", "type")


def refusal(call, *given):
    """(code, member, what is said) of the refusal."""
    with pytest.raises(DrawError) as caught:
        call(*given)
    return caught.value.code, caught.value.member, caught.value.en


def entry_of(step, **other):
    entry = {"at": AT, "digest": "a" * 64, "id": "e", "subject": "draw", "type": f"draw.{step}"}
    return {**entry, "public": {"step": step}, **other}


def log_of(entries=None, between=1):
    """The log in memory and the places of the four steps, `between` other entries before each."""
    log, indexes = MemoryLog(), {}
    for step in STEPS:
        for _ in range(between):
            log.add({"other": step})
        indexes[step] = log.add((entries or {}).get(step) or entry_of(step))
    return log, indexes


def members_of(log, indexes, old=5):
    members = {proof_name(step): log.proof(index) for step, index in indexes.items()}
    return {**members, "log/consistency.proof": log.consistency(old)}


def test_names():
    assert STEPS == ("frozen", "committed", "seeded", "drawn")
    assert [proof_name(step) for step in STEPS] == [
        "log/frozen.proof",
        "log/committed.proof",
        "log/seeded.proof",
        "log/drawn.proof",
    ]
    assert (CONSISTENCY, CONSISTENCY_HEADER) == (
        "log/consistency.proof",
        "openlot/1/consistency",
    )


def test_what_a_good_log_says():
    log, indexes = log_of()
    read = read_log(members_of(log, indexes))
    assert indexes == {"frozen": 1, "committed": 3, "seeded": 5, "drawn": 7}
    assert read.statements == {
        step: Statement(f"draw.{step}", AT, index, {"step": step})
        for step, index in indexes.items()
    }
    assert read.checkpoint == log.checkpoint(8)
    assert read.head == note.Checkpoint(ORIGIN, 8, merkle.root(log.hashes()))
    old = read_consistency(members_of(log, indexes), read)
    assert old.checkpoint == log.checkpoint(5)
    assert old.head == note.Checkpoint(ORIGIN, 5, merkle.root(log.hashes()[:5]))
    check_signatures(read, old, note.parse_vkey(log.vkey))
    check_order(read, AT)


def test_proofs_that_bear_another_checkpoint():
    log, indexes = log_of()
    members = members_of(log, indexes)
    log.add({"more": 1})
    later = members_of(log, indexes)
    for step in STEPS:
        name = proof_name(step)
        found = refusal(read_log, members | {name: later[name]})
        assert found == ("log-checkpoints", name, "bears another checkpoint")
        # The other way round this one is in the minority as well.
        assert refusal(read_log, later | {name: members[name]})[:2] == ("log-checkpoints", name)
    # Two against two: the first is believed.
    two = {proof_name(step): later[proof_name(step)] for step in ("committed", "drawn")}
    assert refusal(read_log, members | two)[1] == "log/committed.proof"


def test_proofs_that_do_not_lead_to_the_root():
    log, indexes = log_of()
    members = members_of(log, indexes)
    for step in STEPS:
        name, others = proof_name(step), [s for s in STEPS if s != step]
        proof = note.parse_proof(members[name].decode())
        there = note.parse_proof(members[proof_name(others[0])].decode())
        for index, path, entry in (
            (proof.index ^ 1, proof.path, proof.entry),
            (proof.index, proof.path[:-1], proof.entry),
            (proof.index, proof.path, proof.entry.replace(b"draw.", b"drew.")),
            (proof.index, there.path, proof.entry),
        ):
            text = note.format_proof(note.Proof(index, path, entry, proof.checkpoint))
            found = refusal(read_log, members | {name: text.encode()})
            assert found == ("log-inclusion", name, "does not lead to the root")
        assert refusal(read_log, members | {name: b"\xff"})[:2] == ("not-utf8", name)
        assert refusal(read_log, members | {name: b"x"})[1] == name


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"at": "2026-03-01T01:00:00"}, "member-form"),
        ({"at": 1}, "member-type"),
        ({"digest": "a" * 63}, "member-form"),
        ({"digest": None}, "member-type"),
        ({"id": 1}, "member-type"),
        ({"subject": 1}, "member-type"),
        ({"type": "draw.other"}, "member-form"),
        ({"type": "plan.adopted"}, "member-form"),
        ({"more": 1}, "member-unknown"),
    ],
)
def test_entries_that_are_refused(other, code):
    for step in STEPS:
        log, indexes = log_of({step: entry_of(step, **other)})
        found = refusal(read_log, members_of(log, indexes))
        assert found[:2] == (code, proof_name(step))


def test_entries_that_lack_something_and_those_of_another_step():
    for name in NAMES:
        entry = {n: v for n, v in entry_of("seeded").items() if n != name}
        log, indexes = log_of({"seeded": entry})
        found = refusal(read_log, members_of(log, indexes))
        assert found[:2] == ("member-missing", "log/seeded.proof")
    for step in STEPS:
        swapped = entry_of(STEPS[STEPS.index(step) - 1])
        log, indexes = log_of({step: swapped})
        assert refusal(read_log, members_of(log, indexes))[1] == proof_name(step)
    log, indexes = log_of()
    log.entries[7] = canonical.dumps([1])
    found = refusal(read_log, members_of(log, indexes))
    assert found[:2] == ("member-type", "log/drawn.proof")
    log.entries[7] = b"{"
    assert refusal(read_log, members_of(log, indexes))[1] == "log/drawn.proof"


@pytest.mark.parametrize("public", [None, [], "x", 1])
def test_public_figures_that_are_no_object_say_nothing(public):
    log, indexes = log_of({"drawn": entry_of("drawn", public=public)})
    assert read_log(members_of(log, indexes)).statements["drawn"].public == {}


def said(indexes=(1, 3, 5, 7), at=(AT, AT), publics=None):
    """What a log says, by places, and the times of committed and seeded."""
    times = dict(zip(("committed", "seeded"), at, strict=True))
    statements = {
        step: Statement(f"draw.{step}", times.get(step, ""), index, (publics or {}).get(step, {}))
        for step, index in zip(STEPS, indexes, strict=True)
    }
    return LogEvidence(statements, "", note.Checkpoint(ORIGIN, 8, bytes(32)))


@pytest.mark.parametrize(
    ("indexes", "step"),
    [
        ((1, 1, 2, 3), "committed"),
        ((1, 0, 2, 3), "committed"),
        ((0, 2, 2, 3), "seeded"),
        ((0, 2, 1, 3), "seeded"),
        ((0, 1, 2, 2), "drawn"),
        ((0, 1, 3, 2), "drawn"),
        ((3, 2, 1, 0), "committed"),
    ],
)
def test_the_order_of_the_steps(indexes, step):
    found = refusal(check_order, said(indexes), AT)
    assert found == ("log-order", f"log/{step}.proof", "stands before the step it follows")
    check_order(said((0, 1, 2, 3)), AT)


def test_the_times_of_commitment_and_seed():
    before, after = "2026-03-01T00:59:59Z", "2026-03-01T01:00:01Z"
    for at in ((AT, AT), (before, AT), (before, after), (AT, after)):
        check_order(said(at=at), AT)
    for at in ((after, AT), (after, after), (after, before)):
        found = refusal(check_order, said(at=at), AT)
        assert found[:2] == ("log-committed-late", "log/committed.proof")
        assert found[2] == f"was logged at {after}, after not_before {AT}"
    for at in ((AT, before), (before, before)):
        found = refusal(check_order, said(at=at), AT)
        assert found[:2] == ("log-seeded-early", "log/seeded.proof")
        assert found[2] == f"was logged at {before}, before not_before {AT}"


def test_figures_that_differ():
    log = said(publics={step: {"b": 2, "a": [1], "n": None} for step in STEPS})
    good = {"a": [1], "b": 2, "n": None}
    for step in STEPS:
        check_statement(log, step, good)
        for expected, told in (
            ({}, "says a is [1], the bundle says None"),
            ({"b": 2, "n": None}, "says a is [1], the bundle says None"),
            ({"a": [1], "b": 2}, "says n is None, the bundle says None"),
            (good | {"c": None}, "says c is None, the bundle says None"),
            (good | {"c": 3, "0": 4}, "says 0 is None, the bundle says 4"),
            (good | {"b": 3, "n": 0}, "says b is 2, the bundle says 3"),
        ):
            found = refusal(check_statement, log, step, expected)
            assert found == ("log-statement", f"log/{step}.proof", told)


def test_of_many_figures_the_first_is_told():
    names = [f"x{number:02}" for number in range(40)]
    found = refusal(check_statement, said(), "drawn", dict.fromkeys(reversed(names), 1))
    assert found[2] == "says x00 is None, the bundle says 1"


def test_long_figures_are_cut():
    for length, shown in ((400, "v" * 400), (401, "v" * 400 + "...")):
        log = said(publics={"frozen": {"a": "v" * length}})
        found = refusal(check_statement, log, "frozen", {"a": 1})
        assert found[2] == f"says a is {shown}, the bundle says 1"


def test_the_text_of_a_consistency_proof():
    node = base64.b64encode(bytes(32)).decode()
    text = format_consistency(3, 9, [bytes(32), bytes(32)], "note")
    assert text == f"openlot/1/consistency\nold 3\nnew 9\n{node}\n{node}\n\nnote"
    assert format_consistency(3, 9, [], "n") == "openlot/1/consistency\nold 3\nnew 9\n\nn"


MALFORMED = "is malformed"
OTHER = "is of another log or size"
LEADS = "does not lead from old to new root"


def consistency(log, *, old="5", new="8", at=5, checkpoint=None, header="openlot/1/consistency"):
    lines = [header, f"old {old}", f"new {new}"]
    path = merkle.consistency_path(at, log.hashes()) if 0 < at <= len(log.entries) else []
    lines += [base64.b64encode(node).decode() for node in path]
    return ("\n".join(lines) + "\n\n" + (checkpoint or log.checkpoint(at))).encode()


def checkpoint_of(size, origin=ORIGIN, root=bytes(32)):
    """A note whose signature is of its form only."""
    text = note.checkpoint_text(note.Checkpoint(origin, size, root))
    return note.sign_note(text, origin, bytes(4), bytes(64))


def test_consistency_proofs_that_are_refused():
    log, indexes = log_of()
    members, name = members_of(log, indexes), "log/consistency.proof"
    read = read_log(members)
    good = consistency(log)
    assert good == members[name]
    most, over = "9" * 19, "9" * 20
    for data, told in (
        (consistency(log, old="05"), MALFORMED),
        (consistency(log, old="+5"), MALFORMED),
        (consistency(log, old="5 "), MALFORMED),
        (consistency(log, old="~"), MALFORMED),
        (consistency(log, old="1~"), MALFORMED),
        (consistency(log, old=""), MALFORMED),
        (consistency(log, old=over), MALFORMED),
        (consistency(log, old="0"), OTHER),
        (consistency(log, old="9"), OTHER),
        (consistency(log, old="10"), OTHER),
        (consistency(log, old=most), OTHER),
        (consistency(log, new="7"), MALFORMED),
        (consistency(log, header="openlot/2/consistency"), MALFORMED),
        (b"openlot/1/consistency\nold 5\n\n" + good.partition(b"\n\n")[2], MALFORMED),
        (b"openlot/1/consistency\n\n" + good.partition(b"\n\n")[2], MALFORMED),
        (b"\n\n", MALFORMED),
        (consistency(log, checkpoint=checkpoint_of(5, "log.example/other")), OTHER),
        (consistency(log, checkpoint=checkpoint_of(6)), OTHER),
        (consistency(log, checkpoint=checkpoint_of(5)), LEADS),
        (good.replace(good.split(b"\n")[3] + b"\n", b"", 1), LEADS),
        (consistency(log, old="4", checkpoint=log.checkpoint(4)), LEADS),
        (consistency(log, old="3", at=3), "is older than the commitment"),
        (consistency(log, old="2", at=2), "is older than the commitment"),
        (consistency(log, old="6", at=6), "is not older than the seed"),
        (consistency(log, old="8", at=8), "is not older than the seed"),
    ):
        found = refusal(read_consistency, members | {name: data}, read)
        assert found == ("log-consistency", name, told), data
    for at in (4, 5):
        data = consistency(log, old=str(at), at=at)
        assert read_consistency(members | {name: data}, read).head.size == at
    unsigned = consistency(log, checkpoint=log.checkpoint(5).partition("\n\n")[0] + "\n\n")
    for data in (b"\xff", unsigned, good + b"x", good.replace(b"new 8\n", b"new 8\nx\n")):
        code, member, _ = refusal(read_consistency, members | {name: data}, read)
        assert (code != "log-consistency", member) == (True, name)


def test_the_largest_size_and_an_empty_old_tree_are_read():
    """They fit no log with a commitment in it, so that other checks refuse them."""
    log, indexes = log_of()
    members, name = members_of(log, indexes), "log/consistency.proof"
    read = read_log(members)
    most = 9 * 10**18
    data = consistency(log, old=str(most), checkpoint=checkpoint_of(most))
    assert refusal(read_consistency, members | {name: data}, read)[2] == LEADS
    empty = merkle.root([])
    data = consistency(log, old="0", at=0, checkpoint=checkpoint_of(0, root=empty))
    found = refusal(read_consistency, members | {name: data}, read)
    assert found[2] in (LEADS, "is older than the commitment")


def test_signatures_of_both_checkpoints():
    log, indexes = log_of()
    members = members_of(log, indexes)
    read = read_log(members)
    old = read_consistency(members, read)
    other = MemoryLog(Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    other.entries = log.entries
    key = note.parse_vkey(log.vkey)
    by_other = members_of(other, indexes)
    wrong = read_log(by_other)
    told = f"bears no good signature of {ORIGIN}"
    found = refusal(check_signatures, wrong, old, key)
    assert found == ("log-signature", "log/committed.proof", told)
    old_wrong = read_consistency(by_other, read)
    found = refusal(check_signatures, read, old_wrong, key)
    assert found == ("log-signature", "log/consistency.proof", told)
    found = refusal(check_signatures, wrong, old_wrong, key)
    assert found[1] == "log/committed.proof"
