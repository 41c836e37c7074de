"""JSON without the readings in which two parsers differ: duplicate members, NaN, huge numbers,
lone surrogates, NUL (RFC 8259 says "should"; a register must not guess)."""

import json
from typing import Any

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1


class Unstrict(ValueError):
    """Why a text is refused, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def check(body: bytes) -> None:
    """Refuse what is not strict JSON.

    Raises Unstrict."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Unstrict("不是 UTF-8 编码", "it is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise Unstrict("带有 BOM", "it begins with a BOM")
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except (json.JSONDecodeError, RecursionError):
        raise Unstrict("语法错误", "its syntax is wrong") from None
    _check_texts(value)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unstrict("同一对象中有重复的成员", "an object names a member twice")
    return members


def _constant(name: str) -> None:
    raise Unstrict(f"含有 {name}", f"it holds {name}")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise Unstrict("整数超出 ±(2^53-1)", "an integer is beyond ±(2^53-1)")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Unstrict("数值过大", "a number is too large")
    return value


def _check_depth(text: str) -> None:
    depth, in_text, escaped = 0, False, False
    for char in text:
        if in_text:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_text = False
        elif char == '"':
            in_text = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unstrict(f"嵌套超过 {MAX_DEPTH} 层", f"it nests deeper than {MAX_DEPTH}")
        elif char in "]}":
            depth -= 1


def _check_texts(value: Any) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _check_texts(name)
            _check_texts(member)
    elif isinstance(value, list):
        for member in value:
            _check_texts(member)
    elif isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    for char in text:
        code = ord(char)
        if code == 0 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
            raise Unstrict("含有不允许的字符（如 NUL）", "a text holds a character such as NUL")
