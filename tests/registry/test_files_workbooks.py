"""Workbooks in and out: cells become what a CSV would hold, text stays text."""

import csv
import io
import random
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from app.registry.errors import ExportCellTooLong
from app.registry.files.kinds import FileKind, layout_of
from app.registry.files.run import mark_file
from app.registry.files.writing import (
    TableBook,
    closed_values,
    csv_header,
    csv_rows,
    write_template,
)
from tests.registry.checked_files import HEADER, check, code, csv_of, placed, row
from tests.registry.hostile_files import book, ods, ods_row

HOSTILE = (
    '=HYPERLINK("http://a.example","x")',
    "+1+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "{=1}",
    "http://a.example/店",
    "mailto:a@b.example",
    "1.0",
    "007",
    "TRUE",
    "'甲",
    "'=甲",
    '"甲",乙',
    "#REF",
    "internal:Sheet1!A1",
)


def kept(folder) -> list[list[str]]:
    lines = (folder / "rows").read_text(encoding="utf-8").split("\n")[:-1]
    return [line.split("\t") for line in lines]


def objects(names: list[str]) -> list[dict[str, str | None]]:
    return [
        {
            "uscc": code(n),
            "name": name,
            "object_class": "企业",
            "region_code": "610403",
            "industry_code": "01",
            "established": "2020-01-02",
            "status": "注销",
            "source": name,
        }
        for n, name in enumerate(names, start=1)
    ]


def test_cells_are_read_as_text(tmp_path):
    days = [row(1, established=date(2020, 1, 2)), row(2, established=datetime(2020, 1, 2))]  # noqa: DTZ001 -- cells have no zone
    data = book(*days, row(3, region_code=610403, industry_code=52.0))
    told, faults = check(tmp_path, data)
    assert (told.format, told.encoding, told.rows, faults) == ("xlsx", "", 3, [])
    assert {one[7] for one in kept(tmp_path)} == {"2020-01-02"}
    assert [one[0] for one in kept(tmp_path)] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"uscc": 916104030000000012}, ("code-rounded", "uscc")),
        ({"uscc": 110105194912310}, ("code-old-number", "uscc")),
        ({"established": 43831}, ("date-malformed", "established")),
        ({"established": datetime(2020, 1, 2, 3, 4)}, ("date-malformed", "established")),  # noqa: DTZ001 -- cells have no zone
        ({"industry_code": 1}, ("industry-malformed", "industry_code")),
        ({"name": "=A1&A2"}, ("formula-without-value", "name")),
        ({"uscc": "=A1"}, ("formula-without-value", "uscc")),
        ({"name": "#REF!"}, ("cell-error", "name")),
        ({"name": True}, None),
    ],
)
def test_what_a_spreadsheet_does_to_values_is_named(tmp_path, change, expected):
    _, faults = check(tmp_path, book(row(1), row(2, **change)))
    assert placed(faults) == ([(expected[0], 3, expected[1])] if expected else [])


def test_a_serial_day_and_a_lost_zero_are_proposed(tmp_path):
    _, faults = check(tmp_path, book(row(1, established=43831, industry_code=1)))
    assert ["01" in faults[0]["zh"], "2020-01-01" in faults[1]["zh"]] == [True, True]


def test_the_table_may_begin_anywhere_in_a_sheet_but_in_a_later_row(tmp_path):
    made = openpyxl.Workbook()
    sheet = made.active
    for place, fields in enumerate((HEADER, row(1), row(2)), start=1):
        for column, value in enumerate(fields, start=3):
            sheet.cell(place, column, value)
    sheet.cell(3, 4).value = "=1"
    sheet.cell(900, 1).style = "Good"
    out = io.BytesIO()
    made.save(out)
    told, faults = check(tmp_path, out.getvalue())
    assert (told.rows, placed(faults)) == (2, [("formula-without-value", 3, "name")])


def test_one_sheet_has_the_header_and_hidden_ones_do_not_count(tmp_path):
    made = openpyxl.load_workbook(io.BytesIO(book(row(1))))
    for title in ("说明", "隐藏", "又一张"):
        made.create_sheet(title).append(["随便"] if title == "说明" else list(HEADER))
    made["隐藏"].sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    assert placed(check(tmp_path, out.getvalue())[1]) == [("sheets-several", 1, None)]
    made.remove(made["又一张"])
    out = io.BytesIO()
    made.save(out)
    assert check(tmp_path, out.getvalue())[0].valid == 1


def test_an_open_document_is_read(tmp_path):
    told, faults = check(tmp_path, ods(ods_row(HEADER) + ods_row(row(1)) + ods_row(row(2))))
    assert (told.format, told.valid, faults) == ("ods", 2, [])


def test_text_stays_text_in_both_formats(tmp_path):
    chance = random.Random(5)
    names = [*HOSTILE, *("".join(chance.choices("=+-@'\"店,;|", k=6)) + "店" for _ in range(500))]
    rows = objects(names)
    path = tmp_path / "written.xlsx"
    with TableBook(path, FileKind.OBJECTS) as made:
        made.add(rows)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f" not in sheet
        assert b"<hyperlink" not in sheet
        assert b't="n"' not in sheet
        assert archive.testzip() is None
    for data in (
        path.read_bytes(),
        csv_header(FileKind.OBJECTS) + csv_rows(FileKind.OBJECTS, rows),
    ):
        told, faults = check(tmp_path, data)
        assert (told.valid, faults) == (len(rows), [])
        found = [line[2].replace("\\\\", "\\") for line in kept(tmp_path)]
        assert found == names


def test_what_no_cell_can_hold_is_refused_and_not_cut(tmp_path):
    """Excel counts what lies outside the basic plane twice."""
    for text, fits in (
        ("长" * 32_767, True),
        ("长" * 32_768, False),
        ("\U00020bb7" * 16_384, False),
    ):
        rows = objects(["甲", text])
        with TableBook(tmp_path / "written.xlsx", FileKind.OBJECTS) as made:
            if fits:
                made.add(rows)
                continue
            with pytest.raises(ExportCellTooLong) as refused:
                made.add(rows)
        told = refused.value
        assert (told.code, told.status) == ("export-cell-too-long", 422)
        for words in (told.text_zh, told.text_en):
            assert "32767" in words
            assert "NDJSON" in words
            assert code(2) in words
        assert "第 3 行" in told.text_zh
        assert "“名称”列" in told.text_zh
        assert "Row 3" in told.text_en
        assert "column name" in told.text_en


def test_a_cell_that_the_error_workbook_cannot_show_whole_says_so(tmp_path):
    _, faults = check(tmp_path, csv_of(row(1, name="长" * 40_000)))
    assert placed(faults) == [("name-malformed", 2, "name")]
    out = tmp_path / "marked.xlsx"
    assert mark_file(tmp_path / "file", FileKind.OBJECTS, faults=tmp_path / "faults", out=out)
    shown = openpyxl.load_workbook(out).active[2]
    assert 0 < len(shown[2].value) < 32_767
    assert "只显示开头，更正时请以原文件为准：name" in shown[-1].value


def test_no_cell_of_a_csv_begins_as_a_formula_does():
    data = csv_rows(FileKind.OBJECTS, objects(list(HOSTILE)))
    cells = [cell for fields in csv.reader(io.StringIO(data.decode())) for cell in fields]
    assert [cell for cell in cells if cell[:1] in {*"=+-@\t\r\0＝＋－＠"} and cell] == []


def test_what_is_written_can_be_looked_at(tmp_path):
    path = tmp_path / "written.xlsx"
    with TableBook(path, FileKind.OBJECTS) as made:
        made.add(objects(["甲", "乙"]))
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[1]][:3] == ["统一社会信用代码", "名称", "检查对象类型"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:K3")
    assert sheet.column_dimensions["A"].width >= 20
    assert {cell.number_format for cell in sheet[2] if cell.value} == {"@"}
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize("kind", FileKind)
def test_a_template_is_text_with_lists_and_a_page_of_instructions(tmp_path, kind):
    path = tmp_path / "template.xlsx"
    write_template(path, kind)
    made = openpyxl.load_workbook(path)
    sheet, layout = made["数据"], layout_of(kind)
    assert [layout.column_of(cell.value) for cell in sheet[1]] == list(layout.columns)
    groups = sheet.column_dimensions.values()
    assert {group.number_format for group in groups} == {"@"}
    assert sum(group.max - group.min + 1 for group in groups) == len(layout.columns)
    lists = {
        str(one.sqref).split(":", maxsplit=1)[0] for one in sheet.data_validations.dataValidation
    }
    assert len(lists) == len(closed_values(kind))
    told = [cell.value for line in made["填写说明"].iter_rows() for cell in line if cell.value]
    assert any("文本" in text for text in told)
    assert {layout.chinese(column) for column in layout.columns} <= set(told)


def test_a_filled_template_is_accepted(tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path, FileKind.OBJECTS)
    assert placed(check(tmp_path, path.read_bytes())[1]) == [("file-empty", 1, None)]
    made = openpyxl.load_workbook(path)
    columns = layout_of(FileKind.OBJECTS).columns
    for place, value in enumerate(objects(["甲"])[0].items()):
        made["数据"].cell(2, columns.index(value[0]) + 1, value[1])
        assert place < len(columns)
    made.save(path)
    told, faults = check(tmp_path, path.read_bytes())
    assert (told.valid, faults) == (1, [])


def test_the_error_workbook_marks_each_cell_with_its_reason(tmp_path):
    rows = [row(1), row(2, name="", region_code="1"), row(3), [*row(4), "x"], row(1), row(6)]
    for data in (csv_of(*rows).encode(), book(*(fields[:7] for fields in rows))):
        _, faults = check(tmp_path, data)
        out = tmp_path / "marked.xlsx"
        assert mark_file(tmp_path / "file", FileKind.OBJECTS, faults=tmp_path / "faults", out=out)
        sheet = openpyxl.load_workbook(out).active
        shown = {int(line[0].value): line for line in sheet.iter_rows(min_row=2)}
        assert set(shown) == {fault["row"] for fault in faults}
        name, region = shown[3][2], shown[3][4]
        assert name.comment.text == "缺少名称"
        assert name.fill.start_color.rgb == "FFFFC7CE"
        assert (region.value, region.comment is None) == ("1", False)
        assert shown[3][1].comment is None
        assert "第 2 行" in shown[6][1].comment.text
        assert "缺少名称" in shown[3][-1].value


def test_a_file_of_which_nothing_could_be_read_has_its_reason_too(tmp_path):
    check(tmp_path, b"%PDF-1.7\n\xff\xfe\x00\x01")
    out = tmp_path / "marked.xlsx"
    assert mark_file(tmp_path / "file", FileKind.OBJECTS, faults=tmp_path / "faults", out=out)
    assert "PDF" in openpyxl.load_workbook(out).active["B2"].value
