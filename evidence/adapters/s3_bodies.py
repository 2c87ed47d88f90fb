"""Request bodies that are checked while they pass: nothing is kept, and nothing wrong becomes whole."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO

from evidence.actions.store_ports import StoreRefused

PIECE = 64 * 1024  # what a relay holds of one upload


def exactly(body: IO[bytes], size: int) -> Iterator[bytes]:
    """The first ``size`` bytes of ``body``; ``StoreRefused`` ``short_body`` if it ends or breaks before.

    That is the sender's fault, so it must not look like a store that is away.
    """
    left = size
    while left:
        try:
            piece = body.read(min(left, PIECE))
        except OSError as error:
            raise StoreRefused("short_body", f"broke off {left} bytes before the end") from error
        if not piece:
            raise StoreRefused("short_body", f"ended {left} bytes early")
        left -= len(piece)
        yield piece


def verified(pieces: Iterable[bytes], *, sha256: str, size: int) -> Iterator[bytes]:
    """``pieces``, the last held back until length and hash are right; else ``StoreRefused`` ``mismatch``."""
    digest, seen, held = hashlib.sha256(), 0, b""
    for piece in pieces:
        digest.update(piece)
        seen += len(piece)
        if seen > size:
            raise StoreRefused("mismatch", f"longer than {size} bytes")
        if held:
            yield held
        held = piece
    if seen != size:
        raise StoreRefused("mismatch", f"{seen} bytes instead of {size}")
    if digest.hexdigest() != sha256:
        raise StoreRefused("mismatch", "the joined bytes have another SHA-256")
    if held:
        yield held
