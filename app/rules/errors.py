"""What can go wrong with rules.

DomainError
├── NotFound 404 ── RuleUnknown
├── Conflict 409 ── RuleMissing
└── Unprocessable 422 ── RuleShape, RuleValueUnknown, RuleBelowLaw
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


class RuleBelowLaw(Unprocessable):
    code = "rule-below-law"
    zh = "规则“{key}”不得低于法律规定的 {least}（行政处罚法第四十二条）。"
    en = "The rule {key} cannot fall below {least}, which the law itself demands (Administrative Penalty Law, art. 42)."


CONSTRAINTS: dict[str, type[DomainError]] = {}
