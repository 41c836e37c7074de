"""A file with one fault changes nothing, and every fault says row, column and reason."""

import re

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.factories import REGION, Given, Key, object_code
from tests.watching import counts

HEADER = "uscc,name,object_class,region_code,industry_code,established,status\n"
CODE = object_code(1)
Found = list[tuple[str, int, str | None]]


@pytest.fixture(scope="module")
async def key(standing: Given) -> Key:
    key = await standing.admin()
    await standing.departments(key)
    await standing.code_tables(key)
    await standing.objects(key)
    return key


def row(**values: str) -> str:
    fields = {
        "uscc": CODE,
        "name": "第1号商店",
        "object_class": "企业",
        "region_code": REGION,
        "industry_code": "52",
        "established": "2020-01-02",
        "status": "存续",
    } | values
    return ",".join(fields.values()) + "\n"


async def send(
    standing: Given, key: Key, content: str | bytes, language: str = ""
) -> httpx.Response:
    headers = {"Accept-Language": language} if language else {}
    return await standing.upload_objects(key, content, headers=headers)


async def faults(
    standing: Given, key: Key, content: str | bytes, superuser: AsyncEngine
) -> list[dict[str, object]]:
    """What is wrong with a file, after proof that nothing of it was imported."""
    before = await counts(superuser)
    answer = await send(standing, key, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused"), answer.text
    assert await counts(superuser) == before
    found: list[dict[str, object]] = answer.json()["errors"]
    assert answer.json()["error_count"] == len(found)
    return found


def placed(found: list[dict[str, object]]) -> Found:
    return [(f["code"], f["row"], f["column"]) for f in found]


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"uscc": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "code-check-digit", "uscc"),
        ({"uscc": CODE[:9] + CODE[10] + CODE[9] + CODE[11:]}, "code-check-digit", "uscc"),
        ({"uscc": CODE.lower()}, "code-lower-case", "uscc"),
        ({"uscc": "９" + CODE[1:]}, "code-full-width", "uscc"),
        ({"uscc": CODE.replace("0", "O")}, "code-letter", "uscc"),
        ({"uscc": CODE[:8] + " " + CODE[9:]}, "code-malformed", "uscc"),
        ({"uscc": "610403100001234"}, "code-old-number", "uscc"),
        ({"uscc": CODE[:4] + "A" + CODE[5:]}, "code-malformed", "uscc"),
        ({"uscc": ""}, "code-missing", "uscc"),
        ({"region_code": "999999"}, "region-unknown", "region_code"),
        ({"region_code": ""}, "region-missing", "region_code"),
        ({"industry_code": "99"}, "industry-unknown", "industry_code"),
        ({"established": "2020-02-30"}, "date-malformed", "established"),
        ({"established": "2020/01/02"}, "date-malformed", "established"),
        ({"established": "20200102"}, "date-malformed", "established"),
        ({"established": "2020-W01-1"}, "date-malformed", "established"),
        ({"object_class": "机构"}, "value-unknown", "object_class"),
        ({"status": "不明"}, "value-unknown", "status"),
        ({"name": ""}, "name-missing", "name"),
        ({"name": "　"}, "name-missing", "name"),
        ({"name": "店" * 201}, "name-malformed", "name"),
        ({"name": '"第一\n号"'}, "name-malformed", "name"),
    ],
)
async def test_a_wrong_value_is_named_by_row_and_column(
    standing: Given,
    key: Key,
    superuser: AsyncEngine,
    changes: dict[str, str],
    code: str,
    column: str,
) -> None:
    content = HEADER + row(uscc=object_code(2)) + row(**changes)
    found = await faults(standing, key, content, superuser)
    assert placed(found) == [(code, 3, column)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ("file-empty", 1, None)),
        (HEADER, ("file-empty", 1, None)),
        (HEADER.replace("name,", "") + row(), ("column-missing", 1, None)),
        (HEADER.replace("status", "name") + row(), ("column-twice", 1, None)),
        (HEADER + row() + "a,b\n", ("field-count", 3, None)),
        (HEADER + row()[:-1] + ",一,二\n", ("field-count", 2, None)),
        (HEADER + row() + row(uscc=object_code(2), name='"开'), ("csv-malformed", 3, None)),
        (HEADER + row(name='"开"店'), ("csv-malformed", 2, None)),
        (HEADER + row() + row(name="开\x00店"), ("character-nul", 3, None)),
        ((HEADER + row()).encode("utf-16"), ("encoding-utf16", 1, None)),
        ((HEADER + row()).encode()[: len(HEADER) + 21], ("field-count", 2, None)),
    ],
)
async def test_a_wrong_file_is_named_by_row(
    standing: Given,
    key: Key,
    superuser: AsyncEngine,
    content: str | bytes,
    expected: tuple[str, int, None],
) -> None:
    assert placed(await faults(standing, key, content, superuser)) == [expected]


async def test_a_code_that_stands_twice_is_refused(
    standing: Given, key: Key, superuser: AsyncEngine
) -> None:
    content = HEADER + row() + row(uscc=object_code(2)) + row(name="另一家")
    found = await faults(standing, key, content, superuser)
    assert placed(found) == [("code-duplicate", 4, "uscc")]


async def test_every_fault_is_told_at_once_in_both_languages(
    standing: Given, key: Key, superuser: AsyncEngine
) -> None:
    content = HEADER + row(uscc="x", name="", region_code="1") + "a\n" + row(established="1")
    found = await faults(standing, key, content, superuser)
    assert placed(found) == [
        ("code-length", 2, "uscc"),
        ("name-missing", 2, "name"),
        ("region-malformed", 2, "region_code"),
        ("field-count", 3, None),
        ("date-malformed", 4, "established"),
    ]
    for fault in found:
        assert re.search("[\u4e00-\u9fff]", fault["texts"]["zh-CN"])
        assert not re.search("[\u4e00-\u9fff]", fault["texts"]["en"])


async def test_the_first_thousand_faults_are_listed_and_all_are_counted(
    standing: Given, key: Key
) -> None:
    answer = (await send(standing, key, HEADER + row(region_code="1") * 1200)).json()
    assert (len(answer["errors"]), answer["error_count"]) == (1000, 1200 + 1199)
    assert "2399" in answer["detail"]
    assert answer["errors"][-1]["row"] == 502


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("fr", "zh-CN"),
        ("en", "en"),
        ("en-GB, zh;q=0.9", "en"),
        ("en;q=0.3,zh;q=0.9", "zh-CN"),
        ("en; q=0.3, zh; q=0.9", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=x", "zh-CN"),
    ],
)
async def test_the_client_chooses_the_language_of_the_explanation(
    standing: Given, key: Key, asked: str, language: str
) -> None:
    answer = await send(standing, key, HEADER, asked)
    problem = answer.json()
    assert answer.headers["content-language"] == language
    assert problem["detail"] == problem["texts"][language]
    assert problem["texts"]["zh-CN"] == "文件有 1 处错误，未导入任何内容。"
    assert problem["texts"]["en"] == "The file has 1 fault(s); nothing was imported."


async def test_a_file_of_another_type_is_refused(standing: Given, key: Key) -> None:
    answer = await standing.upload_objects(
        key, HEADER + row(), headers={"Content-Type": "text/html"}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "wrong-content-type")


async def test_a_department_must_be_registered(standing: Given, key: Key) -> None:
    answer = await standing.upload_objects(key, HEADER + row(), department="619999-SCJG")
    assert (answer.status_code, answer.json()["code"]) == (404, "department-not-found")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (f"{CODE},E\n", ("value-unknown", 2, "credit_class")),
        (f"{CODE},\n", ("value-unknown", 2, "credit_class")),
        (f"{CODE},A\n{CODE},B\n", ("code-duplicate", 3, "uscc")),
        (f"{CODE},A\n{object_code(999)},B\n", ("object-unknown", 3, "uscc")),
    ],
)
async def test_a_wrong_class_is_named_by_row_and_column(
    standing: Given,
    key: Key,
    superuser: AsyncEngine,
    rows: str,
    expected: tuple[str, int, str],
) -> None:
    before = await counts(superuser)
    answer = await standing.upload_classes(key, "uscc,credit_class\n" + rows)
    assert (answer.status_code, placed(answer.json()["errors"])) == (422, [expected])
    assert await counts(superuser) == before


@pytest.mark.parametrize(
    ("table", "rows", "expected"),
    [
        ("division", "61040,杨陵,杨陵,county,current,1982\n", ("code-malformed", 2, "code")),
        (
            "division",
            "610403,杨陵,杨陵,county,current,1982\n" * 2,
            ("code-duplicate", 3, "code"),
        ),
        ("industry", "Z,未知,section,,Z\n", ("code-malformed", 2, "code")),
        ("industry", "52,零售业,division,F,F\n" * 2, ("code-duplicate", 3, "code")),
    ],
)
async def test_a_wrong_code_table_is_refused(
    standing: Given, key: Key, table: str, rows: str, expected: tuple[str, int, str]
) -> None:
    headers = {
        "division": "code,name,full_name,level,status,valid_from\n",
        "industry": "code,name,level,parent_code,section_code\n",
    }
    answer = await standing.upload(
        f"/v1/registry/{table}-imports", key, headers[table] + rows, source="test"
    )
    assert (answer.status_code, placed(answer.json()["errors"])) == (422, [expected])
