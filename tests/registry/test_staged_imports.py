"""A file in stages: nothing changes before it is confirmed, then exactly what was shown."""

import io
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    OTHER_DEPARTMENT,
    Given,
    Key,
    classes_csv,
    object_code,
    objects_csv,
)
from tests.registry.staged import Stages, work
from tests.watching import counts, rows


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return key


@pytest.fixture
def stages(given: Given, key: Key) -> Stages:
    return Stages(given, key)


def renamed(csv: str, *numbers: int) -> str:
    for number in numbers:
        csv = csv.replace(f"第{number}号商店", f"第{number}号超市")
    return csv


def without(csv: str, *numbers: int) -> str:
    codes = {object_code(number) for number in numbers}
    return "".join(
        line for line in csv.splitlines(keepends=True) if line.partition(",")[0] not in codes
    )


async def test_an_upload_says_where_to_ask_and_changes_nothing(
    stages: Stages, superuser: AsyncEngine
) -> None:
    answer = await stages.upload(objects_csv(3))
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/v1/operations/{body['id']}"
    assert answer.headers["retry-after"] == "1"
    assert (body["state"], body["kind"]) == ("queued", "registry-check")
    staged = await stages.read(body["subject"])
    assert (staged["state"], staged["preview"]) == ("uploaded", None)
    assert staged["size"] == len(objects_csv(3).encode())
    await work(stages.given.app)
    operation = await stages.read(answer.headers["location"])
    assert (operation["state"], operation["phase"], operation["done"]) == (
        "succeeded",
        "previewed",
        3,
    )
    assert operation["result"] == body["subject"]
    assert (await counts(superuser))["openlot.inspected_object"] == 0


async def test_the_preview_counts_and_shows_each_kind_of_change(stages: Stages) -> None:
    await stages.merged(objects_csv(5))
    changed = renamed(without(objects_csv(7), 4), 2).replace(
        "第5号商店,企业,610403,52,2020-01-02,存续", "第5号商店,企业,610403,51,2020-01-02,注销"
    )
    address = await stages.staged(changed, mode="full")
    preview = (await stages.read(address))["preview"]
    assert preview["counts"] == {
        "rows": 6,
        "added": 2,
        "changed": 2,
        "unchanged": 2,
        "vanished": 1,
    }
    assert [row["code"] for row in preview["added"]] == sorted([object_code(6), object_code(7)])
    by_key = {row["key"]: row["fields"] for row in preview["changed"]}
    assert by_key == {
        object_code(2): [{"name": "name", "before": "第2号商店", "after": "第2号超市"}],
        object_code(5): [
            {"name": "industry_code", "before": "52", "after": "51"},
            {"name": "status", "before": "active", "after": "deregistered"},
        ],
    }
    assert [row["code"] for row in preview["vanished"]] == [object_code(4)]
    assert {row["code"] for row in preview["unchanged"]} == {object_code(1), object_code(3)}


async def test_the_preview_shows_how_the_file_was_read(stages: Stages) -> None:
    csv = objects_csv(2).replace("uscc,name", "统一社会信用代码,名称")
    address = await stages.staged(csv.encode("gb18030"))
    file = (await stages.read(address))["preview"]["file"]
    assert (file["format"], file["encoding"], file["delimiter"]) == ("csv", "gb18030", ",")
    assert file["sample"][0]["名称"] == "第1号商店"


async def test_what_is_confirmed_is_merged(
    stages: Stages, superuser: AsyncEngine, given: Given
) -> None:
    found = await stages.merged(objects_csv(3))
    assert {k: found[k] for k in ("kind", "mode", "rows", "added", "data_date", "source")} == {
        "kind": "objects",
        "mode": "changes",
        "rows": 3,
        "added": 3,
        "data_date": "2026-02-26",
        "source": "登记注册库",
    }
    assert await stages.objects() == {
        object_code(n): (f"第{n}号商店", "active", 1) for n in (1, 2, 3)
    }
    staged = await stages.read(f"/v1/registry/staged-imports/{found['id']}")
    assert (staged["state"], staged["preview"]) == ("merged", None)
    after = await counts(superuser)
    assert after["openlot.staged_file_part"] == 0
    assert after["openlot.inspected_object_version"] == 0, "a first import has no former states"


async def test_a_change_feed_leaves_alone_what_it_lacks(stages: Stages) -> None:
    await stages.merged(objects_csv(3))
    found = await stages.merged(renamed(objects_csv(1), 1))
    assert (found["changed"], found["vanished"]) == (1, 0)
    assert (await stages.objects())[object_code(3)] == ("第3号商店", "active", 1)


async def test_a_full_feed_takes_what_it_lacks_off_the_list_and_back_again(
    stages: Stages, superuser: AsyncEngine
) -> None:
    listed = "SELECT code, listed, version FROM openlot.inspected_object ORDER BY code"
    await stages.merged(objects_csv(3))
    found = await stages.merged(without(objects_csv(3), 2), mode="full")
    assert (found["mode"], found["vanished"], found["unchanged"]) == ("full", 1, 2)
    assert [tuple(one) for one in await rows(superuser, listed)] == sorted(
        [(object_code(1), True, 1), (object_code(2), False, 2), (object_code(3), True, 1)]
    )
    again = await stages.merged(without(objects_csv(3), 2), mode="full")
    assert (again["vanished"], again["unchanged"]) == (0, 2)
    back = await stages.merged(objects_csv(3), mode="full")
    assert (back["changed"], back["unchanged"]) == (1, 2)
    assert (object_code(2), True, 3) in [tuple(one) for one in await rows(superuser, listed)]
    former = await rows(
        superuser, "SELECT version, listed FROM openlot.inspected_object_version ORDER BY version"
    )
    assert [tuple(one) for one in former] == [(1, True), (2, False)]


async def test_a_preview_that_was_overtaken_is_not_merged(stages: Stages) -> None:
    address = await stages.staged(renamed(objects_csv(3), 1))
    seen = (await stages.read(address))["preview"]["digest"]
    await stages.given.objects(stages.key, objects_csv(3))
    answer = await stages.confirm(address, seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "preview-stale")
    again = await stages.given.http.post(f"{address}/previews", auth=stages.key)
    assert again.status_code == 202, again.text
    await work(stages.given.app)
    fresh = (await stages.read(address))["preview"]
    assert fresh["digest"] != seen
    assert (fresh["counts"]["added"], fresh["counts"]["changed"]) == (0, 1)
    found = await stages.ended(await stages.confirm(address))
    assert found["changed"] == 1


async def test_a_directory_that_moves_between_confirmation_and_merge_stops_the_merge(
    stages: Stages,
) -> None:
    address = await stages.staged(renamed(objects_csv(3), 1))
    answer = await stages.confirm(address)
    await stages.given.objects(stages.key, objects_csv(3))
    before = await stages.objects()
    await work(stages.given.app)
    operation = await stages.read(answer.headers["location"])
    assert (operation["state"], operation["problem"]["code"]) == ("failed", "preview-stale")
    assert await stages.objects() == before
    staged = await stages.read(address)
    assert (staged["state"], staged["preview"]["counts"]["changed"]) == ("previewed", 1)
    assert (await stages.ended(await stages.confirm(address)))["changed"] == 1


async def test_a_wrong_digest_confirms_nothing(stages: Stages) -> None:
    address = await stages.staged(objects_csv(1))
    answer = await stages.confirm(address, "0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "preview-stale")
    assert await work(stages.given.app) == 0


async def test_faults_are_listed_page_by_page_and_nothing_is_previewed(
    stages: Stages, superuser: AsyncEngine
) -> None:
    bad = objects_csv(6).replace(",610403,52", ",619999,52")
    answer = await stages.upload(bad)
    await work(stages.given.app)
    operation = await stages.read(answer.headers["location"])
    assert (operation["state"], operation["problem"]["code"]) == ("failed", "import-refused")
    address = answer.json()["subject"]
    staged = await stages.read(address)
    assert (staged["state"], staged["fault_count"], staged["preview"]) == ("refused", 6, None)
    page = await stages.read(f"{address}/faults?limit=4")
    assert [(f["number"], f["row"], f["column"], f["value"]) for f in page["items"]] == [
        (n, n + 1, "region_code", "619999") for n in (1, 2, 3, 4)
    ]
    assert all(fault["zh"] and fault["en"] for fault in page["items"])
    rest = await stages.read(f"{address}/faults?limit=4&after={page['next']}")
    assert [f["number"] for f in rest["items"]] == [5, 6]
    book = await stages.given.http.get(f"{address}/faulty-rows", auth=stages.key)
    assert book.status_code == 200, book.text
    cells = {
        str(cell.value)
        for line in load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows()
        for cell in line
    }
    assert {object_code(1), object_code(6), "619999"} <= cells
    confirmed = await stages.confirm(address, "0" * 64)
    assert (confirmed.status_code, confirmed.json()["code"]) == (409, "nothing-previewed")
    assert (await counts(superuser))["openlot.inspected_object"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04" + b"\x00" * 100, b"\xff\xfe\x00\x00", b"uscc\n" * 5, b"\x89PNG\r\n\x1a\n"],
    ids=["empty", "broken-zip", "utf-32", "columns-missing", "picture"],
)
async def test_a_file_that_is_something_else_is_refused_in_plain_words(
    stages: Stages, content: bytes
) -> None:
    answer = await stages.upload(content)
    assert answer.status_code == 202, answer.text
    await work(stages.given.app)
    operation = await stages.read(answer.headers["location"])
    assert (operation["state"], operation["problem"]["code"]) == ("failed", "import-refused")
    assert operation["problem"]["errors"][0]["texts"]["zh-CN"]


async def test_a_staged_import_can_be_given_up(stages: Stages, superuser: AsyncEngine) -> None:
    address = await stages.staged(objects_csv(2))
    cancelled = await stages.given.http.post(f"{address}/cancellation", auth=stages.key)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "discarded")
    assert (await counts(superuser))["openlot.staged_file_part"] == 0
    for path in ("confirmation", "previews", "cancellation"):
        body = {"json": {"preview_digest": "0" * 64}} if path == "confirmation" else {}
        again = await stages.given.http.post(f"{address}/{path}", auth=stages.key, **body)
        assert (again.status_code, again.json()["code"]) == (409, "staged-import-over")


async def test_one_operation_at_a_time_works_on_a_staged_import(stages: Stages) -> None:
    answer = await stages.upload(objects_csv(2))
    address = answer.json()["subject"]
    for path in ("previews", "cancellation"):
        again = await stages.given.http.post(f"{address}/{path}", auth=stages.key)
        assert (again.status_code, again.json()["code"]) == (409, "operation-under-way")


async def test_a_repeated_upload_is_one_upload(stages: Stages, superuser: AsyncEngine) -> None:
    sent = {"headers": {"Idempotency-Key": "upload-once-1"}}
    params = {
        "department": DEPARTMENT,
        "kind": "objects",
        "source": "登记注册库",
        "data_date": "2026-02-26",
    }
    answers = [
        await stages.given.upload(
            "/v1/registry/staged-imports", stages.key, objects_csv(1), **sent, **params
        )
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert (await counts(superuser))["openlot.staged_import"] == 1


async def test_who_may_not_write_the_rows_may_not_stage_them(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    clerk = Stages(given, await given.key("imports:write", "imports:read", "objects:write"))
    assert (await clerk.upload(objects_csv(1))).status_code == 202
    refused = await clerk.upload(classes_csv(1), kind="credit-classes")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    elsewhere = await clerk.upload(objects_csv(1), department=OTHER_DEPARTMENT)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "department-not-visible")


async def test_other_departments_see_nothing_of_it(stages: Stages, given: Given) -> None:
    address = await stages.staged(objects_csv(1))
    other = await given.key(department=OTHER_DEPARTMENT)
    for path in (address, f"{address}/faults"):
        answer = await given.http.get(path, auth=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "staged-import-not-found")


async def test_classes_go_through_the_same_stages(stages: Stages) -> None:
    await stages.given.objects(stages.key, objects_csv(3))
    first = await stages.merged(classes_csv(3, "A"), kind="credit-classes", data_date="2026-01-01")
    assert (first["added"], first["data_date"]) == (3, "2026-01-01")
    csv = classes_csv(3, "A").replace(f"{object_code(2)},A", f"{object_code(2)},D")
    address = await stages.staged(csv, kind="credit-classes", data_date="2026-02-01")
    preview = (await stages.read(address))["preview"]
    assert (preview["counts"]["changed"], preview["counts"]["unchanged"]) == (1, 2)
    assert preview["changed"] == [
        {
            "key": object_code(2),
            "fields": [{"name": "credit_class", "before": "A", "after": "D"}],
        }
    ]
    await stages.ended(await stages.confirm(address))
    assert await credit_class(stages, 2) == "D"


async def credit_class(stages: Stages, number: int) -> Any:
    path = f"/v1/registry/inspected-objects/{object_code(number)}/credit-class"
    return (await stages.read(f"{path}?department={DEPARTMENT}"))["credit_class"]


async def test_classes_of_unknown_objects_are_faults_that_can_be_read(stages: Stages) -> None:
    await stages.given.objects(stages.key, objects_csv(1))
    address = await stages.staged(classes_csv(2, "A"), kind="credit-classes")
    page = await stages.read(f"{address}/faults")
    assert [(f["code"], f["row"], f["value"]) for f in page["items"]] == [
        ("object-unknown", 3, object_code(2))
    ]


async def test_there_is_no_full_feed_of_classes(stages: Stages) -> None:
    answer = await stages.upload(classes_csv(1), kind="credit-classes", mode="full")
    assert (answer.status_code, answer.json()["code"]) == (422, "full-feed-unfit")


async def test_staged_imports_and_imports_are_listed(stages: Stages) -> None:
    merged = await stages.merged(objects_csv(2))
    waiting = await stages.staged(objects_csv(3))
    listed = await stages.read(f"/v1/registry/staged-imports?department={DEPARTMENT}")
    assert {one["id"]: one["state"] for one in listed["items"]} == {
        merged["id"]: "merged",
        waiting.rpartition("/")[2]: "previewed",
    }
    imports = await stages.read(f"/v1/registry/imports?department={DEPARTMENT}")
    assert imports["items"][-1] == merged


OFFICERS = (
    "staff_no,name,certificate_no,certificate_valid_to,item_codes,phone\n"
    "A-1,王一,YB-1,2030-03-01,SC-01,13800000001\n"
    "A-2,王二,YB-2,2030-03-01,SC-01;SC-02,13800000002\n"
)


async def test_officers_go_through_the_same_stages(stages: Stages, superuser: AsyncEngine) -> None:
    of = {"kind": "inspectors"}
    first = await stages.merged(OFFICERS, **of)
    assert (first["kind"], first["added"]) == ("inspectors", 2)
    changed = OFFICERS.replace("13800000001", "13900000001").replace(
        "A-2,王二,YB-2", "A-3,王三,YB-3"
    )
    address = await stages.staged(changed, **of, mode="full")
    preview = (await stages.read(address))["preview"]
    assert (preview["counts"]["added"], preview["counts"]["vanished"]) == (1, 1)
    assert preview["changed"] == [
        {"key": "A-1", "fields": [{"name": "phone", "before": "***", "after": "***"}]}
    ]
    assert "1380000" not in str(preview["vanished"])
    found = await stages.ended(await stages.confirm(address))
    present = "SELECT staff_no, status, phone FROM openlot.inspector ORDER BY 1"
    assert [tuple(one) for one in await rows(superuser, present)] == [
        ("A-1", "active", "13900000001"),
        ("A-2", "inactive", "13800000002"),
        ("A-3", "active", "13800000002"),
    ]
    await stages.ended(await stages.undone(found["id"]))
    assert [tuple(one)[1:] for one in await rows(superuser, present)] == [
        ("active", "13800000001"),
        ("active", "13800000002"),
        ("inactive", "13800000002"),
    ]
