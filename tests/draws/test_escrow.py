"""Two custodians hold each secret before it is committed, and the service does not see it."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.draws.ceremony import SECOND, Ceremony, begin, digest_of, source, told
from tests.factories import OTHER_DEPARTMENT, REVEAL, Given, Key
from tests.watching import TABLES, rows


@pytest.fixture
async def key(given: Given) -> AsyncIterator[Key]:
    key = await given.admin()
    await given.registry(key)
    yield key
    given.now_again()


RECEIPT = {"sha256": digest_of(REVEAL), "envelope": "密封-1"}


async def deposit(held: Ceremony, key: Key, **changes: Any) -> httpx.Response:
    address = f"{held.address}/escrow-receipts"
    return await held.given.http.post(address, auth=key, json={**RECEIPT, **changes})


async def commit(held: Ceremony, key: Key, *kinds: str, fallback: str = "wait") -> httpx.Response:
    body = {
        "sources": [source(kind) for kind in kinds or ("dice", "reveal")],
        "not_before": held.not_before.isoformat(),
        "fallback": fallback,
    }
    return await held.given.http.post(f"{held.address}/commitment", auth=key, json=body)


@pytest.mark.parametrize("persons", [(), ("custodian-1",), ("custodian-1", "operator")])
async def test_a_secret_needs_two_custodians_beside_who_commits(
    given: Given, key: Key, persons: tuple[str, ...]
) -> None:
    held = await begin(given, key)
    for person in persons:
        await given.escrow(held.address, person)
    operator = await given.key("draws:prepare", person="operator")
    answer = await commit(held, operator)
    assert told(answer) == (422, "custodians-too-few")
    assert answer.json()["errors"][0]["pointer"] == "/sources/1"
    assert len(set(persons) - {"operator"}) < 2
    assert (await held.view())["state"] == "frozen"
    await given.escrow(held.address, "custodian-8", "custodian-9")
    assert (await commit(held, operator)).status_code == 201


async def test_one_person_with_two_keys_is_one_custodian(given: Given, key: Key) -> None:
    held = await begin(given, key)
    for expected in ((201, "None"), (409, "escrow-receipt-exists")):
        answer = await deposit(held, await given.key("draws:seed", person="custodian-1"))
        assert told(answer) == expected
    assert told(await commit(held, key)) == (422, "custodians-too-few")


async def test_a_key_of_nobody_is_no_custodian(given: Given, key: Key) -> None:
    held = await begin(given, key)
    answer = await deposit(held, await given.key("draws:seed"))
    assert told(answer) == (403, "custodian-unnamed")
    assert (await held.view())["receipts"] == []


async def test_each_secret_needs_custodians_of_its_own(given: Given, key: Key) -> None:
    held = await begin(given, key)
    await given.escrow(held.address)
    answer = await commit(held, key, "reveal", "second", "dice")
    assert told(answer) == (422, "custodians-too-few")
    assert answer.json()["errors"][0]["pointer"] == "/sources/1"
    await given.escrow(held.address, digest=digest_of(SECOND))
    assert (await commit(held, key, "reveal", "second", "dice")).status_code == 201


async def test_a_rehearsal_and_a_draw_that_would_be_voided_need_none(
    given: Given, key: Key
) -> None:
    rehearsal = await begin(given, key, purpose="test")
    assert (await commit(rehearsal, key)).status_code == 201
    voided = await begin(given, key)
    assert (await commit(voided, key, fallback="void")).status_code == 201
    dice = await begin(given, key, line=await given.plan_line(key), round=2)
    assert (await commit(dice, key, "dice")).status_code == 201


async def test_receipts_come_between_freeze_and_commitment(given: Given, key: Key) -> None:
    custodian = await given.custodian("custodian-3")
    held = Ceremony(given, key, await given.draw(key), ["dice"])
    assert told(await deposit(held, custodian)) == (409, "draw-not-frozen")
    await given.freeze(key, held.address)
    await held.commit()
    assert told(await deposit(held, custodian)) == (409, "draw-committed-already")


async def test_who_does_not_see_the_department_holds_nothing_for_it(given: Given, key: Key) -> None:
    held = await begin(given, key)
    stranger = await given.key("draws:seed", department=OTHER_DEPARTMENT, person="stranger")
    assert told(await deposit(held, stranger)) == (404, "draw-not-found")


async def test_the_ceremony_says_who_holds_which_envelope(given: Given, key: Key) -> None:
    held = await begin(given, key)
    for number in (1, 2):
        custodian = await given.custodian(f"custodian-{number}")
        again = {"Idempotency-Key": f"receipt-{number:08d}"}
        sent = {"json": {**RECEIPT, "envelope": f"密封-{number}"}, "headers": again}
        address = f"{held.address}/escrow-receipts"
        first, second = [await given.http.post(address, auth=custodian, **sent) for _ in "ab"]
        assert first.content == second.content
    receipts = (await held.view())["receipts"]
    assert [(one["confirmed_person"], one["envelope"]) for one in receipts] == [
        ("custodian-1", "密封-1"),
        ("custodian-2", "密封-2"),
    ]
    assert {one["sha256"] for one in receipts} == {digest_of(REVEAL)}


async def tables_with(superuser: AsyncEngine, secret: str) -> set[str]:
    """Tables with a row that holds the secret: as bytes, in hex or base64, itself in bytes."""
    raw = bytes.fromhex(secret)
    texts = [secret, base64.b64encode(raw).decode()]
    forms = [*texts, *(text.encode().hex() for text in texts)]
    found = set()
    for table in TABLES:
        query = f"SELECT 1 FROM {table} AS t WHERE t::text LIKE ANY (:forms) LIMIT 1"
        if await rows(superuser, query, forms=[f"%{form}%" for form in forms]):
            found.add(table.removeprefix("openlot."))
    return found


async def test_no_row_of_any_table_holds_the_secret_before_it_is_revealed(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    held = await (await begin(given, key, "reveal", "second", "dice")).commit()
    assert told(await held.give(1)) == (409, "reveal-too-soon")
    await held.give_all(3)
    wrong = {"type": "reveal", "value": SECOND}
    assert told(await held.give(1, wrong)) == (422, "reveal-wrong")
    assert await tables_with(superuser, REVEAL) == set()
    assert await tables_with(superuser, SECOND) == set()
    await held.give_all(1)
    assert await tables_with(superuser, REVEAL) == {"source_value"}
    assert await tables_with(superuser, SECOND) == set()
    await held.give_all(2)
    assert await held.state() == "seeded"
    assert await tables_with(superuser, SECOND) == {"source_value", "draw_file"}
