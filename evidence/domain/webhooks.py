"""Webhook messages by the Standard Webhooks specification: how they are signed, when they are tried again."""

import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from evidence.domain.errors import invalid

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
LONGEST_URL = 500

RETRIES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The specification's own schedule: after the last one the message is given up."""


def secret_text(secret: bytes) -> str:
    """The secret as its owner keeps it: ``whsec_`` and base64."""
    return SECRET_PREFIX + b64encode(secret).decode()


def secret_of(text: str) -> bytes:
    """The bytes behind ``whsec_…``; ``ValueError`` for anything else."""
    if not text.startswith(SECRET_PREFIX):
        raise ValueError("not a webhook secret")
    return b64decode(text.removeprefix(SECRET_PREFIX), validate=True)


def signature(secret: bytes, *, message_id: str, at: datetime, body: bytes) -> str:
    """``v1,<base64>``: HMAC-SHA-256 over ``<id>.<unix seconds>.<body>``."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def headers(secret: bytes, *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of an attempt; the id stays the same through all of them."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(secret, message_id=message_id, at=at, body=body),
    }


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` failures; None when it is given up."""
    return now + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


def check_url(url: str) -> str:
    """The host of an https address without user, fragment or odd port; 422 ``webhook_url`` otherwise."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = parts.scheme == "https" and parts.hostname and not (parts.username or parts.password or parts.fragment)
    if not plain or len(url) > LONGEST_URL or port not in (None, 443, 8443):
        raise invalid("webhook_url", url="https, a host name, port 443 or 8443, and no user or fragment")
    return str(parts.hostname)
