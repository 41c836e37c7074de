"""What is done with inspection tasks."""

from app.tasks.service.closing import close_inspection
from app.tasks.service.dispatching import dispatch
from app.tasks.service.replacing import (
    approve_replacement,
    endorse_replacement,
    request_replacement,
)
from app.tasks.service.turns import lock_task

__all__ = [
    "approve_replacement",
    "close_inspection",
    "dispatch",
    "endorse_replacement",
    "lock_task",
    "request_replacement",
]
