"""One entry by POST, and its correction by PATCH with the ETag of what was read."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, Given, Key, object_code, objects_csv
from tests.watching import counts, rows

PATH = "/v1/registry/inspected-objects"
ONE = f"{PATH}/{object_code(1)}"
OF = {"department": DEPARTMENT}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return key


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "code": object_code(1),
        "name": "第1号商店",
        "kind": "enterprise",
        "region_code": "610403",
        "industry_code": "52",
        "source": "现场核查",
        "reason": "登记库漏报",
    } | changes


async def patch(http: httpx.AsyncClient, key: Key, etag: str | None, **body: Any) -> httpx.Response:
    sent = {"source": "企业来函", "reason": "更名"} | body
    headers = {} if etag is None else {"If-Match": etag}
    return await http.patch(ONE, auth=key, params=OF, json=sent, headers=headers)


async def test_one_entry_is_an_import_of_one_row(
    http: httpx.AsyncClient, key: Key, superuser: AsyncEngine
) -> None:
    answer = await http.post(PATH, auth=key, json=entry())
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    assert (answer.json()["name"], answer.json()["source"]) == ("第1号商店", "现场核查")
    found = await rows(
        superuser,
        "SELECT kind, mode, source, reason, rows, added FROM openlot.registry_import"
        " ORDER BY sequence DESC LIMIT 1",
    )
    assert tuple(found[0]) == ("objects", "record", "现场核查", "登记库漏报", 1, 1)
    again = await http.post(PATH, auth=key, json=entry())
    assert (again.status_code, again.json()["code"]) == (409, "inspected-object-listed-already")


async def test_a_correction_keeps_the_former_state_and_who_must_correct_it(
    http: httpx.AsyncClient, key: Key, given: Given, superuser: AsyncEngine
) -> None:
    await given.objects(key, objects_csv(2))
    answer = await patch(http, key, '"1"', name="第一商店", industry_code=None)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["name"], body["industry_code"], body["version"]) == ("第一商店", None, 2)
    assert body["source"] == "登记注册库", "the feed stays answerable"
    assert answer.headers["etag"] == '"2"'
    former = await rows(superuser, "SELECT name, version FROM openlot.inspected_object_version")
    assert [tuple(one) for one in former] == [("第1号商店", 1)]
    found = await rows(
        superuser,
        "SELECT source, reason, changed FROM openlot.registry_import ORDER BY sequence DESC",
    )
    assert tuple(found[0]) == ("企业来函", "更名", 1)


async def test_a_correction_without_or_with_an_old_etag_changes_nothing(
    http: httpx.AsyncClient, key: Key, given: Given, superuser: AsyncEngine
) -> None:
    await given.objects(key, objects_csv(1))
    await patch(http, key, '"1"', name="第一商店")
    before = await counts(superuser)
    missing = await patch(http, key, None, name="其他")
    assert (missing.status_code, missing.json()["code"]) == (428, "if-match-missing")
    for stale in ('"1"', "2", "*", 'W/"2"', ""):
        answer = await patch(http, key, stale, name="其他")
        assert (answer.status_code, answer.json()["code"]) == (412, "state-moved"), stale
    assert await counts(superuser) == before


async def test_a_correction_that_changes_nothing_makes_no_version(
    http: httpx.AsyncClient, key: Key, given: Given
) -> None:
    await given.objects(key, objects_csv(1))
    answer = await patch(http, key, '"1"', name="第1号商店")
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"region_code": "619999"}, "region-unknown", "/region_code"),
        ({"industry_code": "99"}, "industry-unknown", "/industry_code"),
        ({"code": object_code(1)[:-1] + "0"}, None, "/code"),
        ({"name": "商\u0000店"}, None, None),
    ],
)
async def test_an_entry_is_checked_as_a_row_is(
    http: httpx.AsyncClient,
    key: Key,
    superuser: AsyncEngine,
    changes: dict[str, Any],
    code: str | None,
    pointer: str | None,
) -> None:
    before = await counts(superuser)
    answer = await http.post(PATH, auth=key, json=entry(**changes))
    assert answer.status_code in {400, 422}, answer.text
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    if code is not None:
        assert answer.json()["errors"][0]["code"] == code
    assert await counts(superuser) == before


@pytest.mark.parametrize("body", [{}, {"name": None}, {"unknown": 1}, {"name": ""}])
async def test_a_correction_says_what_is_to_be_different(
    http: httpx.AsyncClient, key: Key, given: Given, body: dict[str, Any]
) -> None:
    await given.objects(key, objects_csv(1))
    answer = await patch(http, key, '"1"', **body)
    assert answer.status_code == 422, answer.text


async def test_what_is_not_there_cannot_be_corrected(http: httpx.AsyncClient, key: Key) -> None:
    answer = await patch(http, key, '"1"', name="第一商店")
    assert (answer.status_code, answer.json()["code"]) == (404, "inspected-object-not-found")


async def test_an_entry_is_read_with_the_etag_that_its_correction_sends(
    http: httpx.AsyncClient, key: Key, given: Given
) -> None:
    await given.objects(key, objects_csv(1))
    for version, name in ((1, "第一商店"), (2, "头号商店")):
        read = await http.get(ONE, auth=key, params=OF)
        assert (read.headers["etag"], read.json()["version"]) == (f'"{version}"', version)
        answer = await patch(http, key, read.headers["etag"], name=name)
        assert (answer.status_code, answer.json()["name"]) == (200, name)
    between = datetime.now(UTC).isoformat()
    await patch(http, key, '"3"', name="末号商店")
    then = await http.get(ONE, auth=key, params={**OF, "as_of": between})
    assert (then.headers["etag"], then.json()["name"]) == ('"3"', "头号商店")
    stale = await patch(http, key, then.headers["etag"], name="旧商店")
    assert (stale.status_code, stale.json()["code"]) == (412, "state-moved")
