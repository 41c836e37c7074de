"""The life of a plan: drafted by one person, approved by another, published."""

from enum import StrEnum


class PlanState(StrEnum):
    """How far a plan has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"


BEFORE = {
    PlanState.SUBMITTED: PlanState.DRAFT,
    PlanState.APPROVED: PlanState.SUBMITTED,
    PlanState.PUBLISHED: PlanState.APPROVED,
}


def order(state: PlanState) -> int:
    """Place in the life, from 0."""
    return list(PlanState).index(state)
