"""The long work of the registry, by the kind of its operation."""

from collections.abc import Mapping

from app.core.jobs import Work
from app.registry.service import staged_work, undoing
from app.registry.service.staging import CHECK, MERGE

WORKS: Mapping[str, Work] = {
    CHECK: staged_work.check_and_preview,
    MERGE: staged_work.merge,
    undoing.UNDO: undoing.undo,
}
