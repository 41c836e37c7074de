"""What can go wrong with results.

DomainError
├── Forbidden 403 ── OfficerNotDrawn
├── NotFound 404 ── FindingsNotFound, DisposalNotFound
├── Conflict 409 ── FindingsEnteredAlready, FindingsReviewedAlready, SignedAlready,
│   SecondOfficerSame, SecondOfficerMissing, ReviewerEntered, ReviewerSigned, DisposalMissing,
│   DisposalStepOutOfTurn, DisposalStepTaken
└── Unprocessable 422 ── ItemOutsideTask, ItemMissing, ItemTwice, SubItemUnknown, SubItemTwice,
    LineUnknown, LineTwice, LineMissing, AnswerUnlikeLines, ValueUnlikeLines, InspectedInFuture,
    InspectedBeforeWindow, OpinionMissing
"""

from app.core.problems import Conflict, DomainError, Forbidden, NotFound, Unprocessable


class OfficerNotDrawn(Forbidden):
    code = "not-drawn"
    zh = "您不是抽中检查该对象的执法检查人员。"
    en = "You hold no drawn seat at this inspection."


class FindingsNotFound(NotFound):
    code = "findings-not-found"
    zh = "没有录入第 {version} 版检查结果。"
    en = "There is no version {version} of the findings."


class DisposalNotFound(NotFound):
    code = "disposal-not-found"
    zh = "没有这项后续处置。"
    en = "There is no such disposal."


class FindingsEnteredAlready(Conflict):
    code = "findings-entered-already"
    zh = "检查结果已经录入；只有被退回后才能重新录入。"
    en = "The findings are entered; they can be entered again only when returned."


class FindingsReviewedAlready(Conflict):
    code = "findings-reviewed-already"
    zh = "该版检查结果已经审核，不能再签字或审核。"
    en = "This version was reviewed; it can be neither signed nor reviewed again."


class SignedAlready(Conflict):
    code = "signed-already"
    zh = "您已在该版检查结果上签字。"
    en = "You have signed this version before."


class SecondOfficerSame(Conflict):
    code = "second-officer-same"
    zh = "录入人不能作为第二名执法人员签字，须由另一名抽中的人员签字。"
    en = "Who entered the findings cannot sign as the second officer."


class SecondOfficerMissing(Conflict):
    code = "second-officer-missing"
    zh = "检查结果只有 {held} 名执法人员署名，至少须有 {minimum} 名，不能通过审核。"
    en = "{held} officer(s) stand for the findings; the law wants {minimum}."


class ReviewerEntered(Conflict):
    code = "reviewer-entered"
    zh = "录入人不得审核自己录入的检查结果，须由他人审核。"
    en = "Who entered the findings cannot review them; another person must."


class ReviewerSigned(Conflict):
    code = "reviewer-signed"
    zh = "签名的检查人员不得审核该检查结果，须由他人审核。"
    en = "Who signed the findings cannot review them; another person must."


class DisposalMissing(Conflict):
    code = "disposal-missing"
    zh = "事项“{items}”发现问题，但没有后续处置，不能通过审核。"
    en = "A problem was found at {items} without a disposal, so it cannot be approved."


class DisposalStepOutOfTurn(Conflict):
    code = "disposal-step-out-of-turn"
    zh = "该处置目前为“{state}”，不能登记“{step}”。"
    en = "The disposal is {state}; the step {step} cannot follow."


class DisposalStepTaken(Conflict):
    code = "disposal-step-taken"
    zh = "该处置刚刚登记了新的进展，请重新查看。"
    en = "Another step of this disposal came in between; look again."


class ItemOutsideTask(Unprocessable):
    code = "item-outside-task"
    zh = "抽查事项“{item}”不属于该部门在本任务中的检查内容。"
    en = "The item {item} is not one that this department checks in the task."


class ItemMissing(Unprocessable):
    code = "item-missing"
    zh = "缺少抽查事项“{items}”的检查结果。"
    en = "There is no finding for {items}."


class ItemTwice(Unprocessable):
    code = "item-twice"
    zh = "抽查事项“{item}”的检查结果写了两次。"
    en = "The item {item} has two findings."


class SubItemUnknown(Unprocessable):
    code = "sub-item-unknown"
    zh = "抽查事项“{item}”在派发时的版本没有第 {no} 项子项。"
    en = "The item {item} had no sub-item {no} at the dispatch."


class SubItemTwice(Unprocessable):
    code = "sub-item-twice"
    zh = "抽查事项“{item}”的第 {no} 项子项填写了两次。"
    en = "Sub-item {no} of {item} is answered twice."


class LineUnknown(Unprocessable):
    code = "checklist-line-unknown"
    zh = "抽查事项“{item}”第 {no} 项子项的检查表在派发时的版本没有第 {line} 行。"
    en = "The checklist of sub-item {no} of {item} had no line {line} at the dispatch."


class LineTwice(Unprocessable):
    code = "checklist-line-twice"
    zh = "抽查事项“{item}”第 {no} 项子项的检查表第 {line} 行填写了两次。"
    en = "Line {line} of sub-item {no} of {item} is answered twice."


class LineMissing(Unprocessable):
    code = "checklist-line-missing"
    zh = "抽查事项“{item}”第 {no} 项子项的检查表第 {lines} 行没有填写；没有检查的，请填“未检查”。"
    en = (
        "Of sub-item {no} of {item}, no answer is given to the lines {lines}; what was not "
        "checked is answered so."
    )


class AnswerUnlikeLines(Unprocessable):
    code = "answer-unlike-lines"
    zh = "抽查事项“{item}”第 {no} 项子项填“{answer_zh}”，与其检查表不符：按各行应填“{wanted_zh}”。"
    en = "Sub-item {no} of {item} says {answer}, but its lines come to {wanted}."


class ValueUnlikeLines(Unprocessable):
    code = "value-unlike-lines"
    zh = "抽查事项“{item}”的检查表有填“否”的行，检查结果不能是“{value_zh}”。"
    en = "A line of {item} says no, so its value cannot be {value}, which reports no problem."


class InspectedInFuture(Unprocessable):
    code = "inspected-in-future"
    zh = "检查日期 {on} 尚未到来。"
    en = "The day of the inspection, {on}, has not come yet."


class InspectedBeforeWindow(Unprocessable):
    code = "inspected-before-window"
    zh = "检查日期 {on} 早于检查期限的开始日期 {start}。"
    en = "The day of the inspection, {on}, is before the window begins on {start}."


class OpinionMissing(Unprocessable):
    code = "opinion-missing"
    zh = "退回时须写明意见。"
    en = "Say why the findings are returned."


CONSTRAINTS: dict[str, type[DomainError]] = {
    "pk_result_entry": FindingsEnteredAlready,
    "pk_result_signature": SignedAlready,
    "ck_result_signature_second_officer": SecondOfficerSame,
    "pk_result_review": FindingsReviewedAlready,
    "ck_result_review_other_person": ReviewerEntered,
    "pk_disposal_step": DisposalStepTaken,
}
