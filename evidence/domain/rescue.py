"""Rescue files: what a phone could not send, sealed to the service's rescue key (protocol, section 11).

``CSQRESC1``, the header's length (4 bytes, big-endian), the header, then frames. The header is JSON with ``v``,
``service_id``, ``key`` (RFC 7638 thumbprint of the rescue key, hex), ``epk`` (P-256 JWK), ``salt`` (base64url) and
``frame`` (plaintext bytes of a frame). The key is HKDF-SHA256 of the ECDH secret, with that salt and the header's own
SHA-256 behind the words ``casquillo rescue 1``, so that a changed header opens nothing. Frame *n* is AES-256-GCM with
*n* as its 12-byte nonce and one byte of associated data: 1 for the last, so that a cut file shows.

The plaintext is a row of records: a length (4 bytes), a JSON head of that length, and ``size`` bytes of body.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evidence.domain.canonical import b64url_decode, sha256_hex
from evidence.domain.jws import public_jwk, public_key, thumbprint
from evidence.domain.refusal import Refusal

MAGIC = b"CSQRESC1"
INFO = b"casquillo rescue 1\x00"
FRAME = 1024 * 1024
TAG = 16
MAX_HEADER = 4096
MAX_HEAD = 4096
MAX_BODY = 512 * 1024 * 1024
KINDS = ("capture", "statement", "file")


class BadRescue(Exception):
    """A file that is no rescue file, is not for this key, was cut or changed. ``code`` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True)
class Header:
    """For whom the file is, and what its key is made from. ``raw`` are its bytes."""

    service_id: UUID
    key: str
    epk: Mapping[str, Any]
    salt: bytes
    frame: int
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Record:
    """A signed document (``kind`` capture or statement, ``body`` its JWS) or one file of a capture's manifest.

    ``sha256`` is of the payload or of the file's bytes; ``manifest`` names the manifest of a file.
    """

    kind: str
    id: UUID
    device_id: UUID
    sha256: str
    capture_id: UUID | None
    manifest: str | None
    body: bytes = field(repr=False)


def read_header(source: IO[bytes]) -> Header:
    """Takes the file's beginning; ``BadRescue`` ``not_a_rescue_file`` when it is none."""
    if source.read(len(MAGIC)) != MAGIC:
        raise BadRescue("not_a_rescue_file")
    size = int.from_bytes(source.read(4))
    raw = source.read(size) if size <= MAX_HEADER else b""
    try:
        value = json.loads(raw)
        header = Header(
            service_id=UUID(value["service_id"]),
            key=str(value["key"]),
            epk=value["epk"],
            salt=b64url_decode(value["salt"]),
            frame=int(value["frame"]),
            raw=raw,
        )
    except (ValueError, KeyError, TypeError):
        raise BadRescue("not_a_rescue_file", "its header") from None
    if value.get("v") != 1 or header.frame != FRAME or len(raw) != size:
        raise BadRescue("not_a_rescue_file", "its header")
    return header


def read_records(source: IO[bytes], header: Header, key: ec.EllipticCurvePrivateKey) -> Iterator[Record]:
    """The records behind a header that was read; ``BadRescue`` from the first byte on that is not the phone's.

    A record is whole and hashes to what it says before it is given; what came before a fault may be used.
    """
    if thumbprint(public_jwk(key.public_key())) != header.key:
        raise BadRescue("other_key")
    plain = _Plain(_frames(source, AESGCM(_content_key(header, key))))
    while not plain.at_end():
        head = plain.take(int.from_bytes(plain.take(4, MAX_HEAD)), MAX_HEAD)
        yield _record(head, plain)


def _record(raw: bytes, plain: "_Plain") -> Record:
    try:
        head = json.loads(raw)
        kind, size = head["kind"], int(head["size"])
        capture = UUID(head["capture_id"]) if kind == "file" else None
        manifest = str(head["manifest"]) if kind == "file" else None
        ids = UUID(head["id"]), UUID(head["device_id"])
        sha256 = str(head["sha256"])
    except (ValueError, KeyError, TypeError):
        raise BadRescue("record_malformed") from None
    if kind not in KINDS:
        raise BadRescue("record_malformed", "kind")
    body = plain.take(size, MAX_BODY)
    if sha256_hex(body if kind == "file" else _payload(body)) != sha256:
        raise BadRescue("bytes_differ", sha256)
    return Record(kind, ids[0], ids[1], sha256, capture, manifest, body)


def _payload(jws: bytes) -> bytes:
    try:
        return b64url_decode(jws.split(b".")[1])
    except (IndexError, ValueError):
        raise BadRescue("record_malformed", "no JWS") from None


def _content_key(header: Header, key: ec.EllipticCurvePrivateKey) -> bytes:
    try:
        secret = key.exchange(ec.ECDH(), public_key(header.epk))
    except Refusal as refusal:
        raise BadRescue("not_a_rescue_file", str(refusal.code)) from None
    info = INFO + bytes.fromhex(sha256_hex(header.raw))
    return HKDF(algorithm=SHA256(), length=32, salt=header.salt, info=info).derive(secret)


def _frames(source: IO[bytes], cipher: AESGCM) -> Iterator[bytes]:
    """Decrypted frames. Which is the last shows only when the file ends, so one is always read ahead."""
    sealed, number = source.read(FRAME + TAG), 0
    while True:
        following = source.read(FRAME + TAG)
        try:
            yield cipher.decrypt(number.to_bytes(12), sealed, b"\x00" if following else b"\x01")
        except (InvalidTag, ValueError):
            raise BadRescue("cut_or_changed", f"frame {number}") from None
        if not following:
            return
        sealed, number = following, number + 1


class _Plain:
    """Frames as one row of bytes."""

    def __init__(self, frames: Iterator[bytes]) -> None:
        self._frames = frames
        self._rest = bytearray()

    def at_end(self) -> bool:
        return not self._rest and not self._more()

    def take(self, size: int, most: int) -> bytes:
        if size > most:
            raise BadRescue("record_malformed", f"{size} bytes")
        while len(self._rest) < size:
            if not self._more():
                raise BadRescue("record_malformed", "the file ends within a record")
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    def _more(self) -> bool:
        for frame in self._frames:
            self._rest += frame
            if frame:
                return True
        return False
