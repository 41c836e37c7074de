"""What can go wrong with plans.

DomainError
├── NotFound 404 ── PlanNotFound, PlanLineNotFound
├── Conflict 409 ── WindowReversed
└── Unprocessable 422 ── RateAboveOne, RateMalformed, ClassTwice, RegionUnknown, IndustryUnknown,
    ItemUnknown
"""

from app.core.problems import Conflict, DomainError, NotFound, Unprocessable


class PlanNotFound(NotFound):
    code = "plan-not-found"
    zh = "没有抽查计划“{plan}”。"
    en = "There is no plan {plan}."


class PlanLineNotFound(NotFound):
    code = "plan-line-not-found"
    zh = "没有计划条目“{line}”。"
    en = "There is no plan line {line}."


class WindowReversed(Conflict):
    code = "window-reversed"
    zh = "检查期限的开始日期晚于结束日期。"
    en = "The window ends before it begins."


class RateAboveOne(Unprocessable):
    code = "rate-above-one"
    zh = "抽查比例 {rate} 大于 1（100%）。"
    en = "The rate {rate} is above 1 (100 %)."


class RateMalformed(Unprocessable):
    code = "rate-malformed"
    zh = "抽查比例“{rate}”不是小数或分数（如 0.03、1/3）。"
    en = "The rate {rate} is neither a decimal nor a fraction such as 0.03 or 1/3."


class ClassTwice(Unprocessable):
    code = "class-twice"
    zh = "信用风险等级 {credit_class} 的比例写了两次。"
    en = "Class {credit_class} has two rates."


class RegionUnknown(Unprocessable):
    code = "region-unknown"
    zh = "行政区划代码 {region} 不在 GB/T 2260 代码表中。"
    en = "The region {region} is not in the table of GB/T 2260."


class IndustryUnknown(Unprocessable):
    code = "industry-unknown"
    zh = "行业代码 {industry} 不在 GB/T 4754 代码表中。"
    en = "The industry {industry} is not in the table of GB/T 4754."


class ItemUnknown(Unprocessable):
    code = "inspection-item-unknown"
    zh = "部门 {department} 的清单中没有抽查事项 {item}。"
    en = "The list of department {department} has no inspection item {item}."


CONSTRAINTS: dict[str, type[DomainError]] = {"ck_plan_line_window": WindowReversed}
