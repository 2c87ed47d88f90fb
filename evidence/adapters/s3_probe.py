"""Whether a store keeps its promises: each one is tried, with one byte under ``probe/``.

A store that ignores a header that it does not know would take other bytes, a second write or an unlocked
one, and nobody would see it before a court does. So the service tries at its start and refuses such a store;
the same attempts to delete run as the daily canary. What a probe leaves in the locked bucket is one byte
that becomes free after two minutes.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import urllib3

from evidence.actions.store_ports import StoreRefused, StoreUnavailable
from evidence.adapters.s3_presign import (
    CHUNK_TYPE,
    Lock,
    SignedPut,
    Write,
    checksum,
    sign_put,
    whole_seconds,
)
from evidence.adapters.s3_transport import PROBE_TIMEOUT, Http, error_code, sort_answer, sorted_errors
from evidence.settings import LockMode

LOCKED_FOR = timedelta(seconds=60)  # short, but longer than two clocks may differ
LONGEST_S = 10.0
_BYTE, _OTHER = b"1", b"0"
_PROBE_TYPE = "application/x-probe"
_BYPASS = {"x-amz-bypass-governance-retention": "true"}


@dataclass(frozen=True)
class Buckets:
    originals: str
    staging: str
    previews: str


class Probe:
    """One run; ``StoreRefused`` names the first promise that the store does not keep, by its code.

    Codes: ``versioning, object_lock, default_retention, checksums, signed_headers, conditional_writes,
    deletable, shortened, extended, staging, previews``. ``StoreUnavailable`` if it can't be tried.
    """

    def __init__(self, *, client: Any, http: Http, buckets: Buckets, lock_mode: LockMode) -> None:
        self._client = client
        self._http = http
        self._buckets = buckets
        self._mode = lock_mode
        self._deadline = time.monotonic() + LONGEST_S
        self._name = f"probe/{uuid4().hex}"

    def check(self) -> None:
        """Everything: about thirty small requests."""
        self._configured()
        self._takes_only_what_was_signed()
        version = self._write_once()
        self._locked(version)
        self._keeps(version)
        self._extends(version)
        self._scratch(self._buckets.staging, "staging")
        self._scratch(self._buckets.previews, "previews")

    def canary(self) -> None:
        """Writes one locked byte and tries to be rid of it."""
        version = self._write_once()
        self._locked(version)
        self._keeps(version)

    def _configured(self) -> None:
        versioning = self._ask("get_bucket_versioning", "GET")
        if versioning.status >= 400:
            raise sort_answer(versioning.status, error_code(versioning), "probe: versioning of the bucket")
        _promise(b"<Status>Enabled</Status>" in versioning.data, "versioning", _said(versioning))
        lock = self._ask("get_object_lock_configuration", "GET")
        _promise(b"<ObjectLockEnabled>Enabled</" in lock.data, "object_lock", _said(lock))
        _promise(b"<DefaultRetention>" in lock.data, "default_retention", "the bucket has none")

    def _takes_only_what_was_signed(self) -> None:
        """Tries every departure from what was signed; afterwards nothing may be there."""
        put = self._sign()
        self._refused(put, _OTHER, put.headers, "checksums")
        for name in put.headers:
            rest = {key: value for key, value in put.headers.items() if key != name}
            self._refused(put, _BYTE, rest, "signed_headers")
        earlier = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {"content-type": "text/html", "x-amz-object-lock-retain-until-date": earlier}
        for name, value in changed.items():
            self._refused(put, _BYTE, {**put.headers, name: value}, "signed_headers")
        self._refused(put, _BYTE + _BYTE, put.headers, "signed_headers")
        there = self._ask("head_object", "HEAD", Key=self._name)
        _promise(there.status in (403, 404), "signed_headers", "a refused write is there")

    def _write_once(self) -> str:
        put = self._sign()
        first = self._put(put, _BYTE, put.headers)
        if first.status != 200:
            raise sort_answer(first.status, error_code(first), "probe: a right write")
        version = first.headers.get("x-amz-version-id", "")
        _promise(version not in ("", "null"), "versioning", "a write got no version id")
        second = self._put(put, _BYTE, put.headers)
        _promise(second.status in (409, 412), "conditional_writes", f"second write: {_said(second)}")
        return version

    def _locked(self, version: str) -> None:
        """HEAD shows the checksum and the whole lock."""
        head = self._head(version)
        kept = head.headers.get("x-amz-checksum-sha256")
        _promise(kept == checksum(hashlib.sha256(_BYTE).hexdigest()), "checksums", "HEAD shows no SHA-256")
        mode = head.headers.get("x-amz-object-lock-mode")
        _promise(mode == self._mode, "object_lock", f"HEAD shows mode {mode}")
        until = head.headers.get("x-amz-object-lock-retain-until-date", "")
        left = _instant(until) - datetime.now(UTC) if until else timedelta()
        _promise(left > LOCKED_FOR / 2, "object_lock", f"HEAD shows a lock until {until or 'nowhen'}")

    def _keeps(self, version: str) -> None:
        """Tries to delete, with and without the bypass, to shorten the lock, and to hide it."""
        for what, params, headers in (
            ("delete a version", {"VersionId": version}, {}),
            ("bypass the lock", {"VersionId": version, "BypassGovernanceRetention": True}, _BYPASS),
            ("delete", {}, {}),
        ):
            answer = self._ask("delete_object", "DELETE", headers=headers, Key=self._name, **params)
            _promise(answer.status in (401, 403), "deletable", f"{what}: {_said(answer)}")
        _promise(self._head(version).status == 200, "deletable", "the locked version is gone")
        self._shortening_refused(version)
        self._locked(version)

    def _shortening_refused(self, version: str) -> None:
        try:
            self._relock(version, timedelta(seconds=5))
        except StoreRefused:
            return
        raise StoreRefused("shortened", "the store made a lock shorter")

    def _extends(self, version: str) -> None:
        """Without the right to extend, every original would come free after its landing lock."""
        try:
            self._relock(version, LOCKED_FOR * 2)
        except StoreRefused as error:
            raise StoreRefused("extended", f"a longer lock was refused: {error.detail}") from error

    def _relock(self, version: str, locked_for: timedelta) -> None:
        until = whole_seconds(datetime.now(UTC) + locked_for)
        with sorted_errors("probe: another lock"):
            self._client.put_object_retention(
                Bucket=self._buckets.originals,
                Key=self._name,
                VersionId=version,
                Retention={"Mode": self._mode.value, "RetainUntilDate": until},
            )

    def _scratch(self, bucket: str, code: str) -> None:
        """The other two buckets: checksums are enforced, and the service may delete."""
        put = self._sign(bucket=bucket)
        self._refused(put, _OTHER, put.headers, code)
        for what, answer in (
            ("write", self._put(put, _BYTE, put.headers)),
            ("read", self._ask("get_object", "GET", bucket=bucket, Key=self._name)),
            ("delete", self._ask("delete_object", "DELETE", bucket=bucket, Key=self._name)),
        ):
            _promise(answer.status in (200, 204), code, f"{what}: {_said(answer)}")

    def _sign(self, bucket: str | None = None) -> SignedPut:
        locked = bucket is None
        write = Write(
            bucket=bucket or self._buckets.originals,
            key=self._name,
            sha256=hashlib.sha256(_BYTE).hexdigest(),
            size=len(_BYTE),
            content_type=_PROBE_TYPE if locked else CHUNK_TYPE,
            lock=Lock(self._mode, datetime.now(UTC) + LOCKED_FOR) if locked else None,
        )
        return sign_put(self._client, write, seconds=60)

    def _refused(self, put: SignedPut, body: bytes, headers: Mapping[str, str], code: str) -> None:
        answer = self._put(put, body, headers)
        left_out = ", ".join(sorted(set(put.headers) - set(headers)))
        _promise(400 <= answer.status < 500, code, f"took a wrong write ({left_out or 'changed'}): {_said(answer)}")

    def _put(self, put: SignedPut, body: bytes, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        return self._send("PUT", put.url, body=body, headers=headers)

    def _head(self, version: str) -> urllib3.BaseHTTPResponse:
        return self._ask(
            "head_object",
            "HEAD",
            headers={"x-amz-checksum-mode": "ENABLED"},
            Key=self._name,
            VersionId=version,
            ChecksumMode="ENABLED",
        )

    def _ask(
        self,
        operation: str,
        method: str,
        *,
        bucket: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **params: object,
    ) -> urllib3.BaseHTTPResponse:
        params["Bucket"] = bucket or self._buckets.originals
        url = self._client.generate_presigned_url(operation, Params=params, ExpiresIn=60)
        return self._send(method, url, body=body, headers=headers or {})

    def _send(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        if time.monotonic() > self._deadline:
            raise StoreUnavailable("timeout", f"the probe took longer than {LONGEST_S:.0f} s")
        answer = self._http.request(method, url, body=body, headers=headers, timeout=PROBE_TIMEOUT)
        if answer.status >= 500:
            raise sort_answer(answer.status, error_code(answer), "probe")
        return answer


def _promise(kept: bool, code: str, detail: str) -> None:
    if not kept:
        raise StoreRefused(code, detail)


def _said(answer: urllib3.BaseHTTPResponse) -> str:
    return f"{answer.status} {error_code(answer)}".rstrip()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
