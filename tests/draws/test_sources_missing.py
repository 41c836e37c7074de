"""Whichever sources are silent, late or wrong: the draw waits or is voided, as committed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import chain, combinations

import pytest

from tests.draws.ceremony import Ceremony, begin, told, value
from tests.factories import Given, Key

KINDS = ("reveal", "dice", "balls", "lottery")
FAULTS = ("silent", "late", "wrong")
SUBSETS = [
    (sources, frozenset(faulty))
    for sources in range(1, 5)
    for faulty in chain.from_iterable(
        combinations(range(1, sources + 1), size) for size in range(sources + 1)
    )
]


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


async def give_in_time(led: Ceremony, faults: dict[int, str]) -> set[int]:
    """Every source that comes, right or wrong, secrets last; the numbers that were taken."""
    taken: set[int] = set()
    for number in (*range(2, len(led.kinds) + 1), 1):
        if faults.get(number) in {"silent", "late"}:
            continue
        body = led.value(number)
        if faults.get(number) == "wrong":
            body = wrong(led, number)
        answer = await led.give(number, body)
        all_there = taken >= set(range(2, len(led.kinds) + 1))
        if number == 1 and not all_there:
            assert told(answer) == (409, "reveal-too-soon")
        elif number in faults:
            assert answer.status_code == 422
        else:
            assert answer.status_code == 201
            taken.add(number)
    return taken


def wrong(led: Ceremony, number: int) -> dict[str, object]:
    """A value of the right kind that is not that of the source."""
    body = value(led.kinds[number - 1], led.moment)
    changed = {"value": "00" * 32} if number == 1 else {"value": "1"}
    return body | {3: {"numbers": [1]}, 4: {"groups": [[2, 2]]}}.get(number, changed)


@pytest.mark.parametrize("fallback", ["wait", "void"])
async def test_every_subset_of_faulty_sources_waits_or_is_voided(
    given: Given, key: Key, fallback: str
) -> None:
    line = await given.plan_line(key)
    for round_, (sources, faulty) in enumerate(SUBSETS, start=1):
        given.now_again()
        led = await begin(given, key, *KINDS[:sources], line=line, round=round_)
        await led.commit(fallback)
        faults = {number: FAULTS[(number + round_) % len(FAULTS)] for number in faulty}
        taken = await give_in_time(led, faults)
        complete = len(taken) == sources
        assert await led.state() == ("seeded" if complete else "committed")
        given.at(led.seed_by + timedelta(seconds=1))
        if not complete:
            await (voided if fallback == "void" else waited_for)(led, taken)


async def voided(led: Ceremony, taken: set[int]) -> None:
    """No value comes any more, and nobody may wait: the void is all that is left."""
    for number in set(range(1, len(led.kinds) + 1)) - taken:
        assert told(await led.give(number)) == (409, "seed-too-late")
    assert (await led.view())["next"]["action"] == "void"
    body = {"kind": "void", "reason": "source-missing", "evidence": "现场记录 1 号"}
    change = await led.given.post(f"{led.address}/changes", led.key, json=body)
    other = await led.given.key("draws:approve", sees=("*",), person="head-of-office")
    decision = f"{led.address}/changes/{change['number']}/decision"
    await led.given.post(decision, other, json={"decision": "approved"})
    assert await led.state() == "voided"


async def waited_for(led: Ceremony, taken: set[int]) -> None:
    """The draw waits for the right values and takes no others."""
    missing = set(range(1, len(led.kinds) + 1)) - taken
    shown = await led.view()
    assert shown["next"]["action"] == "give-source"
    overdue = {one["source_number"] for one in shown["steps"] if one["overdue"]}
    assert overdue - {None} == missing
    for number in sorted(missing, reverse=True):
        assert await led.state() == "committed"
        await led.give_all(number)
    assert await led.state() == "seeded"
