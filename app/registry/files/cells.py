"""What one cell of a file must be. Each check gives the value as it is stored, or None after it has
told the fault."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from app.registry.files.faults import FileFault
from app.registry.files.uscc import diagnose, is_rounded, is_valid, looks_unified

MAX_NAME = 200
NO_VALUE = "\x00formula"
"""Stands in a cell whose formula has no stored value."""
NESTED = "\x00nested"
"""Stands in a cell that is nested JSON."""
MALFORMED_ROW = "\x00row"
"""Stands before the text of a row that cannot be taken apart."""
CELL_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
)
Tell = Callable[[FileFault], None]

OWN_CODE = re.compile(r"[0-9A-Za-z._:-]{1,64}")
"""Of products, projects, behaviour and persons, which have no unified code."""
_DIRECTORY = re.compile(r"[0-9A-Za-z._-]{1,64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OTHER_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?")
_PLAIN_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_INDUSTRY = re.compile(r"[A-T]|[0-9]{2,4}")
_HARMLESS = frozenset({"Cn"})  # characters younger than this Python's tables


def is_plain_text(text: str) -> bool:
    """Whether a text has only visible characters and spaces: no control, line break, bidi mark,
    zero width or private-use character."""
    if text.isprintable():
        return True
    return all(c.isprintable() or c in "\u3000\xa0" or _category(c) in _HARMLESS for c in text)


def _category(character: str) -> str:
    return unicodedata.category(character)


def code(row: int, value: str, tell: Tell) -> str | None:
    """A unified social credit code; never corrected, only proposed."""
    if is_valid(value):
        return value
    if broken(row, "uscc", value, tell):
        return None
    found, hints = diagnose(value)
    shown = value[:6] + "*" * 12 if found == "national-id" else value
    return _told(tell, FileFault(found, row, "uscc", shown, hints))


def object_code(row: int, value: str, tell: Tell) -> str | None:
    """The code of an object of any kind 检查对象代码: a unified code, or one of the department's own,
    which the directory knows. What looks like a unified code must be one."""
    if OWN_CODE.fullmatch(value) and not is_valid(value) and not looks_unified(value):
        return value
    return code(row, value, tell)


def directory_code(row: int, value: str, tell: Tell) -> str | None:
    """The code of a special directory 专项库; whether there is one, is known later."""
    if _DIRECTORY.fullmatch(value):
        return value
    if broken(row, "directory_code", value, tell):
        return None
    return _told(tell, FileFault("directory-malformed", row, "directory_code", value))


def number_as_text(row: int, column: str, value: str, tell: Tell) -> str | None:
    """A number of a document, which a spreadsheet may have rounded 许可证编号."""
    if is_rounded(value):
        return _told(tell, FileFault("code-rounded", row, column, value))
    return text(row, column, value, tell)


def name(row: int, value: str, tell: Tell) -> str | None:
    if not value:
        return _told(tell, FileFault("name-missing", row, "name"))
    if broken(row, "name", value, tell):
        return None
    if len(value) > MAX_NAME or not is_plain_text(value):
        return _told(tell, FileFault("name-malformed", row, "name", value))
    return value


def text(row: int, column: str, value: str, tell: Tell) -> str | None:
    if broken(row, column, value, tell):
        return None
    if len(value) > MAX_NAME or not is_plain_text(value):
        return _told(tell, FileFault("text-malformed", row, column, value, {"limit": MAX_NAME}))
    return value


def choice(row: int, column: str, value: str, known: Mapping[str, str], tell: Tell) -> str | None:
    """One of our words, Chinese or English."""
    found = known.get(value)
    if found is not None:
        return found
    if broken(row, column, value, tell):
        return None
    hints = {
        "allowed_zh": "、".join(k for k in known if k and not k.isascii()) or "、".join(known),
        "allowed_en": ", ".join(dict.fromkeys(known.values())),
    }
    return _told(tell, FileFault("value-unknown", row, column, value, hints))


Successors = Mapping[str, tuple[str, ...] | None]
"""Code -> its successors if it is retired, else None."""
INDUSTRIES_BY_FORM: Successors = dict.fromkeys(
    (
        *"ABCDEFGHIJKLMNOPQRST",
        *(
            f"{n:0{size}}"
            for size, low, high in ((2, 1, 98), (3, 10, 980), (4, 100, 9800))
            for n in range(low, high)
        ),
    )
)
"""What GB/T 4754 can hold: sections A to T, and 97 divisions with what lies below them."""


def region(
    row: int, value: str, regions: Successors | None, names: Mapping[str, str], tell: Tell
) -> str | None:
    """A code in force of GB/T 2260; for a retired one its successors are proposed."""
    if regions is not None and value in regions and regions[value] is None:
        return value
    if broken(row, "region_code", value, tell):
        return None
    if not value:
        return _told(tell, FileFault("region-missing", row, "region_code"))
    if len(value) != 6 or not value.isascii() or not value.isdigit():
        return _told(tell, FileFault("region-malformed", row, "region_code", value))
    if regions is None:
        return value
    successors = regions.get(value)
    hints = _successors(successors or (), names)
    fault = "region-unknown" if successors is None else "region-retired"
    return _told(tell, FileFault(fault, row, "region_code", value, hints))


def industry(row: int, value: str, industries: Successors, tell: Tell) -> str | None:
    """A code in force of GB/T 4754, or nothing."""
    if not value or (value in industries and industries[value] is None):
        return value
    if broken(row, "industry_code", value, tell):
        return None
    if not _INDUSTRY.fullmatch(value):
        return _told(
            tell, FileFault("industry-malformed", row, "industry_code", value, _padded(value))
        )
    successors = industries.get(value)
    hints = _successors(successors or (), {})
    fault = "industry-unknown" if successors is None else "industry-retired"
    return _told(tell, FileFault(fault, row, "industry_code", value, hints))


def day(row: int, column: str, value: str, tell: Tell) -> str | None:
    """A day as YYYY-MM-DD, or nothing. Other ways of writing are refused with the day they seem to
    mean, since 2020/1/5 and 5/1/2020 come from the same programs."""
    if not value or is_day(value):
        return value
    if broken(row, column, value, tell):
        return None
    return _told(tell, FileFault("date-malformed", row, column, value, _meant_day(value)))


def needed_day(row: int, column: str, value: str, tell: Tell) -> str | None:
    """A day as YYYY-MM-DD."""
    if value:
        return day(row, column, value, tell)
    return _told(tell, FileFault("date-missing", row, column))


def is_day(value: str) -> bool:
    """Whether it is YYYY-MM-DD and exists; the standard library also reads 2020-W01-1."""
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_FIRST_DAY = date(1899, 12, 30)
_NONE: Mapping[str, Any] = {"propose": ""}


def _meant_day(value: str) -> Mapping[str, Any]:
    found = _OTHER_DAY.fullmatch(value) or _PLAIN_DAY.fullmatch(value)
    iso = "{}-{:0>2}-{:0>2}".format(*found.groups()) if found else ""
    if re.fullmatch("[1-6][0-9]{4}", value):  # the days of a spreadsheet
        iso = (_FIRST_DAY + timedelta(days=int(value))).isoformat()
    return _propose(iso) if is_day(iso) else _NONE


def _padded(value: str) -> Mapping[str, Any]:
    """A spreadsheet that took 01 for a number wrote 1."""
    return _propose(f"0{value}") if value in {*"123456789"} else _NONE


def _propose(value: str) -> Mapping[str, Any]:
    return {"propose_zh": f"；可能应为 {value}", "propose_en": f"; perhaps {value}"}


def _successors(codes: tuple[str, ...], names: Mapping[str, str]) -> Mapping[str, Any]:
    if not codes:
        return _NONE
    listed = "、".join(f"{c}{names.get(c, '')}" for c in codes)
    return {
        "propose_zh": f"；现行代码：{listed}",
        "propose_en": f"; in force: {', '.join(codes)}",
    }


GUARDED = frozenset("=+-@\t\r\x00＝＋－＠")
"""With what a text of a CSV does not begin: a spreadsheet would take it for a formula."""


def unguarded(field: str) -> str:
    """A field of a CSV without the apostrophe that guards it against being taken for a formula."""
    return field[1:] if field[:1] == "'" and begins_as_formula(field) else field


def begins_as_formula(field: str) -> bool:
    """Whether it does, apostrophes in front of it left aside."""
    return field.lstrip("'")[:1] in GUARDED


def wrong_fields(row: int, values: list[str], wanted: int) -> FileFault:
    """The fault of a row that has not as many fields as the header."""
    if values[0].startswith(MALFORMED_ROW):
        return FileFault("json-malformed", row, None, values[0].removeprefix(MALFORMED_ROW))
    got = len(values)
    return FileFault("field-count", row, None, str(got), {"wanted": wanted, "got": got})


def broken(row: int, column: str, value: str, tell: Tell) -> bool:
    """Whether a formula left no value, or an error, in the cell."""
    if value == NO_VALUE:
        tell(FileFault("formula-without-value", row, column))
    elif value == NESTED:
        tell(FileFault("value-kind", row, column))
    elif value in CELL_ERRORS:
        tell(FileFault("cell-error", row, column, value))
    else:
        return False
    return True


def _told(tell: Tell, fault: FileFault) -> str | None:
    tell(fault)
    return None
