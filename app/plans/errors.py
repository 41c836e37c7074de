"""What can go wrong with plans.

DomainError
├── NotFound 404 ── PlanNotFound, PlanLineNotFound
├── Conflict 409 ── WindowReversed, PlanNotDraft, PlanStepTaken, PlanStepMissing, PlanEmpty,
│   SamePerson, PlanNotPublished
└── Unprocessable 422 ── ScopeOrQuery, RateAboveOne, RateMalformed, RateOrFixed, ClassTwice, RegionUnknown,
    IndustryUnknown, ItemUnknown, ItemNotPublished, RateAboveCap, SharedTotalNeedsRegions
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


class PlanNotDraft(Conflict):
    code = "plan-not-draft"
    zh = "计划已提交，不能再增加条目；调整计划须另立新版。"
    en = "The plan was submitted, so lines can no longer be added; a change is a new plan."


class PlanStepTaken(Conflict):
    code = "plan-step-taken"
    zh = "该计划的这一步（{state}）已经完成。"
    en = "The plan is {state} already."


class PlanStepMissing(Conflict):
    code = "plan-step-missing"
    zh = "须先完成上一步“{state}”。"
    en = "The plan must be {state} first."


class PlanEmpty(Conflict):
    code = "plan-empty"
    zh = "计划没有任何条目，不能提交。"
    en = "The plan has no line, so it cannot be submitted."


class SamePerson(Conflict):
    code = "same-person"
    zh = "提交人不得审批自己提交的计划，须由他人审批。"
    en = "Who submitted a plan cannot approve it; another person must."


class PlanNotPublished(Conflict):
    code = "plan-not-published"
    zh = "计划尚未公示，不得据此抽取。"
    en = "The plan is not published, so nothing may be drawn on it."


class RateAboveOne(Unprocessable):
    code = "rate-above-one"
    zh = "抽查比例 {rate} 大于 1（100%）。"
    en = "The rate {rate} is above 1 (100 %)."


class RateOrFixed(Unprocessable):
    code = "rate-or-fixed"
    zh = "每一类须规定比例或定数，且只能规定一种。"
    en = "A class has either a rate or a fixed number."


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


class ScopeOrQuery(Unprocessable):
    code = "scope-or-query"
    zh = "须写明行政区划等范围，或写明检索方案及其版本，且只能写一种。"
    en = "A line has either regions and the like, or a saved query with its version."


class IndustryUnknown(Unprocessable):
    code = "industry-unknown"
    zh = "行业代码 {industry} 不在 GB/T 4754 代码表中。"
    en = "The industry {industry} is not in the table of GB/T 4754."


class ItemUnknown(Unprocessable):
    code = "inspection-item-unknown"
    zh = "部门 {department} 的清单中没有抽查事项 {item}。"
    en = "The list of department {department} has no inspection item {item}."


class ItemNotPublished(Unprocessable):
    code = "inspection-item-not-published"
    zh = "部门 {department} 的抽查事项 {item} 在检查期限内没有已公示且有效的版本，须先公示。"
    en = "No version of inspection item {item} of {department} is published and in force then."


class RateAboveCap(Unprocessable):
    code = "rate-above-cap"
    zh = "抽查比例 {rate} 超过部门 {department} 一般检查事项 {item} 的比例上限 {most}。"
    en = "The rate {rate} is above {most}, the cap of general item {item} of {department}."


class SharedTotalNeedsRegions(Unprocessable):
    code = "shared-total-needs-regions"
    zh = "随机起点累计取整（random-start）由同一等级的各行政区划共用一个总数，须同时按行政区划分层（by_region）。"
    en = "With random-start the regions of a class share one total, so by_region must be true."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "ck_plan_line_window": WindowReversed,
    "ck_plan_step_two_persons": SamePerson,
}
