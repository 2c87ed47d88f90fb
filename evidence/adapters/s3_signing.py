"""AWS Signature Version 4 for S3, as a header and as a presigned URL.

Arithmetic on a request that is known whole: a capture needs some twenty signatures, and a general client spends most
of their time on finding out what the request is. The tests hold each to what botocore signs.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"


class Signer:
    """Signs requests to one endpoint with one key; used by many threads."""

    def __init__(self, *, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._host = urlsplit(self._endpoint).netloc
        self._region, self._access_key, self._secret_key = region, access_key, secret_key

    def url(self, place: str, query: Mapping[str, str] | None = None) -> str:
        """The address of ``place`` (bucket/key)."""
        written = _query(query or {})
        return f"{self._endpoint}{_path(place)}" + (f"?{written}" if written else "")

    def presigned(
        self,
        method: str,
        place: str,
        *,
        now: datetime,
        seconds: int,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """A URL that is good for ``seconds``; who uses it must send ``headers`` (lowercase names) as they are here."""
        signed = {**(headers or {}), "host": self._host}
        time = _time(now)
        asked = {
            **(query or {}),
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self._access_key}/{self._scope(time)}",
            "X-Amz-Date": time,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": ";".join(sorted(signed)),
        }
        signature = self._sign(method, place, asked, signed, UNSIGNED, time)
        return f"{self.url(place, asked)}&X-Amz-Signature={signature}"

    def headers(
        self,
        method: str,
        place: str,
        *,
        now: datetime,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> dict[str, str]:
        """``headers`` (lowercase names) with those that authorise exactly this request."""
        payload, time = hashlib.sha256(body).hexdigest(), _time(now)
        sent = {**(headers or {}), "x-amz-content-sha256": payload, "x-amz-date": time}
        signed = {**sent, "host": self._host}
        signature = self._sign(method, place, query or {}, signed, payload, time)
        credential = f"{self._access_key}/{self._scope(time)}"
        names = ";".join(sorted(signed))
        return {
            **sent,
            "authorization": f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}",
        }

    def _scope(self, time: str) -> str:
        return f"{time[:8]}/{self._region}/s3/aws4_request"

    def _sign(
        self, method: str, place: str, query: Mapping[str, str], headers: Mapping[str, str], payload: str, time: str
    ) -> str:
        names = sorted(headers)
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
        request = "\n".join((method, _path(place), _query(query), lines, ";".join(names), payload))
        wanted = "\n".join((ALGORITHM, time, self._scope(time), hashlib.sha256(request.encode()).hexdigest()))
        return hmac.digest(_key(self._secret_key, time[:8], self._region), wanted.encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _key(secret_key: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _time(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _path(place: str) -> str:
    return "/" + quote(place, safe="/-_.~")


def _query(query: Mapping[str, str]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
