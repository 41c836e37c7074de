"""Canonical JSON (RFC 8785) of objects, arrays, strings, booleans, null and integers."""

import json
from itertools import chain, count
from typing import Any, NoReturn

from app.sampling.openlot1.errors import DrawError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32

_KINDS = (str, int, type(None), list, tuple, dict)


def dumps(value: Any) -> bytes:
    """The one form of `value` that is hashed (draw-spec 1); no LF at the end.

    Members are sorted by UTF-16 code units. Tuples count as arrays.
    Refuses floats, integers beyond 2^53-1, lone surrogates, depth over 32 and any other type.
    """
    _check(value)
    text = _text(value, sort_keys=True)
    try:
        if len(text.encode("utf-16-le")) > 2 * len(text):
            # Characters of two units, so code points, by which it was sorted, may order otherwise.
            text = _text(_in_order(value), sort_keys=False)
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise _refusal("lone surrogate in a string", "字符串含有孤立的代理码位") from None


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


def _check(value: Any) -> None:
    """Refuses what has no canonical form, but for lone surrogates; looks at one layer at a time."""
    layer = [value]
    for depth in count():
        for kind in set(map(type, layer)):
            if not issubclass(kind, _KINDS):
                name = kind.__name__
                raise _refusal(f"{name} has no canonical form", f"类型 {name} 没有规范形式")
        if any(abs(item) > MAX_INTEGER for item in layer if isinstance(item, int)):
            raise _refusal("integer beyond 2^53-1", "整数超出 2^53-1")
        objects = [item for item in layer if isinstance(item, dict)]
        arrays = [item for item in layer if isinstance(item, (list, tuple))]
        if not objects and not arrays:
            return
        if depth == MAX_DEPTH:
            raise _refusal(f"nested deeper than {MAX_DEPTH}", f"嵌套超过 {MAX_DEPTH} 层")
        if not all(isinstance(name, str) for name in chain.from_iterable(objects)):
            raise _refusal("member name is not a string", "成员名不是字符串")
        layer = [*chain.from_iterable(arrays), *chain.from_iterable(map(dict.values, objects))]


def _text(value: Any, *, sort_keys: bool) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"))


def _in_order(value: Any) -> Any:
    """The same with the members of all objects in the order of their UTF-16 code units."""
    if isinstance(value, (list, tuple)):
        return [_in_order(item) for item in value]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _in_order(value[name]) for name in names}
    return value


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
