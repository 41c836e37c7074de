"""What can go wrong when officers are drawn."""

from app.core.problems import Conflict, NotFound, Unprocessable


class AssignmentInfeasible(Unprocessable):
    code = "assignment-infeasible"
    zh = "{zh}"
    en = "{en}"


class ExpertsElsewhere(Unprocessable):
    code = "experts-elsewhere"
    zh = "部门“{department}”没有参加这个计划条目，不能从其名录库抽取专家或第三方人员。"
    en = "{department} takes no part in the line, so no experts are drawn from its directory."


class QualificationUnknown(Unprocessable):
    code = "qualification-unknown"
    zh = "部门“{department}”的名录库中，没有具备“{qualification}”资格的此类人员。"
    en = "Nobody of that kind in the directory of {department} has the qualification {qualification}."


class StationUnknown(Unprocessable):
    code = "object-station-unknown"
    zh = "有 {count} 个抽中的检查对象没有登记管辖单位（如 {object}），不能按所抽取；请先补登或改用其他抽取方式。"
    en = (
        "The directory names no station for {count} of the drawn objects (such as {object}); "
        "complete it, or choose another mode."
    )


class CapBelowFixed(Unprocessable):
    code = "cap-below-fixed"
    zh = "工号 {staff_no} 保留的席位已有 {held} 个，超过每人上限 {cap}。"
    en = "{staff_no} stays in {held} seats, which is above the cap of {cap}."


class OfficerListedTwice(Unprocessable):
    code = "officer-listed-twice"
    zh = "工号 {staff_no} 与另一条有效记录的工号或证件号相同；同一人只能列入一个名录库。"
    en = (
        "Another active entry has the staff number of {staff_no} or one of the certificates; a "
        "person stands in one directory."
    )


class NoPublicBundle(NotFound):
    code = "no-public-bundle"
    zh = "派员抽取没有公开证据包；人员名单在披露时刻随任务公示。"
    en = "An inspector draw has no public bundle; its officers are published with the task."


class StageNotReady(Conflict):
    code = "stage-not-ready"
    zh = "检查对象尚未抽出，不能抽取检查人员。"
    en = "The objects are not drawn yet, so no officers can be drawn for them."


class SeatNotHeld(Unprocessable):
    code = "seat-not-held"
    zh = "工号 {staff_no} 目前不在这个席位上。"
    en = "{staff_no} does not hold that seat now."


class SeatOpenAlready(Conflict):
    code = "seat-open-already"
    zh = "该席位的替补抽取已经开始。"
    en = "The replacement draw of this seat has begun."


class NoLoadReport(NotFound):
    code = "no-load-report"
    zh = "只有派员抽取有负荷报告；抽取检查对象请看预演。"
    en = "Only inspector draws have a load report; a draw of objects has a preview."
