"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, inclusion and consistency proofs.

The entry of our log is the 32-byte entry hash, so a leaf is SHA-256(0x00 ‖ entry hash) (protocol, section 9).
A proof is made from complete-subtree hashes, which a ``HashReader`` gives: level 0 is the leaves, and the hash at
``(level, index)`` covers the leaves from ``index · 2^level`` on, 2^level of them. Proofs are checked by the
algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which need no tree.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class BadProof(Exception):
    """Something that should prove does not. ``code`` is stable; ``detail`` is for people reading logs."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class HashReader(Protocol):
    """Where the hashes of complete subtrees come from: tiles, rows or memory."""

    def read(self, level: int, index: int) -> bytes:
        """The 32-byte hash of the complete subtree at ``level`` (0 for leaves) and ``index``."""
        ...


def leaf_hash(entry_sha256: bytes) -> bytes:
    """The leaf of a 32-byte entry hash: SHA-256(0x00 ‖ entry hash)."""
    return hashlib.sha256(b"\x00" + entry_sha256).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of all the leaf hashes; the hash of nothing for an empty tree."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    # Pairing neighbours and carrying a lone last one up gives the same tree as RFC 6962's recursive split.
    while len(level) > 1:
        paired = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


class Frontier:
    """A tree that only grows, kept as the complete subtrees on its right: 20 hashes for a million leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # largest first: one for each bit of the size

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        reached, rest = leaf, self.size
        while rest & 1:
            reached, rest = node_hash(self._peaks.pop(), reached), rest >> 1
        self._peaks.append(reached)
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        reached = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            reached = node_hash(peak, reached)
        return reached


def tree_root(size: int, reader: HashReader) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return EMPTY_ROOT if size == 0 else _range(0, size, reader)


def inclusion_proof(index: int, size: int, reader: HashReader) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, section 2.1.1: from the leaf's sibling up; ``BadProof`` outside the tree."""
    if not 0 <= index < size:
        raise BadProof("index_outside_tree", f"{index} of {size}")
    low, high, path = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(middle, high, reader))
            high = middle
        else:
            path.append(_range(low, middle, reader))
            low = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns when the leaf hash stands at ``index`` of the tree of ``size`` with ``root``; else ``BadProof``."""
    if not 0 <= index < size:
        raise BadProof("index_outside_tree", f"{index} of {size}")
    _right_lengths([leaf, root, *proof])
    reached = leaf
    for sibling, on_left in _climb(index, size - 1, proof):
        reached = node_hash(sibling, reached) if on_left else node_hash(reached, sibling)
    if reached != root:
        raise BadProof("root_differs")


def consistency_proof(old: int, new: int, reader: HashReader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962, section 2.1.2; empty when ``old`` is 0 or equals ``new``."""
    if not 0 <= old <= new:
        raise BadProof("sizes_backwards", f"{old} to {new}")
    if old == 0:
        return []
    low, high, path = 0, new, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high, reader))
            high = middle
        else:
            path.append(_range(low, middle, reader))
            low = middle
    if low:
        path.append(_range(low, high, reader))
    return path[::-1]


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Returns when the tree of ``old`` is the beginning of the tree of ``new``; else ``BadProof``."""
    if not 0 <= old <= new:
        raise BadProof("sizes_backwards", f"{old} to {new}")
    _right_lengths([old_root, new_root, *proof])
    if 0 < old < new:
        old_reached, new_reached = _both_roots(old, old_root, new, proof)
    elif proof:
        raise BadProof("proof_too_long")
    else:  # nothing is the beginning of everything, and a tree of itself
        old_reached, new_reached = (EMPTY_ROOT, new_root) if old == 0 else (old_root, old_root)
    if old_reached != old_root:
        raise BadProof("old_root_differs")
    if new_reached != new_root or (new == 0 and new_root != EMPTY_ROOT):
        raise BadProof("root_differs")


def _both_roots(old: int, old_root: bytes, new: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to, for 0 < old < new."""
    # A complete old tree is itself the first node, and the proof leaves it out.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise BadProof("proof_too_short")
    complete = (old & -old).bit_length() - 1
    old_reached = new_reached = path[0]
    for sibling, on_left in _climb((old - 1) >> complete, (new - 1) >> complete, path[1:]):
        if on_left:
            old_reached, new_reached = node_hash(sibling, old_reached), node_hash(sibling, new_reached)
        else:
            new_reached = node_hash(new_reached, sibling)
    return old_reached, new_reached


def _climb(place: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each sibling on the way up from ``place`` in a row that ends at ``last``, and whether it stands on the left."""
    for sibling in path:
        if last == 0:
            raise BadProof("proof_too_long")
        on_left = bool(place & 1) or place == last
        yield sibling, on_left
        if on_left:  # a lone last node is carried up until it has a neighbour
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof("proof_too_short")


def _range(low: int, high: int, reader: HashReader) -> bytes:
    """MTH(D[low:high]) from complete subtrees; ``low`` is where a subtree of RFC 6962's split begins."""
    reached: bytes | None = None
    for level, index in reversed(subtrees(low, high)):
        part = reader.read(level, index)
        reached = part if reached is None else node_hash(part, reached)
    assert reached is not None
    return reached


def subtrees(low: int, high: int) -> list[tuple[int, int]]:
    """The complete subtrees ``(level, index)`` that make up D[low:high], largest first."""
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append((level, low >> level))
        low += 1 << level
    return parts


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _right_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise BadProof("hash_malformed", "a hash is not 32 bytes")
