"""What one field of a row must be; what is wrong goes into the faults, the value comes back."""

import re
from collections.abc import Mapping
from datetime import date

from app.registry.files.reading import Faults, T

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def unique(number: int, column: str, key: T, seen: set[T], faults: Faults) -> None:
    if key in seen:
        shown = key if isinstance(key, str) else str(key)
        faults.add("code-duplicate", number, column, shown, "代码重复出现", "the code stands twice")
    seen.add(key)


def name(number: int, name: str, faults: Faults, *, column: str = "name") -> str:
    if not name:
        faults.add("name-missing", number, column, "", "缺少名称", "the name is missing")
    elif len(name) > 200 or _CONTROL.search(name):
        faults.add(
            "name-malformed",
            number,
            column,
            name,
            "名称超过 200 字或含有控制字符",
            "the name is longer than 200 characters or holds a control character",
        )
    return name


def choice(number: int, column: str, value: str, known: Mapping[str, str], faults: Faults) -> str:
    found = known.get(value)
    if found is None:
        allowed = "、".join(k for k in known if k)
        faults.add(
            "value-unknown",
            number,
            column,
            value,
            f"只能取：{allowed}",
            f"one of: {allowed}",
        )
    return str(found or value)


def day(number: int, column: str, text: str, faults: Faults) -> date | None:
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):  # the standard library also reads 2020-W01-1
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        faults.add(
            "date-malformed", number, column, text, "日期应为 YYYY-MM-DD", "a date is YYYY-MM-DD"
        )
        return None


def malformed(number: int, column: str, value: str, faults: Faults) -> None:
    faults.add("code-malformed", number, column, value, "代码格式有误", "the code is malformed")
