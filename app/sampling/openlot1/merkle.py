"""Merkle trees of RFC 6962 over SHA-256. Every hash here is 32 raw bytes."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

EMPTY_ROOT = hashlib.sha256(b"").digest()

# Leaves hashed at a time: a power of two, so that a full chunk is a perfect subtree.
_CHUNK_LEVEL = 10


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 + data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 + left + right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over any number of leaf hashes, read once and held in O(log n) memory."""
    leaves = iter(leaf_hashes)
    peaks: list[tuple[int, bytes]] = []
    while chunk := list(islice(leaves, 1 << _CHUNK_LEVEL)):
        level, head = _CHUNK_LEVEL, _chunk_root(chunk)
        if len(chunk) < 1 << _CHUNK_LEVEL:
            peaks.append((-1, head))
            break
        while peaks and peaks[-1][0] == level:
            head = node_hash(peaks.pop()[1], head)
            level += 1
        peaks.append((level, head))
    return _fold([head for _, head in peaks])


def inclusion_path(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf `index`, from the leaf upwards (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"no leaf {index} in a tree of {len(leaf_hashes)}")
    path: list[bytes] = []
    start, end = 0, len(leaf_hashes)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(leaf_hashes, middle, end))
            end = middle
        else:
            path.append(_range_root(leaf_hashes, start, middle))
            start = middle
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether `path` leads from the leaf hash to `root` of a tree of `size` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, head = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            head = node_hash(sibling, head)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            head = node_hash(head, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and head == root


def consistency_path(old: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """The proof that the first `old` leaves are a prefix of this tree (RFC 6962, 2.1.2)."""
    if not 0 <= old <= len(leaf_hashes):
        raise IndexError(f"no tree of {old} in a tree of {len(leaf_hashes)}")
    path: list[bytes] = []
    start, end = 0, len(leaf_hashes)
    whole = True  # the subtree begins at leaf 0, so its root is the old root, known to all
    while 0 < old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(leaf_hashes, middle, end))
            end = middle
        else:
            path.append(_range_root(leaf_hashes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(leaf_hashes, start, end))
    return path[::-1]


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of size `old` is a prefix of the tree of size `new` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old == new:
        return not path and old_root == new_root
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_head = new_head = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_head = node_hash(sibling, old_head)
            new_head = node_hash(sibling, new_head)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_head = node_hash(new_head, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_head == old_root and new_head == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _range_root(leaf_hashes: Sequence[bytes], start: int, end: int) -> bytes:
    return root(leaf_hashes[i] for i in range(start, end))


def _chunk_root(level: list[bytes]) -> bytes:
    sha256 = hashlib.sha256
    while len(level) > 1:
        # An odd last node has no sibling and goes up unchanged.
        rest = level[-1:] if len(level) % 2 else []
        pairs = iter(level)
        level = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=False)
        ]
        level += rest
    return level[0]


def _fold(heads: list[bytes]) -> bytes:
    if not heads:
        return EMPTY_ROOT
    head = heads[-1]
    for left in reversed(heads[:-1]):
        head = node_hash(left, head)
    return head
