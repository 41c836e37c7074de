"""Reading the members of a JSON object: each present, known, and of its type."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.sampling.openlot1.errors import DrawError

HEX64 = re.compile(r"[0-9a-f]{64}")

_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Fields:
    """The members of one JSON object; `where` is its place in the file, for the refusal."""

    def __init__(
        self,
        value: Any,
        where: str,
        required: Iterable[str],
        optional: Iterable[str] = (),
        *,
        member: str,
    ) -> None:
        self._where = where
        self._member = member
        if not isinstance(value, Mapping):
            raise self.refusal("member-type", "", "must be an object", "必须是对象")
        self._values: Mapping[str, Any] = value
        known = [*required, *optional]
        for name in value:
            if name not in known:
                raise self.refusal("member-unknown", str(name), "is not known", "不是已知成员")
        for name in required:
            if name not in value:
                raise self.refusal("member-missing", name, "is missing", "缺失")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def refusal(self, code: str, name: str, en: str, zh: str) -> DrawError:
        """The error for member `name`; en and zh continue a sentence that begins with its place."""
        place = ".".join(part for part in (self._where, name) if part) or "the file"
        return DrawError(code, f"{place} {en}", f"{place} {zh}", member=self._member)

    def any(self, name: str) -> Any:
        """The value unread, of whatever type."""
        return self._values[name]

    def text(self, name: str) -> str:
        """A string; raises member-type."""
        value = self._values[name]
        if not isinstance(value, str):
            raise self.refusal("member-type", name, "must be a string", "必须是字符串")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """A string that `pattern` matches as a whole; raises member-form."""
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self.refusal("member-form", name, "has a wrong form", "格式错误")
        return value

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        """One of the given strings; raises member-form."""
        value = self.text(name)
        if value not in choices:
            raise self.refusal("member-form", name, f"cannot be {value!r}", f"不能是 {value!r}")
        return value

    def hex64(self, name: str) -> str:
        """64 lower-case hex characters, such as a SHA-256."""
        return self.matching(name, HEX64)

    def instant(self, name: str) -> str:
        """A UTC second, `YYYY-MM-DDTHH:MM:SSZ`; as texts these compare in order of time."""
        value = self.text(name)
        if not is_instant(value):
            raise self.refusal(
                "member-form", name, "is not YYYY-MM-DDTHH:MM:SSZ", "不是 YYYY-MM-DDTHH:MM:SSZ"
            )
        return value

    def integer(self, name: str, minimum: int, code: str = "member-range") -> int:
        """An integer of at least `minimum` (True is none); raises member-type, or `code` below it."""
        value = self._values[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal("member-type", name, "must be an integer", "必须是整数")
        if value < minimum:
            raise self.refusal(code, name, f"must be at least {minimum}", f"不得小于 {minimum}")
        return value

    def boolean(self, name: str) -> bool:
        """True or false; raises member-type."""
        value = self._values[name]
        if not isinstance(value, bool):
            raise self.refusal("member-type", name, "must be true or false", "必须是布尔值")
        return value

    def list(self, name: str) -> list[Any]:
        """An array; raises member-type."""
        value = self._values[name]
        if not isinstance(value, list):
            raise self.refusal("member-type", name, "must be an array", "必须是数组")
        return value


def is_instant(text: str) -> bool:
    """Whether this is a real UTC second written `YYYY-MM-DDTHH:MM:SSZ`."""
    match = _INSTANT.fullmatch(text)
    if not match:
        return False
    year, month, day, hour, minute, second = map(int, match.groups())
    if not 1 <= month <= 12:
        return False
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _DAYS[month - 1] + leap and hour <= 23 and minute <= 59 and second <= 59
