"""Texts for what pydantic finds wrong, by the stable type of its errors."""

from collections.abc import Mapping
from typing import Any

_TEXTS = {
    "missing": "缺少此项",
    "extra_forbidden": "不认识此项",
    "string_type": "应为文本",
    "string_too_short": "至少需要 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "不符合规定的格式（{pattern}）",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "float_type": "应为数字",
    "list_type": "应为数组",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "enum": "只能取：{expected}",
    "literal_error": "只能取：{expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不得小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不得大于 {le}",
    "too_short": "至少需要 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "date_type": "应为日期（YYYY-MM-DD）",
    "date_parsing": "应为日期（YYYY-MM-DD）",
    "date_from_datetime_parsing": "应为日期（YYYY-MM-DD）",
    "datetime_type": "应为时间（带时区的 RFC 3339）",
    "datetime_parsing": "应为时间（带时区的 RFC 3339）",
    "datetime_from_date_parsing": "应为时间（带时区的 RFC 3339）",
    "timezone_aware": "时间须带时区",
    "union_tag_invalid": "类型标识只能取：{expected_tags}",
    "union_tag_not_found": "缺少类型标识 {discriminator}",
    "json_invalid": "不是有效的 JSON",
    "value_error": "取值不符合要求",
}


_ECHOING = {"union_tag_invalid": "The type must be one of {expected_tags}"}


def english(kind: str, context: Mapping[str, Any], sentence: str) -> str:
    """pydantic's own sentence, unless it repeats what was sent."""
    return _ECHOING[kind].format(**context) if kind in _ECHOING else sentence


def chinese(kind: str, context: Mapping[str, Any]) -> str:
    """The sentence for one validation error."""
    template = _TEXTS.get(kind, "取值不符合要求")
    if "expected" in context:
        context = {**context, "expected": str(context["expected"]).replace(" or ", ", ")}
    try:
        return template.format(**context)
    except (KeyError, IndexError):
        return template
