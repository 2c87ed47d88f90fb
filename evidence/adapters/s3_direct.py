"""Small requests, signed here and sent by urllib3: what every file asks for several times.

boto3's client takes three times their CPU (docs/adr/2026-11-24-store-requests.md).
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import urllib3

from evidence.adapters.s3_signing import Signer
from evidence.adapters.s3_transport import Http

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


class Direct:
    """Requests to one endpoint with one key; used by many threads."""

    def __init__(self, http: Http, signer: Signer) -> None:
        self._http, self._signer = http, signer

    def request(
        self,
        method: str,
        place: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> urllib3.BaseHTTPResponse:
        """One request to ``place`` (bucket/key); any status comes back, ``StoreUnavailable`` if none."""
        now = datetime.now(UTC)
        signed = self._signer.headers(method, place, now=now, query=query, headers=headers, body=body)
        return self._http.request(method, self._signer.url(place, query), headers=signed, body=body or None)


def md5(body: bytes) -> str:
    """Content-MD5, which S3 asks for where a lock is set; a transport check, not a security one."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii")
