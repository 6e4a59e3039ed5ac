"""The tree over the ledger is that of RFC 6962, as another implementation makes and checks it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proofbundle import merkle as other

from app.domain.ledger import A_TILE, Tree, leaf, root_of

DIGESTS = [hashlib.sha256(str(number).encode()).digest() for number in range(70_000)]


def tree_of(size: int) -> Tree:
    tiles = [DIGESTS[at : min(size, at + A_TILE)] for at in range(0, size, A_TILE)]
    roots = [root_of([*map(leaf, tile)]) for tile in tiles[: size // A_TILE]]
    return Tree(size, roots, tiles.__getitem__)


SIZES = st.integers(0, 1_100)


@given(size=SIZES, place=st.floats(0, 1, exclude_max=True))
def test_roots_and_proofs_are_those_of_another_implementation(size: int, place: float) -> None:
    tree, leaves, index = tree_of(size), DIGESTS[:size], int(size * place)
    assert tree.root() == other.merkle_tree_hash(leaves)
    if size:
        proof = tree.inclusion(index)
        assert proof == other.inclusion_proof(leaves, index)
        assert other.verify_inclusion(DIGESTS[index], index, size, proof, tree.root())


@given(size=st.integers(1, 1_100), place=st.floats(0, 1, exclude_min=True))
def test_a_tree_is_a_continuation_of_each_smaller_one(size: int, place: float) -> None:
    before, now = tree_of(max(1, int(size * place))), tree_of(size)
    proof = other.consistency_proof(DIGESTS[:size], before.size)
    assert other.verify_consistency(before.size, size, proof, before.root(), now.root())


@pytest.mark.parametrize(
    ("level", "number", "width", "leaves"),
    [(0, 0, 256, 1), (0, 273, 112, 1), (1, 0, 256, 256), (1, 1, 17, 256), (2, 0, 1, 65_536)],
)
def test_a_tile_has_the_roots_of_what_stands_below_it(
    level: int, number: int, width: int, leaves: int
) -> None:
    tree, start = tree_of(70_000), number * A_TILE * leaves
    hashes = tree.tile(level, number, width)
    assert hashes
    assert len(hashes) == width
    for each, at in ((hashes[0], start), (hashes[-1], start + (width - 1) * leaves)):
        assert each == other.merkle_tree_hash(DIGESTS[at : at + leaves])
    beyond = (
        tree.tile(0, 273, 113),
        tree.tile(1, 1, 18),
        tree.tile(2, 0, 2),
        tree.entries(273, 113),
    )
    assert beyond == (None,) * 4
