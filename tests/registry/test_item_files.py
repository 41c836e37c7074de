"""Files of inspection items: what goes out comes back, and what is wrong is named by its cell."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from app.registry.files.items import ITEM_HEADERS, items_of, rows_of
from app.registry.schemas import InspectionItemWrite
from app.registry.service.items import facts_of
from tests.registry.item_lists import REAL, detailed_item, real_items, real_rows

Row = Mapping[str, str]


def made(**changes: Any) -> InspectionItemWrite:
    return InspectionItemWrite.model_validate({**detailed_item(), **changes})


def stored(item: InspectionItemWrite) -> InspectionItemWrite:
    """The item as it comes back from the list: with what was read from its texts."""
    facts = {**facts_of(item), "code": item.code}
    return InspectionItemWrite.model_validate(facts)


def read(rows: list[Row]) -> list[InspectionItemWrite]:
    found = items_of(enumerate(rows, start=2))
    assert found.faults == []
    return found.items


def faults(*rows: Row) -> list[tuple[str, int | None, str | None]]:
    found = items_of(enumerate(rows, start=2))
    assert found.items == []
    return [(fault.code, fault.row, fault.column) for fault in found.faults]


EDGES: list[dict[str, Any]] = [
    {},
    {"sub_items": []},
    {"sub_items": [], "standard_of": {"department_code": "610403-YJGL", "item_code": "YJ-01"}},
    {"basis": [], "method_codes": [], "caps": {}},
    {"basis": None, "method_codes": None, "caps": None},
    {"caps": {"max_ratio": "0.2"}},
    {"ratio_text": "不低于3%", "caps": {"min_ratio": "0.03", "max_ratio": "0.5"}},
    {"basis": [{"law": "甲法", "valid_to": "2026-01-01"}, {"law": "乙法", "article": "第一条"}]},
    {"duties": [{"kind": "functions", "title": "监督管理"}]},
    {"valid_from": None, "valid_to": None, "category": "general"},
    {"object_kinds": ["other", "cooperative", "foreign_office"]},
    {"legal_basis": "第一行\n第二行", "remark": "含“引号”、逗号, 和|竖线"},
    {"methods": [], "qualifications": []},
    {"method_codes": ["warning", "mobile", "remote", "network", "entrusted", "other_results"]},
]


@pytest.mark.parametrize("changes", EDGES)
def test_what_goes_out_comes_back(changes: dict[str, Any]) -> None:
    item = made(**changes)
    for written in (item, stored(item)):
        rows = list(rows_of([written]))
        assert len(rows) == max(1, len(item.sub_items))
        assert all(set(row) == set(ITEM_HEADERS) for row in rows)
        assert [facts_of(one) for one in read(rows)] == [facts_of(item)]


@pytest.mark.skipif(not REAL.is_dir(), reason="OPENLOT_DATA names no folder")
def test_every_real_item_goes_out_and_comes_back_in_any_order_of_items() -> None:
    items = [InspectionItemWrite.model_validate(item) for item in real_items()]
    written = [stored(item) for item in items]
    rows = list(rows_of(written))
    assert len(rows) == len(real_rows()) == 148
    assert [facts_of(item) for item in read(rows)] == [facts_of(item) for item in written]
    groups = [list(rows_of([item])) for item in written]
    random.Random(7).shuffle(groups)
    found = {item.code: facts_of(item) for item in read([row for g in groups for row in g])}
    assert found == {item.code: facts_of(item) for item in items}


@pytest.mark.skipif(not REAL.is_dir(), reason="OPENLOT_DATA names no folder")
def test_an_edited_cell_changes_its_item_alone() -> None:
    written = [stored(InspectionItemWrite.model_validate(item)) for item in real_items()]
    rows = [dict(row) for row in rows_of(written)]
    rows[77]["sub_name"] += "（改）"
    pairs = zip(written, read(rows), strict=True)
    changed = [old.code for old, new in pairs if facts_of(old) != facts_of(new)]
    assert changed == [rows[77]["code"]]


def test_cells_that_were_merged_are_those_of_the_row_above() -> None:
    rows = [dict(row) for row in rows_of([made(), made(code="SC-02")])]
    own = {"sub_no", "sub_name", "lines"}
    merged = [rows[0], {c: v if c in own else "" for c, v in rows[1].items()}, *rows[2:]]
    assert read(merged) == [made(), made(code="SC-02")]


def test_a_plain_table_with_few_columns_is_enough() -> None:
    rows = [
        {"code": "SC-01", "name": "登记事项检查", "sub_name": "住所", "ratio_text": "不超过5%"},
        {"code": "SC-01", "name": "登记事项检查", "sub_name": "经营范围", "category": "一般"},
        {"code": "SC-02", "name": "价格检查", "category": "重点检查事项"},
    ]
    rows[0]["category"] = "一般"
    first, second = read(rows)
    assert [(one.no, one.name) for one in first.sub_items] == [(1, "住所"), (2, "经营范围")]
    assert (first.category, second.category) == ("general", "key")
    assert facts_of(first)["caps"]["max_ratio"] == "0.05"


ROW = {"code": "SC-01", "name": "检查"}


@pytest.mark.parametrize(
    ("rows", "code", "row", "column"),
    [
        ([{"code": "", "name": "检查"}], "code-missing", 2, "code"),
        ([{**ROW, "code": "SC 01"}], "string-pattern-mismatch", 2, "code"),
        ([{**ROW, "name": ""}], "string-too-short", 2, "name"),
        ([{**ROW, "category": "特别"}], "enum", 2, "category"),
        ([{**ROW, "method_codes": "看一看"}], "enum", 2, "method_codes"),
        ([{**ROW, "object_kinds": "船"}], "enum", 2, "object_kinds"),
        ([{**ROW, "max_ratio": "20%"}], "string-pattern-mismatch", 2, "max_ratio"),
        ([{**ROW, "valid_from": "2026/1/1"}], "date-from-datetime-parsing", 2, "valid_from"),
        (
            [{**ROW, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}],
            "validity-reversed",
            2,
            "valid_to",
        ),
        ([{**ROW, "duties": "权责清单|1"}], "string-type", 2, "duties"),
        ([{**ROW, "basis": "法|条|||多"}], "string-pattern-mismatch", 2, "basis"),
        ([{**ROW, "basis": "法|条|昨天"}], "date-from-datetime-parsing", 2, "basis"),
        (
            [{**ROW, "sub_name": "甲"}, {**ROW, "sub_no": "x", "sub_name": "乙"}],
            "int-parsing",
            3,
            "sub_no",
        ),
        (
            [{**ROW, "sub_no": "1", "sub_name": "甲"}, {**ROW, "sub_no": "1", "sub_name": "乙"}],
            "sub-item-twice",
            2,
            "sub_name",
        ),
        ([{**ROW, "lines": "是否合格"}], "string-too-short", 2, "sub_name"),
        (
            [{**ROW, "sub_name": "甲"}, {**ROW, "name": "别的", "sub_name": "乙"}],
            "row-differs",
            3,
            "name",
        ),
        ([{**ROW, "standard_code": "YJ-01"}], "string-pattern-mismatch", 2, "standard_code"),
    ],
)
def test_what_is_wrong_is_named_by_its_cell(
    rows: list[Row], code: str, row: int, column: str
) -> None:
    assert faults(*rows) == [(code, row, column)]


def test_headers_are_chinese_and_each_names_one_column() -> None:
    names = [name for column, zh in ITEM_HEADERS.items() for name in (column, *zh)]
    assert len(names) == len(set(names))
