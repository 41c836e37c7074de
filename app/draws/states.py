"""The life of a draw (draw-spec 8)."""

from enum import StrEnum


class DrawState(StrEnum):
    """How far an attempt has come."""

    DRAFT = "draft"
    FROZEN = "frozen"
    COMMITTED = "committed"
    SEEDED = "seeded"
    DRAWN = "drawn"


BEFORE = {
    DrawState.FROZEN: DrawState.DRAFT,
    DrawState.COMMITTED: DrawState.FROZEN,
    DrawState.SEEDED: DrawState.COMMITTED,
    DrawState.DRAWN: DrawState.SEEDED,
}
"""The state that a step needs before it. There is no way back: steps are only added."""


def order(state: DrawState) -> int:
    """Place in the life, from 0."""
    return list(DrawState).index(state)
