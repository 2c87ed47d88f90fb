"""Roots and proofs against published trees, against the plain definition, and with every byte changed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import Rows, entry, leaves, root_of

from evidence.domain.log.merkle import (
    EMPTY_ROOT,
    BadProof,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The tree that the reference implementation of Certificate Transparency is tested with.
KNOWN_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
KNOWN_PATH_5_OF_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
KNOWN_GROWTH_6_TO_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]

SIZES = st.integers(min_value=1, max_value=600)
TREE = Rows(leaves(600))


def known_leaves() -> list[bytes]:
    return [leaf_hash(bytes.fromhex(text)) for text in KNOWN_ENTRIES]


def test_the_published_roots() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == root([]) == tree_root(0, TREE)
    for size, expected in enumerate(KNOWN_ROOTS, start=1):
        assert root(known_leaves()[:size]).hex() == expected
        assert tree_root(size, Rows(known_leaves())).hex() == expected


def test_the_published_proofs() -> None:
    reader = Rows(known_leaves())
    assert [value.hex() for value in inclusion_proof(5, 8, reader)] == KNOWN_PATH_5_OF_8
    assert [value.hex() for value in consistency_proof(6, 8, reader)] == KNOWN_GROWTH_6_TO_8
    assert consistency_proof(0, 8, reader) == consistency_proof(8, 8, reader) == []


def test_the_example_of_rfc_6962_section_2_1_3() -> None:
    """Seven entries: PATH(0) = [b, h, l], PATH(3) = [c, g, l], PATH(4) = [f, j, k], PATH(6) = [i, k]; and growth."""
    a, b, c, d, e, f, j = leaves(7)
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, ell = node_hash(g, h), node_hash(i, j)
    reader = Rows(leaves(7))
    assert inclusion_proof(0, 7, reader) == [b, h, ell]
    assert inclusion_proof(3, 7, reader) == [c, g, ell]
    assert inclusion_proof(4, 7, reader) == [f, j, k]
    assert inclusion_proof(6, 7, reader) == [i, k]
    assert consistency_proof(3, 7, reader) == [c, d, g, ell]
    assert consistency_proof(4, 7, reader) == [ell]
    assert consistency_proof(6, 7, reader) == [i, j, k]


def test_every_pair_of_a_small_tree() -> None:
    for size in range(1, 50):
        for index in range(size):
            verify_inclusion(leaves(size)[index], index, size, inclusion_proof(index, size, TREE), root_of(size))
        for old in range(size + 1):
            verify_consistency(old, root_of(old), size, root_of(size), consistency_proof(old, size, TREE))


@given(size=SIZES, data=st.data())
def test_every_entry_proves_itself_and_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, TREE)
    verify_inclusion(leaf_hash(entry(index)), index, size, proof, root_of(size))
    assert tree_root(size, TREE) == root(leaves(size)) == root_of(size)
    elsewhere = data.draw(st.integers(0, size + 3).filter(lambda place: place != index))
    with pytest.raises(BadProof):
        verify_inclusion(leaf_hash(entry(index)), elsewhere, size, proof, root_of(size))
    for wrong in ([*proof, proof[-1] if proof else EMPTY_ROOT], proof[:-1] if proof else [EMPTY_ROOT]):
        with pytest.raises(BadProof):
            verify_inclusion(leaf_hash(entry(index)), index, size, wrong, root_of(size))


@given(new=SIZES, data=st.data())
def test_growth_is_proven_from_every_size(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, TREE)
    verify_consistency(old, root_of(old), new, root_of(new), proof)
    wrong_size = data.draw(st.integers(0, new + 3).filter(lambda size: size != old))
    with pytest.raises(BadProof):
        verify_consistency(wrong_size, root_of(old), new, root_of(new), proof)
    with pytest.raises(BadProof):
        verify_consistency(old, root_of(old), new, root_of(new), [*proof, EMPTY_ROOT])
    if proof:
        with pytest.raises(BadProof):
            verify_consistency(old, root_of(old), new, root_of(new), proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 7), (299, 300), (128, 257)])
def test_every_flipped_byte_of_an_inclusion_is_refused(index: int, size: int) -> None:
    leaf, proof = leaves(size)[index], inclusion_proof(index, size, TREE)
    whole = b"".join([leaf, root_of(size), *proof])
    for place in range(len(whole)):
        leaf, top, *path = cut(flipped(whole, place))
        with pytest.raises(BadProof):
            verify_inclusion(leaf, index, size, path, top)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 7), (6, 8), (256, 300), (255, 513)])
def test_every_flipped_byte_of_a_growth_is_refused(old: int, new: int) -> None:
    whole = b"".join([root_of(old), root_of(new), *consistency_proof(old, new, TREE)])
    for place in range(len(whole)):
        old_root, new_root, *path = cut(flipped(whole, place))
        with pytest.raises(BadProof):
            verify_consistency(old, old_root, new, new_root, path)


def test_nothing_grows_from_nothing_only() -> None:
    verify_consistency(0, EMPTY_ROOT, 5, root_of(5), [])
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    for old_root, new, new_root in [
        (root_of(1), 5, root_of(5)),
        (EMPTY_ROOT, 0, root_of(1)),
        (root_of(1), 0, root_of(1)),
    ]:
        with pytest.raises(BadProof):
            verify_consistency(0, old_root, new, new_root, [])
    with pytest.raises(BadProof, match="proof_too_long"):
        verify_consistency(0, EMPTY_ROOT, 5, root_of(5), [root_of(5)])


def test_what_is_outside_the_tree_has_no_proof() -> None:
    for index, size in [(-1, 5), (5, 5), (0, 0)]:
        with pytest.raises(BadProof, match="index_outside_tree"):
            inclusion_proof(index, size, TREE)
        with pytest.raises(BadProof, match="index_outside_tree"):
            verify_inclusion(leaves(1)[0], index, size, [], root_of(5))
    for old, new in [(6, 5), (-1, 5)]:
        with pytest.raises(BadProof, match="sizes_backwards"):
            consistency_proof(old, new, TREE)
        with pytest.raises(BadProof, match="sizes_backwards"):
            verify_consistency(old, root_of(6), new, root_of(5), [])


def test_a_short_hash_is_not_a_hash() -> None:
    with pytest.raises(BadProof, match="hash_malformed"):
        verify_inclusion(leaves(1)[0], 0, 2, [leaves(2)[1][:31]], root_of(2))


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def cut(data: bytes) -> list[bytes]:
    return [data[place : place + 32] for place in range(0, len(data), 32)]
