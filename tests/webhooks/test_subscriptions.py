"""Subscribing: who may, to what, where to, and that the secret is kept by nobody in clear."""

import base64
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, OTHER_DEPARTMENT, Given, Key
from tests.watching import TABLES, counts, rows
from tests.webhooks.conftest import Callbacks
from tests.webhooks.receivers import new_secret

PATH = "/v1/webhook-subscriptions"
URL = "http://127.0.0.1:9/callback"


def request(**changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "url": URL,
        "event_types": ["task.completed", "inspection.completed", "task.completed"],
        "secret": new_secret(),
        **changes,
    }


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_subscription_is_shown_without_its_secret(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    body = request()
    made = await given.post(PATH, key, json=body)
    assert made["event_types"] == ["inspection.completed", "task.completed"]
    assert (made["state"], made["url"]) == ("active", URL)
    shown = await http.get(f"{PATH}/{made['id']}", auth=key)
    listed = await http.get(PATH, auth=key)
    assert shown.json() == made
    assert listed.json()["items"] == [made]
    assert body["secret"][6:] not in shown.text + listed.text
    assert "secret" not in made


async def test_pages_go_through_all(http: httpx.AsyncClient, given: Given, key: Key) -> None:
    made = {(await given.post(PATH, key, json=request()))["id"] for _ in range(5)}
    found, after = [], {}
    while after is not None:
        page = (await http.get(PATH, auth=key, params={"limit": 2, **after})).json()
        found += [one["id"] for one in page["items"]]
        after = {"after": page["next"]} if page["next"] else None
    assert (set(found), len(found)) == (made, 5)
    broken = await http.get(PATH, auth=key, params={"after": "WyJ4Il0"})
    assert told(broken) == (400, "cursor-invalid")


async def test_the_secret_is_nowhere_in_the_database(
    given: Given, key: Key, callbacks: Callbacks, superuser: AsyncEngine
) -> None:
    receiver = await callbacks.receiver()
    await callbacks.subscribe(key, receiver)
    await callbacks.happen()
    assert await callbacks.deliver() == 1
    raw = base64.b64decode(receiver.secret.removeprefix("whsec_"))
    forms = (receiver.secret[6:], receiver.secret[6:].encode().hex(), raw.hex())
    for table in TABLES:
        for form in forms:
            found = await rows(
                superuser,
                f"SELECT t::text FROM {table} t WHERE strpos(t::text, :form) > 0",
                form=form,
            )
            assert not found, table
    kept = await rows(superuser, "SELECT secret FROM openlot.webhook_subscription")
    assert len(kept[0][0]) >= len(receiver.secret) + 32


async def test_a_repeated_request_makes_one_subscription(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine
) -> None:
    body, headers = request(), {"Idempotency-Key": "webhooks-test-0001"}
    first = await http.post(PATH, auth=key, json=body, headers=headers)
    again = await http.post(PATH, auth=key, json=body, headers=headers)
    assert (first.status_code, again.content) == (201, first.content)
    assert (await counts(superuser))["openlot.webhook_subscription"] == 1


@pytest.mark.parametrize(
    ("url", "zh", "en"),
    [
        ("https://169.254.169.254/latest", "内部或保留地址", "internal or reserved"),
        ("http://93.184.215.14/", "必须使用 https", "plain http"),
        ("https://93.184.215.14:22/", "端口只能是", "neither 443 nor 8443"),
        ("https://a:b@93.184.215.14/", "用户名或密码", "user name"),
        ("https://93.184.215.14/#x", "片段", "fragment"),
        ("https://2130706433/", "格式不正确", "no plain ASCII"),
        ("ftp://93.184.215.14/", "只支持 https", "not https"),
    ],
)
async def test_an_address_that_is_no_receiver_is_refused_with_the_reason(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine, url: str, zh: str, en: str
) -> None:
    before = await counts(superuser)
    answer = await http.post(PATH, auth=key, json=request(url=url))
    assert told(answer) == (422, "webhook-url-refused")
    assert zh in answer.json()["texts"]["zh-CN"]
    assert en in answer.json()["texts"]["en"]
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert await counts(superuser) == before


@pytest.mark.parametrize("size", [24, 25, 26, 32, 63, 64])
async def test_secrets_of_24_to_64_bytes_are_taken(given: Given, key: Key, size: int) -> None:
    await given.post(PATH, key, json=request(secret=new_secret(size)))


@pytest.mark.parametrize(
    "secret",
    [new_secret(23), new_secret(65), "x" * 40, "whsec_" + "?" * 32, new_secret() + "=", ""],
    ids=["short", "long", "bare", "no base64", "padding", "empty"],
)
async def test_other_secrets_are_refused_and_not_repeated(
    http: httpx.AsyncClient, key: Key, secret: str
) -> None:
    answer = await http.post(PATH, auth=key, json=request(secret=secret))
    assert told(answer) == (422, "invalid-input")
    assert not secret or secret not in answer.text


@pytest.mark.parametrize("types", [[], ["draw.drawn"], ["key.registered"], "inspection.completed"])
async def test_only_declared_events_can_be_subscribed_to(
    http: httpx.AsyncClient, key: Key, types: Any
) -> None:
    answer = await http.post(PATH, auth=key, json=request(event_types=types))
    assert told(answer) == (422, "invalid-input")


async def test_nobody_subscribes_for_another_department(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    stranger = await given.key(department=OTHER_DEPARTMENT)
    answer = await http.post(PATH, auth=stranger, json=request())
    assert told(answer) == (403, "department-not-visible")
    unknown = await http.post(PATH, auth=key, json=request(department_code="610403-NONE"))
    assert told(unknown) == (404, "department-not-found")


async def test_a_subscription_of_another_department_looks_like_a_missing_one(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    made = (await given.post(PATH, key, json=request()))["id"]
    missing = "0b6ad2c8-7f3e-4c0e-9a55-3d3b6ef0a001"
    stranger = await given.key(department=OTHER_DEPARTMENT)
    for method, tail in (("GET", ""), ("PUT", "/disabling"), ("PUT", "/enabling")):
        foreign = await http.request(method, f"{PATH}/{made}{tail}", auth=stranger)
        nothing = await http.request(method, f"{PATH}/{missing}{tail}", auth=stranger)
        assert told(foreign) == told(nothing) == (404, "webhook-subscription-not-found")
        assert foreign.json()["detail"] == nothing.json()["detail"]
    assert (await http.get(PATH, auth=stranger)).json()["items"] == []
    kept = await rows(superuser, "SELECT state FROM openlot.webhook_subscription")
    assert [row[0] for row in kept] == ["active"]


async def test_disabling_and_enabling_can_be_repeated_and_stand_in_the_audit_trail(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    made = (await given.post(PATH, key, json=request()))["id"]
    for step, state in (("disabling", "disabled"), ("enabling", "active")):
        for _ in range(2):
            answer = await http.put(f"{PATH}/{made}/{step}", auth=key)
            assert (answer.status_code, answer.content) == (204, b"")
        assert (await http.get(f"{PATH}/{made}", auth=key)).json()["state"] == state
    found = await rows(
        superuser,
        "SELECT type FROM openlot.event WHERE subject = :subject ORDER BY sequence",
        subject=f"webhook-subscription/{made}",
    )
    names = [row[0].removeprefix("webhook-subscription.") for row in found]
    assert names == ["created", "disabled", "enabled"]
