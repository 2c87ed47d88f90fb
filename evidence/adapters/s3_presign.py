"""Presigned URLs, checked before anyone gets them: what the signature does not name, the store does not enforce."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from evidence.actions.store_ports import StoreRefused
from evidence.settings import LockMode

CHUNK_HEADERS = frozenset({"host", "content-length", "content-type", "x-amz-checksum-sha256"})
ORIGINAL_HEADERS = CHUNK_HEADERS | {
    "if-none-match",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
}
CHUNK_TYPE = "application/octet-stream"

_SHA256_HEX = re.compile(r"[0-9a-f]{64}")
# Servers refuse "..", and lose a body whose key ends in "/".
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Lock:
    """Not to be deleted before ``until``: GOVERNANCE yields to a key that may bypass it, COMPLIANCE to nobody."""

    mode: LockMode
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Write:
    """What a PUT may write: exactly these bytes, of this type, to this key; once and locked if it has a lock."""

    bucket: str
    key: str
    sha256: str
    size: int
    content_type: str
    lock: Lock | None = None


@dataclass(frozen=True)
class SignedPut:
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


def checksum(sha256: str) -> str:
    """S3's form (base64) of a lowercase hex SHA-256; ``ValueError`` if it is none."""
    if not _SHA256_HEX.fullmatch(sha256):
        raise ValueError("not a lowercase hex SHA-256")
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")


def sha256_of(value: str | None) -> str | None:
    """Hex SHA-256 of S3's base64 form; None for no checksum or a checksum of checksums (``…-2``)."""
    if not value or "-" in value:
        return None
    return base64.b64decode(value).hex()


def whole_seconds(until: datetime) -> datetime:
    """``until`` in UTC, up to the next whole second: a lock may become longer by rounding, never shorter."""
    if until.tzinfo is None:
        raise ValueError("a time without its zone")
    until = until.astimezone(UTC)
    return until.replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)


def safe_key(key: str) -> str:
    """``key`` itself; ``ValueError`` for one that stores read differently or may lose."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key for the store: {key!r}")
    return key


def attachment(filename: str) -> str:
    """A Content-Disposition that saves and never shows (RFC 6266), with a plain and a full name."""
    plain = _PLAIN.sub("_", filename).strip("._") or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def sign_put(client: Any, write: Write, *, seconds: int) -> SignedPut:
    """A PUT bound to hash, length and type, and with a lock also to that lock and to ``If-None-Match: *``.

    No network. ``StoreRefused`` ``signed_headers`` rather than a URL that binds less.
    """
    params: dict[str, Any] = {
        "Bucket": write.bucket,
        "Key": safe_key(write.key),
        "ChecksumSHA256": checksum(write.sha256),
        "ContentLength": write.size,
        "ContentType": write.content_type,
    }
    headers = {"content-type": write.content_type, "x-amz-checksum-sha256": params["ChecksumSHA256"]}
    if write.lock:
        mode, until = write.lock.mode.value, whole_seconds(write.lock.until)
        params |= {"IfNoneMatch": "*", "ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}
        headers |= {
            "if-none-match": "*",
            "x-amz-object-lock-mode": mode,
            "x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    url = str(client.generate_presigned_url("put_object", Params=params, ExpiresIn=seconds))
    expires_at = _assert_signed(url, ORIGINAL_HEADERS if write.lock else CHUNK_HEADERS)
    return SignedPut(url=url, headers=headers, expires_at=expires_at)


def _assert_signed(url: str, needed: frozenset[str]) -> datetime:
    """When the URL ends to be valid; ``StoreRefused`` if its signature leaves a needed header out."""
    query = parse_qs(urlsplit(url).query)
    signed = set(query.get("X-Amz-SignedHeaders", [""])[0].split(";"))
    missing = needed - signed
    if query.get("X-Amz-Algorithm") != ["AWS4-HMAC-SHA256"] or missing:
        raise StoreRefused("signed_headers", f"the signature leaves out {', '.join(sorted(missing))}")
    made_at = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return made_at + timedelta(seconds=int(query["X-Amz-Expires"][0]))
