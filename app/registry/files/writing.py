"""Writing Excel and CSV for officials: text stays text, so that no code is rounded and nothing is
taken for a formula."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import xlsxwriter  # type: ignore[import-untyped]  # the package carries no types

from app.registry.errors import ExportCellTooLong
from app.registry.files.cells import begins_as_formula
from app.registry.files.kinds import TAG_COLUMNS, FileKind, Layout, layout_of
from app.registry.files.values import CREDIT_CLASSES, HELD, OBJECT_CLASSES, OBJECT_STATUSES

Row = Mapping[str, str | None]
"""Column -> value; a column that is missing is empty."""
TEMPLATE_ROWS = 5000
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_A4 = 9
_WIDTHS = {"uscc": 22, "name": 36, "legal_basis": 60, "lines": 60, "basis": 48, "duties": 36}
_CODE_WIDTH, _DAY_WIDTH, _WIDTH = 16, 13, 20
MAX_CELL = 32_767
"""Characters that a cell holds, as Excel counts them: those outside the basic plane are two."""
_HEADER_STYLE = {
    "bold": True,
    "bg_color": "#DDE8F4",
    "border": 1,
    "border_color": "#9DB2C8",
    "valign": "vcenter",
    "text_wrap": True,
    "num_format": "@",
}
_NEEDED_STYLE = _HEADER_STYLE | {"bg_color": "#FBE3C8"}


def cell_length(value: str) -> int:
    """The characters of a value as Excel counts them."""
    return (
        len(value.encode("utf-16-le", "surrogatepass")) // 2 if len(value) > 16_000 else len(value)
    )


def closed_values(kind: FileKind) -> dict[str, list[str]]:
    """Column -> the Chinese words that it may hold, one for each value."""
    if kind is FileKind.OBJECTS:
        return {
            "object_class": list(words(OBJECT_CLASSES).values()),
            "status": list(words(OBJECT_STATUSES).values()),
        }
    if kind is FileKind.CREDIT_CLASSES:
        return {"credit_class": list(CREDIT_CLASSES)}
    if kind is FileKind.SPECIAL_ENTRIES:
        return {"held": list(words(HELD).values())}
    if kind is FileKind.INSPECTORS:
        return {"kind": ["执法人员", "专家", "第三方"], "status": ["有效", "失效"]}
    return {}


def words(known: Mapping[str, str]) -> dict[str, str]:
    """Value -> the Chinese word that is written for it: the first that is read as it."""
    found: dict[str, str] = {}
    for word, value in known.items():
        if word and not word.isascii():
            found.setdefault(value, word)
    return found


def text_book(place: Path | IO[bytes], *, constant_memory: bool = True) -> Any:
    """A workbook in which text stays text; in constant memory rows come in their order."""
    return xlsxwriter.Workbook(place, {**_OPTIONS, "constant_memory": constant_memory})


class TableBook:
    """An xlsx of one sheet, written row by row in bounded memory."""

    def __init__(self, place: Path | IO[bytes], kind: FileKind) -> None:
        self._layout = layout_of(kind)
        self._book = text_book(place)
        self._sheet = self._book.add_worksheet("数据")
        self.rows = 0
        _set_up(self._book, self._sheet, self._layout)

    def add(self, rows: Iterable[Row]) -> None:
        """Raises ExportCellTooLong: nothing is cut."""
        for row in rows:
            self.rows += 1
            for place, column in enumerate(self._layout.columns):
                value = row.get(column)
                if value:
                    self._refuse_too_long(row, column, value)
                    self._sheet.write_string(self.rows, place, value)

    def _refuse_too_long(self, row: Row, column: str, value: str) -> None:
        length = cell_length(value)
        if length > MAX_CELL:
            raise ExportCellTooLong(
                self.rows + 1,
                column,
                self._layout.chinese(column),
                row.get(self._layout.columns[0]) or "",
                length,
                MAX_CELL,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sheet.autofilter(0, 0, max(self.rows, 1), len(self._layout.columns) - 1)
        self._book.close()


def csv_header(kind: FileKind) -> bytes:
    """The mark that spreadsheets need for UTF-8, and the Chinese headers."""
    layout = layout_of(kind)
    return b"\xef\xbb\xbf" + _lines([[layout.chinese(column) for column in layout.columns]])


def csv_rows(kind: FileKind, rows: Iterable[Row]) -> bytes:
    """Rows of a CSV (RFC 4180). What a spreadsheet would take for a formula has an apostrophe in
    front, which is not part of the value and is taken away again on reading."""
    columns = layout_of(kind).columns
    return _lines([[guarded(row.get(column) or "") for column in columns] for row in rows])


def ndjson_rows(kind: FileKind, rows: Iterable[Row]) -> bytes:
    """Rows as one JSON object a line under the canonical names; empty cells are left out."""
    columns = layout_of(kind).columns
    told = ({column: row[column] for column in columns if row.get(column)} for row in rows)
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told).encode()


def guarded(value: str) -> str:
    return f"'{value}" if begins_as_formula(value) else value


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def write_template(place: Path | IO[bytes], kind: FileKind) -> None:
    """An empty workbook to be filled in: codes are text, closed values are lists to choose from, a
    second sheet says in Chinese what belongs where."""
    layout = layout_of(kind)
    with text_book(place, constant_memory=False) as book:
        sheet = book.add_worksheet("数据")
        _set_up(book, sheet, layout)
        for column, values in closed_values(kind).items():
            _offer(sheet, layout.columns.index(column), values)
        sheet.autofilter(0, 0, TEMPLATE_ROWS, len(layout.columns) - 1)
        _write_instructions(book, kind)


def _offer(sheet: Any, place: int, values: list[str]) -> None:
    sheet.data_validation(
        1,
        place,
        TEMPLATE_ROWS,
        place,
        {
            "validate": "list",
            "source": values,
            "error_title": "请从列表中选择",
            "error_message": "只能填写列表中的值",
        },
    )


def _set_up(book: Any, sheet: Any, layout: Layout) -> None:
    """Header, formats and widths; the first row stays in sight."""
    text = book.add_format({"num_format": "@"})
    header, needed = book.add_format(_HEADER_STYLE), book.add_format(_NEEDED_STYLE)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    _fit_paper(sheet)
    for place, column in enumerate(layout.columns):
        sheet.set_column(place, place, _width(column, layout), text)
    sheet.set_row(0, 30)
    for place, column in enumerate(layout.columns):
        is_needed = column in layout.filled
        sheet.write_string(0, place, layout.chinese(column), needed if is_needed else header)


def _fit_paper(sheet: Any) -> None:
    """A4 lying, all columns on one page: officials print what they check."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _width(column: str, layout: Layout) -> int:
    if column in _WIDTHS:
        return _WIDTHS[column]
    if column in layout.codes:
        return _CODE_WIDTH
    return _DAY_WIDTH if column in layout.dates else _WIDTH


@dataclass(frozen=True, slots=True)
class _Advice:
    heading: str
    lines: tuple[str, ...]


_GENERAL = _Advice(
    "填写说明",
    (
        "第 1 行是表头，请勿删改；从第 2 行起填写，每行一条。橙色表头为必填。",
        "代码列已设为“文本”格式。粘贴时请选择“只粘贴文本/值”。",
        "否则 Excel 会把 18 位代码当作数字取整，变成 1.10105E+17 之类，末几位无法还原。",
        "日期写作 2020-01-05，或使用 Excel 的日期格式。一格内有多个值时用英文分号隔开。",
        "请勿填写居民身份证号码。请勿使用合并单元格、公式和宏。",
        "也可以另存为“CSV UTF-8”上传。上传后系统先核对并列出每处错误，确认之前不会改动名录库。",
    ),
)
_TAGS = "本列不可删除，格可留空；写入的是全部标签：原有而未填的标签自数据日期起失效"
_NOTES = {
    "uscc": "18 位，大写；产品、项目、行为、人员填写本部门自编代码",
    "region_code": "6 位数字，GB/T 2260 现行代码",
    "industry_code": "门类字母或 2 至 4 位数字，GB/T 4754",
    "established": "YYYY-MM-DD",
    "certificate_valid_to": "YYYY-MM-DD",
    "staff_no": "本部门人员编号，不得使用身份证号码",
    "item_codes": "多个编码用英文分号隔开",
    "source": "不填则用本次导入的数据来源",
    **dict.fromkeys(TAG_COLUMNS, _TAGS),
    "number": "0 或正整数，不带单位",
    "counted_from": "YYYY-MM-DD，含当日",
    "counted_to": "YYYY-MM-DD，含当日",
    "directory_code": "须先登记专项库",
    "licence_no": "专项库不要求许可证的，可不填；有多张许可证的，每张一行",
    "expires_on": "YYYY-MM-DD；长期有效的填“长期”，或不填",
    "held": "是、否；不填为“是”，已退出专项库或许可证已失效的填“否”",
}


def _write_instructions(book: Any, kind: FileKind) -> None:
    layout, closed = layout_of(kind), closed_values(kind)
    sheet = book.add_worksheet("填写说明")
    title, wrapped = book.add_format({"bold": True, "font_size": 14}), _wrapped(book)
    header = book.add_format(_HEADER_STYLE)
    _fit_paper(sheet)
    sheet.set_column(0, 0, 22, wrapped)
    sheet.set_column(1, 1, 10, wrapped)
    sheet.set_column(2, 2, 70, wrapped)
    sheet.write_string(0, 0, _GENERAL.heading, title)
    row = 1
    for line in _GENERAL.lines:
        sheet.merge_range(row, 0, row, 2, line, wrapped)
        sheet.set_row(row, 32)
        row += 1
    for place, name in enumerate(("列", "必填", "说明")):
        sheet.write_string(row + 1, place, name, header)
    for place, column in enumerate(layout.columns, start=row + 2):
        values = "、".join(closed.get(column, ()))
        note = _NOTES.get(column, f"可选值：{values}" if values else "")
        sheet.write_string(place, 0, layout.chinese(column), wrapped)
        sheet.write_string(place, 1, "是" if column in layout.filled else "", wrapped)
        sheet.write_string(place, 2, note, wrapped)


def _wrapped(book: Any) -> Any:
    return book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
