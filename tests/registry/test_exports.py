"""What is exported is the directory, and imported again it changes nothing."""

import io

import httpx
import openpyxl
import pytest

from tests.factories import DEPARTMENT, Given, Key, object_code, objects_csv
from tests.registry.item_lists import detailed_item
from tests.registry.staged import Stages

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"xlsx": XLSX, "csv": "text/csv", "ndjson": "application/x-ndjson"}
OF_DEPARTMENT = {"department": DEPARTMENT}
PATHS = {
    "object-exports": "objects:read",
    "inspector-exports": "inspectors:read",
    "inspection-item-exports": "items:read",
    "object-tag-exports": "objects:read",
    "special-entry-exports": "objects:read",
}


@pytest.fixture
async def key(given: Given) -> Key:
    key = await given.admin()
    await given.departments(key)
    await given.code_tables(key)
    return key


async def exported(http: httpx.AsyncClient, key: Key, path: str, form: str = "xlsx") -> bytes:
    answer = await http.get(
        f"/v1/registry/{path}", auth=key, params=OF_DEPARTMENT | {"format": form}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(TYPES[form])
    assert f".{form}" in answer.headers["content-disposition"]
    assert len(answer.content) == int(answer.headers["content-length"])
    return answer.content


def table(data: bytes) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    names, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


async def test_objects_are_shown_in_chinese_by_code(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    await given.objects(key, objects_csv(3))
    await given.objects(key, objects_csv(1, status="注销"))
    found = table(await exported(http, key, "object-exports"))
    assert [one["统一社会信用代码"] for one in found] == sorted(object_code(n) for n in (1, 2, 3))
    changed = next(one for one in found if one["统一社会信用代码"] == object_code(1))
    assert (changed["检查对象类型"], changed["登记状态"]) == ("企业", "注销")
    assert changed["成立日期"] == "2020-01-02"


@pytest.mark.parametrize("form", ["xlsx", "csv", "ndjson"])
async def test_objects_imported_again_change_nothing(
    http: httpx.AsyncClient, given: Given, key: Key, form: str
) -> None:
    content = objects_csv(40).replace("第1号商店", "=1+1店").replace("第2号商店", "@店")
    await given.objects(key, content)
    data = await exported(http, key, "object-exports", form)
    answer = await given.upload_objects(key, data)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["rows"], told["unchanged"]) == (40, 40)


async def test_an_empty_directory_is_a_header(http: httpx.AsyncClient, key: Key) -> None:
    for path in PATHS:
        assert table(await exported(http, key, path)) == []
        csv = await exported(http, key, path, "csv")
        assert csv.startswith(b"\xef\xbb\xbf")
        assert csv.count(b"\n") == 1
        assert await exported(http, key, path, "ndjson") == b""


async def test_inspectors_have_their_phones_masked(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    csv = (
        "staff_no,name,certificate_no,certificate_valid_to,item_codes,phone,teams\n"
        "S-1,张三,Z-1;Z-2,2030-01-01;2031-01-01,A;B,13900001234,一组\n"
    )
    path = "/v1/registry/inspector-imports"
    answer = await given.upload(path, key, csv, department=DEPARTMENT, source="人事库")
    assert answer.status_code == 201, answer.text
    (found,) = table(await exported(http, key, "inspector-exports"))
    assert (found["联系电话"], found["执法证号"]) == ("139****1234", "Z-1;Z-2")
    assert (found["状态"], found["人员类别"]) == ("有效", "执法人员")
    again = await exported(http, key, "inspector-exports", "csv")
    answer = await given.upload(path, key, again, department=DEPARTMENT, source="人事库")
    if answer.status_code == 201:
        assert answer.json()["unchanged"] == 1


async def test_items_have_a_row_for_each_sub_item(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    item = {name: value for name, value in detailed_item().items() if name != "standard_of"}
    answer = await given.upload_items(key, [item])
    assert answer.status_code == 201, answer.text
    found = table(await exported(http, key, "inspection-item-exports"))
    assert len(found) == max(1, len(item["sub_items"]))
    assert {one["抽查事项名称"] or item["name"] for one in found} == {item["name"]}


async def test_a_text_beyond_a_cell_is_exported_whole_or_not_at_all(
    http: httpx.AsyncClient, given: Given, key: Key
) -> None:
    lines = ["\U00020bb7" * 300] * 100
    long = {
        "code": "SC-02",
        "name": "长文本",
        "sub_items": [{"no": 1, "name": "甲", "lines": lines}],
    }
    answer = await given.upload_items(key, [{"code": "SC-01", "name": "短文本"}, long])
    assert answer.status_code == 201, answer.text
    path = "/v1/registry/inspection-item-exports"
    answer = await http.get(path, auth=key, params=OF_DEPARTMENT)
    assert (answer.status_code, answer.json()["code"]) == (422, "export-cell-too-long")
    texts = answer.json()["texts"]
    assert "第 3 行（SC-02）“检查内容”列有 60099 个字符" in texts["zh-CN"]
    assert "Row 3 (SC-02)" in texts["en"]
    (fault,) = answer.json()["errors"]
    assert (fault["row"], fault["column"], fault["value"]) == (3, "lines", "SC-02")
    stages = Stages(given, key, {"kind": "items"})
    for form in ("csv", "ndjson"):
        data = await exported(http, key, "inspection-item-exports", form)
        preview = (await stages.read(await stages.staged(data)))["preview"]
        assert (preview["counts"]["rows"], preview["counts"]["unchanged"]) == (2, 2), form


@pytest.mark.parametrize(("path", "permission"), PATHS.items())
async def test_only_who_may_read_the_directory_exports_it(
    http: httpx.AsyncClient, given: Given, key: Key, path: str, permission: str
) -> None:
    others = await given.key("plans:read")
    answer = await http.get(f"/v1/registry/{path}", auth=others, params=OF_DEPARTMENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission-missing")
    assert permission in answer.json()["detail"]
    await given.departments(key, "610404-SCJG")
    elsewhere = await given.key(permission, department="610404-SCJG")
    answer = await http.get(f"/v1/registry/{path}", auth=elsewhere, params=OF_DEPARTMENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "department-not-visible")


@pytest.mark.parametrize("kind", ["objects", "inspectors", "items", "credit-classes"])
async def test_templates_are_handed_out(http: httpx.AsyncClient, key: Key, kind: str) -> None:
    answer = await http.get(f"/v1/registry/file-templates/{kind}", auth=key)
    assert answer.status_code == 200, answer.text
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert made.sheetnames == ["数据", "填写说明"]
    answer = await http.get("/v1/registry/file-templates/nothing", auth=key)
    assert answer.status_code == 422
