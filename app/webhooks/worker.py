"""Sending what waits for subscriptions: leased in one transaction, sent outside of any, written
down in another. A crash in between leaves the lease to run out; the next attempt sends the same
id, by which receivers know what they have (Standard Webhooks 1.0.0)."""

import asyncio
import base64
import hmac
import logging
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from app.core.clock import now as clock
from app.core.database import Database
from app.core.egress import CONNECT_S, Egress, EgressRefused, PinnedTransport
from app.core.vault import Unreadable, Vault
from app.webhooks import service
from app.webhooks.service import UNFIT, Leased, Outcome

PARALLEL = 64
"""Deliveries under way in one process, each to another subscription."""
CONNECTIONS = 3
"""Of the database, in one process; nothing is held while a callback is under way."""
LEASE = timedelta(seconds=30)
TOTAL_S = 15.0
ANSWER_S = 2.0
"""How long the rest of an answer is listened to once its status is known."""
LARGEST_ANSWER = 64 * 1024
IDLE_S = 0.3
SPREAD = 0.2

log = logging.getLogger("openlot.webhooks")


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature`: HMAC-SHA256 over id.timestamp.body with the decoded secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def trusted(ca_file: Path | None = None) -> ssl.SSLContext:
    """Certificates of the public authorities, those of the system, and those of `ca_file`."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class Sender:
    """One HTTP client for all callbacks; follows no redirect, keeps no cookie, trusts no
    environment, and reads no more of an answer than its status and the first 64 KiB."""

    def __init__(self, egress: Egress, vault: Vault, tls: ssl.SSLContext) -> None:
        self._vault = vault
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(egress, tls),
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "OpenLot/1", "Accept-Encoding": "identity"},
        )

    async def send(self, leased: Leased, at: datetime) -> Outcome:
        """One attempt, which takes 15 seconds at most. What goes wrong is the outcome."""
        started = time.perf_counter()
        status, error, retry_after_s = None, "", None
        try:
            request = self._request(leased, at)
            async with asyncio.timeout(TOTAL_S):
                response = await self._client.send(request, stream=True)
            status = response.status_code
            retry_after_s = _retry_after(response.headers.get("retry-after", ""), at)
            await _discard(response)
            error = "" if 200 <= status < 300 else "status"
        except _Unsendable as why:
            error = why.code
        except EgressRefused as why:
            error = why.code
        except (TimeoutError, httpx.TimeoutException):
            error = "timeout"
        except httpx.ConnectError:
            error = "connect-failed"
        except (httpx.HTTPError, OSError):
            error = "connection-broken"
        took_ms = round((time.perf_counter() - started) * 1000)
        return Outcome(status, error, took_ms, retry_after_s)

    def _request(self, leased: Leased, at: datetime) -> httpx.Request:
        if leased.body is None:
            raise _Unsendable(UNFIT)
        place = f"webhook_subscription/{leased.subscription_id}"
        try:
            secret = self._vault.decrypt(leased.secret, place=place).decode()
        except Unreadable:
            raise _Unsendable("secret-unreadable") from None
        message_id, timestamp = str(leased.event_id), int(at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret, message_id, timestamp, leased.body),
        }
        return self._client.build_request("POST", leased.url, headers=headers, content=leased.body)

    async def close(self) -> None:
        await self._client.aclose()


class _Unsendable(Exception):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


async def _discard(response: httpx.Response) -> None:
    """Hear a short answer out, so that the receiver is not cut off; a long or slow one is."""
    read = 0
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(ANSWER_S):
            async for part in response.aiter_raw():
                read += len(part)
                if read >= LARGEST_ANSWER:
                    break
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(ANSWER_S):
            await response.aclose()


def _retry_after(text: str, at: datetime) -> float | None:
    """Seconds, or a date of HTTP."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - at).total_seconds()


def wait_after(leased: Leased, outcome: Outcome, schedule: Sequence[int]) -> timedelta | None:
    """Until the next attempt, or None after the last. A little more than the schedule says, so
    that what failed together does not come back together; up to twice, if the receiver asks."""
    if leased.attempt >= len(schedule):
        return None
    base = float(schedule[leased.attempt])
    if outcome.retry_after_s is not None:
        return timedelta(seconds=min(max(base, outcome.retry_after_s), 2 * base))
    drawn = sha256(f"{leased.delivery_id}/{leased.attempt}".encode()).digest()[0] / 255
    return timedelta(seconds=base * (1 + SPREAD * drawn))


async def take(database: Database, now: datetime, limit: int = PARALLEL) -> list[Leased]:
    """Lease what is due, at most one delivery a subscription."""
    async with database.transaction(departments="*", request_id="webhooks") as session:
        return await service.lease(session, limit=limit, now=now, until=now + LEASE)


async def deliver(
    database: Database, sender: Sender, leased: Leased, now: datetime, schedule: Sequence[int]
) -> None:
    """Make one attempt and write down what came of it, seeing no other department's rows."""
    outcome = await sender.send(leased, now)
    wait = wait_after(leased, outcome, schedule)
    async with database.transaction(
        departments=leased.department, request_id="webhooks"
    ) as session:
        await service.settle(session, leased, outcome, began=now, wait=wait)


async def deliver_once(
    database: Database, sender: Sender, now: datetime, schedule: Sequence[int]
) -> int:
    """One attempt for each subscription with something due; how many there were."""
    leased = await take(database, now)
    await asyncio.gather(*(deliver(database, sender, one, now, schedule) for one in leased))
    return len(leased)


async def run_forever(database: Database, sender: Sender, schedule: Sequence[int]) -> None:
    """The loop of a worker; cancel it to stop. Each subscription has one delivery under way at
    most, so a slow receiver holds up its own events only."""
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            found = await _start_due(database, sender, schedule, running)
            if not found and running:
                await asyncio.wait(running, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
            elif not found:
                await asyncio.sleep(IDLE_S)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _start_due(
    database: Database,
    sender: Sender,
    schedule: Sequence[int],
    running: set[asyncio.Task[None]],
) -> int:
    room = PARALLEL - len(running)
    if room <= 0:
        return 0
    now = await clock()
    try:
        leased = await take(database, now, room)
    except Exception:  # the database may be away for a while
        log.exception("webhooks.loop")
        return 0
    for one in leased:
        task = asyncio.create_task(_guarded(database, sender, one, now, schedule))
        running.add(task)
        task.add_done_callback(running.discard)
    return len(leased)


async def _guarded(
    database: Database, sender: Sender, leased: Leased, now: datetime, schedule: Sequence[int]
) -> None:
    try:
        await deliver(database, sender, leased, now, schedule)
    except Exception:  # the lease runs out, and the delivery is attempted again
        log.exception("webhooks.failed %s attempt %s", leased.delivery_id, leased.attempt)
