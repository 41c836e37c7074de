"""Nothing about one value tells of another: changed bits, purposes, attempts."""

import hashlib
from collections import Counter
from itertools import combinations
from math import comb

import pytest
from bundles import own_vectors
from chances import SCALE, of_bits, of_counts

from app.sampling.openlot1 import canonical
from app.sampling.openlot1.seed import PURPOSES, build_seed_txt, key, seed, ticket

COMMITMENT = canonical.dumps(own_vectors("openlot1-target.json")["cases"][0]["commitment"])
DICE = b"dice:52117850255171607909"
IDS = [f"91610403MA6X{i:03}" for i in range(20)]
RUNS = 300 * SCALE


def its_seed(commitment, source, alg="sha256"):
    """The real way from commitment and source to the seed, whatever their bytes."""
    cd = hashlib.sha256(commitment).hexdigest()
    return seed(alg, build_seed_txt(cd, ["test:"]).replace(b"test:", source))


def its_ticket(commitment, source, alg="sha256"):
    return ticket(alg, key(alg, its_seed(commitment, source, alg), "target", "x"), IDS[0], None)


def summed(commitment, source, alg="sha256"):
    """What a check sum does: one bit in, few bits out."""
    return f"{sum(commitment) * 2**64 + sum(source):064x}"


def one_bit_changes(data, count):
    """`data` with one bit changed, `count` different bits spread over all of it."""
    bits = 8 * len(data)
    for i in range(count):
        position = i * bits // count if count < bits else i % bits
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        yield bytes(changed)


def flipped(before, after):
    return int(before, 16) ^ int(after, 16)


def avalanche(function, alg="sha256"):
    """Excess of how often each of the 256 bits changed when one bit of the input did."""
    masks = [
        flipped(function(COMMITMENT, DICE, alg), function(changed, DICE, alg))
        for changed in one_bit_changes(COMMITMENT, min(RUNS, 8 * len(COMMITMENT)))
    ]
    masks += [
        flipped(function(COMMITMENT, DICE, alg), function(COMMITMENT, changed, alg))
        for changed in one_bit_changes(DICE, 8 * len(DICE))
    ]
    least = min(mask.bit_count() for mask in masks)
    return least, of_bits((sum(m >> bit & 1 for m in masks) for bit in range(256)), len(masks))


@pytest.mark.parametrize("alg", ["sha256", "sm3"])
@pytest.mark.parametrize("function", [its_seed, its_ticket])
def test_one_bit_in_changes_half_of_the_bits_out(function, alg):
    least, excess = avalanche(function, alg)
    # 256 tosses of a coin give less than 75 heads once in 10^11 times.
    assert least >= 75
    assert excess < 1


def test_a_check_sum_fails():
    least, excess = avalanche(summed)
    assert least < 75
    assert excess > 10


def keys(purpose, count=RUNS):
    return [key("sha256", f"{run:064x}", purpose, "x") for run in range(count)]


def agreement(left, right):
    """Excess of how often each bit of two rows of values is the same."""
    masks = [flipped(a, b) for a, b in zip(left, right, strict=True)]
    return of_bits((sum(m >> bit & 1 for m in masks) for bit in range(256)), len(masks))


def together(left, right):
    """Excess of how often each two first digits of tickets of the same object come together."""
    counted = Counter(
        (ticket("sha256", a, i, None)[0], ticket("sha256", b, i, None)[0])
        for a, b in zip(left, right, strict=True)
        for i in IDS
    )
    digits = "0123456789abcdef"
    outcomes = [counted[a, b] for a in digits for b in digits]
    return of_counts(outcomes, [sum(outcomes) / 256] * 256)


@pytest.mark.parametrize(("one", "other"), list(combinations(PURPOSES, 2)))
def test_purposes_are_independent(one, other):
    assert agreement(keys(one), keys(other)) < 1
    assert together(keys(one), keys(other)) < 1


def test_a_key_that_ignores_its_purpose_fails():
    assert agreement(keys("team"), keys("team")) > 10
    assert together(keys("team"), keys("team")) > 10


def drawn(run, attempt):
    """Five of twenty, drawn in an attempt of the draw of this number."""
    value = {**canonical.loads(COMMITMENT), "draw_id": f"D{run}", "attempt": attempt}
    its_key = key("sha256", its_seed(canonical.dumps(value), DICE), "target", "x")
    return set(sorted(IDS, key=lambda i: ticket("sha256", its_key, i, None))[:5])


def overlap(second_attempt):
    """Excess of how many objects two attempts share, against the hypergeometric law."""
    runs = RUNS * 2
    shared = Counter(len(drawn(run, 1) & drawn(run, second_attempt)) for run in range(runs))
    law = [comb(5, k) * comb(15, 5 - k) / comb(20, 5) * runs for k in range(6)]
    # Four or five at once are too rare to be counted apart.
    return of_counts(
        [*(shared[k] for k in range(3)), sum(shared[k] for k in range(3, 6))],
        [*law[:3], sum(law[3:])],
    )


def test_attempts_are_independent():
    """With the same source: the number of the attempt alone, through cd, gives another draw."""
    assert overlap(2) < 1


def test_attempts_that_do_not_differ_fail():
    assert overlap(1) > 10
