"""Delivering: signed, at least once under one id, again by the schedule, never to the wrong one."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.vault import Vault
from app.sampling.openlot1 import canonical, merkle, note
from app.webhooks import service, worker
from app.webhooks.service import Leased, Outcome
from app.webhooks.worker import LEASE, Sender, deliver_once, run_forever, trusted
from tests.factories import OTHER_DEPARTMENT, Given, Key
from tests.watching import rows
from tests.webhooks.conftest import SCHEDULE, Callbacks
from tests.webhooks.receivers import Receiver, Refused, new_secret, status, until, verify


async def deliveries(superuser: AsyncEngine) -> list[tuple[str, int]]:
    found = await rows(
        superuser, "SELECT state, attempts FROM openlot.webhook_delivery ORDER BY run_at"
    )
    return [(state, attempts) for state, attempts in found]


async def attempts(superuser: AsyncEngine) -> list[tuple[int, int | None, str]]:
    found = await rows(
        superuser,
        "SELECT number, status, error FROM openlot.webhook_attempt ORDER BY attempted_at, number",
    )
    return [(number, code, error) for number, code, error in found]


async def run_at(superuser: AsyncEngine) -> datetime:
    moment: datetime = (await rows(superuser, "SELECT run_at FROM openlot.webhook_delivery"))[0][0]
    return moment


async def test_an_event_arrives_signed_and_thin(
    callbacks: Callbacks, key: Key, http: httpx.AsyncClient, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    (event,) = await callbacks.happen()
    now = datetime.now(UTC)
    assert await callbacks.deliver(now) == 1
    (taken,) = receiver.taken
    verify(receiver.secret, taken.headers, taken.body, now=int(now.timestamp()))
    assert (taken.id, taken.path) == (event, "/callback")
    assert taken.headers["content-type"] == "application/json"
    assert len(taken.body) < 20_000
    body = json.loads(taken.body)
    assert (body["type"], body["data"]["value"]) == ("inspection.completed", 1)
    assert datetime.fromisoformat(body["timestamp"]) <= now
    assert set(body["data"]) == {
        *("task_key", "task_code", "object_code", "object_name"),
        *("value", "value_text", "inspected_on"),
    }
    assert b"stays-inside" not in taken.body
    assert await attempts(superuser) == [(1, 204, "")]
    assert await deliveries(superuser) == [("delivered", 1)]
    assert await callbacks.deliver() == 0
    await check_witness(http, event, body["ledger"])


async def check_witness(http: httpx.AsyncClient, event: str, witness: dict[str, Any]) -> None:
    """The checkpoint in the callback covers the event."""
    checkpoint = note.parse_checkpoint(witness["checkpoint"])
    places = {"index": str(witness["index"]), "size": str(checkpoint.size)}
    proof = (await http.get("/v1/ledger/proofs/inclusion", params=places)).json()
    assert canonical.loads(proof["data"].encode())["id"] == event
    leaf = merkle.leaf_hash(proof["data"].encode())
    path = [bytes.fromhex(one) for one in proof["path"]]
    index, size = witness["index"], checkpoint.size
    assert merkle.verify_inclusion(index, size, leaf, path, checkpoint.root)


async def test_what_was_changed_on_the_way_is_refused(callbacks: Callbacks, key: Key) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    await callbacks.deliver()
    (taken,) = receiver.taken
    now = int(taken.headers["webhook-timestamp"])
    refused = 0
    for place in range(len(taken.body)):
        body = bytearray(taken.body)
        body[place] ^= 1
        refused += refuses(receiver.secret, taken.headers, bytes(body), now)
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        for place, letter in enumerate(taken.headers[name]):
            text = taken.headers[name]
            changed = text[:place] + chr(ord(letter) ^ 1) + text[place + 1 :]
            refused += refuses(receiver.secret, taken.headers | {name: changed}, taken.body, now)
    names = sum(len(taken.headers[f"webhook-{n}"]) for n in ("id", "timestamp", "signature"))
    assert refused == len(taken.body) + names
    for later in (301, 86_400, -301):
        assert refuses(receiver.secret, taken.headers, taken.body, now + later)
    assert refuses(new_secret(), taken.headers, taken.body, now)
    other = {"webhook-signature": taken.headers["webhook-signature"].replace("v1,", "v1a,")}
    assert refuses(receiver.secret, taken.headers | other, taken.body, now)
    spaced = json.dumps(json.loads(taken.body)).encode()
    assert refuses(receiver.secret, taken.headers, spaced, now)


def refuses(secret: str, headers: dict[str, str], body: bytes, now: int) -> bool:
    try:
        verify(secret, headers, body, now=now)
    except Refused:
        return True
    return False


async def test_a_receiver_that_was_down_gets_the_same_id_once_it_is_up(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver(up=False)
    await callbacks.subscribe(key, receiver)
    events = await callbacks.happen(2)
    now = datetime.now(UTC)
    assert await callbacks.deliver(now) == 1
    assert await callbacks.deliver(now) == 0, "the other event waits too, while nobody listens"
    later = now + timedelta(seconds=7)
    assert await callbacks.deliver(later) == 1
    await receiver.start()
    for minutes in range(10, 40, 10):
        await callbacks.deliver(now + timedelta(minutes=minutes))
    assert sorted(receiver.ids) == sorted(events)
    assert {state for state, _ in await deliveries(superuser)} == {"delivered"}
    assert [one for one in await attempts(superuser) if one[2] == "connect-failed"]
    for taken in receiver.taken:
        verify(
            receiver.secret, taken.headers, taken.body, now=int(taken.headers["webhook-timestamp"])
        )


@pytest.mark.parametrize("code", [300, 301, 302, 307, 308, 400, 404, 429, 500, 503])
async def test_only_2xx_is_a_success_and_no_redirect_is_followed(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine, code: int
) -> None:
    elsewhere = await callbacks.receiver()
    receiver = await callbacks.receiver(status(code, Location=elsewhere.url))
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    assert await callbacks.deliver() == 1
    assert (len(receiver.taken), elsewhere.taken) == (1, [])
    assert await attempts(superuser) == [(1, code, "status")]
    assert await deliveries(superuser) == [("ready", 1)]


async def test_the_schedule_is_kept_to_its_end(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver(status(500))
    await callbacks.subscribe(key, receiver)
    (event,) = await callbacks.happen()
    now = datetime.now(UTC)
    for number, base in enumerate(SCHEDULE[1:], start=1):
        assert await callbacks.deliver(now) == 1
        wait = (await run_at(superuser) - now).total_seconds()
        assert base <= wait <= base * 1.2 + 1, number
        assert await callbacks.deliver(now + timedelta(seconds=base * 0.99)) == 0
        now = await run_at(superuser)
    assert await callbacks.deliver(now) == 1
    assert await deliveries(superuser) == [("dead", len(SCHEDULE))]
    assert receiver.ids == [event] * 10
    assert await callbacks.deliver(now + timedelta(days=30)) == 0
    moments = {taken.headers["webhook-timestamp"] for taken in receiver.taken}
    assert len(moments) == 10, "each attempt has its own time"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [("1", 5), ("7", 7), ("600", 10), ("Wed, 21 Oct 2099 07:28:00 GMT", 10), ("-1", 5), ("ü", 5)],
)
async def test_retry_after_is_honoured_within_limits(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine, asked: str, wait: int
) -> None:
    receiver = await callbacks.receiver(status(503, Retry_After=asked))
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    now = datetime.now(UTC)
    await callbacks.deliver(now)
    waited = (await run_at(superuser) - now).total_seconds()
    known = asked not in {"-1", "ü"}
    assert wait <= waited <= wait + 0.9 if known else wait <= waited <= wait * 1.2 + 0.9


async def test_410_disables_the_subscription_at_once(
    callbacks: Callbacks, key: Key, http: httpx.AsyncClient, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver(status(410))
    made = await callbacks.subscribe(key, receiver)
    first, second = await callbacks.happen(2)
    assert await callbacks.deliver() == 1
    shown = await http.get(f"/v1/webhook-subscriptions/{made}", auth=key)
    assert shown.json()["state"] == "disabled"
    assert await callbacks.deliver() == 0
    audited = await rows(
        superuser,
        "SELECT payload->>'reason', occurred_by FROM openlot.event"
        " WHERE type = 'webhook-subscription.disabled'",
    )
    assert [tuple(row) for row in audited] == [("answered-410", "webhook-worker")]
    await callbacks.happen()
    receiver.answer = status(204)
    await http.put(f"/v1/webhook-subscriptions/{made}/enabling", auth=key)
    assert await callbacks.deliver() == 1
    assert await callbacks.deliver() == 0, "what happened meanwhile was not kept"
    assert set(receiver.ids) == {first, second}


async def test_a_disabled_subscription_gets_nothing(
    callbacks: Callbacks, key: Key, http: httpx.AsyncClient
) -> None:
    receiver = await callbacks.receiver()
    made = await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    await http.put(f"/v1/webhook-subscriptions/{made}/disabling", auth=key)
    await callbacks.happen()
    assert await callbacks.deliver() == 0
    assert receiver.taken == []


async def test_only_departments_of_the_event_get_it(
    callbacks: Callbacks, given: Given, key: Key
) -> None:
    own, partner, stranger = [await callbacks.receiver() for _ in range(3)]
    await given.departments(key, "610403-RSJ")
    await callbacks.subscribe(key, own)
    await callbacks.subscribe(key, partner, department_code=OTHER_DEPARTMENT)
    await callbacks.subscribe(key, stranger, department_code="610403-RSJ")
    (alone,) = await callbacks.happen()
    (joint,) = await callbacks.happen(departments=[OTHER_DEPARTMENT])
    while await callbacks.deliver():
        pass
    assert (sorted(own.ids), partner.ids) == (sorted([alone, joint]), [joint])
    assert stranger.taken == []


async def test_only_the_types_that_were_asked_for_arrive(callbacks: Callbacks, key: Key) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver, event_types=["task.completed"])
    await callbacks.happen()
    assert await callbacks.deliver() == 0


async def test_an_event_that_is_handed_on_twice_is_delivered_once(
    callbacks: Callbacks, key: Key, app: FastAPI, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    async with superuser.begin() as connection:
        await connection.exec_driver_sql("UPDATE openlot.event_dispatch SET state = 'ready'")
    await callbacks.dispatch()
    assert await deliveries(superuser) == [("ready", 0)]


async def test_a_payload_that_does_not_fit_holds_nobody_up(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen(value={"not": "a value"})
    await callbacks.happen(object_name="长" * 7000)
    (good,) = await callbacks.happen()
    now = datetime.now(UTC)
    for _ in range(3):
        await callbacks.deliver(now + timedelta(seconds=1))
    later = now + timedelta(minutes=2)
    while await callbacks.deliver(later):
        pass
    assert receiver.ids == [good]
    assert {one for one in await attempts(superuser) if one[1] is None} >= {
        (1, None, "payload-unfit")
    }


class Killed(BaseException):
    """The process ends here."""


class Dying(Sender):
    """Ends with the process before or after it has sent."""

    before = False

    async def send(self, leased: Leased, at: datetime) -> Outcome:
        if not self.before:
            await super().send(leased, at)
        raise Killed


@pytest.mark.parametrize("before", [True, False])
async def test_a_crash_loses_nothing_and_repeats_the_same_id(
    callbacks: Callbacks, key: Key, app: FastAPI, superuser: AsyncEngine, before: bool
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    (event,) = await callbacks.happen()
    dying = Dying(app.state.egress, app.state.vault, trusted())
    dying.before = before
    now = datetime.now(UTC)
    with pytest.raises(Killed):
        await deliver_once(app.state.database, dying, now, SCHEDULE)
    await dying.close()
    assert await attempts(superuser) == []
    assert await callbacks.deliver(now + LEASE - timedelta(seconds=1)) == 0
    assert await callbacks.deliver(now + LEASE + timedelta(seconds=1)) == 1
    assert receiver.ids == [event] * (1 if before else 2)
    assert await deliveries(superuser) == [("delivered", 2)]


async def test_who_lost_the_lease_changes_nothing(
    callbacks: Callbacks, key: Key, app: FastAPI, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    now = datetime.now(UTC)
    (asleep,) = await worker.take(app.state.database, now)
    later = now + LEASE + timedelta(seconds=1)
    (awake,) = await worker.take(app.state.database, later)
    assert (asleep.delivery_id, awake.attempt) == (awake.delivery_id, asleep.attempt + 1)
    async with app.state.database.transaction(departments="*", request_id="t") as session:
        gone = Outcome(410, "status", 1)
        await service.settle(session, asleep, gone, began=now, wait=None)
    assert await deliveries(superuser) == [("ready", 2)]
    assert await worker.take(app.state.database, later) == [], "the lease of the other holds"
    await worker.deliver(app.state.database, callbacks.sender, awake, later, SCHEDULE)
    assert await deliveries(superuser) == [("delivered", 2)]
    assert await attempts(superuser) == [(1, 410, "status"), (2, 204, "")]


async def test_workers_together_send_each_delivery_once_and_one_at_a_time(
    callbacks: Callbacks, key: Key
) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        await status(204)(writer)

    receivers = [await callbacks.receiver(slowly) for _ in range(3)]
    for receiver in receivers:
        await callbacks.subscribe(key, receiver)
    events = await callbacks.happen(8)

    async def work() -> None:
        idle = 0
        while idle < 3:
            idle = 0 if await callbacks.deliver() else idle + 1
            await asyncio.sleep(0.01)

    await asyncio.gather(*(work() for _ in range(4)))
    for receiver in receivers:
        assert sorted(receiver.ids) == sorted(events)
        assert receiver.most == 1


async def test_a_silent_receiver_does_not_delay_another(
    callbacks: Callbacks, key: Key, app: FastAPI
) -> None:
    silent = asyncio.Event()

    async def wait(_: asyncio.StreamWriter) -> None:
        await silent.wait()

    slow, quick = await callbacks.receiver(wait), await callbacks.receiver()
    for receiver in (slow, quick):
        await callbacks.subscribe(key, receiver)
    events = await callbacks.happen(20)
    began = asyncio.get_running_loop().time()
    running = asyncio.create_task(run_forever(app.state.database, callbacks.sender, SCHEDULE))
    await until(lambda: len(quick.taken) == 20, seconds=5)
    took = asyncio.get_running_loop().time() - began
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    silent.set()
    assert sorted(quick.ids) == sorted(events)
    assert took < 3
    assert (len(slow.taken), slow.most) == (1, 1)


async def test_who_never_answers_is_given_up(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TOTAL_S", 0.3)
    silent = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        while not silent.is_set():
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    receiver = await callbacks.receiver(drip)
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    await callbacks.deliver()
    silent.set()
    assert await attempts(superuser) == [(1, None, "timeout")]


async def test_an_endless_answer_is_cut_off(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine
) -> None:
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\n"
            b"Content-Length: 10000000000\r\n\r\n"
        )
        while True:
            writer.write(bytes(65_536))
            await writer.drain()
            sent += 65_536

    receiver = await callbacks.receiver(flood)
    await callbacks.subscribe(key, receiver)
    await callbacks.happen(2)
    for _ in range(2):
        assert await callbacks.deliver() == 1
    await until(lambda: receiver.open == 0)
    assert sent < 20_000_000, "no more than what the sockets hold"
    assert await attempts(superuser) == [(1, 200, ""), (1, 200, "")]
    assert all("cookie" not in taken.headers for taken in receiver.taken)


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 300_000]
)
async def test_what_is_no_answer_is_a_failure(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine, answer: bytes
) -> None:
    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    await callbacks.subscribe(key, await callbacks.receiver(broken))
    await callbacks.happen()
    await callbacks.deliver()
    assert await attempts(superuser) == [(1, None, "connection-broken")]


async def test_without_the_key_of_the_secrets_nothing_is_sent(
    callbacks: Callbacks, key: Key, app: FastAPI, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    other = Sender(app.state.egress, Vault(bytes(32)), trusted())
    await deliver_once(app.state.database, other, datetime.now(UTC), SCHEDULE)
    await other.close()
    assert receiver.taken == []
    assert await attempts(superuser) == [(1, None, "secret-unreadable")]


async def test_a_secret_of_another_subscription_does_not_open(
    callbacks: Callbacks, key: Key, superuser: AsyncEngine
) -> None:
    """Whoever can write to the table cannot move a secret that they know to another receiver."""
    mine, theirs = await callbacks.receiver(), await callbacks.receiver()
    await callbacks.subscribe(key, mine)
    moved = UUID(await callbacks.subscribe(key, theirs))
    async with superuser.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE openlot.webhook_subscription SET secret = (SELECT secret FROM"
            f" openlot.webhook_subscription WHERE id <> '{moved}') WHERE id = '{moved}'"
        )
    await callbacks.happen()
    while await callbacks.deliver():
        pass
    assert (len(mine.taken), theirs.taken) == (1, [])


async def test_the_environment_names_no_proxy_for_callbacks(
    callbacks: Callbacks, key: Key, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Receiver()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    fresh = Sender(app.state.egress, app.state.vault, trusted())
    await deliver_once(app.state.database, fresh, datetime.now(UTC), SCHEDULE)
    await fresh.close()
    await proxy.stop()
    assert len(receiver.taken) == 1
