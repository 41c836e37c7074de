"""The log: everything that was recorded is in it, and every proof holds."""

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sampling.openlot1 import canonical, merkle, note
from tests.factories import DEPARTMENT, Given
from tests.watching import rows

SIZE = 20


@pytest.fixture(scope="module")
async def log(standing: Given) -> list[dict[str, Any]]:
    """The entries of a log that is SIZE long."""
    key = await standing.admin()
    for number in range(SIZE - 1):
        await standing.departments(key, f"610403-{number:02d}")
    found: list[dict[str, Any]] = (await get(standing.http, "entries", limit=200))["items"]
    assert [entry["index"] for entry in found] == list(range(SIZE))
    return found


async def get(http: httpx.AsyncClient, path: str, **params: int) -> dict[str, Any]:
    answer = await http.get(f"/v1/ledger/{path}", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def leaves(log: list[dict[str, Any]]) -> list[bytes]:
    return [merkle.leaf_hash(entry["data"].encode()) for entry in log]


def hashes(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(node) for node in path]


@pytest.mark.parametrize("size", range(1, SIZE + 1))
async def test_every_entry_is_proved_to_be_in_every_tree_that_holds_it(
    standing: Given, log: list[dict[str, Any]], size: int
) -> None:
    root = merkle.root(leaves(log)[:size])
    for index in range(size):
        proof = await get(standing.http, "proofs/inclusion", index=index, size=size)
        leaf = merkle.leaf_hash(log[index]["data"].encode())
        assert bytes.fromhex(proof["leaf_hash"]) == leaf
        assert bytes.fromhex(proof["root"]) == root
        assert merkle.verify_inclusion(index, size, leaf, hashes(proof["path"]), root)


@pytest.mark.parametrize("new", range(SIZE + 1))
async def test_every_tree_is_proved_to_begin_with_every_smaller_one(
    standing: Given, log: list[dict[str, Any]], new: int
) -> None:
    for old in range(new + 1):
        proof = await get(standing.http, "proofs/consistency", old=old, new=new)
        old_root, new_root = (merkle.root(leaves(log)[:size]) for size in (old, new))
        assert (proof["old_root"], proof["new_root"]) == (old_root.hex(), new_root.hex())
        assert merkle.verify_consistency(old, new, old_root, new_root, hashes(proof["path"]))


async def test_every_transaction_left_a_checkpoint_signed_by_the_published_key(
    standing: Given, log: list[dict[str, Any]]
) -> None:
    vkey = note.parse_vkey((await get(standing.http, "key"))["vkey"])
    for size in range(1, SIZE + 1):
        text = (await standing.http.get(f"/v1/ledger/checkpoints/{size}")).text
        assert note.verify_note(text, vkey)
        checkpoint = note.parse_checkpoint(text)
        assert (checkpoint.origin, checkpoint.size) == (vkey.name, size)
        assert checkpoint.root == merkle.root(leaves(log)[:size])
        assert not note.verify_note(text.replace(f"\n{size}\n", f"\n{size + 1}\n"), vkey)
    assert (await standing.http.get("/v1/ledger/checkpoint")).text == text


async def test_the_entries_are_the_events_and_their_digests_recompute(
    standing: Given, log: list[dict[str, Any]], superuser: AsyncEngine
) -> None:
    events = {
        str(event.id): event for event in await rows(superuser, "SELECT * FROM openlot.event")
    }
    told = [json.loads(entry["data"]) for entry in log]
    assert sorted(one["id"] for one in told) == sorted(events)
    for one in told:
        event = events[one["id"]]
        digest = sha256(event.salt.encode() + canonical.dumps(event.payload)).hexdigest()
        assert one == {
            "at": event.occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "digest": digest,
            "id": str(event.id),
            "public": event.published,
            "subject": "",
            "type": event.type,
        }


async def test_the_log_tells_nothing_of_what_is_not_public(
    standing: Given, log: list[dict[str, Any]]
) -> None:
    text = "".join(entry["data"] for entry in log)
    assert all(json.loads(entry["data"])["public"] == {} for entry in log)
    assert DEPARTMENT not in text
    assert "部门" not in text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("proofs/inclusion?index=20&size=20", "ledger-entry-not-found"),
        ("proofs/inclusion?index=0&size=21", "ledger-entry-not-found"),
        ("proofs/inclusion?index=0&size=0", "ledger-entry-not-found"),
        ("proofs/inclusion?index=0&size=9007199254740991", "ledger-entry-not-found"),
        ("proofs/consistency?old=2&new=1", "ledger-entry-not-found"),
        ("proofs/consistency?old=0&new=21", "ledger-entry-not-found"),
        ("checkpoints/21", "checkpoint-not-found"),
    ],
)
async def test_what_the_log_does_not_hold_cannot_be_asked_for(
    standing: Given, log: list[dict[str, Any]], path: str, code: str
) -> None:
    answer = await standing.http.get(f"/v1/ledger/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    "path",
    [
        "proofs/inclusion?index=-1&size=2",
        "proofs/inclusion?index=0&size=9223372036854775808",
        "proofs/inclusion?index=0",
        "proofs/consistency?old=x&new=1",
        "checkpoints/0",
        "entries?limit=0",
    ],
)
async def test_a_size_is_a_number_in_its_range(standing: Given, path: str) -> None:
    answer = await standing.http.get(f"/v1/ledger/{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
