"""Tags, counts and special directories: taken as a whole, refused by the place of each fault."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import DEPARTMENT, Given, Key, object_code, objects_csv
from tests.watching import counts, rows

DIRECTORY = {"department_code": DEPARTMENT, "code": "ZX-FOOD", "name": "食品经营单位"}
OF = {"department": DEPARTMENT}


def tags_body(*codes: str, **changes: Any) -> dict[str, Any]:
    objects = [{"object_code": code, "tags": ["level:重点"]} for code in codes]
    return {
        "department_code": DEPARTMENT,
        "source": "分级分类系统",
        "valid_from": "2026-01-01",
        "objects": objects,
    } | changes


def counts_body(*codes: str, **changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "source": "12315平台",
        "kind": "complaint",
        "counted_from": "2025-07-01",
        "counted_to": "2026-06-30",
        "objects": [{"object_code": code, "number": 3} for code in codes],
    } | changes


def entries_body(*codes: str, **changes: Any) -> dict[str, Any]:
    return {
        "department_code": DEPARTMENT,
        "source": "许可系统",
        "directory_code": "ZX-FOOD",
        "valid_from": "2026-01-01",
        "entries": [{"object_code": code, "licence_no": "JY1"} for code in codes],
    } | changes


BODIES = {
    "object-tag-imports": (tags_body, "/objects", "object_tag"),
    "object-count-imports": (counts_body, "/objects", "object_count"),
    "special-entry-imports": (entries_body, "/entries", "special_entry"),
}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    await given.objects(key, objects_csv(3))
    await given.post("/v1/registry/special-directories", key, json=DIRECTORY)
    return key


@pytest.mark.parametrize("path", BODIES)
async def test_a_feed_is_an_import_with_its_source(
    given: Given, key: Key, superuser: AsyncEngine, path: str
) -> None:
    body, _, table = BODIES[path]
    sent = body(object_code(1), object_code(2))
    made = await given.post(f"/v1/registry/{path}", key, json=sent)
    assert (made["rows"], made["source"]) == (2, sent["source"])
    kept = await rows(superuser, f"SELECT import_id::text FROM openlot.{table}")
    assert [one.import_id for one in kept] == [made["id"]] * 2
    await given.post(f"/v1/registry/{path}", key, json=sent)
    assert len(await rows(superuser, f"SELECT 1 FROM openlot.{table}")) == 4


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    ("codes", "fault", "place"),
    [
        ((object_code(1), object_code(9)), "object-unknown", 1),
        ((object_code(1), object_code(2), object_code(1)), "code-duplicate", 2),
    ],
)
async def test_one_fault_and_nothing_is_taken(
    given: Given,
    key: Key,
    superuser: AsyncEngine,
    path: str,
    codes: tuple[str, ...],
    fault: str,
    place: int,
) -> None:
    body, at, _ = BODIES[path]
    before = await counts(superuser)
    answer = await given.http.post(f"/v1/registry/{path}", auth=key, json=body(*codes))
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    found = [(one["code"], one["pointer"]) for one in answer.json()["errors"]]
    assert found == [(fault, f"{at}/{place}/object_code")]
    assert await counts(superuser) == before


async def test_counted_days_are_in_order(given: Given, key: Key) -> None:
    body = counts_body(object_code(1), counted_from="2026-07-01")
    answer = await given.http.post("/v1/registry/object-count-imports", auth=key, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    assert answer.json()["errors"][0]["code"] == "days-reversed"


async def test_a_special_directory_is_renamed_by_its_next_version(given: Given, key: Key) -> None:
    path = "/v1/registry/special-directories"
    assert (await given.post(path, key, json=DIRECTORY))["version"] == 1
    renamed = await given.post(path, key, json=DIRECTORY | {"name": "食品销售单位"})
    assert renamed["version"] == 2
    listed = (await given.http.get(path, auth=key, params=OF)).json()
    assert listed == {"items": [renamed], "next": None}
    unknown = entries_body(object_code(1), directory_code="ZX-NONE")
    refused = await given.http.post("/v1/registry/special-entry-imports", auth=key, json=unknown)
    assert (refused.status_code, refused.json()["code"]) == (404, "special-directory-not-found")


async def test_entries_are_shown_as_they_stand_today(given: Given, key: Key) -> None:
    path = "/v1/registry/special-entry-imports"
    first = entries_body(object_code(1), object_code(2), object_code(3))
    await given.post(path, key, json=first)
    renewed = [{"object_code": object_code(1), "licence_no": "JY1", "expires_on": "2031-01-01"}]
    ended = [{"object_code": object_code(2), "licence_no": "JY1", "held": False}]
    later = {"valid_from": "2026-02-01", "entries": renewed + ended}
    await given.post(path, key, json=entries_body(**later))
    coming = [{"object_code": object_code(3), "licence_no": "JY1", "held": False}]
    await given.post(path, key, json=entries_body(valid_from="2999-01-01", entries=coming))
    shown = await given.http.get(
        "/v1/registry/special-directories/ZX-FOOD/entries", auth=key, params=OF
    )
    found = {one["object_code"]: one["expires_on"] for one in shown.json()["items"]}
    assert found == {object_code(1): "2031-01-01", object_code(3): None}
