"""Appending to the log: nothing of what failed, and no gap under concurrency."""

import asyncio
import json

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sampling.openlot1 import merkle, note
from tests.factories import Given
from tests.watching import counts


async def test_an_empty_log_has_no_checkpoint(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/ledger/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger-empty")
    empty = (await http.get("/v1/ledger/proofs/consistency?old=0&new=0")).json()
    assert empty["new_root"] == merkle.EMPTY_ROOT.hex()


async def test_a_failed_request_leaves_no_entry(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.key()
    before = await counts(superuser)
    orphan = {"departments": [{"code": "610403-01", "name": "所", "parent": "610403"}]}
    answer = await http.post("/v1/registry/department-imports", auth=key, json=orphan)
    assert answer.status_code == 409
    assert await counts(superuser) == before


async def test_concurrent_writes_take_places_without_gaps(
    http: httpx.AsyncClient, given: Given
) -> None:
    key = await given.key()

    def department(number: int, **more: str) -> dict[str, object]:
        return {"departments": [{"code": f"610403-{number:02d}", "name": "所", **more}]}

    good = [department(number) for number in range(16)]
    bad = [department(number, parent="619999") for number in range(16, 32)]
    path = "/v1/registry/department-imports"
    answers = await asyncio.gather(*(http.post(path, auth=key, json=one) for one in good + bad))
    assert [answer.status_code for answer in answers] == [201] * 16 + [409] * 16
    entries = (await http.get("/v1/ledger/entries?limit=200")).json()["items"]
    assert [entry["index"] for entry in entries] == list(range(17))
    assert len({json.loads(entry["data"])["id"] for entry in entries}) == 17
    leaves = [merkle.leaf_hash(entry["data"].encode()) for entry in entries]
    latest = note.parse_checkpoint((await http.get("/v1/ledger/checkpoint")).text)
    assert (latest.size, latest.root) == (17, merkle.root(leaves))
