"""The life of a disposal 后续处置, and which findings are problems."""

PROBLEM_VALUES = frozenset({2, 3, 4, 5, 6, 8})
NEEDS_DISPOSAL = frozenset({5, 8})
"""Values that are not approved before somebody has taken on what follows (domain E18)."""

OPEN, CLOSED = "open", "closed"
RECTIFIED, RECHECK_PASSED, RECHECK_FAILED = "rectified", "recheck_passed", "recheck_failed"
RECHECKED_KIND = "order_rectify"
"""The disposal that ends with a re-check 复查 only; the others may be closed directly."""

NEXT = {
    OPEN: {RECTIFIED},
    RECTIFIED: {RECHECK_PASSED, RECHECK_FAILED},
    RECHECK_FAILED: {RECTIFIED},
    RECHECK_PASSED: {CLOSED},
    CLOSED: set(),
}


def may_follow(kind: str, state: str, step: str) -> bool:
    """Whether a disposal of `kind` that stands at `state` may take `step`."""
    direct = step == CLOSED and state != CLOSED and kind != RECHECKED_KIND
    return direct or step in NEXT[state]
