"""Talking to the store: one client, one connection pool, and its errors sorted into three kinds, once.

Bytes go through urllib3 and presigned URLs: streams of known length, no hidden retry, no second hash of
the body. Everything small goes through boto3.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from evidence.actions.store_ports import StoreDuplicate, StoreError, StoreRefused, StoreUnavailable
from evidence.adapters.s3_bodies import PIECE

CONNECTIONS = 64  # kept open per process, for as many threads

# A store that finds a damaged byte on its disk may try for 13 s before it says so.
DATA_TIMEOUT = urllib3.Timeout(connect=2.0, read=30.0)
PROBE_TIMEOUT = urllib3.Timeout(connect=0.5, read=2.0)

_ERROR_CODE = re.compile(rb"<Code>([A-Za-z0-9]+)</Code>")
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "RequestTimeout", "Throttling"})
_REFUSALS = {
    "BadDigest": "mismatch",
    "XAmzContentChecksumMismatch": "mismatch",
    "IncompleteBody": "short_body",
    "NoSuchBucket": "no_bucket",
    "NoSuchKey": "absent",
    "NoSuchVersion": "absent",
    "RequestTimeTooSkewed": "clock",
}
_REFUSALS_BY_STATUS = {403: "denied", 404: "absent"}


def make_client(*, endpoint: str, region: str, access_key: str, secret_key: str) -> Any:
    """An S3 client that knows only its arguments: no profile, no files of the user, no proxy from outside.

    SigV4 by name: for an endpoint of one's own, boto3 presigns with SigV2, which binds neither length nor
    headers. Making one takes 0.1 s, so a process makes it once; it may be used by many threads.
    """
    unset = (None, None, None, None)
    nothing = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={"profile": unset, "config_file": nothing, "credentials_file": nothing}
    )
    return boto3.Session(botocore_session=session).client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            proxies={},
            connect_timeout=2.0,
            read_timeout=10.0,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=CONNECTIONS,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def sort_answer(status: int, code: str, what: str) -> StoreError:
    """The error for an HTTP answer of 400 or more with S3's own ``code``; ``what`` names the request.

    A store that answers but fails is ``failing``, one that does not answer ``unreachable``: where the
    first stays for one version while others can be read, that version is damaged.
    """
    detail = f"{what}: {status} {code}".rstrip()
    if status in (409, 412):
        return StoreDuplicate("duplicate", detail)
    if status in (429, 503) or code in _BUSY:
        return StoreUnavailable("busy", detail)
    if status >= 500:
        return StoreUnavailable("failing", detail)
    return StoreRefused(_REFUSALS.get(code) or _REFUSALS_BY_STATUS.get(status, "refused"), detail)


@contextmanager
def sorted_errors(what: str) -> Iterator[None]:
    """Lets nothing of boto3's out but the three kinds."""
    try:
        yield
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        raise sort_answer(status, str(error.response.get("Error", {}).get("Code", "")), what) from error
    except BotoCoreError as error:
        code = "timeout" if isinstance(error, ReadTimeoutError) else "unreachable"
        raise StoreUnavailable(code, f"{what}: {type(error).__name__}") from error


class Http:
    """Requests to presigned URLs."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=2, maxsize=CONNECTIONS, retries=False, blocksize=PIECE, headers={"user-agent": "casquillo"}
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Iterator[bytes] | bytes | None = None,
        timeout: urllib3.Timeout = DATA_TIMEOUT,
        preload: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        """One request, never repeated; any status comes back. ``StoreUnavailable`` if there is no answer.

        What ``body`` itself raises passes through, and the store sees the request break off.
        """
        try:
            return self._pool.request(
                method,
                url,
                headers=dict(headers or {}),
                body=body,
                timeout=timeout,
                redirect=False,
                preload_content=preload,
            )
        except urllib3.exceptions.HTTPError as error:
            code = "timeout" if isinstance(error, urllib3.exceptions.ReadTimeoutError) else "unreachable"
            raise StoreUnavailable(code, f"{method}: {type(error).__name__}") from error

    def put(self, url: str, *, headers: Mapping[str, str], body: Iterator[bytes], size: int) -> str | None:
        """Sends exactly ``size`` bytes; returns the new version's id, None from a bucket without versions."""
        answer = self.request("PUT", url, headers={**headers, "content-length": str(size)}, body=body)
        raise_for(answer, "PUT")
        return answer.headers.get("x-amz-version-id")

    @contextmanager
    def get(self, url: str, *, piece: int) -> Iterator[Iterator[bytes]]:
        """The body in pieces of at most ``piece`` bytes; a break in the middle is ``StoreUnavailable``."""
        answer = self.request("GET", url, preload=False)
        try:
            if answer.status >= 400:
                answer.read()
                raise_for(answer, "GET")
            yield _unbroken(answer, piece)
        finally:
            # What was not read is not worth reading: an abandoned stream takes its connection with it.
            answer.close()
            answer.release_conn()

    def close(self) -> None:
        self._pool.clear()


def _unbroken(answer: urllib3.BaseHTTPResponse, piece: int) -> Iterator[bytes]:
    try:
        yield from answer.stream(piece, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        raise StoreUnavailable("broken_off", f"GET: {type(error).__name__}") from error


def raise_for(answer: urllib3.BaseHTTPResponse, what: str) -> None:
    """Raises the sorted error of an answer of 300 or more (S3 redirects only to another region)."""
    if answer.status >= 300:
        raise sort_answer(answer.status, error_code(answer), what)


def error_code(answer: urllib3.BaseHTTPResponse) -> str:
    """S3's own name of an error, empty if the answer has none (HEAD has no body)."""
    found = _ERROR_CODE.search(answer.data or b"")
    return found[1].decode("ascii") if found else ""
