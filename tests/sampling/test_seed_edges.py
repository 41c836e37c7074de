"""The edges of seed.txt, keys, tickets and the selection: what is refused where, and with what."""

import hashlib

import pytest
from bundles import own_vectors

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.commitment import cd, parse_commitment
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.seed import (
    build_seed_txt,
    dryrun_key,
    key,
    parse_seed_txt,
    seed,
    ticket,
    ticket_function,
)
from app.sampling.openlot1.target import draw_target, smallest_tickets

CASE = own_vectors("openlot1-target.json")["cases"][0]
RAW = canonical.dumps(CASE["commitment"])
SHA256 = hashlib.sha256
KEY = "5" * 64


def refusal(call, *given, **named):
    with pytest.raises(DrawError) as caught:
        call(*given, **named)
    return caught.value


@pytest.mark.parametrize("purpose", ["target", "round", "round-start", "team", "seat"])
def test_every_purpose_has_the_key_of_the_specification(purpose):
    text = f"openlot/1/key\n{KEY}\n{purpose}\n地区/1\n".encode()
    assert key("sha256", KEY, purpose, "地区/1") == SHA256(text).hexdigest()


def test_another_purpose_is_refused():
    for purpose in ("", "Target", "target~"):
        assert refusal(key, "sha256", KEY, purpose, "x").code == "purpose-unknown"


def test_tickets_are_what_sha256sum_says():
    assert ticket("sha256", KEY, "a-1", None) == SHA256(f"{KEY}a-1".encode()).hexdigest()
    salted = SHA256(f"{KEY}a-1{'c' * 32}".encode()).hexdigest()
    assert ticket("sha256", KEY, "a-1", "c" * 32) == salted
    assert ticket_function("sha256", KEY)(b"a-1" + b"c" * 32) == salted
    with pytest.raises(UnicodeEncodeError):
        ticket("sha256", KEY, "é", None)


def test_the_key_of_previews():
    assert dryrun_key("sha256") == SHA256(b"openlot/1/dryrun").hexdigest()
    assert dryrun_key("sm3") != dryrun_key("sha256")


def test_seed_txt_in_bytes():
    expected = "openlot/1/seed\nCD\ntest:骰子\n".encode()
    assert build_seed_txt("CD", ["test:骰子"]) == expected
    assert seed("sha256", expected) == SHA256(expected).hexdigest()


@pytest.mark.parametrize("place", [0, 1])
def test_a_source_line_with_a_line_feed_is_named(place):
    lines = ["test:a", "test:b"]
    lines[place] += "\nc"
    error = refusal(build_seed_txt, "CD", lines)
    assert (error.code, error.member, error.line) == ("source-line-break", "seed.txt", 3 + place)


@pytest.mark.parametrize(("data", "line"), [(b"\xff", 1), (b"\n\xff", 2), (b"a\nb\n\xff\n", 3)])
def test_the_line_that_is_not_utf8_is_named(data, line):
    error = refusal(parse_seed_txt, data, parse_commitment(RAW), cd(RAW))
    assert (error.code, error.member, error.line) == ("not-utf8", "seed.txt", line)


def test_the_second_source_is_named():
    value = {**CASE["commitment"], "purpose": "test"}
    value["sources"] = [{"type": "dice", "params": {"digits": d}} for d in (1, 2)]
    raw = canonical.dumps(value)
    parsed, digest = parse_commitment(raw), cd(raw)
    assert parse_seed_txt(build_seed_txt(digest, ["dice:1", "dice:12"]), parsed, digest) == [
        "dice:1",
        "dice:12",
    ]
    error = refusal(parse_seed_txt, build_seed_txt(digest, ["dice:1", "dice:1"]), parsed, digest)
    assert (error.code, error.line) == ("dice-short", 4)
    error = refusal(parse_seed_txt, build_seed_txt(digest, ["dice:1"]), parsed, digest)
    assert (error.code, error.line) == ("seed-source-count", 4)


def heads(tickets, wanted):
    """Of a frame with one stratum, its ids in the order of `tickets`."""
    frame = "".join(f"{i:03}\tS\n" for i in range(len(tickets))).encode()
    [head] = smallest_tickets(
        frame, sealed=False, ticket=lambda i: tickets[int(i)], wanted={"S": wanted}
    ).values()
    return [(its_ticket, int(object_id)) for its_ticket, object_id in head]


@pytest.mark.parametrize("wanted", [1, 2, 3, 5])
@pytest.mark.parametrize("late", ["1", "3", "5", "7", "8"])
def test_a_late_object_takes_its_place(wanted, late):
    """Also when what was kept has been cut to its head long before."""
    tickets = ["0", "2", "4", "6", "8"] + ["f"] * 300 + [late] + ["f"] * 300
    expected = sorted((t, i) for i, t in enumerate(tickets))[:wanted]
    assert heads(tickets, wanted) == expected
    assert (
        heads(tickets[::-1], wanted)
        == sorted((t, i) for i, t in enumerate(reversed(tickets)))[:wanted]
    )


def test_no_more_than_wanted_is_returned():
    assert heads(["3", "1", "2"], 2) == [("1", 1), ("2", 2)]
    assert heads(["3", "1", "2"], 0) == []
    assert heads(["3"], 2) == [("3", 0)]


def test_the_other_stage_is_refused_in_the_commitment():
    case = own_vectors("openlot1-inspector.json")["cases"][0]
    error = refusal(draw_target, b"", canonical.dumps(case["commitment"]), b"")
    assert (error.code, error.member) == ("stage-wrong", "commitment.json")


@pytest.mark.parametrize("name", ["count", "sha256", "root"])
def test_what_differs_from_the_committed_frame_is_named(name):
    frame = CASE["commitment"]["frame"]
    other = frame["count"] + 1 if name == "count" else "0" * 64
    raw = canonical.dumps({**CASE["commitment"], "frame": {**frame, name: other}})
    seed_txt = build_seed_txt(cd(raw), CASE["sources"])
    error = refusal(draw_target, CASE["frame_tsv"].encode(), raw, seed_txt)
    assert error.en.startswith(f"{name} is")
    assert error.zh.startswith(f"{name} 为")
