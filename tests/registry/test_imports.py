"""What a good file does: new rows, new versions of changed rows, and nothing for the rest."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import (
    DEPARTMENT,
    DIVISIONS,
    INDUSTRIES,
    REGION,
    Given,
    Key,
    classes_csv,
    object_code,
    objects_csv,
)
from tests.watching import counts, rows

OBJECT = f"/v1/registry/inspected-objects/{object_code(1)}"
OF_DEPARTMENT = {"department": DEPARTMENT}
REAL_HEADER = (
    "uscc,name,object_class,ent_type,ent_type_basis,region_code,region_name,region_basis,"
    "industry_code,industry_name,industry_basis,established,status,reg_authority,"
    "jurisdiction_unit,source\n"
)
REAL_ROW = (
    f"{object_code(1)},杨陵第一商店,外企代表机构,外国（地区）企业常驻代表机构,given,610403,杨陵区,"
    "address,,,,2002-07-22,吊销,杨陵区市场监督管理局,西街所,reg1978_2019\n"
)


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return key


async def read(http: httpx.AsyncClient, key: Key) -> dict[str, object]:
    answer = await http.get(OBJECT, auth=key, params=OF_DEPARTMENT)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def listed(http: httpx.AsyncClient, key: Key, **params: str) -> list[dict[str, object]]:
    answer = await http.get(
        "/v1/registry/inspected-objects", auth=key, params=OF_DEPARTMENT | params
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def tallied(answer: httpx.Response) -> tuple[int, int, int, int]:
    """All, added, changed and unchanged rows."""
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return body["rows"], body["added"], body["changed"], body["unchanged"]


async def test_a_good_file_becomes_the_directory(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    answer = await given.upload_objects(key)
    assert tallied(answer) == (40, 40, 0, 0)
    assert await read(http, key) == {
        "department_code": DEPARTMENT,
        "code": object_code(1),
        "name": "第1号商店",
        "kind": "enterprise",
        "ent_type": None,
        "region_code": REGION,
        "industry_code": "52",
        "established_on": "2020-01-02",
        "status": "active",
        "reg_authority": None,
        "jurisdiction_unit": None,
        "source": "登记注册库",
        "listed": True,
        "version": 1,
    }
    recorded = await rows(
        superuser,
        "SELECT payload FROM openlot.event WHERE subject = :subject",
        subject=f"registry-import/{answer.json()['id']}",
    )
    assert recorded[0].payload["file_sha256"] == answer.json()["file_sha256"]


async def test_the_columns_of_a_real_extract_are_read_and_further_ones_ignored(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    content = REAL_HEADER[:-1] + ",备注\n" + REAL_ROW[:-1] + ',"一,二"\n'
    assert tallied(await given.upload_objects(key, content)) == (1, 1, 0, 0)
    found = await read(http, key)
    assert (found["kind"], found["status"], found["industry_code"]) == (
        "foreign_office",
        "revoked",
        None,
    )
    assert (found["ent_type"], found["source"]) == ("外国（地区）企业常驻代表机构", "reg1978_2019")
    assert (found["reg_authority"], found["jurisdiction_unit"]) == (
        "杨陵区市场监督管理局",
        "西街所",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace(",", " , "),
        lambda text: text.rstrip("\n"),
    ],
    ids=["bom", "crlf", "blank-lines", "spaces", "no-last-newline"],
)
async def test_the_form_of_the_file_does_not_matter(given: Given, key: Key, change: object) -> None:
    await given.objects(key)
    assert callable(change)
    answer = await given.upload_objects(key, change(objects_csv()))
    assert tallied(answer) == (40, 0, 0, 40)


async def test_the_same_file_again_changes_nothing_but_is_recorded(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    await given.objects(key)
    before = await counts(superuser)
    assert tallied(await given.upload_objects(key)) == (40, 0, 0, 40)
    after = await counts(superuser)
    grown = {table for table in after if after[table] != before[table]}
    assert not {table for table in grown if "inspected_object" in table}
    assert after["openlot.event"] == before["openlot.event"] + 1


async def test_changed_rows_become_new_versions_and_the_old_ones_stay(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    await given.objects(key, objects_csv(3))
    changed = objects_csv(4).replace("第1号商店", "第一号商店")
    assert tallied(await given.upload_objects(key, changed)) == (4, 1, 1, 2)
    present = await read(http, key)
    assert (present["name"], present["version"]) == ("第一号商店", 2)
    versions = await rows(
        superuser,
        "SELECT version, name FROM openlot.inspected_object_version WHERE code = :code ORDER BY 1",
        code=object_code(1),
    )
    assert [tuple(version) for version in versions] == [(1, "第1号商店")], "the former state"


async def test_objects_that_a_file_leaves_out_stay(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(3))
    await given.objects(key, objects_csv(1, status="注销"))
    status = {one["code"]: one["status"] for one in await listed(http, key)}
    assert status == {
        object_code(1): "deregistered",
        object_code(2): "active",
        object_code(3): "active",
    }


async def test_a_region_includes_what_lies_below_it(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(2))
    await given.objects(key, objects_csv(1, region="610404"))
    assert [
        len(await listed(http, key, region=region))
        for region in ("610000", "610400", "610403", "610404", "620000")
    ] == [3, 3, 2, 1, 0]


async def test_without_code_tables_nothing_can_be_checked(given: Given) -> None:
    key = await given.admin()
    await given.departments(key)
    for name, csv in (("division", DIVISIONS), ("industry", INDUSTRIES)):
        answer = await given.upload_objects(key)
        assert (answer.status_code, answer.json()["code"]) == (409, "code-table-empty")
        await given.upload(f"/v1/registry/{name}-imports", key, csv, source="test")
    assert tallied(await given.upload_objects(key)) == (40, 40, 0, 0)


async def test_a_code_table_replaces_what_it_names_and_keeps_the_rest(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    csv = "code,name,level,parent_code,section_code\n52,零售,division,F,F\n"
    answer = await given.upload("/v1/registry/industry-imports", key, csv, source="test")
    assert answer.status_code == 201, answer.text
    found = await rows(superuser, "SELECT name FROM openlot.industry WHERE code IN ('51', '52')")
    assert {one.name for one in found} == {"批发业", "零售"}


async def test_the_class_in_force_is_the_latest_by_day_and_then_by_import(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(2))

    async def present() -> tuple[int, str | None]:
        answer = await http.get(f"{OBJECT}/credit-class", auth=key, params=OF_DEPARTMENT)
        return answer.status_code, answer.json()["credit_class"] if answer.content else None

    assert await present() == (204, None)
    for valid_from, given_class, expected in (
        ("2026-02-01", "A", "A"),
        ("2026-02-01", "B", "B"),
        ("2026-01-01", "C", "B"),
        ("2999-01-01", "D", "B"),
    ):
        await given.classes(key, classes_csv(2, given_class), valid_from)
        assert await present() == (200, expected)


async def test_only_changed_items_become_new_versions(
    http: httpx.AsyncClient, given: Given, key: Key, superuser: AsyncEngine
) -> None:
    items = [
        {"code": "SC-01", "name": "登记事项检查", "ratio_text": "根据实际情况确定"},
        {"code": "SC-02", "name": "公示信息检查", "sub_items": [{"no": 1, "name": "年报"}]},
    ]
    assert tallied(await given.upload_items(key, items)) == (2, 2, 0, 0)
    items[0]["ratio_text"] = "3%"
    assert tallied(await given.upload_items(key, items)) == (2, 0, 1, 1)
    answer = await http.get("/v1/registry/inspection-items", auth=key, params=OF_DEPARTMENT)
    assert [(i["code"], i["version"], i["ratio_text"]) for i in answer.json()["items"]] == [
        ("SC-01", 2, "3%"),
        ("SC-02", 1, ""),
    ]
    kept = await rows(
        superuser,
        "SELECT ratio_text FROM openlot.inspection_item WHERE code = 'SC-01' ORDER BY version",
    )
    assert [one.ratio_text for one in kept] == ["根据实际情况确定", "3%"]


async def test_an_item_that_stands_twice_is_refused_by_its_place(
    given: Given, key: Key, superuser: AsyncEngine
) -> None:
    before = await counts(superuser)
    answer = await given.upload_items(key, [{"code": "SC-01", "name": "检查"}] * 2)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    found = [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]]
    assert found == [("code-duplicate", "/items/1/code")]
    assert await counts(superuser) == before


async def test_a_parent_department_stands_before_its_children(
    http: httpx.AsyncClient, given: Given, superuser: AsyncEngine
) -> None:
    key = await given.admin()
    child = {"code": "610403-SCJG-01", "name": "西街所", "parent": "610403-SCJG"}
    parent = {"code": "610403-SCJG", "name": "杨陵区市场监督管理局"}
    path = "/v1/registry/department-imports"
    before = await counts(superuser)
    answer = await http.post(path, auth=key, json={"departments": [child, parent]})
    assert (answer.status_code, answer.json()["code"]) == (409, "parent-department-missing")
    assert await counts(superuser) == before
    await given.post(path, key, json={"departments": [parent, child]})
    found = await http.get("/v1/registry/departments/610403-SCJG-01", auth=key)
    assert found.json()["parent_code"] == "610403-SCJG"


async def test_a_department_can_be_renamed(http: httpx.AsyncClient, given: Given) -> None:
    key = await given.admin()
    await given.departments(key)
    renamed = {"departments": [{"code": DEPARTMENT, "name": "新名称"}]}
    await given.post("/v1/registry/department-imports", key, json=renamed)
    found = await http.get(f"/v1/registry/departments/{DEPARTMENT}", auth=key)
    assert found.json()["name"] == "新名称"
    missing = await http.get("/v1/registry/departments/610403-XXX", auth=key)
    assert (missing.status_code, missing.json()["code"]) == (404, "department-not-found")


async def test_two_directories_may_hold_the_same_object(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.departments(key, "610404-SCJG")
    await given.objects(key, objects_csv(2))
    other = await given.upload_objects(key, objects_csv(2), department="610404-SCJG")
    assert tallied(other) == (2, 2, 0, 0)
    assert len(await listed(http, key)) == 2
