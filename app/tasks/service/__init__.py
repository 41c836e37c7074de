"""What is done with inspection tasks."""

from app.tasks.service.closing import close_inspection
from app.tasks.service.dispatching import dispatch
from app.tasks.service.notifying import notify_officers
from app.tasks.service.recusing import decide_recusal, find_recusals
from app.tasks.service.replacing import (
    approve_replacement,
    endorse_replacement,
    request_replacement,
)
from app.tasks.service.turns import lock_task

__all__ = [
    "approve_replacement",
    "close_inspection",
    "decide_recusal",
    "dispatch",
    "endorse_replacement",
    "find_recusals",
    "lock_task",
    "notify_officers",
    "request_replacement",
]
