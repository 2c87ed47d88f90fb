"""Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature.

Two types are known: 0x01, Ed25519 over the text, and 0x04, a witness's cosignature. Others are carried along as
unknown, which is what lets logs and witnesses change their keys without breaking readers.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from evidence.domain.log import cosignature, ed25519
from evidence.domain.log.lines import b64, b64_decode
from evidence.domain.log.merkle import BadProof

MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<hash>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)\Z")


class Algorithm(IntEnum):
    """The signature types that we read and write (C2SP signed-note, *Signature types*)."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


def key_id(name: str, algorithm: Algorithm, public_key: bytes) -> bytes:
    """The first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that we trust for something, under the name with which it signs."""

    name: str
    algorithm: Algorithm
    public_key: bytes  # 32 bytes, RFC 8032

    def __post_init__(self) -> None:
        if not name_is_valid(self.name) or len(self.public_key) != 32:
            raise BadProof("vkey_malformed")

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """Reads ``name+hash+key``; ``BadProof`` when malformed, of a foreign type, or when the hash does not fit."""
        match = _VKEY.match(vkey)
        if match is None:
            raise BadProof("vkey_malformed")
        raw = b64_decode(match["key"])
        try:
            algorithm = Algorithm(raw[0])
        except (IndexError, ValueError):
            raise BadProof("vkey_type_unknown") from None
        verifier = cls(match["name"], algorithm, raw[1:])
        if verifier.key_id.hex() != match["hash"]:
            raise BadProof("vkey_hash_differs")
        return verifier

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.algorithm, self.public_key)

    @property
    def vkey(self) -> str:
        """``name+hash+key``, as configuration files and policies write it."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.algorithm]) + self.public_key)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not yet believed."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """``— name base64(key id ‖ signature)`` with its newline."""
        return f"— {self.name} {b64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that a known key made; ``seconds`` (since 1970) only for a cosignature."""

    verifier: Verifier
    signature: Signature
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A note of which at least one signature was verified."""

    text: str
    by: tuple[Verified, ...]
    unknown: tuple[Signature, ...]


def name_is_valid(name: str) -> bool:
    """Key names are not empty and hold no Unicode space, no plus and no control character."""
    return bool(name) and "+" not in name and not re.search(r"\s", name) and not _CONTROL.search(name)


def sign(text: str, *, name: str, key_id: bytes, signer: Callable[[bytes], bytes]) -> bytes:
    """The note of ``text`` (which ends in a newline) with one Ed25519 signature by ``signer``."""
    signature = Signature(name, key_id, signer(text.encode()))
    return join(text, [signature])


def join(text: str, signatures: Iterable[Signature]) -> bytes:
    """The bytes of a note; ``BadProof`` for a text or name that a note cannot hold."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise BadProof("note_text_malformed")
    given = list(signatures)
    if not all(name_is_valid(each.name) for each in given):
        raise BadProof("note_name_malformed")
    return (text + "\n" + "".join(each.line() for each in given)).encode()


def add(note: bytes, signatures: Iterable[Signature]) -> bytes:
    """The same note with further signatures behind those that it has."""
    text, present = split(note)
    return join(text, [*present, *signatures])


def split(note: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Text and signatures of a note, nothing verified; ``BadProof`` when it is not of the form."""
    if len(note) > MAX_NOTE:
        raise BadProof("note_too_large")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise BadProof("note_malformed", "not UTF-8") from None
    if _CONTROL.search(whole):
        raise BadProof("note_malformed", "control characters")
    head, empty_line, tail = whole.rpartition("\n\n")
    if not empty_line or not tail.endswith("\n"):
        raise BadProof("note_malformed", "no signature block")
    return head + "\n", parse_signatures(tail)


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines, each with its newline, as in a note or in a witness's answer."""
    if not lines.endswith("\n"):
        raise BadProof("note_malformed", "a signature line does not end")
    given = lines[:-1].split("\n")
    if len(given) > MAX_SIGNATURES:
        raise BadProof("note_too_many_signatures")
    return tuple(_signature(line) for line in given)


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> Opened:
    """Verifies every signature by a known key.

    ``BadProof`` when the note is malformed, when a known key's signature is wrong (``signature_wrong``), or when
    no known key has signed (``not_signed``). A key's second signature on one note is ignored.
    """
    text, signatures = split(note)
    known = {(each.name, each.key_id): each for each in verifiers}
    by: dict[tuple[str, bytes], Verified] = {}
    unknown = []
    for signature in signatures:
        place = (signature.name, signature.key_id)
        if place not in known:
            unknown.append(signature)
        elif place not in by:
            by[place] = verify(text, signature, known[place])
    if not by:
        raise BadProof("not_signed", "no signature by a known key")
    return Opened(text, tuple(by.values()), tuple(unknown))


def verify(text: str, signature: Signature, verifier: Verifier) -> Verified:
    """The signature, believed; ``BadProof`` (``signature_wrong``) when this key did not sign this text."""
    if (signature.name, signature.key_id) == (verifier.name, verifier.key_id):
        if verifier.algorithm is Algorithm.COSIGNATURE:
            try:
                return Verified(verifier, signature, cosignature.verify(text, signature.signature, verifier.public_key))
            except BadProof:
                pass
        elif ed25519.verified(verifier.public_key, signature.signature, text.encode()):
            return Verified(verifier, signature, None)
    raise BadProof("signature_wrong", signature.name)


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not name_is_valid(parts[1]):
        raise BadProof("note_malformed", "a signature line is not of the form")
    raw = b64_decode(parts[2])
    if len(raw) < 5:
        raise BadProof("note_malformed", "a signature is too short")
    return Signature(parts[1], raw[:4], raw[4:])
