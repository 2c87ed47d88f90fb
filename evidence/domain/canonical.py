"""Canonical bytes and hashes: RFC 8785 (JCS), SHA-256, strict base64url (RFC 4648 section 5, no padding)."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*\Z")


def jcs(value: Mapping[str, Any]) -> bytes:
    """The RFC 8785 form of ``value``: equal values give equal bytes on every platform."""
    return rfc8785.dumps(dict(value))


def sha256_hex(data: bytes) -> str:
    """Lowercase hex SHA-256, the form of every hash on the wire."""
    return hashlib.sha256(data).hexdigest()


def salted_sha256_hex(salt: bytes, value: Mapping[str, Any]) -> str:
    """SHA-256(salt ‖ JCS(value)): without the salt, ``value`` cannot be guessed from it (protocol, section 9)."""
    return hashlib.sha256(salt + jcs(value)).hexdigest()


def b64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str | bytes) -> bytes:
    """Decodes unpadded base64url; ``ValueError`` for padding, foreign characters or stray trailing bits."""
    raw = text.encode("ascii") if isinstance(text, str) else text
    if not _BASE64URL.match(raw) or len(raw) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise ValueError("base64url with stray trailing bits")
    return data
