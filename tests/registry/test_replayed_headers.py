"""A repeat is told the same address, time to wait and version as the first request was."""

import httpx
import pytest

from tests.factories import DEPARTMENT, Given, Key, object_code, objects_csv
from tests.registry.staged import PATH, work

UPLOAD = {
    "department": DEPARTMENT,
    "kind": "objects",
    "source": "登记注册库",
    "data_date": "2026-02-26",
}
ENTRY = {
    "department_code": DEPARTMENT,
    "code": object_code(7),
    "name": "第7号商店",
    "kind": "enterprise",
    "region_code": "610403",
    "reason": "企业申报",
    "source": "登记注册库",
}
VARYING = {"idempotency-replayed", "x-request-id", "server-timing", "date"}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return key


def same(first: httpx.Response, again: httpx.Response) -> None:
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    told = [{k: v for k, v in one.headers.items() if k not in VARYING} for one in (first, again)]
    assert told[0] == told[1]


async def test_an_accepted_operation_is_found_again(given: Given, key: Key) -> None:
    once = {"Idempotency-Key": "upload-0001"}
    first = await given.upload(PATH, key, objects_csv(2), once, **UPLOAD)
    again = await given.upload(PATH, key, objects_csv(2), once, **UPLOAD)
    assert first.headers["location"] == f"/v1/operations/{first.json()['id']}"
    assert first.headers["retry-after"] == "1"
    same(first, again)
    await work(given.app)
    address = first.json()["subject"]
    staged = (await given.http.get(address, auth=key)).json()
    confirm = {"json": {"preview_digest": staged["preview"]["digest"]}, "auth": key}
    once = {"Idempotency-Key": "confirm-0001"}
    first = await given.http.post(f"{address}/confirmation", headers=once, **confirm)
    again = await given.http.post(f"{address}/confirmation", headers=once, **confirm)
    assert "location" in first.headers
    same(first, again)


async def test_a_new_entry_has_its_version_again(given: Given, key: Key) -> None:
    once = {"Idempotency-Key": "entry-0001"}
    path = "/v1/registry/inspected-objects"
    first = await given.http.post(path, auth=key, json=ENTRY, headers=once)
    assert first.status_code == 201, first.text
    assert first.headers["etag"] == '"1"'
    same(first, await given.http.post(path, auth=key, json=ENTRY, headers=once))
