"""Canonical JSON (RFC 8785) of objects, arrays, strings, booleans, null and integers."""

import json
import re
from typing import Any, NoReturn

from app.sampling.openlot1.errors import DrawError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: Any) -> bytes:
    """The one form of `value` that is hashed (draw-spec 1); no LF at the end.

    Members are sorted by UTF-16 code units. Tuples count as arrays.
    Refuses floats, integers beyond 2^53-1, lone surrogates, depth over 32 and any other type.
    """
    return _text(value, 0).encode("utf-8")


def loads(data: bytes) -> Any:
    """The value of `data`, which must be canonical byte for byte.

    A text that merely means the same (spaces, other escapes, 1.0 for 1, member order) is refused:
    the digest of what was read must be the digest of what is shown.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(
            f"not UTF-8 at byte {error.start}", f"第 {error.start} 字节不是 UTF-8"
        ) from None
    try:
        value = json.loads(
            text,
            parse_float=_refuse_float,
            parse_constant=_refuse_float,
            object_pairs_hook=_members,
        )
    except DrawError:
        raise
    except (ValueError, RecursionError) as error:
        raise _refusal(f"not JSON: {error}", f"不是 JSON：{error}") from None
    canonical = dumps(value)
    if canonical != data:
        at = _first_difference(canonical, data)
        raise _refusal(f"not canonical from byte {at} on", f"自第 {at} 字节起不是规范形式")
    return value


def _text(value: Any, depth: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        _check_depth(depth)
        return "[" + ",".join(_text(item, depth + 1) for item in value) + "]"
    if isinstance(value, dict):
        return _object(value, depth)
    kind = type(value).__name__
    raise _refusal(f"{kind} has no canonical form", f"类型 {kind} 没有规范形式")


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise _refusal(f"nested deeper than {MAX_DEPTH}", f"嵌套超过 {MAX_DEPTH} 层")


def _integer(value: int) -> str:
    if abs(value) > MAX_INTEGER:
        raise _refusal("integer beyond 2^53-1", "整数超出 2^53-1")
    return int.__repr__(value)


def _string(value: str) -> str:
    if _SURROGATE.search(value):
        raise _refusal("lone surrogate in a string", "字符串含有孤立的代理码位")
    return '"' + _TO_ESCAPE.sub(_escape, value) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"


def _object(value: dict[Any, Any], depth: int) -> str:
    _check_depth(depth)
    if not all(isinstance(name, str) for name in value):
        raise _refusal("member name is not a string", "成员名不是字符串")
    # Refused before sorting: a lone surrogate has no UTF-16 bytes to sort by.
    texts = {name: _string(name) for name in value}
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{texts[n]}:{_text(value[n], depth + 1)}" for n in names) + "}"


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refusal("a member occurs twice", "对象成员重复")
    return members


def _refuse_float(text: str) -> NoReturn:
    raise _refusal(f"{text} is not an integer", f"{text} 不是整数")


def _first_difference(left: bytes, right: bytes) -> int:
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _refusal(en: str, zh: str) -> DrawError:
    return DrawError("not-canonical", en, zh)
