"""What must hold of any target draw (draw-spec 10)."""

import hashlib
from collections import Counter
from itertools import combinations

import pytest
from bundles import own_vectors
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import draw as slow_draw

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.frame import frame_digest, write_frame
from app.sampling.openlot1.seed import build_seed_txt, key, seed, ticket, ticket_function
from app.sampling.openlot1.target import draw_target, smallest_tickets

BASE = own_vectors("openlot1-target.json")["cases"][0]["commitment"]
DICE = "dice:52117850255171607909"
KEY = key("sha256", "5" * 64, "target", "x")
SALT_KEY = "c3" * 32

IDS = st.text("0123456789ABCXYZabc._:-", min_size=1, max_size=6)
STRATA = st.sampled_from(["A/1", "A/2", "B/1", "C=x"])
ROWS = st.dictionaries(IDS, STRATA, max_size=40)
SEALED = st.booleans()
ALGS = st.sampled_from(["sha256", "sm3"])


def rules():
    rate = st.sampled_from(["0", "1/10", "0.25", "1/3", "0.5", "1"])
    rounding = st.sampled_from(["ceil", "floor", "half_up"])
    return st.fixed_dictionaries({"rate": rate, "rounding": rounding})


DESIGNS = st.fixed_dictionaries(
    {
        "strata": st.tuples(rules(), rules()).map(
            lambda pair: [
                {"stratum": name, **rule} for name, rule in zip(("A/1", "A/2"), pair, strict=True)
            ]
        ),
        "cells": st.sampled_from(["1/5", "0.3"]).map(
            lambda rate: [{"total": "t", "rate": rate, "cells": ["B/1", "C=x"]}]
        ),
        "reserves": st.integers(0, 3),
        "min_per_stratum": st.integers(0, 2),
    }
)


def draw(rows, design, alg="sha256", *, sealed=False):
    frame = write_frame(rows, salt_key_hex=SALT_KEY if sealed else None)
    digest = vars(frame_digest(frame, sealed=sealed)) | {"sealed": sealed}
    value = {**BASE, "alg": alg, "design": design, "frame": digest, "scope": "x"}
    raw = canonical.dumps({**value, "sources": [{"type": "dice", "params": {"digits": 20}}]})
    return draw_target(frame, raw, build_seed_txt(hashlib.sha256(raw).hexdigest(), [DICE]))


def bottom(rows, n, its_key=KEY, *, sealed=False):
    """The n first of each stratum under a fixed key."""
    frame = write_frame(rows, salt_key_hex=SALT_KEY if sealed else None)
    wanted = dict.fromkeys({stratum for _, stratum in rows}, n)
    tickets = ticket_function("sha256", its_key)
    return smallest_tickets(frame, sealed=sealed, ticket=tickets, wanted=wanted)


def ids_of(head):
    return [object_id.decode() for _, object_id in head]


@given(ROWS, DESIGNS, ALGS, SEALED)
@settings(max_examples=60, deadline=None)
def test_equals_the_slow_draw(rows, design, alg, sealed):
    found = draw(rows.items(), design, alg, sealed=sealed)
    salt_key = SALT_KEY if sealed else None
    selected, reserves = slow_draw(list(rows.items()), design, alg, found.seed, "x", salt_key)
    assert found.selected_tsv == selected.encode()
    assert found.reserves_tsv == reserves.encode()


@given(ROWS, DESIGNS, st.randoms(use_true_random=False), SEALED)
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(rows, design, shuffler, sealed):
    shuffled = list(rows.items())
    shuffler.shuffle(shuffled)
    assert draw(rows.items(), design, sealed=sealed) == draw(shuffled, design, sealed=sealed)


@given(ROWS, st.integers(0, 8), SEALED)
@settings(deadline=None)
def test_a_smaller_sample_is_a_prefix_of_a_larger(rows, n, sealed):
    small = bottom(rows.items(), n, sealed=sealed)
    large = bottom(rows.items(), n + 1, sealed=sealed)
    assert all(large[stratum][:n] == head for stratum, head in small.items())


@given(ROWS, IDS, STRATA, st.integers(0, 8), SEALED)
@settings(deadline=None)
def test_one_object_more_changes_at_most_one_place_of_its_stratum(rows, extra, stratum, n, sealed):
    rows.pop(extra, None)
    before = bottom(rows.items(), n, sealed=sealed)
    after = bottom([*rows.items(), (extra, stratum)], n, sealed=sealed)
    for name, head in before.items():
        gone, come = set(head) - set(after[name]), set(after[name]) - set(head)
        assert len(gone) <= 1
        assert ids_of(come) in ([], [extra])
        assert name == stratum or not (gone or come)


@given(ROWS, ROWS, st.integers(0, 6))
@settings(deadline=None)
def test_shards_merge(left, right, n):
    right = {object_id: s for object_id, s in right.items() if object_id not in left}
    whole = bottom([*left.items(), *right.items()], n)
    heads = [
        (object_id.decode(), stratum)
        for shard in (left, right)
        for stratum, head in bottom(shard.items(), n).items()
        for _, object_id in head
    ]
    merged = bottom(heads, n)
    assert all(merged.get(stratum, []) == head for stratum, head in whole.items())


@given(ROWS, st.integers(0, 5))
@settings(deadline=None)
def test_excluding_an_undrawn_object_changes_nothing(rows, n):
    drawn = bottom(rows.items(), n)
    for stratum, head in drawn.items():
        undrawn = [i for i, s in rows.items() if s == stratum and i not in ids_of(head)]
        for object_id in undrawn[:2]:
            rest = [(i, s) for i, s in rows.items() if i != object_id]
            found = bottom(rest, n)
            assert all(found.get(name, []) == head for name, head in drawn.items())


@given(ROWS.filter(bool), STRATA, st.integers(0, 5), st.data())
@settings(deadline=None)
def test_reclassifying_an_object_touches_its_two_strata_only(rows, stratum, n, data):
    moved = data.draw(st.sampled_from(sorted(rows)))
    before = bottom(rows.items(), n)
    after = bottom({**rows, moved: stratum}.items(), n)
    for name in before.keys() - {rows[moved], stratum}:
        assert after[name] == before[name]


@given(st.integers(0, 10**9), st.integers(0, 7))
def test_one_bit_of_the_commitment_or_a_source_changes_the_seed(position, bit):
    original = build_seed_txt("ab" * 32, [DICE])
    changed = bytearray(original)
    changed[position % len(changed)] ^= 1 << bit
    for alg in ("sha256", "sm3"):
        assert seed(alg, original) != seed(alg, bytes(changed))
    raw = bytearray(canonical.dumps(BASE))
    raw[position % len(raw)] ^= 1 << bit
    cds = [hashlib.sha256(data).hexdigest() for data in (canonical.dumps(BASE), bytes(raw))]
    seeds = {seed("sha256", build_seed_txt(cd, [DICE])) for cd in cds}
    assert len(seeds) == 2


@given(st.integers(0, 63))
def test_the_whole_ticket_decides(position):
    """Two tickets alike but for one character, whichever, are put in the order of it."""
    tickets = {b"b": "5" * 64, b"a": "5" * position + "6" + "5" * (63 - position)}
    head = smallest_tickets(
        b"a\tS\nb\tS\n", sealed=False, ticket=lambda i: tickets[i], wanted={"S": 2}
    )
    assert ids_of(head["S"]) == ["b", "a"]


def test_equal_tickets_fall_back_to_the_id():
    frame = "".join(f"{i:03}\tS\n" for i in range(300)).encode()
    head = smallest_tickets(frame, sealed=False, ticket=lambda _: "0" * 64, wanted={"S": 5})
    assert ids_of(head["S"]) == ["000", "001", "002", "003", "004"]


def full(its_key, object_id):
    return ticket("sha256", its_key, object_id, None)


TICKETS = {
    "full": full,
    "8 bit": lambda k, i: full(k, i)[:2],
    "mod 1000": lambda k, i: f"{int(full(k, i), 16) % 1000:03}",
    "blind to the last character": lambda k, i: full(k, i[:-1]),
}


def inclusion(make_ticket, runs=2000, population=600, blocks=10):
    """Chi-square per degree of freedom of the one drawn object, counted in blocks of ids.

    Ties go to the smaller id, so a ticket with few values favours the first blocks.
    """
    ids = [f"91610403MA6X{i:03}" for i in range(population)]
    counted = Counter()
    for run in range(runs):
        its_key = key("sha256", f"{run:064x}", "target", "x")
        first = min(range(population), key=lambda i: (make_ticket(its_key, ids[i]), i))
        counted[first * blocks // population] += 1
    expected = runs / blocks
    return sum((counted[i] - expected) ** 2 / expected for i in range(blocks)) / (blocks - 1)


def pairs(make_ticket, runs=3000, population=16, n=4):
    """Chi-square per pair of objects drawn together."""
    ids = [f"91610403MA6X{i:02}" for i in range(population)]
    counted = Counter()
    for run in range(runs):
        its_key = key("sha256", f"{run:064x}", "target", "x")
        drawn = sorted(ids, key=lambda i: (make_ticket(its_key, i), i))[:n]
        counted.update(combinations(sorted(drawn), 2))
    both = list(combinations(ids, 2))
    expected = runs * n * (n - 1) / (population * (population - 1))
    return sum((counted[p] - expected) ** 2 / expected for p in both) / len(both)


def test_inclusion_and_pairs_are_uniform():
    assert inclusion(full) < 2
    assert 0.6 < pairs(full) < 1.4


@pytest.mark.parametrize("name", ["8 bit", "mod 1000"])
def test_inclusion_sees_a_short_ticket(name):
    assert inclusion(TICKETS[name]) > 2.5


def test_pairs_see_a_ticket_blind_to_part_of_the_id():
    assert pairs(TICKETS["blind to the last character"]) > 1.4


@pytest.mark.parametrize("name", [name for name in TICKETS if name != "full"])
def test_bad_tickets_fail_the_structural_test(name):
    """Of many ids none may share a ticket; a short or partial ticket always makes some share."""
    ids = [f"91610403MA6X{i:04}" for i in range(2000)]
    assert len({full(KEY, i) for i in ids}) == len(ids)
    assert len({TICKETS[name](KEY, i) for i in ids}) < len(ids)
