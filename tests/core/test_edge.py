"""What the service says to requests that are not in order."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.factories import DEPARTMENT, Given, Key

PLAN = {"department_code": DEPARTMENT, "year": 2026, "name": "计划"}
JSON = {"Content-Type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    key = await standing.admin()
    await standing.departments(key)
    await standing.code_tables(key)
    return key


def plan(name: str = '"计划"', year: str = "2026", more: str = "") -> bytes:
    text = f'{{"department_code":"{DEPARTMENT}","year":{year},"name":{name}{more}}}'
    return text.encode("utf-8", "surrogatepass")


MALFORMED = {
    "nan": plan(year="NaN"),
    "infinity": plan(year="Infinity"),
    "minus-infinity": plan(year="-Infinity"),
    "overflow": plan(year="1e400"),
    "beyond-2-53": plan(year=str(2**53)),
    "5000-digits": plan(year="9" * 5000),
    "minus-5000-digits": plan(year="-" + "9" * 5000),
    "lone-surrogate": plan(name=r'"\ud800"'),
    "lone-surrogate-in-a-name": plan(more=r',"\udfff":1'),
    "raw-surrogate": plan(name='"\ud800"'),
    "nul": plan(name=r'"a\u0000"'),
    "non-character": plan(name=r'"\uffff"'),
    "raw-control": plan(name='"a\tb"'),
    "member-twice": plan(more=',"year":2027'),
    "member-twice-escaped": plan(more=r',"ye\u0061r":2027'),
    "bom": b"\xef\xbb\xbf" + plan(),
    "gb18030": plan().decode().encode("gb18030"),
    "utf-16": plan().decode().encode("utf-16"),
    "deep-arrays": b"[" * 100_000,
    "deep-objects": b'{"a":' * 100_000,
    "33-deep": b"[" * 33 + b"]" * 33,
    "trailing-garbage": plan() + b"x",
    "trailing-comma": plan(more=","),
    "two-documents": plan() + plan(),
    "cut": plan()[:-1],
    "single-quotes": b"{'a': 1}",
    "leading-zero": plan(year="02026"),
    "gzip": gzip.compress(plan()),
    "space-only": b"   ",
}


async def post(standing: Given, key: Key, content: Any, **headers: str) -> httpx.Response:
    sent = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return await standing.http.post("/v1/plans", auth=key, content=content, headers=sent)


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
async def test_a_body_that_is_not_strict_json_is_refused(
    standing: Given, key: Key, body: bytes, media_type: str
) -> None:
    answer = await post(standing, key, body, Content_Type=media_type)
    assert told(answer) == (400, "malformed-body")
    assert answer.json()["texts"]["zh-CN"].startswith("请求正文不是规范的 JSON")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"1", b"{}", b"true"])
async def test_a_body_that_is_no_object_is_invalid(standing: Given, key: Key, body: bytes) -> None:
    assert told(await post(standing, key, body)) == (422, "invalid-input")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "text/csv", "application/x-www-form-urlencoded", "json", "*/*"]
)
async def test_a_body_of_another_type_is_refused(
    standing: Given, key: Key, media_type: str
) -> None:
    answer = await post(standing, key, plan(), Content_Type=media_type)
    assert told(answer) == (415, "wrong-content-type")


async def test_a_body_without_a_type_is_not_guessed(standing: Given, key: Key) -> None:
    answer = await standing.http.post("/v1/plans", auth=key, content=plan())
    assert told(answer) == (422, "invalid-input")


@pytest.mark.parametrize("media_type", ["application/json", "text/csv", "a/b+json", ""])
async def test_a_body_above_the_limit_is_refused_whatever_its_type(
    standing: Given, key: Key, media_type: str
) -> None:
    content = plan(name=f'"{"店" * MIB}"')
    answer = await post(standing, key, content, Content_Type=media_type)
    assert told(answer) == (413, "body-too-large")


async def test_a_body_in_chunks_meets_the_same_limit(standing: Given, key: Key) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (MIB // 4)

    assert told(await post(standing, key, chunks())) == (413, "body-too-large")
    assert sent < 64


async def test_the_limit_itself_is_allowed(standing: Given, key: Key) -> None:
    body = plan()
    answer = await post(standing, key, body + b" " * (MIB - len(body)))
    assert answer.status_code == 201, answer.text


async def test_an_upload_may_be_larger(standing: Given, key: Key) -> None:
    answer = await standing.upload_objects(key, "uscc," + "x" * (2 * MIB))
    assert told(answer) == (422, "import-refused")


@pytest.mark.parametrize("query", ["a=%ff", "a=%00", "a=%ED%A0%80", "%C3%28=1", "a=%80"])
async def test_a_query_that_is_not_utf8_is_refused(standing: Given, key: Key, query: str) -> None:
    url = httpx.URL("http://openlot.test/v1/plans").copy_with(query=query.encode())
    answer = await standing.http.get(url, auth=key)
    assert told(answer) == (400, "malformed-query")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=" + "9" * 5000, "limt=5", "limit=1.5"]
)
async def test_a_query_that_does_not_fit_is_invalid(standing: Given, key: Key, query: str) -> None:
    answer = await standing.http.get(f"/v1/plans?{query}", auth=key)
    assert told(answer) == (422, "invalid-input")
    assert answer.json()["errors"][0]["pointer"].startswith("query:")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/plans/a/b", "/v2/plans", "/%00"])
async def test_an_unknown_path_is_a_problem(standing: Given, key: Key, path: str) -> None:
    assert told(await standing.http.get(path, auth=key)) == (404, "no-such-path")


async def test_no_address_takes_a_nul(standing: Given, key: Key, app: FastAPI) -> None:
    paths = [path for path, item in app.openapi()["paths"].items() if "{" in path and "get" in item]
    assert len(paths) > 40
    for path in [*paths, "/public/items/{department}/{code}.html"]:
        hostile = re.sub(r"\{[^}]+\}", "a%00", path)
        assert told(await standing.http.get(hostile, auth=key)) == (404, "no-such-path"), path


async def test_a_wrong_method_is_a_problem_that_says_which_are_right(
    standing: Given, key: Key
) -> None:
    answer = await standing.http.delete("/v1/ledger/entries", auth=key)
    assert told(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_every_answer_has_an_id_of_its_own(standing: Given, key: Key) -> None:
    http = standing.http
    answers = [
        await http.get("/v1/health"),
        await http.get("/v1/nothing"),
        await http.delete("/v1/plans"),
        await http.get("/v1/plans"),
        await http.get("/v1/plans?a=%ff"),
        await http.get("/v1/plans?limit=0", auth=key),
        await http.post("/v1/plans", auth=key, content=b"{", headers=JSON),
        await http.post("/v1/plans", auth=key, content=b" " * (MIB + 1), headers=JSON),
        await http.post("/v1/plans", auth=key, json=PLAN),
        await http.get("/openapi.json"),
    ]
    ids = [answer.headers.get_list("x-request-id") for answer in answers]
    assert all(len(given) == 1 for given in ids)
    assert len({given[0] for given in ids}) == len(answers)
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.status_code >= 400:
            request_id = answer.headers["x-request-id"]
            assert answer.json()["instance"] == f"urn:openlot:request:{request_id}"
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        PLAN | {"year": "MARKER"},
        PLAN | {"year": 1.5, "name": ["MARKER"]},
        PLAN | {"department_code": "marker-MARKER"},
        PLAN | {"name": "MARKER" * 100},
        PLAN | {"more": "MARKER"},
        ["MARKER"],
    ],
)
async def test_an_error_does_not_repeat_the_body(standing: Given, key: Key, body: object) -> None:
    answer = await standing.http.post("/v1/plans", auth=key, json=body)
    assert told(answer) == (422, "invalid-input")
    assert "marker" not in answer.text.lower()


async def test_an_error_does_not_repeat_an_unknown_kind_of_source(
    standing: Given, key: Key
) -> None:
    body = {"sources": [{"type": "MARKER"}], "not_before": "MARKER"}
    address = "/v1/draws/610403-SCJG-2026-001-01-T1/attempts/1/commitment"
    answer = await standing.http.post(address, auth=key, json=body)
    assert told(answer) == (422, "invalid-input")
    assert "MARKER" not in answer.text


async def test_an_error_repeats_neither_query_nor_malformed_body_nor_key(
    standing: Given, key: Key
) -> None:
    answers = [
        await standing.http.get("/v1/plans?limit=MARKER", auth=key),
        await standing.http.get("/v1/plans?after=MARKER", auth=key),
        await standing.http.get("/v1/MARKER", auth=key),
        await standing.http.get("/v1/plans", headers={"Authorization": "Bearer MARKER"}),
        await post(standing, key, b'{"MARKER":NaN}'),
        await post(standing, key, plan(), Idempotency_Key="MARKER \xe9".encode("latin-1")),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert "MARKER" not in answer.text


async def test_a_problem_has_all_the_members_of_its_description(standing: Given, key: Key) -> None:
    answer = await standing.http.get("/v1/plans?limit=0", auth=key)
    problem = json.loads(answer.content)
    assert problem["type"] == f"urn:openlot:problem:{problem['code']}"
    assert (problem["title"], problem["status"]) == (problem["code"], 422)
    assert problem["errors"] == [
        {
            "code": "greater-than-equal",
            "pointer": "query:limit",
            "row": None,
            "column": None,
            "value": None,
            "texts": {
                "zh-CN": "不得小于 1",
                "en": "Input should be greater than or equal to 1",
            },
        }
    ]
