"""What a row of a file must be, cell by cell, in every format and with every header."""

import json
from dataclasses import fields

import pytest

from app.registry.files.inspectors import InspectorRow
from app.registry.files.kinds import FileKind, layout_of
from app.registry.files.object_rows import COPIED
from app.registry.files.offline import offline_tables
from app.registry.files.run import copy_columns
from app.registry.files.tables import CodeTables
from app.registry.files.values import (
    CREDIT_CLASSES,
    OBJECT_CLASSES,
    OBJECT_STATUSES,
    OWN_CODE_CLASSES,
)
from app.registry.models import FACTS, CreditClass, ObjectKind, ObjectStatus
from app.registry.models.objects import OWN_CODE_KINDS
from tests.registry.checked_files import HEADER, check, code, csv_of, placed, row


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"uscc": ""}, ("code-missing", "uscc")),
        ({"uscc": code(17).lower()}, ("code-lower-case", "uscc")),
        ({"name": ""}, ("name-missing", "name")),
        ({"name": "　"}, ("name-missing", "name")),
        ({"name": "店" * 201}, ("name-malformed", "name")),
        ({"name": "a\u202eb"}, ("name-malformed", "name")),
        ({"name": "a\u200bb"}, ("name-malformed", "name")),
        ({"name": "a\ue000b"}, ("name-malformed", "name")),
        ({"name": '"第一\n号"'}, ("name-malformed", "name")),
        ({"name": "#N/A"}, ("cell-error", "name")),
        ({"object_class": "机构"}, ("value-unknown", "object_class")),
        ({"region_code": ""}, ("region-missing", "region_code")),
        ({"region_code": "6104"}, ("region-malformed", "region_code")),
        ({"region_code": "６10403"}, ("region-malformed", "region_code")),
        ({"region_code": "999999"}, ("region-unknown", "region_code")),
        ({"region_code": "110103"}, ("region-retired", "region_code")),
        ({"industry_code": "53"}, ("industry-unknown", "industry_code")),
        ({"industry_code": "9999"}, ("industry-retired", "industry_code")),
        ({"industry_code": "零售"}, ("industry-malformed", "industry_code")),
        ({"established": "2020-02-30"}, ("date-malformed", "established")),
        ({"established": "2020/1/5"}, ("date-malformed", "established")),
        ({"established": "5/1/2020"}, ("date-malformed", "established")),
        ({"established": "2020-W01-1"}, ("date-malformed", "established")),
        ({"status": "不明"}, ("value-unknown", "status")),
        ({"uscc": "X-1", "object_class": "产品"}, None),
        ({"uscc": "X 1", "object_class": "项目"}, ("code-of-own-malformed", "uscc")),
        ({"uscc": "11010519491231002X", "object_class": "人员"}, ("national-id", "uscc")),
        ({"region_code": "110221"}, None),
        ({"name": "杨陵 Shop 1 \\ 店"}, None),
        ({"name": " 杨陵第一店 "}, None),
        ({"industry_code": "", "established": "", "status": ""}, None),
        ({"object_class": "enterprise", "status": "revoked"}, None),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(tmp_path, change, expected):
    told, faults = check(tmp_path, csv_of(row(1), row(2, **change), row(3)))
    assert placed(faults) == ([(expected[0], 3, expected[1])] if expected else [])
    assert (told.rows, told.valid) == (3, 2 if expected else 3)


@pytest.mark.parametrize(
    ("change", "proposed"),
    [
        ({"region_code": "110103"}, "610403陕西省咸阳市杨陵区"),
        ({"region_code": "130124"}, "610403陕西省咸阳市杨陵区、610404陕西省咸阳市渭城区"),
        ({"region_code": "130106"}, "行政区划代码已停用"),
        ({"established": "2020/1/5"}, "2020-01-05"),
        ({"established": "20200105"}, "2020-01-05"),
        ({"established": "2020年1月5日"}, "2020-01-05"),
        ({"uscc": code(17).lower()}, code(17)),
        ({"object_class": "机构"}, "外企代表机构"),
    ],
)
def test_what_is_meant_is_proposed_and_never_taken_in_silence(tmp_path, change, proposed):
    told, (fault,) = check(tmp_path, csv_of(row(1, **change)))
    assert proposed in fault["zh"]
    assert fault["en"].isascii()
    assert told.valid == 0


def test_an_id_number_is_not_repeated(tmp_path):
    _, (fault,) = check(tmp_path, csv_of(row(1, uscc="11010519491231002X")))
    assert fault["value"] == "110105************"


def test_all_faults_of_a_row_are_told_in_order_and_rows_keep_their_numbers(tmp_path):
    wrong = row(1, uscc="x", name="", region_code="1")
    data = csv_of(wrong, row(2)) + "\n" + csv_of(row(3, status="?"), ["a"]).split("\n", 1)[1]
    told, faults = check(tmp_path, data)
    assert placed(faults) == [
        ("code-length", 2, "uscc"),
        ("name-missing", 2, "name"),
        ("region-malformed", 2, "region_code"),
        ("value-unknown", 5, "status"),
        ("field-count", 6, None),
    ]
    assert (told.rows, told.valid) == (4, 1)


def test_a_code_that_stands_twice_names_the_first_row(tmp_path):
    rows = [row(1), row(2), row(1, name="另一家"), row(3, name=""), row(3), row(1, status="?")]
    told, faults = check(tmp_path, csv_of(*rows))
    assert placed(faults) == [
        ("code-duplicate", 4, "uscc"),
        ("name-missing", 5, "name"),
        ("code-duplicate", 6, "uscc"),
        ("value-unknown", 7, "status"),
        ("code-duplicate", 7, "uscc"),
    ]
    assert "第 2 行" in faults[0]["zh"]
    assert "第 5 行" in faults[2]["zh"]
    assert (told.rows, told.valid) == (6, 2)
    kept = (tmp_path / "rows").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in kept] == ["2", "3"]


def test_a_large_file_in_two_processes_says_the_same_as_one(tmp_path):
    many = [
        row(n, name=f"杨陵第{n}商店有限责任公司西农路分店" + "店" * 60) for n in range(1, 45_001)
    ]
    many[10], many[44_990] = row(11, name=""), row(44_991, region_code="999999")
    many[44_999] = row(1)
    plain, quoted = csv_of(*many), csv_of(*many).replace(code(20), f'"{code(20)}"')
    assert len(plain.encode()) > 10 << 20
    expected = [
        ("name-missing", 12, "name"),
        ("region-unknown", 44_992, "region_code"),
        ("code-duplicate", 45_001, "uscc"),
    ]
    kept = []
    for data in (plain, quoted):
        told, faults = check(tmp_path, data)
        assert (told.rows, told.valid, placed(faults)) == (45_000, 44_997, expected)
        kept.append((tmp_path / "rows").read_bytes())
    assert kept[0] == kept[1]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_header_says_the_delimiter_and_may_be_chinese(tmp_path, delimiter, end):
    layout = layout_of(FileKind.OBJECTS)
    header = tuple(f"*{layout.chinese(column)}（必填）" for column in HEADER)
    data = csv_of(row(1), row(2), header=header, delimiter=delimiter).replace("\n", end)
    told, faults = check(tmp_path, data)
    assert (told.delimiter, told.valid, faults) == (delimiter, 2, [])


def test_columns_in_any_order_and_further_ones_make_no_difference(tmp_path):
    order = [*reversed(range(len(HEADER)))]
    header = ("备注", *(HEADER[place] for place in order))
    told, faults = check(tmp_path, csv_of(["无", *(row(1)[p] for p in order)], header=header))
    assert (told.valid, faults) == (1, [])
    line = (tmp_path / "rows").read_text(encoding="utf-8").rstrip("\n").split("\t")
    assert dict(zip(COPIED, line, strict=True)) == {
        "row": "2",
        "code": code(1),
        "name": "杨陵第1商店",
        "kind": "enterprise",
        "ent_type": "\\N",
        "region_code": "610403",
        "industry_code": "52",
        "established_on": "2020-01-02",
        "status": "active",
        "reg_authority": "\\N",
        "jurisdiction_unit": "\\N",
        "source": "\\N",
    }


def test_ndjson_has_the_line_as_its_row(tmp_path):
    good = dict(zip(HEADER, row(1), strict=True))
    chinese = {"信用代码": code(2), "名称": "甲", "对象类型": "企业", "行政区划代码": 610403}
    lines = [good, chinese, good | {"uscc": 916104030000000012}, good | {"name": ["a", {}]}, [1]]
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    told, faults = check(tmp_path, data)
    assert (told.format, told.rows, told.valid) == ("ndjson", 5, 2)
    assert placed(faults) == [
        ("code-rounded", 3, "uscc"),
        ("value-kind", 4, "name"),
        ("code-duplicate", 4, "uscc"),
        ("json-malformed", 5, None),
    ]


def test_the_words_are_those_of_the_directory():
    assert ("row", "code", *FACTS) == COPIED
    assert set(OBJECT_CLASSES.values()) == {*ObjectKind}
    assert set(OBJECT_STATUSES.values()) == {*ObjectStatus}
    assert set(CREDIT_CLASSES.values()) == {*CreditClass}
    assert set(OWN_CODE_CLASSES) == set(OWN_CODE_KINDS)


def test_credit_classes_are_checked_by_code_and_class(tmp_path):
    data = f"信用代码,信用风险分类\n{code(1)},A\n{code(2)},E\n{code(1)},B\nx,C\n{code(3)}\n"
    told, faults = check(tmp_path, data, FileKind.CREDIT_CLASSES)
    assert placed(faults) == [
        ("value-unknown", 3, "credit_class"),
        ("code-duplicate", 4, "uscc"),
        ("code-length", 5, "uscc"),
        ("field-count", 6, None),
    ]
    assert (tmp_path / "rows").read_text(encoding="utf-8") == f"2\t{code(1)}\tA\n"
    assert (told.rows, told.valid) == (5, 1)
    assert copy_columns(FileKind.CREDIT_CLASSES) == ("row", "code", "credit_class")


def test_inspectors_keep_their_rows_in_every_format(tmp_path):
    header = "人员编号,姓名,执法证号,执法证有效期至,事项编码,固定小组\n"
    good = "S-1,张三,Z-1,2030-01-01,A;B,一组;二组\n"
    told, faults = check(tmp_path, header + "\n" + good, FileKind.INSPECTORS, department="D")
    assert (told.valid, faults) == (1, [])
    columns = copy_columns(FileKind.INSPECTORS)
    assert columns == tuple(one.name for one in fields(InspectorRow))
    line = (tmp_path / "rows").read_text(encoding="utf-8").rstrip("\n").split("\t")
    assert dict(zip(columns, line, strict=True))["teams"] in {'{"一组","二组"}', '{"二组","一组"}'}
    wrong = header + "\n" + good + "S 2,李四,Z-2,2030-01-01,A,\n" + "x\n"
    told, faults = check(tmp_path, wrong, FileKind.INSPECTORS, department="D")
    assert placed(faults) == [("code-malformed", 4, "staff_no"), ("field-count", 5, None)]
    assert told.valid == 0


def test_code_tables_may_come_as_workbooks_too(tmp_path):
    data = "代码,名称,级别,上级代码,门类代码\n52,零售业,division,F,F\n5x,?,division,F,F\n"
    _, faults = check(tmp_path, data, FileKind.INDUSTRIES)
    assert placed(faults) == [("code-malformed", 3, "code")]


def test_without_tables_codes_are_checked_by_what_the_package_knows(tmp_path):
    rows = [
        row(1),
        row(2, region_code="999999"),
        row(3, region_code="110103"),
        row(4, industry_code="97"),
        row(5, industry_code="98"),
        row(6, region_code="330113"),
    ]
    _, faults = check(tmp_path, csv_of(*rows), tables=offline_tables())
    assert placed(faults) == [
        ("region-unknown", 3, "region_code"),
        ("region-retired", 4, "region_code"),
        ("industry-unknown", 6, "industry_code"),
    ]
    told, faults = check(tmp_path, csv_of(*rows[:2], row(7, region_code="1")), tables=CodeTables())
    assert (told.valid, placed(faults)) == (2, [("region-malformed", 4, "region_code")])
