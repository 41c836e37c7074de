"""A creating request that is repeated has one effect and one answer."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import now
from tests.factories import DEPARTMENT, Given, Key, objects_csv
from tests.watching import counts, rows

PLAN = {"department_code": DEPARTMENT, "year": 2026, "name": "计划"}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.key()
    await given.departments(key)
    return key


async def post(
    http: httpx.AsyncClient, key: Key, once: str | None, path: str = "/v1/plans", **changes: object
) -> httpx.Response:
    headers = {} if once is None else {"Idempotency-Key": once}
    return await http.post(path, auth=key, json=PLAN | changes, headers=headers)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def plans(superuser: AsyncEngine) -> int:
    return (await counts(superuser))["openlot.plan"]


async def test_sixteen_at_once_have_one_effect_and_the_same_bytes(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine
) -> None:
    before = await counts(superuser)
    answers = await asyncio.gather(*(post(http, key, "once-0001") for _ in range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert sorted(map(str, replayed)) == ["None"] + ["true"] * 15
    after = await counts(superuser)
    assert after["openlot.plan"] == before["openlot.plan"] + 1
    assert after["openlot.event"] == before["openlot.event"] + 1


async def test_a_repeat_later_gets_the_same_bytes_and_type(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    first = await post(http, key, "once-0001")
    await given.plan(key)
    again = await post(http, key, "once-0001")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers


async def test_a_key_is_good_for_one_body_and_one_path(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine
) -> None:
    await post(http, key, "once-0001")
    body = await post(http, key, "once-0001", name="另一计划")
    path = await post(http, key, "once-0001", "/v1/plans/610403-SCJG-2026-001/lines")
    assert told(body) == (422, "idempotency-key-reused")
    assert path.status_code == 422
    assert await plans(superuser) == 1


async def test_a_key_is_good_for_one_path_even_with_the_same_body(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.registry(key)
    lines = [await given.plan_line(key), await given.plan_line(key)]
    addresses = [await given.draw(key, line) for line in lines]
    once = {"Idempotency-Key": "once-0001"}
    first = await http.post(f"{addresses[0]}/freeze", auth=key, headers=once)
    other = await http.post(f"{addresses[1]}/freeze", auth=key, headers=once)
    assert first.status_code == 201, first.text
    assert told(other) == (422, "idempotency-key-reused")


async def test_two_callers_with_the_same_key_do_not_meet(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    colleague = await given.key()
    answers = [
        await post(http, key, "once-0001"),
        await post(http, colleague, "once-0001", name="另一计划"),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [a.json()["code"][-3:] for a in answers] == ["001", "002"]


@pytest.mark.parametrize("once", ["", "1234567", "x" * 201, "with space", "ключ-0001", "a\tb-0001"])
async def test_a_key_has_8_to_200_visible_characters(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine, once: str
) -> None:
    headers = {"Idempotency-Key": once.encode()}
    answer = await http.post("/v1/plans", auth=key, json=PLAN, headers=headers)
    assert told(answer) == (400, "idempotency-key-missing")
    assert await plans(superuser) == 0


async def test_a_creating_request_needs_a_key(http: httpx.AsyncClient, key: Key) -> None:
    headers = {"Authorization": f"Bearer {key.secret}"}
    answer = await http.post("/v1/plans", json=PLAN, headers=headers)
    assert told(answer) == (400, "idempotency-key-missing")
    for once in ("x" * 8, "~" * 200):
        assert (await post(http, key, once)).status_code == 201


async def test_a_failed_first_leaves_no_trace_and_can_be_tried_again(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    before = await counts(superuser)
    missing = PLAN | {"department_code": DEPARTMENT + "-01"}
    admin = await given.admin()
    refused = await http.post(
        "/v1/plans", auth=admin, json=missing, headers={"Idempotency-Key": "once-0001"}
    )
    assert told(refused) == (404, "department-not-found")
    grown = await counts(superuser)
    assert grown["openlot.kept_reply"] == before["openlot.kept_reply"]
    await given.departments(admin, DEPARTMENT + "-01")
    again = await http.post(
        "/v1/plans", auth=admin, json=missing, headers={"Idempotency-Key": "once-0001"}
    )
    assert again.status_code == 201, again.text
    assert "idempotency-replayed" not in again.headers


async def test_a_repeat_waits_for_the_first_and_takes_over_when_it_fails(
    app: FastAPI, http: httpx.AsyncClient, given: Given, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first holds the key until its seal fails; the others must not get its answer."""
    database = app.state.database
    whole, started = database._seal, 0

    async def failing_once(session: object) -> None:
        nonlocal started
        started += 1
        if started == 1:
            await asyncio.sleep(0.1)
            raise RuntimeError
        await whole(session)

    monkeypatch.setattr(database, "_seal", failing_once)
    answers = await asyncio.gather(*(post(http, key, "once-0001") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 500]
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_an_upload_is_replayed_and_another_file_refused(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    await given.code_tables(key)
    once = {"Idempotency-Key": "once-0001"}
    first = await given.upload_objects(key, objects_csv(3), headers=once)
    before = await counts(superuser)
    again = await given.upload_objects(key, objects_csv(3), headers=once)
    other = await given.upload_objects(key, objects_csv(4), headers=once)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert told(other) == (422, "idempotency-key-reused")
    assert await counts(superuser) == before


async def test_a_kept_reply_is_of_its_department(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine
) -> None:
    await post(http, key, "once-0001")
    kept = await rows(
        superuser,
        "SELECT department_code, status FROM openlot.kept_reply WHERE key = 'once-0001'",
    )
    assert [tuple(one) for one in kept] == [(DEPARTMENT, 201)]


async def test_a_server_error_can_be_tried_again_with_the_same_key(
    app: FastAPI, http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    async def broken() -> None:
        raise RuntimeError

    app.dependency_overrides[now] = broken
    failed = await post(http, key, "once-0001")
    given.now_again()
    again = await post(http, key, "once-0001")
    assert (failed.status_code, again.status_code) == (500, 201)
