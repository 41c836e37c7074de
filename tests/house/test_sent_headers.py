"""Headers that the document promises are those that are sent."""

import httpx
from sqlalchemy.exc import OperationalError

from app.core.edge import from_database
from tests.factories import Given
from tests.house.reading import all_operations

UNSPOKEN = {
    "content-length",
    "content-type",
    "cache-control",
    "x-content-type-options",
    "location",
}
"""Of the protocol and of safety; no client acts on them."""


def check(answer: httpx.Response, operation: str) -> set[str]:
    documented = all_operations()[operation][2]["responses"][str(answer.status_code)]["headers"]
    sent = {name.lower() for name in answer.headers} - UNSPOKEN
    known = {name.lower() for name in documented}
    assert sent <= known, f"{operation} sends what is not documented: {sent - known}"
    rare = {"idempotency-replayed", "retry-after"}
    assert known - rare <= sent, f"{operation} does not send what is documented: {known - sent}"
    return sent


async def test_a_public_answer(http: httpx.AsyncClient):
    check(await http.get("/v1/health"), "getHealth")
    check(await http.get("/v1/ledger/key"), "getLedgerKey")
    check(await http.get("/v1/ledger/checkpoint"), "getLatestCheckpoint")


async def test_refusals(http: httpx.AsyncClient, given: Given):
    check(await http.get("/v1/plans"), "listPlans")
    key = await given.key("keys:read")
    check(await http.get("/v1/plans", auth=key), "listPlans")
    key = await given.key("plans:read")
    check(await http.get("/v1/plans", params={"after": "?"}, auth=key), "listPlans")
    check(await http.get("/v1/plans", params={"limit": "0"}, auth=key), "listPlans")


async def test_a_replayed_answer(http: httpx.AsyncClient, given: Given):
    key = await given.admin()
    body = {"departments": [{"code": "610403-SCJG", "name": "杨陵区市场监督管理局"}]}
    headers = {"Idempotency-Key": "house-test-0001"}
    path = "/v1/registry/department-imports"
    first = await http.post(path, json=body, headers=headers, auth=key)
    again = await http.post(path, json=body, headers=headers, auth=key)
    assert (first.status_code, again.content) == (201, first.content)
    assert "idempotency-replayed" not in check(first, "importDepartments")
    assert "idempotency-replayed" in check(again, "importDepartments")


async def test_a_bundle(http: httpx.AsyncClient, given: Given):
    key = await given.admin()
    await given.registry(key)
    address = await given.drawn(key)
    check(await http.get(f"{address}/bundles/public", auth=key), "getEvidenceBundle")
    given.now_again()


def test_who_comes_again_is_told_when():
    broken = OperationalError("", {}, Exception(), connection_invalidated=True)
    assert from_database(OSError(), {}).headers == {"Retry-After": "2"}
    assert from_database(broken, {}).headers == {"Retry-After": "2"}
    late = Exception()
    late.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
    told = from_database(OperationalError("", {}, late), {})
    assert (told.code, told.headers) == ("try-again", {"Retry-After": "1"})
