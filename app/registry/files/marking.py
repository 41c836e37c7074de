"""The error workbook: the rows of a file that have faults, the faulty cells marked red, each with
the reason as a comment."""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from app.registry.files.cells import MALFORMED_ROW, NESTED, NO_VALUE
from app.registry.files.jobs import CheckJob
from app.registry.files.tabular import Table
from app.registry.files.writing import MAX_CELL, cell_length, text_book

MARKED_ROWS = 10_000
"""Faulty rows that the workbook shows; a last line says that there are more."""
_SHOWN = {NO_VALUE: "", NESTED: "{…}"}
_Told = dict[str, Any]


def mark(job: CheckJob, table: Table) -> None:
    """Write the workbook of a recognised file from the faults that were told of it."""
    with text_book(Path(job.marked_out)) as book:
        sheet = _Marked(book, table)
        faults = _by_row(Path(job.faults_out))
        row, told = next(faults, (None, []))
        for first, records in table.records(table.parts(1)[0]):
            for number, (_, fields) in enumerate(records, start=first):
                while row is not None and row < number:
                    sheet.add(row, [], told)
                    row, told = next(faults, (None, []))
                if number == row:
                    sheet.add(number, fields, told)
                    row, told = next(faults, (None, []))
                if row is None or sheet.is_full:
                    break
            if row is None or sheet.is_full:
                break
        while row is not None and not sheet.is_full:
            sheet.add(row, [], told)
            row, told = next(faults, (None, []))
        sheet.end(more=row is not None)


def mark_alone(job: CheckJob) -> None:
    """The workbook of a file of which no row could be read: its faults alone."""
    with text_book(Path(job.marked_out)) as book:
        sheet = _Marked(book, None)
        for row, told in _by_row(Path(job.faults_out)):
            if not sheet.is_full:
                sheet.add(row, [], told)
        sheet.end(more=False)


def _by_row(faults: Path) -> Iterator[tuple[int, list[_Told]]]:
    with faults.open(encoding="utf-8") as lines:
        for row, told in groupby(map(json.loads, lines), key=itemgetter("row")):
            yield row, list(told)


def _is_cut(text: str) -> bool:
    return cell_length(text) > MAX_CELL


def _shortened(text: str) -> str:
    """The text, or as much of its beginning as a cell holds whatever its characters."""
    return text[: MAX_CELL // 2] if _is_cut(text) else text


class _Marked:
    """The sheet: the row of the file, its fields, and the reasons once more as text."""

    def __init__(self, book: Any, table: Table | None) -> None:
        self._names = table.header.names if table else ()
        self._places = table.header.positions if table else {}
        self._sheet = book.add_worksheet("错误")
        text = {"num_format": "@"}
        self._text = book.add_format(text)
        self._wrong = book.add_format(
            text | {"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1}
        )
        self._header = book.add_format(text | {"bold": True, "bg_color": "#DDE8F4", "border": 1})
        self._row = 0
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, 0, 8)
        self._sheet.set_column(1, max(1, len(self._names)), 20, self._text)
        self._sheet.set_column(len(self._names) + 1, len(self._names) + 1, 80, self._text)
        for place, name in enumerate(("原行号", *self._names, "错误说明")):
            self._sheet.write_string(0, place, _shortened(name), self._header)

    @property
    def is_full(self) -> bool:
        return self._row >= MARKED_ROWS

    def add(self, number: int, fields: list[str], told: list[_Told]) -> None:
        self._row += 1
        fields = [_SHOWN.get(one, one.removeprefix(MALFORMED_ROW)) for one in fields]
        cut = [name for name, one in zip(self._names, fields, strict=False) if _is_cut(one)]
        reasons: dict[int, list[str]] = {}
        for fault in told:
            place = self._places.get(fault["column"])
            reasons.setdefault(-1 if place is None else place, []).append(fault["zh"])
        self._sheet.write_string(self._row, 0, str(number))
        for place, field in enumerate(fields[: len(self._names)]):
            shown = _shortened(field)
            if place in reasons:
                self._sheet.write_string(self._row, place + 1, shown, self._wrong)
                self._sheet.write_comment(
                    self._row, place + 1, "\n".join(reasons[place]), {"x_scale": 2}
                )
            elif shown:
                self._sheet.write_string(self._row, place + 1, shown, self._text)
        listed = "；".join(
            f"{fault['column']}：{fault['zh']}" if fault["column"] else fault["zh"]
            for fault in told
        )
        if cut:
            listed = f"内容过长，只显示开头，更正时请以原文件为准：{'、'.join(cut)}；{listed}"
        self._sheet.write_string(self._row, len(self._names) + 1, _shortened(listed), self._wrong)

    def end(self, *, more: bool) -> None:
        if more:
            self._sheet.write_string(
                self._row + 1, 0, f"只列出前 {MARKED_ROWS} 个有误的行，其余见错误清单。"
            )
        self._sheet.autofilter(0, 0, max(1, self._row), len(self._names) + 1)
