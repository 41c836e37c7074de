"""The edges of Merkle proofs: indices and sizes that cannot be."""

import pytest

from app.sampling.openlot1 import merkle

LEAVES = [merkle.leaf_hash(bytes([i])) for i in range(9)]
ROOTS = [merkle.root(LEAVES[:size]) for size in range(10)]


@pytest.mark.parametrize("index", [-9, -2, -1, 8, 9])
def test_no_path_of_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError):
        merkle.inclusion_path(index, LEAVES[:8])


@pytest.mark.parametrize("old", [-9, -2, -1, 9, 10])
def test_no_proof_of_a_prefix_that_is_not_there(old):
    with pytest.raises(IndexError):
        merkle.consistency_path(old, LEAVES[:8])


def test_of_nothing_and_of_all():
    assert merkle.consistency_path(0, LEAVES) == merkle.consistency_path(9, LEAVES) == []
    assert merkle.consistency_path(0, []) == []
    assert merkle.inclusion_path(0, LEAVES[:1]) == []
    assert merkle.verify_consistency(0, 0, ROOTS[0], ROOTS[0], [])
    assert merkle.verify_consistency(0, 5, ROOTS[0], ROOTS[5], [])
    assert merkle.verify_consistency(0, 5, ROOTS[1], ROOTS[5], []) is False
    assert merkle.verify_consistency(0, 5, ROOTS[0], ROOTS[5], [ROOTS[0]]) is False
    assert merkle.verify_consistency(5, 5, ROOTS[5], ROOTS[5], [])
    assert merkle.verify_consistency(5, 5, ROOTS[5], ROOTS[4], []) is False
    assert merkle.verify_consistency(5, 5, ROOTS[5], ROOTS[5], [ROOTS[5]]) is False
    assert merkle.verify_consistency(-1, -1, ROOTS[0], ROOTS[0], []) is False
    assert merkle.verify_inclusion(0, 0, LEAVES[0], [], LEAVES[0]) is False
    assert merkle.verify_inclusion(-1, 1, LEAVES[0], [], LEAVES[0]) is False
    assert merkle.verify_inclusion(1, 1, LEAVES[0], [], LEAVES[0]) is False
    assert merkle.verify_inclusion(0, 1, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize("new", range(2, 10))
def test_a_path_of_another_length_or_size_proves_nothing(new):
    for index in range(new):
        path = merkle.inclusion_path(index, LEAVES[:new])
        longer = [*path, ROOTS[0]]
        assert merkle.verify_inclusion(index, new, LEAVES[index], longer, ROOTS[new]) is False
        assert merkle.verify_inclusion(index, new, LEAVES[index], [], ROOTS[new]) is False
    for old in range(1, new):
        path = merkle.consistency_path(old, LEAVES[:new])
        given = (old, new, ROOTS[old], ROOTS[new])
        assert merkle.verify_consistency(*given, path)
        assert merkle.verify_consistency(*given, []) is False
        assert merkle.verify_consistency(*given, [*path, ROOTS[0]]) is False
        assert merkle.verify_consistency(*given, path[:-1]) is False
        assert merkle.verify_consistency(old, new, ROOTS[new], ROOTS[new], path) is False
        assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[old], path) is False


def test_a_path_beyond_the_root_proves_nothing():
    """Roots made to fit a path that is too long: the size alone tells that it is."""
    above = merkle.node_hash(LEAVES[8], ROOTS[1])
    assert merkle.verify_inclusion(0, 1, LEAVES[0], [LEAVES[8]], above) is False
    path = [*merkle.consistency_path(3, LEAVES[:4]), LEAVES[8]]
    old, new = (merkle.node_hash(LEAVES[8], ROOTS[size]) for size in (3, 4))
    assert merkle.verify_consistency(3, 4, old, new, path) is False
