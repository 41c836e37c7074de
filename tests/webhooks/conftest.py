"""The application with callbacks allowed on this machine, events to call back about, a sender."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from fastapi import FastAPI

from app.core import events
from app.core.caller import Caller
from app.core.dispatch import dispatch_once
from app.core.schema import Schema
from app.core.settings import Settings
from app.main import HANDLERS, create_app
from app.webhooks.worker import Sender, deliver_once, trusted
from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.webhooks.receivers import OK, Answer, Receiver

SCHEDULE = Settings.model_fields["webhook_retry_seconds"].default
SYSTEM = Caller("tests", "tests", "tests", DEPARTMENT, ("*",), frozenset())


class Completed(Schema):
    """As the feature of tasks records it, and something that stays inside."""

    task_key: str = "610403202603011001"
    task_code: str = "610403-SCJG抽查〔2026〕1号"
    object_code: str = "91610403WY000001XX"
    object_name: str = "第1号商店"
    value: Any = 1
    value_text: str = "未发现问题"
    inspected_on: str = "2026-04-15"
    departments: list[str] = []
    note: str = "stays-inside"


class Callbacks:
    """Subscriptions, events and attempts of one test."""

    def __init__(self, given: Given, sender: Sender) -> None:
        self.given, self.sender = given, sender
        self.database = given.app.state.database
        self.receivers: list[Receiver] = []

    async def receiver(self, answer: Answer = OK, *, up: bool = True) -> Receiver:
        made = Receiver(answer)
        self.receivers.append(made)
        return await made.start() if up else made

    async def subscribe(self, key: Key, receiver: Receiver, **changes: Any) -> str:
        """The id of a new subscription."""
        body = {
            "department_code": DEPARTMENT,
            "url": receiver.url,
            "event_types": ["inspection.completed"],
            "secret": receiver.secret,
            **changes,
        }
        return str((await self.given.post("/v1/webhook-subscriptions", key, json=body))["id"])

    async def record(
        self, kind: str = "inspection.completed", department: str = DEPARTMENT, **payload: Any
    ) -> str:
        """The id of a new event."""
        async with self.database.transaction(departments="*", request_id="tests") as session:
            event = events.record(
                session,
                kind=kind,
                subject="inspection/1",
                department=department,
                payload=Completed(**payload),
                caller=SYSTEM,
                at=datetime.now(UTC),
            )
        return str(event.id)

    async def dispatch(self) -> None:
        """Hand on what waits to the subscriptions."""
        while await dispatch_once(self.database, HANDLERS):
            pass

    async def happen(self, count: int = 1, **payload: Any) -> list[str]:
        """Events that are handed on; their ids."""
        made = [await self.record(**payload) for _ in range(count)]
        await self.dispatch()
        return made

    async def deliver(self, now: datetime | None = None) -> int:
        moment = now or datetime.now(UTC)
        return await deliver_once(self.database, self.sender, moment, SCHEDULE)


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    allowed = (ip_network("127.0.0.0/8"),)
    app = create_app(settings.model_copy(update={"webhook_allowed_cidrs": allowed}))
    yield app
    await app.state.database.dispose()


@pytest.fixture
async def sender(app: FastAPI) -> AsyncIterator[Sender]:
    sender = Sender(app.state.egress, app.state.vault, trusted())
    yield sender
    await sender.close()


@pytest.fixture
async def callbacks(given: Given, sender: Sender) -> AsyncIterator[Callbacks]:
    made = Callbacks(given, sender)
    yield made
    for receiver in made.receivers:
        await receiver.stop()


@pytest.fixture
async def key(given: Given) -> Key:
    """May do everything; the two departments are registered."""
    admin = await given.admin()
    await given.departments(admin, DEPARTMENT, OTHER_DEPARTMENT)
    return admin
