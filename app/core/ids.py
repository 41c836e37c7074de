"""Identifiers that mean nothing. Draws never use them: an auditor must be able to type theirs."""

from uuid import UUID, uuid4


def new_id() -> UUID:
    """122 random bits."""
    return uuid4()
