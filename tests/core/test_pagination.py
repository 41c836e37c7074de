"""Keyset pages: whole, in order, and true while rows arrive."""

import base64
import json

import httpx
import pytest

from app.core.pagination import encode_cursor
from tests.factories import DEPARTMENT, Given, Key

CODES = [f"610403-{number:02d}" for number in range(7)]


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    key = await standing.admin()
    await standing.departments(key, *reversed(CODES))
    await standing.code_tables(key)
    await standing.departments(key)
    await standing.objects(key)
    return key


async def page(
    http: httpx.AsyncClient, key: Key, path: str = "registry/departments", **params: object
) -> tuple[list[str], str | None]:
    answer = await http.get(f"/v1/{path}", auth=key, params=params)
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["items"]], answer.json()["next"]


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 200])
async def test_the_pages_together_are_the_list(standing: Given, key: Key, limit: int) -> None:
    everything = [*CODES, DEPARTMENT]
    found, after = await page(standing.http, key, limit=limit)
    for _ in range(len(everything) // limit):
        if after is None:
            break
        more, after = await page(standing.http, key, limit=limit, after=after)
        assert 0 < len(more) <= limit
        found += more
    assert (found, after) == (everything, None)


async def test_the_filter_of_a_list_holds_on_every_page(standing: Given, key: Key) -> None:
    path, where = "registry/inspected-objects", {"department": DEPARTMENT, "region": "610400"}
    found, after = await page(standing.http, key, path, limit=25, **where)
    rest, end = await page(standing.http, key, path, limit=25, after=after, **where)
    assert (len(found), len(rest), end) == (25, 15, None)
    assert found + rest == sorted(found + rest)
    nothing = {"department": DEPARTMENT, "region": "620000"}
    assert await page(standing.http, key, path, after=after, **nothing) == ([], None)


async def test_a_row_that_arrives_between_pages_neither_hides_nor_repeats_one(
    standing: Given, key: Key
) -> None:
    found, after = await page(standing.http, key, limit=4)
    await standing.departments(key, CODES[0])
    rest, _ = await page(standing.http, key, limit=200, after=after)
    assert found + rest == [*CODES, DEPARTMENT]


def raw(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


BAD = {
    "no-base64": "€",
    "no-json": raw(b"x"),
    "no-utf8": raw(b'["\xff"]'),
    "no-list": raw(b'"x"'),
    "too-few": encode_cursor([]),
    "too-many": encode_cursor(["x", "y"]),
    "other-type": encode_cursor([1]),
    "true": encode_cursor([True]),
    "null": encode_cursor([None]),
    "nan": raw(b"[NaN]"),
    "nul": raw(rb'["\u0000"]'),
    "lone-surrogate": raw(rb'["\ud800"]'),
    "deep": raw(b"[" * 740),
    "5000-digits": raw(b"[" + b"9" * 740 + b"]"),
    "empty": "",
    "junk": "%%%%",
    "spaces": " ",
}


@pytest.mark.parametrize("cursor", BAD.values(), ids=BAD)
async def test_a_cursor_that_no_page_gave_is_refused(
    standing: Given, key: Key, cursor: str
) -> None:
    answer = await standing.http.get("/v1/registry/departments", auth=key, params={"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


@pytest.mark.parametrize("index", [2**63, -(2**63), 10**300])
async def test_a_number_that_is_no_place_is_refused(standing: Given, index: int) -> None:
    params = {"after": encode_cursor([index])}
    answer = await standing.http.get("/v1/ledger/entries", params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_a_number_beyond_the_column_is_refused(standing: Given, key: Key) -> None:
    params = {"after": encode_cursor(["x", 2**40])}
    answer = await standing.http.get("/v1/draws", auth=key, params=params)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("values", [["610403-01"], ["'; DROP TABLE x; --"], ["\U0010ffff%_"]])
async def test_a_cursor_is_data(standing: Given, key: Key, values: list[str]) -> None:
    found, _ = await page(standing.http, key, after=encode_cursor(values))
    assert found == [code for code in [*CODES, DEPARTMENT] if code > values[0]]


def test_a_cursor_holds_the_key_of_the_last_row() -> None:
    cursor = encode_cursor(["610403-SCJG", 1])
    padded = cursor + "=" * (-len(cursor) % 4)
    assert json.loads(base64.urlsafe_b64decode(padded)) == ["610403-SCJG", 1]
