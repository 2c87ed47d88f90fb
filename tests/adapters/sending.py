"""What phones do with presigned URLs, right and wrong; and originals to do it with."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import urllib3

from evidence.actions.store_ports import PresignedPut
from evidence.adapters.s3 import S3MediaStore


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@dataclass
class Original:
    """Bytes that nobody has stored yet, and the key they belong under."""

    data: bytes = field(default_factory=lambda: os.urandom(3000), repr=False)
    content_type: str = "image/jpeg"
    lock_until: datetime = field(default_factory=lambda: in_seconds(120))

    def __post_init__(self) -> None:
        self.sha256 = sha256(self.data)
        self.key = f"originals/{uuid4()}/{uuid4()}/{uuid4()}/{self.sha256}"

    def presigned(self, store: S3MediaStore, *, seconds: int = 60) -> PresignedPut:
        return store.presign_original(
            key=self.key,
            sha256=self.sha256,
            size=len(self.data),
            content_type=self.content_type,
            lock_until=self.lock_until,
            seconds=seconds,
        )


class Sender:
    """Sends as it is told, whatever the signature says."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=20.0)

    def put(self, url: str, headers: Mapping[str, str], data: bytes) -> urllib3.BaseHTTPResponse:
        return self._pool.request("PUT", url, headers=dict(headers), body=data)

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, url, headers=dict(headers or {}))

    def close(self) -> None:
        self._pool.clear()
