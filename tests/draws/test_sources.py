"""Seed sources: what each kind takes, when, in which order, and what becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sampling import verify
from app.sampling.openlot1 import canonical
from app.sampling.openlot1.evidence import read_bundle, verify_bundle
from tests.draws.ceremony import BALLS, Ceremony, begin, source, told, value
from tests.factories import DICE, REVEAL, Given, Key, minutes
from tests.watching import counts, rows

FOUR = ("reveal", "dice", "balls", "lottery")
LINES = {
    "reveal": f"reveal:{REVEAL}",
    "dice": f"dice:{DICE}",
    "balls": "balls:3.9.12.18.21.26.34./",
    "lottery": "lottery:双色球:2026137:3.9.14.22.27.31./8./",
}
VIDEO = {"name": "1号机位.mp4", "sha256": "ef" * 32, "bytes": 734003200}


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


async def bundle_of(led: Ceremony, profile: str) -> dict[str, bytes]:
    address = f"{led.address}/bundles/{profile}"
    return dict(read_bundle((await led.given.http.get(address, auth=led.key)).content))


async def commit(led: Ceremony, *sources: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"sources": list(sources), "not_before": led.not_before.isoformat(), **changes}
    return await led.given.http.post(f"{led.address}/commitment", auth=led.key, json=body)


async def test_every_kind_becomes_its_line_in_the_order_of_the_commitment(
    given: Given, key: Key, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    led = await (await begin(given, key, *FOUR)).commit()
    await led.give_all(4, 2, 3, 1)
    await given.post(f"{led.address}/result", key)
    members = await bundle_of(led, "audit")
    assert members["seed.txt"].decode().splitlines()[2:] == [LINES[kind] for kind in FOUR]
    told_by = {
        kind: canonical.loads(members[f"sources/{number}-{kind}.json"])
        for number, kind in enumerate(FOUR, start=1)
    }
    assert {kind: one["line"] for kind, one in told_by.items()} == LINES
    assert told_by["balls"]["evidence"]["numbers"] == BALLS
    assert told_by["lottery"]["evidence"]["published_in"] == "双色球第2026137期开奖公告"
    vkey = (await given.http.get("/v1/ledger/key")).json()["vkey"]
    assert verify_bundle(members, log_key=vkey).ok
    for name, data in members.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert verify.main([str(tmp_path), "--key", vkey]) == 0, capsys.readouterr().out


async def test_one_by_one_or_all_at_once_gives_the_same_files(given: Given, key: Key) -> None:
    kept = []
    for round_ in (1, 2):
        line = "610403-SCJG-2026-001-01" if round_ == 2 else await given.plan_line(key)
        led = await begin(given, key, *FOUR, line=line, round=round_)
        led.not_before = led.not_before.replace(minute=0, second=0) + timedelta(hours=2)
        led.moment = led.not_before + timedelta(minutes=5)
        await led.commit()
        values = [led.value(number) for number in (1, 2, 3, 4)]
        if round_ == 1:
            await led.give_all(2, 3, 4, 1)
        else:
            await given.post(f"{led.address}/seed", key, json={"sources": values})
        await given.post(f"{led.address}/result", key)
        members = await bundle_of(led, "audit")
        kept.append({name: data for name, data in members.items() if name.startswith("sources/")})
        given.now_again()
    assert len(kept[0]) == 4
    assert kept[0] == kept[1]


async def test_the_public_bundle_names_no_person_and_proves_the_videos(
    given: Given, key: Key
) -> None:
    led = await (await begin(given, key, *FOUR)).commit()
    for number in (2, 3):
        body = led.value(number)
        body["minutes"] |= {"videos": [VIDEO]}
        assert (await led.give(number, body)).status_code == 201
    await led.give_all(4, 1)
    await given.post(f"{led.address}/result", key)
    public, audit = await bundle_of(led, "public"), await bundle_of(led, "audit")
    assert "签字人" in audit["sources/3-balls.json"].decode()
    assert "签字人" not in "".join(data.decode() for data in public.values())
    for name in ("sources/2-dice.json", "sources/3-balls.json"):
        assert canonical.loads(public[name])["evidence"]["minutes"]["videos"] == [VIDEO]


@pytest.mark.parametrize("kind", ["drand", "nist2"])
async def test_a_beacon_is_refused_by_its_name(given: Given, key: Key, kind: str) -> None:
    led = await begin(given, key)
    answer = await commit(led, source("dice"), {"type": kind, "chain": "52db9ba7", "round": 7})
    assert told(answer) == (422, "beacon-without-code")
    assert kind in answer.json()["texts"]["zh-CN"]
    assert answer.json()["errors"][0]["pointer"] == "/sources/1"
    unknown = await commit(led, source("dice"), {"type": "horoscope"})
    assert told(unknown) == (422, "invalid-input")
    assert await led.state() == "frozen"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"count": 36}, "member-range"),
        ({"min": 36}, "member-range"),
        ({"count": 0}, "invalid-input"),
    ],
)
async def test_balls_that_cannot_be_are_not_committed(
    given: Given, key: Key, changed: dict[str, int], code: str
) -> None:
    led = await begin(given, key)
    assert told(await commit(led, source("balls") | changed)) == (422, code)


async def test_the_last_moment_lies_after_the_first(given: Given, key: Key) -> None:
    led = await begin(given, key)
    answer = await commit(led, source("dice"), seed_by=led.not_before.isoformat())
    assert told(answer) == (422, "seed-by-too-early")
    made = await commit(led, source("dice"))
    details = made.json()["steps"][-1]["details"]
    assert details["seed_by"] == (led.not_before + timedelta(days=7)).isoformat()


WRONG = [
    (1, {"value": "cd" * 32}, "reveal-wrong"),
    (2, {"value": "123"}, "dice-short"),
    (3, {"numbers": [*BALLS[:-1], BALLS[0]]}, "numbers-order"),
    (3, {"numbers": BALLS[:-1]}, "balls-count"),
    (3, {"numbers": [*BALLS[:-1], 36]}, "balls-range"),
    (3, {"numbers": []}, "invalid-input"),
    (3, {"minutes": minutes("witness", "witness", "notary")}, "roles-too-few"),
    (4, {"groups": [[3, 3, 9]]}, "numbers-order"),
    (4, {"published_in": ""}, "invalid-input"),
    (2, {"type": "balls", "numbers": BALLS, "value": None}, "source-mismatch"),
]


@pytest.mark.parametrize(("number", "changed", "code"), WRONG)
async def test_a_wrong_value_is_refused_at_once_and_leaves_nothing(
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    number: int,
    changed: dict[str, Any],
    code: str,
) -> None:
    led = await (await begin(given, key, *FOUR)).commit()
    if number == 1:
        await led.give_all(2, 3, 4)
    body = {k: v for k, v in (led.value(number) | changed).items() if v is not None}
    before = await counts(superuser)
    assert told(await led.give(number, body)) == (422, code)
    assert await counts(superuser) == before
    await led.give_all(number)


@pytest.mark.parametrize("number", [2, 3, 4])
async def test_what_chance_gave_before_the_committed_moment_does_not_count(
    given: Given, key: Key, number: int
) -> None:
    led = await (await begin(given, key, *FOUR)).commit()
    early = value(led.kinds[number - 1], led.not_before - timedelta(seconds=1))
    assert told(await led.give(number, early)) == (422, "source-too-early")
    punctual = value(led.kinds[number - 1], led.not_before)
    assert (await led.give(number, punctual)).status_code == 201


async def test_a_value_before_the_committed_moment_is_refused(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "dice")).commit()
    given.at(led.not_before - timedelta(seconds=1))
    assert told(await led.give(1)) == (409, "seed-too-early")
    given.at(led.not_before)
    await led.give_all(1)
    assert await led.state() == "seeded"
    assert told(await led.give(1)) == (409, "seed-already-set")


async def test_a_value_before_the_commitment_is_refused(given: Given, key: Key) -> None:
    led = await begin(given, key, "dice")
    assert told(await led.give(1)) == (409, "draw-not-committed")


async def test_there_is_no_source_beyond_those_of_the_commitment(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "dice", "balls")).commit()
    assert told(await led.give(3, led.value(2))) == (404, "source-not-found")
    assert told(await led.give(0, led.value(2))) == (422, "invalid-input")


async def test_a_secret_comes_after_everything_that_chance_gives(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "reveal", "dice", "second", "balls")).commit()
    for given_before in ((), (2,), (4,)):
        await led.give_all(*given_before)
        if 4 not in given_before:
            assert told(await led.give(1)) == (409, "reveal-too-soon")
    await led.give_all(3, 1)
    assert await led.state() == "seeded"


async def test_a_source_has_one_value(given: Given, key: Key, superuser: AsyncEngine) -> None:
    led = await (await begin(given, key, "dice", "balls")).commit()
    again = {"headers": {"Idempotency-Key": "dice-of-the-hall"}}
    first, replayed = [await led.give(1, **again) for _ in "ab"]
    assert first.content == replayed.content
    other = led.value(1) | {"value": "1" * 20}
    assert told(await led.give(1, other)) == (409, "source-given-already")
    at_once = {"sources": [led.value(1), led.value(2)]}
    answer = await given.http.post(f"{led.address}/seed", auth=key, json=at_once)
    assert told(answer) == (409, "seed-begun")
    kept = await rows(superuser, "SELECT number, value->>'value' FROM openlot.source_value")
    assert [tuple(one) for one in kept] == [(1, DICE)]


async def test_values_given_at_the_same_time(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    led = await (await begin(given, key, "dice", "balls", "lottery")).commit()
    same = await asyncio.gather(*(led.give(1) for _ in range(4)))
    assert sorted(answer.status_code for answer in same) == [201, 409, 409, 409]
    last = await asyncio.gather(led.give(2), led.give(3))
    assert [answer.status_code for answer in last] == [201, 201]
    assert await led.state() == "seeded"
    seeds = await rows(superuser, "SELECT 1 FROM openlot.draw_step WHERE state = 'seeded'")
    assert len(seeds) == 1


async def test_the_log_tells_that_a_value_came_and_nothing_of_it(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    led = await (await begin(given, key, "reveal", "second", "dice")).commit()
    await led.give_all(3, 2)
    found = await rows(
        superuser,
        "SELECT payload->>'line', published FROM openlot.event WHERE type = 'draw.source-given'"
        " ORDER BY sequence",
    )
    draw_id = led.address.split("/")[3]
    named = {"draw_id": draw_id, "attempt": 1, "stage": "target"}
    assert [tuple(one) for one in found] == [
        (LINES["dice"], named | {"source": 3, "source_type": "dice"}),
        (None, named | {"source": 2, "source_type": "reveal"}),
    ]


async def test_balls_and_lottery_at_once_are_held_to_the_same_rules(given: Given, key: Key) -> None:
    led = await (await begin(given, key, "balls", "lottery")).commit(fallback="void")
    early = value("lottery", led.not_before - timedelta(seconds=1))
    right = [led.value(1), led.value(2)]
    for values, expected in (
        ([right[0], early], (422, "source-too-early")),
        ([right[0] | {"numbers": BALLS[1:]}, right[1]], (422, "balls-count")),
        ([right[1], right[0]], (422, "source-mismatch")),
    ):
        answer = await given.http.post(f"{led.address}/seed", auth=key, json={"sources": values})
        assert told(answer) == expected
    given.at(led.seed_by + timedelta(seconds=1))
    answer = await given.http.post(f"{led.address}/seed", auth=key, json={"sources": right})
    assert told(answer) == (409, "seed-too-late")
    given.at(led.seed_by)
    await given.post(f"{led.address}/seed", key, json={"sources": right})
