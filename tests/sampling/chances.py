"""Chi-square and its critical values, and what a fair draw of n out of N must show.

Seeds are fixed, so a statistic is the same in every run: nothing here passes or fails by luck.
OPENLOT_STATISTICS=large makes every count of runs twenty times larger.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from math import comb, exp, lgamma, log

ALPHA = 1e-4
"""The share of fair draws whose statistic lies above the critical value."""
SCALE = 20 if os.environ.get("OPENLOT_STATISTICS") == "large" else 1

Run = Callable[[int], Sequence[str]]
"""The drawn ids of a run, a function of the number of the run."""


def survival(statistic: float, degrees: int) -> float:
    """P(chi-square > statistic): the upper regularised incomplete gamma function.

    Series and continued fraction of Abramowitz and Stegun, 6.5.29 and 6.5.31.
    """
    a, x = degrees / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, 10_000):
            term *= x / (a + n)
            total += term
        return 1 - front * total
    fraction = 0.0
    for n in range(2_000, 0, -1):
        fraction = n * (n - a) / (x + 2 * n + 1 - a - fraction)
    return front / (x + 1 - a - fraction)


def critical(degrees: int, alpha: float = ALPHA) -> float:
    """The value that chi-square with so many degrees exceeds with probability `alpha`."""
    low, high = 0.0, 20.0 * degrees + 100
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if survival(middle, degrees) > alpha else (low, middle)
    return high


def excess(statistic: float, degrees: int) -> float:
    """The statistic in units of its critical value: a fair draw stays below 1."""
    return statistic / critical(degrees)


def of_counts(counted: Iterable[int], expected: Sequence[float]) -> float:
    """Excess of chi-square of how often each of some outcomes came, all of them listed."""
    pairs = zip(counted, expected, strict=True)
    return excess(sum((c - e) ** 2 / e for c, e in pairs), len(expected) - 1)


def of_bits(ones: Iterable[int], tosses: int) -> float:
    """Excess of chi-square of how often each bit was one; each is one in half of the tosses."""
    counted = list(ones)
    return excess(sum((c - tosses / 2) ** 2 / (tosses / 4) for c in counted), len(counted))


def inclusion(run: Run, ids: Sequence[str], n: int, runs: int, block: int = 1) -> float:
    """Excess of chi-square of how often each block of ids, in their order, was drawn.

    Draws without return are alternative to each other, which makes counts vary by the factor
    (N - n) / (N - 1) less than those of a die.
    """
    place = {object_id: i // block for i, object_id in enumerate(ids)}
    counted = Counter(place[object_id] for number in range(runs) for object_id in run(number))
    blocks = len(ids) // block
    expected = runs * n / blocks
    spread = expected * (len(ids) - n) / (len(ids) - 1)
    statistic = sum((counted[i] - expected) ** 2 for i in range(blocks)) / spread
    return excess(statistic, blocks - 1)


def pairs(run: Run, ids: Sequence[str], n: int, runs: int) -> float:
    """Excess of chi-square of how often two ids were drawn together, beyond what inclusion tells.

    The counts of pairs of a fair draw vary in two ways apart from each other: with the inclusion of
    their members, and by themselves. What is left when the first is taken out has N(N-3)/2
    degrees, each of variance p2 - 2*p3 + p4 a run, where pk is the chance that k given ids are
    all drawn (the eigenspaces of the Johnson scheme J(N, 2)).
    """
    size = len(ids)
    counted = Counter(
        pair for number in range(runs) for pair in combinations(sorted(run(number)), 2)
    )
    every = list(combinations(sorted(ids), 2))
    mean = runs * comb(n, 2) / len(every)
    surplus = dict.fromkeys(ids, 0.0)
    for pair in every:
        for object_id in pair:
            surplus[object_id] += (counted[pair] - mean) / (size - 2)
    rest = sum((counted[a, b] - mean - surplus[a] - surplus[b]) ** 2 for a, b in every)
    p2, p3, p4 = (comb(size - k, n - k) / comb(size, n) for k in (2, 3, 4))
    return excess(rest / (runs * (p2 - 2 * p3 + p4)), size * (size - 3) // 2)
