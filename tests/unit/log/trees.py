"""Trees and keys for the tests of the log: made by the plainest reading of RFC 6962, not by the code under test."""

import hashlib
from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.note import Algorithm, Signature, Verifier
from evidence.domain.log.witness import cosign

SECONDS = 1_764_000_000
LOG_NAME = "casquillo/0198c0de-0000-7000-8000-000000000001"


def entry(number: int) -> bytes:
    """The 32-byte entry hash that stands at ``number`` in every tree of these tests."""
    return hashlib.sha256(f"entry {number}".encode()).digest()


@cache
def leaves(size: int) -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(b"\x00" + entry(number)).digest() for number in range(size))


def mth(row: Sequence[bytes]) -> bytes:
    """Merkle Tree Hash, word for word from RFC 6962, section 2.1, over leaf hashes."""
    if not row:
        return hashlib.sha256(b"").digest()
    if len(row) == 1:
        return row[0]
    split = 1
    while split * 2 < len(row):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(row[:split]) + mth(row[split:])).digest()


@cache
def root_of(size: int) -> bytes:
    return mth(leaves(size))


class Rows:
    """A ``HashReader`` that computes every subtree from the leaves and remembers it."""

    def __init__(self, row: Sequence[bytes]) -> None:
        self._row = row
        self._known: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(self._row), "a complete subtree of this tree"
        if level == 0:
            return self._row[index]
        if (level, index) not in self._known:
            pair = self.read(level - 1, 2 * index) + self.read(level - 1, 2 * index + 1)
            self._known[level, index] = hashlib.sha256(b"\x01" + pair).digest()
        return self._known[level, index]


class Key:
    """A signing key from a word, with the verifier that others are given."""

    def __init__(self, word: str, name: str, algorithm: Algorithm = Algorithm.ED25519) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest())
        self.verifier = Verifier(name, algorithm, self.private.public_key().public_bytes_raw())
        self.sign = self.private.sign


LOG = Key("log", LOG_NAME)
NORTH = Key("north", "norte.example/w1", Algorithm.COSIGNATURE)
SOUTH = Key("south", "sur.example/w1", Algorithm.COSIGNATURE)
EAST = Key("east", "este.example/w1", Algorithm.COSIGNATURE)


def cosigned(head: Checkpoint, key: Key, seconds: int = SECONDS) -> Signature:
    verifier = key.verifier
    return cosign(head, name=verifier.name, public_key=verifier.public_key, seconds=seconds, signer=key.sign)
