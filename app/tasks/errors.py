"""What can go wrong with inspection tasks.

DomainError
├── NotFound 404 ── InspectionTaskNotFound, InspectionPartNotFound, ReplacementNotFound
└── Conflict 409 ── TaskDispatchedAlready, TaskEmpty, RehearsalDrawn, OfficersMissing,
    NationalKeysExhausted, InspectionClosedAlready, ReplacementRequestedAlready,
    ReplacementApprovedAlready, ReplacementSamePerson, ReplacementEndorsedAlready,
    ReplacementSameApprover, SecondApprovalMissing, EndorsementNotNeeded, CertificateValid
"""

from app.core.problems import Conflict, DomainError, NotFound


class InspectionTaskNotFound(NotFound):
    code = "inspection-task-not-found"
    zh = "没有抽查任务“{task}”。"
    en = "There is no inspection task {task}."


class InspectionPartNotFound(NotFound):
    code = "inspection-part-not-found"
    zh = "抽查任务中没有该部门对检查对象“{object}”的检查。"
    en = "The task holds no inspection of {object} by that department."


class ReplacementNotFound(NotFound):
    code = "replacement-not-found"
    zh = "没有这项更换检查人员的申请。"
    en = "There is no such request for a replacement."


class TaskDispatchedAlready(Conflict):
    code = "task-dispatched-already"
    zh = "该计划条目的这一轮已经派发抽查任务。"
    en = "This round of the plan line has its inspection task."


class TaskEmpty(Conflict):
    code = "task-empty"
    zh = "该轮抽取没有抽中任何检查对象，无可派发。"
    en = "The draw of this round drew no object, so there is nothing to dispatch."


class RehearsalDrawn(Conflict):
    code = "draw-is-rehearsal"
    zh = "抽取“{draw_id}”是演练，不得据此派发抽查任务。"
    en = "The draw {draw_id} is a rehearsal; no task may be dispatched on it."


class OfficersMissing(Conflict):
    code = "officers-missing"
    zh = "检查对象“{object}”在部门“{department}”只有 {held} 名抽中的执法检查人员，至少须有 {minimum} 名。"
    en = "{department} has {held} drawn officer(s) for {object}; the law wants {minimum}."


class NationalKeysExhausted(Conflict):
    code = "national-keys-exhausted"
    zh = "该行政区划当日的任务编号已用完，请次日再派发。"
    en = "The day's numbers of this region are used up; dispatch tomorrow."


class InspectionClosedAlready(Conflict):
    code = "inspection-closed-already"
    zh = "对该检查对象的检查已经办结，不再更换检查人员。"
    en = "The inspection of this object is complete; no officer is replaced any more."


class ReplacementRequestedAlready(Conflict):
    code = "replacement-requested-already"
    zh = "已申请更换该席位上的这名检查人员。"
    en = "The replacement of this officer in this seat was requested before."


class ReplacementApprovedAlready(Conflict):
    code = "replacement-approved-already"
    zh = "该申请已经批准，替补抽取已经开始。"
    en = "The request was approved, and its draw has begun."


class ReplacementSamePerson(Conflict):
    code = "replacement-same-person"
    zh = "申请更换的人不得批准自己的申请，须由他人批准。"
    en = "Who requested the replacement cannot approve it; another person must."


class ReplacementEndorsedAlready(Conflict):
    code = "replacement-endorsed-already"
    zh = "该申请已经由第一批准人同意，须由另一人作最后批准。"
    en = "The request has its first approval; yet another person must approve it."


class ReplacementSameApprover(Conflict):
    code = "replacement-same-approver"
    zh = "第一批准人不得再作最后批准，须由另一人批准。"
    en = "Who gave the first approval cannot give the second; yet another person must."


class SecondApprovalMissing(Conflict):
    code = "second-approval-missing"
    zh = (
        "这是同一申请人 {year} 年的第 {number} 次更换申请；自第 {threshold} 次起须由两人批准，"
        "请先由另一人作第一次批准（endorsement）。"
    )
    en = (
        "This is request {number} of the same person in {year}; from number {threshold} on two "
        "must approve, so another person must endorse it first."
    )


class EndorsementNotNeeded(Conflict):
    code = "endorsement-not-needed"
    zh = "这是同一申请人 {year} 年的第 {number} 次更换申请；自第 {threshold} 次起才须由两人批准。"
    en = (
        "This is request {number} of the same person in {year}; two must approve only from number "
        "{threshold} on."
    )


class CertificateValid(Conflict):
    code = "certificate-valid"
    zh = "名录显示工号 {staff_no} 的执法证件在检查期限结束（{window_end}）前有效，不得以证件失效为由更换。"
    en = (
        "The directory shows a certificate of {staff_no} that is valid to the end of the window, "
        "{window_end}, so an expired certificate is no reason to replace them."
    )


CONSTRAINTS: dict[str, type[DomainError]] = {
    "uq_inspection_task_plan_line_code_round": TaskDispatchedAlready,
    "uq_replacement_request_holder": ReplacementRequestedAlready,
    "pk_replacement_approval": ReplacementApprovedAlready,
    "ck_replacement_approval_two_persons": ReplacementSamePerson,
    "ck_replacement_approval_two_approvers": ReplacementSameApprover,
    "pk_replacement_endorsement": ReplacementEndorsedAlready,
    "ck_replacement_endorsement_two_persons": ReplacementSamePerson,
}
