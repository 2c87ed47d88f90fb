"""Compact JWS (RFC 7515) as phones sign it: ES256 and nothing else, in exactly one spelling.

Two steps, so that nothing is believed by accident: :func:`read` takes the three parts apart without
trusting them, :meth:`Unverified.verify` checks them against a key that the caller looked up. A JWS is
never asked which algorithm or key to use; ``kid`` only says whom to look up (protocol, section 4).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from evidence.domain.canonical import b64url, b64url_decode, jcs, sha256_hex
from evidence.domain.refusal import Refusal, RefusalCode

ALG = "ES256"
MAX_HEADER = 512  # characters of its base64url form
SIGNATURE_CHARS = 86  # 64 bytes
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})
_JWK_MEMBERS = frozenset({"kty", "crv", "x", "y"})


class Typ(StrEnum):
    """What a JWS is for. One is never taken for another."""

    CAPTURE = "capture+jws"
    STATEMENT = "statement+jws"
    ENROL = "enrol+jws"
    DEVICE_SESSION = "device-session+jws"


MAX_PAYLOAD = {
    Typ.CAPTURE: 256 * 1024,
    Typ.STATEMENT: 64 * 1024,
    Typ.ENROL: 8 * 1024,
    Typ.DEVICE_SESSION: 8 * 1024,
}
"""Bytes of the decoded payload, at most (the manifest's: protocol, section 4)."""


@dataclass(frozen=True)
class Verified:
    """A payload that the holder of the key signed. ``sha256`` is the hash by which everything names it."""

    kid: UUID
    payload: bytes
    jws: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return sha256_hex(self.payload)


@dataclass(frozen=True)
class Unverified:
    """A JWS taken apart. Nothing in it is to be believed but its form."""

    kid: UUID
    payload_bytes: bytes
    signing_input: bytes = field(repr=False)
    signature: bytes
    jws: bytes = field(repr=False)

    def verify(self, public_jwk: Mapping[str, Any]) -> Verified:
        """The payload, if the key signed it; ``Refusal`` ``signature`` if not, ``key_…`` for a bad key."""
        r, s = int.from_bytes(self.signature[:32], "big"), int.from_bytes(self.signature[32:], "big")
        try:
            public_key(public_jwk).verify(encode_dss_signature(r, s), self.signing_input, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Refusal(RefusalCode.SIGNATURE, "the key did not sign these bytes") from None
        return Verified(self.kid, self.payload_bytes, self.jws)


def read(jws: bytes, *, typ: Typ, max_payload: int | None = None) -> Unverified:
    """Takes a compact JWS apart; ``Refusal`` for every form but the one that this product signs.

    ``max_payload`` in bytes, by default the limit of its ``typ``. Lengths are checked before anything is
    decoded. The header has exactly alg, typ and kid, in any order, without spaces or escapes; kid is an
    enrolment's id in lowercase. The signature is 64 bytes, r then s, each from 1 to n − 1; a high s is as
    good as a low one, for documents are named by the hash of their payload, never of their signature.
    """
    limit = MAX_PAYLOAD[typ] if max_payload is None else max_payload
    if len(jws) > MAX_HEADER + 1 + -(-limit * 4 // 3) + 1 + SIGNATURE_CHARS:
        raise Refusal(RefusalCode.JWS_TOO_LARGE, f"{len(jws)} bytes")
    parts = jws.split(b".")
    if len(parts) != 3:
        raise Refusal(RefusalCode.JWS_PARTS, f"{len(parts)} parts")
    header_part, payload_part, signature_part = parts
    if len(header_part) > MAX_HEADER:
        raise Refusal(RefusalCode.JWS_HEADER, "header too long")
    kid = _kid_of(_decoded(header_part, "header"), typ)
    payload = _decoded(payload_part, "payload")
    if len(payload) > limit:
        raise Refusal(RefusalCode.PAYLOAD_TOO_LARGE, f"{len(payload)} bytes, at most {limit}")
    signature = _decoded(signature_part, "signature")
    if len(signature) != 64:
        raise Refusal(RefusalCode.SIGNATURE_FORM, f"{len(signature)} bytes, not 64")
    if not all(0 < int.from_bytes(half, "big") < _ORDER for half in (signature[:32], signature[32:])):
        raise Refusal(RefusalCode.SIGNATURE_FORM, "r or s out of range")
    return Unverified(kid, payload, header_part + b"." + payload_part, signature, jws)


def _decoded(part: bytes, name: str) -> bytes:
    try:
        return b64url_decode(part)
    except ValueError as error:
        raise Refusal(RefusalCode.JWS_BASE64URL, f"{name}: {error}") from None


def _kid_of(header: bytes, typ: Typ) -> UUID:
    try:
        pairs = json.loads(header.decode("utf-8"), object_pairs_hook=tuple)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refusal(RefusalCode.JWS_HEADER, "not JSON") from None
    # Pairs, not a dict: a second `alg` must not hide behind the first. An array has no pairs to be taken for.
    if not isinstance(pairs, tuple) or sorted(name for name, _ in pairs) != sorted(_HEADER_MEMBERS):
        raise Refusal(RefusalCode.JWS_HEADER, "the members are exactly alg, typ and kid")
    members = dict(pairs)
    if json.dumps(members, separators=(",", ":")).encode("ascii") != header:
        raise Refusal(RefusalCode.JWS_HEADER, "not in its shortest spelling")
    if members["alg"] != ALG:
        raise Refusal(RefusalCode.JWS_ALG, "only ES256")
    if members["typ"] != typ:
        raise Refusal(RefusalCode.JWS_TYP, f"expected {typ}")
    kid = members["kid"]
    if not isinstance(kid, str) or not _UUID.fullmatch(kid):
        raise Refusal(RefusalCode.JWS_KID, "kid is an enrolment's id")
    return UUID(kid)


def public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key in a JWK (RFC 7518, section 6.2): P-256, exactly kty, crv, x and y, a point on the curve.

    ``Refusal`` ``key_form`` or ``key_not_on_curve``. ``ext``, ``key_ops`` and above all ``d`` are refused:
    nobody may hand in a private key.
    """
    if set(jwk) != _JWK_MEMBERS or jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise Refusal(RefusalCode.KEY_FORM, "the members are exactly kty, crv, x and y, of an EC key on P-256")
    x, y = _coordinate(jwk["x"]), _coordinate(jwk["y"])
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise Refusal(RefusalCode.KEY_NOT_ON_CURVE) from None


def _coordinate(text: Any) -> int:
    try:
        raw = b64url_decode(text) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Refusal(RefusalCode.KEY_FORM, "a coordinate is 32 bytes, base64url")
    return int.from_bytes(raw, "big")


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The JWK of a P-256 key, in the form that :func:`public_key` takes."""
    numbers = key.public_numbers()
    x, y = (b64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638 thumbprint, lowercase hex: two enrolments with one key are found by it."""
    return sha256_hex(jcs({name: jwk[name] for name in sorted(_JWK_MEMBERS)}))


def sign(
    private_key: ec.EllipticCurvePrivateKey,
    *,
    typ: Typ,
    kid: UUID,
    payload: bytes,
    deterministic: bool = False,
) -> bytes:
    """What a phone does: a compact JWS over ``payload``, which is signed as it is, canonical or not.

    ``deterministic`` follows RFC 6979, for known-answer vectors; it needs an OpenSSL of 3.2 or newer.
    """
    header = json.dumps({"alg": ALG, "typ": typ, "kid": str(kid)}, separators=(",", ":"))
    signing_input = f"{b64url(header.encode('ascii'))}.{b64url(payload)}".encode("ascii")
    return signing_input + b"." + sign_raw(private_key, signing_input, deterministic=deterministic)


def sign_raw(private_key: ec.EllipticCurvePrivateKey, signing_input: bytes, *, deterministic: bool = False) -> bytes:
    """The third part of a JWS: r then s, 32 bytes each, base64url."""
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=deterministic)
    r, s = decode_dss_signature(private_key.sign(signing_input, algorithm))
    return b64url(r.to_bytes(32, "big") + s.to_bytes(32, "big")).encode("ascii")
