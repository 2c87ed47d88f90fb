"""Small signed requests to the store without a client's machinery, which costs ten times what they do.

botocore signs (SigV4, payload hash included); urllib3 sends; the answer's XML is read here. A capture of three
photos makes a dozen of these: two milliseconds each would be most of what it costs.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode
from xml.etree import ElementTree

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from evidence.actions.ports import StoreUnavailable
from evidence.adapters.s3_transport import Http, raise_for

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

Members = dict[str, str]
"""One entry of a list: the texts of its direct children by name, without namespace."""


class Direct:
    """Requests to one endpoint with one key; used by many threads. ``client`` lends credentials and region."""

    def __init__(self, client: Any, http: Http, *, endpoint: str) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")
        self._credentials = client._request_signer._credentials
        self._region = client.meta.region_name

    def request(
        self,
        method: str,
        place: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> urllib3.BaseHTTPResponse:
        """One request to ``place`` (bucket, or bucket/key); any status comes back, ``StoreUnavailable`` if none."""
        url = f"{self._endpoint}/{quote(place, safe='/-_.~')}"
        if query:
            url += "?" + urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
        wish = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
        S3SigV4Auth(self._credentials, "s3", self._region).add_auth(wish)
        return self._http.request(method, url, headers=dict(wish.headers.items()), body=body or None)

    def entries(self, bucket: str, name: str, query: Mapping[str, str], marks: Mapping[str, str]) -> Iterator[Members]:
        """Every ``name`` element of a list; ``marks``: by what the next page is asked for, and where that stands."""
        asked = {**query, "encoding-type": "url"}
        while True:
            answer = self.request("GET", bucket, query=asked)
            raise_for(answer, f"list {bucket}")
            page = _page(answer.data)
            encoded = _text(page, "EncodingType") == "url"
            for element in page:
                if _plain(element.tag) == name:
                    yield _members(element, encoded=encoded)
            if _text(page, "IsTruncated") != "true":
                return
            asked |= {parameter: _text(page, element) for parameter, element in marks.items()}


def md5(body: bytes) -> str:
    """Content-MD5, which S3 asks for where a lock is set; a transport check, not a security one."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii")


def _page(data: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(data)  # noqa: S314  # our own store's; entities are not fetched
    except ElementTree.ParseError as error:
        raise StoreUnavailable("failing", "a list that is no XML") from error


def _members(element: ElementTree.Element, *, encoded: bool) -> Members:
    found = {_plain(child.tag): child.text or "" for child in element}
    if encoded and "Key" in found:
        found["Key"] = unquote(found["Key"])
    return found


def _text(page: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in page if _plain(child.tag) == name), "")


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
