"""Chance in the target draw: every object and every pair of objects alike, and tickets that fail.

The controls go through the same functions as the real ticket and must break the same bounds.
"""

import hashlib

import pytest
from bundles import own_vectors
from chances import SCALE, critical, inclusion, pairs, survival

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.frame import frame_digest, write_frame
from app.sampling.openlot1.seed import build_seed_txt, key, ticket_function
from app.sampling.openlot1.target import draw_target, smallest_tickets

BASE = own_vectors("openlot1-target.json")["cases"][0]["commitment"]
MANY = [f"91610403MA6X{i:05}" for i in range(1600)]
# Two ids for each beginning, so that a ticket blind to the last character draws twins.
FEW = [f"91610403MA6X{i:02}{last}" for i in range(10) for last in "AB"]


@pytest.mark.parametrize(
    ("degrees", "alpha", "value"),
    [
        (1, 0.05, 3.841),
        (1, 0.001, 10.828),
        (5, 0.001, 20.515),
        (14, 0.001, 36.123),
        (30, 0.95, 18.493),
        (100, 0.001, 149.449),
    ],
)
def test_the_critical_values_are_those_of_the_tables(degrees, alpha, value):
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4."""
    assert abs(critical(degrees, alpha) - value) < 0.001
    assert abs(survival(value, degrees) - alpha) < 0.0001


def drawn_by(ticket, ids, n):
    """Runs of the selection with one key a run, `ticket` in place of the hash of key and id."""
    frame = "".join(f"{i}\tS\n" for i in ids).encode()

    def run(number):
        full = ticket_function("sha256", key("sha256", f"{number:064x}", "target", "x"))
        heads = smallest_tickets(
            frame, sealed=False, ticket=lambda i: ticket(full, i), wanted={"S": n}
        )
        return [object_id.decode() for _, object_id in heads["S"]]

    return run


TICKETS = {
    "full": lambda full, i: full(i),
    "8 bit": lambda full, i: full(i)[-2:],
    "truncated": lambda full, i: full(i)[:2],
    "mod 1000": lambda full, i: f"{int(full(i), 16) % 1000:03}",
    "blind to the last character": lambda full, i: full(i[:-1]),
}


def inclusion_of_one(name, runs):
    """The first of 1600, in ten blocks of ids: ties fall to the smaller id, so few values show."""
    return inclusion(drawn_by(TICKETS[name], MANY, 1), MANY, 1, runs * SCALE, block=160)


def together(test, name):
    return test(drawn_by(TICKETS[name], FEW, 4), FEW, 4, 2000 * SCALE)


def test_the_ticket_is_fair():
    assert inclusion_of_one("full", 300) < 1
    assert together(inclusion, "full") < 1
    assert together(pairs, "full") < 1


@pytest.mark.parametrize(("name", "runs"), [("8 bit", 100), ("truncated", 100), ("mod 1000", 300)])
def test_inclusion_sees_a_ticket_with_few_values(name, runs):
    assert inclusion_of_one(name, runs) > 1


def test_only_pairs_see_a_ticket_blind_to_the_last_character():
    """Every object is drawn as often as any other; only that twins come together tells."""
    assert together(inclusion, "blind to the last character") < 1
    assert together(pairs, "blind to the last character") > 10


def whole_draw(n):
    """Runs of the draw from its files, with other dice each."""
    frame = write_frame([(i, "S") for i in FEW], salt_key_hex="c3" * 32)
    digest = vars(frame_digest(frame, sealed=True)) | {"sealed": True}
    design = {"strata": [{"stratum": "S", "fixed": n}]}
    sources = [{"type": "dice", "params": {"digits": 20}}]
    raw = canonical.dumps({**BASE, "design": design, "frame": digest, "sources": sources})
    cd = hashlib.sha256(raw).hexdigest()

    def run(number):
        drawn = draw_target(frame, raw, build_seed_txt(cd, [f"dice:{number:020}"]))
        return drawn.published_tsv.decode().split()

    return run


def test_the_whole_draw_is_fair():
    run = whole_draw(6)
    assert inclusion(run, FEW, 6, 600 * SCALE) < 1
    assert pairs(run, FEW, 6, 600 * SCALE) < 1


@pytest.mark.parametrize("position", range(64))
def test_every_character_of_the_ticket_decides(position):
    """Two tickets alike but for one character, whichever, are put in the order of it."""
    tickets = {b"a": "5" * position + "6" + "5" * (63 - position), b"b": "5" * 64}
    for sealed, frame in (
        (False, b"a\tS\nb\tS\n"),
        (True, b"a\tS\t" + b"0" * 32 + b"\nb\tS\t" + b"0" * 32 + b"\n"),
    ):
        [[first]] = smallest_tickets(
            frame, sealed=sealed, ticket=lambda i: tickets[i[:1]], wanted={"S": 1}
        ).values()
        assert first == ("5" * 64, b"b")
