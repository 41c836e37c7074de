"""What can go wrong with rules.

DomainError
├── NotFound 404 ── RuleUnknown
├── Conflict 409 ── RuleMissing
└── Unprocessable 422 ── RuleShape, RuleValueUnknown
"""

from app.core.problems import Conflict, DomainError, NotFound, Unprocessable


class RuleUnknown(NotFound):
    code = "rule-unknown"
    zh = "没有名为“{key}”的规则。"
    en = "There is no rule named {key}."


class RuleMissing(Conflict):
    code = "rule-missing"
    zh = "规则“{key}”在 {on} 没有生效的规定，请先录入。"
    en = "No text of the rule {key} is in force on {on}; record one first."


class RuleShape(Unprocessable):
    code = "rule-shape"
    zh = "规则“{key}”的值与现行规定的形式不同。"
    en = "The value of {key} has another shape than the one in force."


class RuleValueUnknown(Unprocessable):
    code = "rule-value-unknown"
    zh = "规则“{key}”只能取下列值：{known}。"
    en = "The values that {key} can have are: {known}."


CONSTRAINTS: dict[str, type[DomainError]] = {}
