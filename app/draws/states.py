"""The life of a draw (draw-spec 8)."""

from enum import StrEnum


class DrawState(StrEnum):
    """How far an attempt has come. `dispatched` is ours: from then on officers are on their way,
    so the attempt can no longer be voided."""

    DRAFT = "draft"
    FROZEN = "frozen"
    COMMITTED = "committed"
    SEEDED = "seeded"
    DRAWN = "drawn"
    DISPATCHED = "dispatched"
    PUBLISHED = "published"
    CLOSED = "closed"
    VOIDED = "voided"


class Mode(StrEnum):
    """Which officers of a department may visit an object (domain C.2): those of its own station
    所内, of every other station 所所交叉, of its own region 区域定向, of every other region 跨区域交叉, or
    all 全局混合."""

    STATION = "station"
    ACROSS_STATIONS = "across-stations"
    DISTRICT = "district"
    ACROSS_DISTRICTS = "across-districts"
    WHOLE_POOL = "whole-pool"


BEFORE: dict[DrawState, tuple[DrawState, ...]] = {
    DrawState.FROZEN: (DrawState.DRAFT,),
    DrawState.COMMITTED: (DrawState.FROZEN,),
    DrawState.SEEDED: (DrawState.COMMITTED,),
    DrawState.DRAWN: (DrawState.SEEDED,),
    DrawState.DISPATCHED: (DrawState.DRAWN,),
    DrawState.PUBLISHED: (DrawState.DISPATCHED,),
    DrawState.CLOSED: (DrawState.PUBLISHED,),
    DrawState.VOIDED: (DrawState.COMMITTED, DrawState.SEEDED, DrawState.DRAWN),
}
"""The states that a step may follow. There is no way back: steps are only added, and each has one
successor."""


def order(state: DrawState) -> int:
    """Place in the life, from 0; a void ends it from wherever it stood."""
    return list(DrawState).index(state)


class ChangeKind(StrEnum):
    """What two persons may decide about an attempt, each with its own reasons."""

    VOID = "void"
    AMENDMENT = "amendment"
    SUBSTITUTION = "substitution"


REASONS: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.VOID: ("source-missing", "input-wrong", "ceremony-flawed", "technical-failure"),
    ChangeKind.AMENDMENT: ("left-out", "wrongly-included", "misclassified"),
    ChangeKind.SUBSTITUTION: ("deregistered", "duplicate", "moved-away"),
}
"""The reasons that count. A closed door is none: it is a result (draw-spec 8)."""
