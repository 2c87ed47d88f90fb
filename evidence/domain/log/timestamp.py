"""Timestamps of RFC 3161, as far as we read them: the request, and what a token says it was given for.

The authority's own signature is for ``openssl ts -verify`` and a certificate of whoever checks: which authority counts
is their choice. Here it is made sure that a token is about our bytes and answers our question.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from evidence.domain.log.merkle import BadProof

SHA256 = bytes.fromhex("608648016503040201")  # OID 2.16.840.1.101.3.4.2.1
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # OID 1.2.840.113549.1.7.2
TST_INFO = bytes.fromhex("2a864886f70d0109100104")  # OID 1.2.840.113549.1.9.16.1.4
GRANTED = (0, 1)  # granted, granted with changes
NONCE_BYTES = 8
_INTEGER, _OCTETS, _OID, _SEQUENCE, _TIME, _EXPLICIT = 0x02, 0x04, 0x06, 0x30, 0x18, 0xA0


@dataclass(frozen=True)
class Stamp:
    """What a token says: over which SHA-256, when (by the authority's clock), and for which nonce."""

    sha256: bytes
    at: datetime
    nonce: int | None


def request(sha256: bytes, *, nonce: bytes) -> bytes:
    """A TimeStampReq (section 2.4.1) over a SHA-256, asking for the authority's certificate too."""
    algorithm = _seq(_tlv(_OID, SHA256), b"\x05\x00")
    imprint = _seq(algorithm, _tlv(_OCTETS, sha256))
    return _seq(_integer(1), imprint, _integer(int.from_bytes(nonce)), b"\x01\x01\xff")


def read(response: bytes) -> Stamp:
    """What a TimeStampResp (section 2.4.2) holds. ``BadProof``: ``timestamp_refused``, or ``timestamp_malformed``."""
    try:
        status, *token = _members(_only(response, _SEQUENCE))
        if int.from_bytes(_parts(status, _SEQUENCE)[0][1]) not in GRANTED:
            raise BadProof("timestamp_refused")
        kind, content = _parts(token[0], _SEQUENCE)
        signed = _parts(_member(content, _EXPLICIT), _SEQUENCE)
        inner_kind, inner = _parts(signed[2], _SEQUENCE)
        if kind != (_OID, SIGNED_DATA) or inner_kind != (_OID, TST_INFO):
            raise BadProof("timestamp_malformed", "not a timestamp token")
        return _info(_only(_only(_value(inner, _EXPLICIT), _OCTETS), _SEQUENCE))
    except (ValueError, IndexError):
        raise BadProof("timestamp_malformed") from None


def _info(body: bytes) -> Stamp:
    """TSTInfo (section 2.4.2)."""
    parts = _members(body)
    algorithm, imprint = _parts(parts[2], _SEQUENCE)
    if parts[0] != (_INTEGER, b"\x01") or _parts(algorithm, _SEQUENCE)[0] != (_OID, SHA256):
        raise BadProof("timestamp_malformed", "not over a SHA-256")
    digits, _, fraction = _value(parts[4], _TIME).decode("ascii").removesuffix("Z").partition(".")
    at = datetime.strptime(f"{digits}.{fraction or '0'}", "%Y%m%d%H%M%S.%f").replace(tzinfo=UTC)
    nonces = [value for tag, value in parts[5:] if tag == _INTEGER]
    return Stamp(_value(imprint, _OCTETS), at, int.from_bytes(nonces[0]) if nonces else None)


Part = tuple[int, bytes]


def _members(body: bytes) -> list[Part]:
    return list(_walk(body))


def _walk(body: bytes) -> Iterator[Part]:
    """DER, one element after another (X.690): tag, length, value."""
    at = 0
    while at < len(body):
        tag, length, at = body[at], body[at + 1], at + 2
        if length & 0x80:
            many = length & 0x7F
            if not 1 <= many <= 4:
                raise ValueError("no such length in DER")
            length, at = int.from_bytes(body[at : at + many]), at + many
        if at + length > len(body):
            raise ValueError("cut short")
        yield tag, body[at : at + length]
        at += length


def _value(part: Part, tag: int) -> bytes:
    if part[0] != tag:
        raise ValueError("another element")
    return part[1]


def _parts(part: Part, tag: int) -> list[Part]:
    return _members(_value(part, tag))


def _member(part: Part, tag: int) -> Part:
    return _members(_value(part, tag))[0]


def _only(body: bytes, tag: int) -> bytes:
    (part,) = _members(body)
    return _value(part, tag)


def _tlv(tag: int, value: bytes) -> bytes:
    if len(value) >= 0x80:
        raise ValueError("requests are short")
    return bytes([tag, len(value)]) + value


def _seq(*members: bytes) -> bytes:
    return _tlv(_SEQUENCE, b"".join(members))


def _integer(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1))
