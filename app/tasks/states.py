"""The life of an inspection task 抽查任务 and of a department's part of an inspection 检查, and
the national values that an inspection ends with."""

from enum import StrEnum


class TaskState(StrEnum):
    """Of the batch."""

    DISPATCHED = "dispatched"
    COMPLETED = "completed"


class PartState(StrEnum):
    """Of one department's part of the inspection of one object."""

    PENDING = "pending"
    ENTERED = "entered"
    SIGNED = "signed"
    RETURNED = "returned"
    APPROVED = "approved"


VALUE_TEXTS = {
    1: "未发现问题",
    2: "未按规定公示应当公示的信息",
    3: "公示信息隐瞒真实情况、弄虚作假",
    4: "通过登记的住所（经营场所）无法联系",
    5: "发现问题已责令改正",
    6: "不配合检查情节严重",
    7: "未发现开展本次抽查涉及的经营活动",
    8: "发现问题待后续处理",
}
"""The eight values of the national publicity system 八类抽查结果 (domain D.1)."""
