"""The life of an inspection task 抽查任务 and of a department's part of an inspection 检查."""

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
