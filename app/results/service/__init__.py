"""What is done with findings and disposals."""

from app.results.service.credit_repair import tell_ready_firms
from app.results.service.disposing import open_disposal, take_step
from app.results.service.entering import enter_findings, sign_findings
from app.results.service.reviewing import review_findings

__all__ = [
    "enter_findings",
    "open_disposal",
    "review_findings",
    "sign_findings",
    "take_step",
    "tell_ready_firms",
]
