"""Merkle trees against the recursive definition of RFC 6962 and its published vectors."""

import hashlib

import pytest
from bundles import public_vectors

from app.sampling.openlot1 import merkle

SIZES = range(34)
LEAVES = [merkle.leaf_hash(bytes([i])) for i in SIZES]
VECTORS = public_vectors("rfc6962_merkle_roots.json")


def recursive_root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    left, right = recursive_root(leaves[:k]), recursive_root(leaves[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", [*SIZES, 1023, 1024, 1025, 2048, 2049, 3071, 3072, 5000])
def test_root_equals_the_recursive_definition(size):
    leaves = [merkle.leaf_hash(i.to_bytes(4, "big")) for i in range(size)]
    assert merkle.root(iter(leaves)) == recursive_root(leaves)


@pytest.mark.skipif(VECTORS is None, reason="public vectors are absent")
def test_published_vectors():
    inputs = [bytes.fromhex(text) for text in VECTORS["leaf_inputs_hex"]]
    leaves = [merkle.leaf_hash(data) for data in inputs]
    for size, expected in enumerate(VECTORS["roots_for_size_1_to_8"], start=1):
        assert merkle.root(leaves[:size]).hex() == expected
    hasher = VECTORS["hasher"]
    assert merkle.EMPTY_ROOT.hex() == hasher["empty_root"]
    assert merkle.leaf_hash(b"").hex() == hasher["leaf_of_empty"]
    assert merkle.leaf_hash(b"L123456").hex() == hasher["leaf_of_ascii_L123456"]
    assert merkle.node_hash(b"N123", b"N456").hex() == hasher["node_of_ascii_N123_N456"]


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_is_proven_and_nothing_else(size):
    leaves, root = LEAVES[:size], merkle.root(LEAVES[:size])
    for index in range(size):
        path = merkle.inclusion_path(index, leaves)
        assert merkle.verify_inclusion(index, size, leaves[index], path, root)
        for wrong in {index - 1, index + 1, size, -1}:
            assert not merkle.verify_inclusion(wrong, size, leaves[index], path, root)
        assert not merkle.verify_inclusion(index, size, leaves[index], [*path, root], root)
        assert not merkle.verify_inclusion(index, size, flipped(leaves[index]), path, root)
        for position in range(len(path)):
            changed = [flipped(h) if i == position else h for i, h in enumerate(path)]
            shorter = path[:position] + path[position + 1 :]
            assert not merkle.verify_inclusion(index, size, leaves[index], changed, root)
            assert not merkle.verify_inclusion(index, size, leaves[index], shorter, root)


@pytest.mark.parametrize("new", SIZES)
def test_every_prefix_is_consistent_and_nothing_else(new):
    root = merkle.root(LEAVES[:new])
    for old in range(new + 1):
        old_root = merkle.root(LEAVES[:old])
        path = merkle.consistency_path(old, LEAVES[:new])
        assert merkle.verify_consistency(old, new, old_root, root, path)
        assert not merkle.verify_consistency(old, new, flipped(old_root), root, path)
        assert not merkle.verify_consistency(old, new, old_root, root, [*path, root])
        if old:
            assert not merkle.verify_consistency(old, new, old_root, flipped(root), path)
        for position in range(len(path)):
            changed = [flipped(h) if i == position else h for i, h in enumerate(path)]
            shorter = path[:position] + path[position + 1 :]
            assert not merkle.verify_consistency(old, new, old_root, root, changed)
            assert not merkle.verify_consistency(old, new, old_root, root, shorter)


def test_sizes_that_cannot_be():
    root = merkle.root(LEAVES)
    assert not merkle.verify_consistency(5, 4, root, root, [])
    assert not merkle.verify_consistency(-1, 4, root, root, [])
    assert not merkle.verify_consistency(3, 4, root, root, [])
    with pytest.raises(IndexError):
        merkle.inclusion_path(3, LEAVES[:3])
    with pytest.raises(IndexError):
        merkle.consistency_path(4, LEAVES[:3])


def flipped(data):
    return bytes([data[0] ^ 1]) + data[1:]
