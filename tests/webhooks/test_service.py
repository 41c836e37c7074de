"""Callbacks of the service as it runs, and how it is described."""

import re

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.core.settings import Settings
from app.webhooks.schemas import BODIES
from tests.factories import Key
from tests.house.reading import document
from tests.live import command_served
from tests.webhooks.conftest import Callbacks
from tests.webhooks.receivers import OK, until, verify


async def test_the_running_service_calls_back_once_the_receiver_is_up(
    callbacks: Callbacks, key: Key, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLOT_WEBHOOK_ALLOWED_CIDRS", "127.0.0.0/8")
    monkeypatch.setenv("OPENLOT_WEBHOOK_RETRY_SECONDS", "0, 0, " + "1," * 20)
    receiver = await callbacks.receiver(OK, up=False)
    async with command_served(settings) as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", auth=key) as client:
            callbacks.given.http = client
            await callbacks.subscribe(key, receiver)
        events = [await callbacks.record() for _ in range(3)]
        await receiver.start()
        await until(lambda: len(receiver.taken) >= 3, seconds=15)
    assert set(receiver.ids) == set(events)
    for taken in receiver.taken:
        now = int(taken.headers["webhook-timestamp"])
        verify(receiver.secret, taken.headers, taken.body, now=now)


def test_every_callback_is_described_with_its_headers_and_an_example_that_holds() -> None:
    described = document()["webhooks"]
    assert set(described) == set(BODIES)
    components = document()["components"]
    for name, item in described.items():
        operation = item["post"]
        headers = {p["name"]: p for p in operation["parameters"]}
        assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        for parameter in headers.values():
            assert (parameter["in"], parameter["required"]) == ("header", True)
            assert parameter["description"]
            assert parameter["schema"]["examples"]
        assert set(operation["responses"]) == {"204", "410"}
        assert re.search(r"[\u4e00-\u9fff]{2}", operation["summary"])
        content = operation["requestBody"]["content"]["application/json"]
        schema = {**content["schema"], "components": components}
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        assert list(validator.iter_errors(content["example"])) == []
        assert content["example"]["type"] == name
        body = components["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        assert set(body["required"]) == {"type", "timestamp", "data", "ledger"}
        assert "additionalProperties" not in body, "it could never grow"
