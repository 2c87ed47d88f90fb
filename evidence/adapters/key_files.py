"""Ed25519 keys of logs and witnesses as files that only their owner can read: one line each, in the note's own form.

``PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>``, as other tools for signed notes write it. The file's name is
the key id, so a folder may hold several while one takes over from another.
"""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.domain.log.lines import b64, b64_decode
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Algorithm, Verifier

_PREFIX = "PRIVATE+KEY+"


class KeyFiles:
    """``evidence.actions.ports.LogSigner`` over a folder. Files are read when needed, so a new key works at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make_key(self, name: str, algorithm: Algorithm = Algorithm.ED25519) -> str:
        """A new key under ``name``, on disk before its vkey is returned."""
        seed = secrets.token_bytes(32)
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        verifier = Verifier(name, algorithm, public)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = f"{_PREFIX}{name}+{verifier.key_id.hex()}+{b64(bytes([algorithm]) + seed)}\n"
        write_durably(self._file(verifier), line.encode(), new=True)
        return verifier.vkey

    def vkeys(self) -> list[str]:
        """The public keys of all private ones here."""
        return sorted(_read(file)[0].vkey for file in self._folder.glob("*.key"))

    def holds(self, vkey: str) -> bool:
        return self._file(Verifier.parse(vkey)).is_file()

    def sign(self, vkey: str, message: bytes) -> bytes:
        """The 64-byte signature; ``KeyError`` when that key is not here."""
        wanted = Verifier.parse(vkey)
        try:
            verifier, private = _read(self._file(wanted))
        except FileNotFoundError:
            raise KeyError(vkey) from None
        if verifier != wanted:
            raise KeyError(vkey)
        return private.sign(message)

    def _file(self, verifier: Verifier) -> Path:
        return self._folder / f"{verifier.key_id.hex()}.key"


def _read(file: Path) -> tuple[Verifier, Ed25519PrivateKey]:
    """``ValueError`` for a file that is no key; its content is never part of the message."""
    try:
        name, _, coded = file.read_text(encoding="utf-8").strip().removeprefix(_PREFIX).split("+", 2)
        raw = b64_decode(coded)
        private = Ed25519PrivateKey.from_private_bytes(raw[1:])
        return Verifier(name, Algorithm(raw[0]), private.public_key().public_bytes_raw()), private
    except (ValueError, IndexError, BadProof):
        raise ValueError(f"{file} is not a key of a signed note") from None


def write_durably(file: Path, data: bytes, *, new: bool = False) -> None:
    """Whole or not at all, on disk when this returns, mode 0600. ``FileExistsError`` when ``new`` and it is there."""
    if new and file.exists():
        raise FileExistsError(file)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
