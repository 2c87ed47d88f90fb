"""HEAD and retention, signed here and sent by urllib3: what every file asks for several times.

boto3's client takes three times their CPU (docs/adr/2026-11-24-store-requests.md). botocore signs (SigV4, payload
hash included); neither answer has a body to read. Whatever needs reading, lists above all, goes through boto3.
"""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from evidence.adapters.s3_transport import Http

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


class Direct:
    """Requests to one endpoint with one key; used by many threads."""

    def __init__(self, http: Http, *, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")
        self._credentials = Credentials(access_key, secret_key)
        self._region = region

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
        url = f"{self._endpoint}/{quote(place, safe='/-_.~')}"
        if query:
            url += "?" + urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
        wish = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
        S3SigV4Auth(self._credentials, "s3", self._region).add_auth(wish)
        return self._http.request(method, url, headers=dict(wish.headers.items()), body=body or None)


def md5(body: bytes) -> str:
    """Content-MD5, which S3 asks for where a lock is set; a transport check, not a security one."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii")
