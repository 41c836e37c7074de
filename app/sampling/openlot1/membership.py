"""What one firm may see: its own line and path, or the two neighbours it would stand between."""

from bisect import bisect_left
from dataclasses import dataclass

from app.sampling.openlot1 import merkle
from app.sampling.openlot1.errors import DrawError
from app.sampling.openlot1.frame import leaf_data, scan_frame
from app.sampling.openlot1.lines import check_object_id


@dataclass(frozen=True)
class Leaf:
    """One leaf: `data` is what is hashed (no class in a sealed frame), `path` leads to the root."""

    index: int
    data: bytes
    path: tuple[bytes, ...]

    @property
    def object_id(self) -> str:
        """The business id, which even a sealed leaf shows."""
        return self.data.partition(b"\t")[0].decode("ascii", "replace")


@dataclass(frozen=True)
class Membership:
    """`line` is the firm's own line without LF, its class and salt included."""

    line: bytes
    leaf: Leaf
    size: int
    root: bytes


@dataclass(frozen=True)
class Absence:
    """The adjacent leaves around the missing id; None at either end of the list."""

    before: Leaf | None
    after: Leaf | None
    size: int
    root: bytes


class Tree:
    """The leaves of one frame, read once to answer many firms."""

    def __init__(self, frame: bytes, *, sealed: bool) -> None:
        rows = list(scan_frame(frame, sealed=sealed))
        self._lines = [b"\t".join(row) for row in rows]
        self._ids = [row[0].decode("ascii") for row in rows]
        self._data = [leaf_data(row) for row in rows]
        self._hashes = [merkle.leaf_hash(data) for data in self._data]
        self._root = merkle.root(self._hashes)

    def membership(self, object_id: str) -> Membership:
        """Raises object-absent for an id that is not in the frame."""
        index = self._index(object_id)
        if not self._holds(index, object_id):
            raise DrawError(
                "object-absent", f"{object_id} is not in the frame", f"{object_id} 不在名录中"
            )
        return Membership(self._lines[index], self._leaf(index), len(self._ids), self._root)

    def absence(self, object_id: str) -> Absence:
        """Raises object-present for an id that is in the frame."""
        index = self._index(object_id)
        if self._holds(index, object_id):
            raise DrawError(
                "object-present", f"{object_id} is in the frame", f"{object_id} 在名录中"
            )
        size = len(self._ids)
        before = self._leaf(index - 1) if index > 0 else None
        after = self._leaf(index) if index < size else None
        return Absence(before, after, size, self._root)

    def _index(self, object_id: str) -> int:
        return bisect_left(self._ids, check_object_id(object_id, "frame.tsv"))

    def _holds(self, index: int, object_id: str) -> bool:
        return self._ids[index : index + 1] == [object_id]

    def _leaf(self, index: int) -> Leaf:
        path = merkle.inclusion_path(index, self._hashes)
        return Leaf(index, self._data[index], tuple(path))


def verify_membership(found: Membership, *, sealed: bool) -> bool:
    """Whether the line is the leaf, and the leaf in the tree of this size and root."""
    [groups] = scan_frame(found.line + b"\n", sealed=sealed)
    return leaf_data(groups) == found.leaf.data and _in_tree(found.leaf, found.size, found.root)


def verify_absence(object_id: str, gap: Absence) -> bool:
    """Whether the two leaves are adjacent, in the tree, and `object_id` lies between them."""
    before, after = gap.before, gap.after
    if before is None and after is None:
        return gap.size == 0 and gap.root == merkle.EMPTY_ROOT
    if before is not None and not before.object_id < object_id:
        return False
    if after is not None and not object_id < after.object_id:
        return False
    first = 0 if before is None else before.index + 1
    last = gap.size if after is None else after.index
    leaves = [leaf for leaf in (before, after) if leaf is not None]
    return first == last and all(_in_tree(leaf, gap.size, gap.root) for leaf in leaves)


def _in_tree(leaf: Leaf, size: int, root: bytes) -> bool:
    return merkle.verify_inclusion(leaf.index, size, merkle.leaf_hash(leaf.data), leaf.path, root)
