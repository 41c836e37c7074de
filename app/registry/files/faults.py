"""What can be wrong with a file: a code that never changes, and what to do about it, in Chinese and
English. Texts may name a `hint`, such as a proposed value."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.registry.files.fault_texts import TEXTS

_MAX_VALUE = 200
_encoded: Callable[[str], str] = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault: `row` from 1, the header counted; `column` is the canonical name, or None."""

    code: str
    row: int = 1
    column: str | None = None
    value: str = ""
    hints: Mapping[str, Any] | None = None
    texts: tuple[str, str] | None = None
    """Chinese and English, of a fault whose code is not among ours."""


class Unreadable(Exception):
    """Checking cannot go on past this fault."""

    def __init__(
        self, code: str, row: int = 1, column: str | None = None, value: str = "", **hints: object
    ) -> None:
        self.fault = FileFault(code, row, column, value, hints)
        super().__init__(code)


def told_fault(fault: FileFault) -> str:
    """The fault as a line of JSON: row, column, code, value, zh, en. The value is that of the
    file, shortened to 200 characters."""
    zh, en = fault.texts or _texts(fault.code, fault.hints)
    column = "null" if fault.column is None else f'"{fault.column}"'
    return (
        f'{{"row":{fault.row},"column":{column},"code":"{fault.code}",'
        f'"value":{_encoded(fault.value[:_MAX_VALUE])},"zh":{_encoded(zh)},"en":{_encoded(en)}}}\n'
    )


def _texts(code: str, hints: Mapping[str, Any] | None) -> tuple[str, str]:
    zh, en = TEXTS[code]
    if hints:
        zh, en = zh.format_map(_Hints(hints, "_zh")), en.format_map(_Hints(hints, "_en"))
    return zh, en


class _Hints(dict[str, Any]):
    """`{x}` is the hint x, or x_zh in Chinese and x_en in English."""

    def __init__(self, hints: Mapping[str, Any], language: str) -> None:
        super().__init__(hints)
        self.language = language

    def __missing__(self, key: str) -> Any:
        return self.get(key + self.language, "")
