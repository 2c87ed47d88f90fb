"""The media store on S3: any server that keeps SHA-256 checksums and Object Lock (protocol, section 5, *Store*)."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from evidence.actions.store_ports import (
    ObjectRef,
    PresignedPut,
    StoredObject,
    StoreDuplicate,
    StoreRefused,
    StoreUnavailable,
)
from evidence.adapters import s3_lookup
from evidence.adapters.s3_bodies import exactly, verified
from evidence.adapters.s3_direct import XMLNS, Direct, md5
from evidence.adapters.s3_presign import (
    CHUNK_TYPE,
    Lock,
    Write,
    attachment,
    checksum,
    safe_key,
    sign_put,
    whole_seconds,
)
from evidence.adapters.s3_probe import Buckets, Probe
from evidence.adapters.s3_transport import PROBE_TIMEOUT, Http, make_client, raise_for, sort_answer, sorted_errors
from evidence.settings import LockMode

READ_PIECE = 1024 * 1024
_INSIDE_SECONDS = 300  # for URLs that this process signs for itself and uses at once
_PER_DELETE = 1000  # S3's limit for one DeleteObjects


class S3MediaStore:
    """``evidence.actions.ports.MediaStore``. Make one per process, after any fork; its threads share it.

    ``endpoint`` is where this process reaches the store, ``public_endpoint`` where phones and browsers do:
    a signature covers the host name, so each URL is signed for the host that it will be sent to.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        access_key: str,
        secret_key: str,
        originals_bucket: str,
        staging_bucket: str,
        previews_bucket: str,
        public_endpoint: str | None = None,
        lock_mode: LockMode = LockMode.GOVERNANCE,
    ) -> None:
        def client(url: str) -> Any:
            return make_client(endpoint=url, region=region, access_key=access_key, secret_key=secret_key)

        self._client = client(endpoint)
        self._public = client(public_endpoint) if public_endpoint not in (None, endpoint) else self._client
        self._http = Http()
        self._direct = Direct(
            self._http, endpoint=endpoint, region=region, access_key=access_key, secret_key=secret_key
        )
        self._buckets = Buckets(originals=originals_bucket, staging=staging_bucket, previews=previews_bucket)
        self._mode = lock_mode

    def close(self) -> None:
        """Gives up its connections."""
        self._http.close()
        self._client.close()
        self._public.close()

    def presign_original(
        self, *, key: str, sha256: str, size: int, content_type: str, lock_until: datetime, seconds: int
    ) -> PresignedPut:
        """A write to the locked bucket, bound to hash, length, type, If-None-Match and the lock; no network.

        ``StoreRefused`` ``signed_headers`` rather than a URL whose signature leaves one of these out;
        ``ValueError`` for a key or hash that is none.
        """
        write = Write(
            bucket=self._buckets.originals,
            key=key,
            sha256=sha256,
            size=size,
            content_type=content_type,
            lock=Lock(self._mode, lock_until),
        )
        return self._presign(write, seconds=seconds)

    def presign_chunk(self, *, key: str, sha256: str, size: int, seconds: int) -> PresignedPut:
        """A write to the staging bucket, bound to hash, length and the type ``application/octet-stream``.

        It may be repeated until it expires: the same bytes land again.
        """
        write = Write(bucket=self._buckets.staging, key=key, sha256=sha256, size=size, content_type=CHUNK_TYPE)
        return self._presign(write, seconds=seconds)

    def presign_read(self, ref: ObjectRef, *, filename: str, seconds: int) -> str:
        """A URL that reads one version as an attachment of no type, so that no browser shows it; no network."""
        return self._sign_read(
            self._public,
            ref,
            seconds=seconds,
            ResponseContentDisposition=attachment(filename),
            ResponseContentType="application/octet-stream",
            ResponseCacheControl="private, no-store",
        )

    def send(self, put: PresignedPut, body: IO[bytes], size: int) -> None:
        """Streams ``size`` bytes of ``body`` to a presigned PUT without keeping them (the relay).

        ``StoreRefused``: ``mismatch`` for other bytes, ``short_body`` if they end early, ``denied`` for an
        expired or altered PUT. ``StoreDuplicate`` if an original is there already.
        """
        url = put.inside_url or put.url
        self._http.put(url, headers=put.headers, body=exactly(body, size), size=size)

    def head_original(self, key: str, *, version_id: str | None = None) -> StoredObject | None:
        """The named version, or the oldest one under ``key`` when none is named; None if absent.

        A delete marker hides nothing: the oldest version is looked up in the list of versions.
        """
        bucket = self._buckets.originals
        version_id = version_id or s3_lookup.oldest_version(self._client, bucket, key)
        return s3_lookup.head(self._direct, bucket, key, version_id=version_id) if version_id else None

    def head_originals(self, keys: Sequence[str]) -> dict[str, StoredObject]:
        """``head_original`` of several keys, by key and without those that are absent.

        Versions are listed once a folder: the part of a key before its last two names, a capture's own.
        """
        bucket = self._buckets.originals
        folders = {key.rsplit("/", 2)[0] + "/" for key in keys}
        oldest: dict[str, str] = {}
        for folder in sorted(folders):
            oldest |= s3_lookup.oldest_versions(self._client, bucket, folder)
        there = (s3_lookup.head(self._direct, bucket, key, version_id=oldest[key]) for key in keys if key in oldest)
        return {one.ref.key: one for one in there if one is not None}

    def head_chunk(self, key: str) -> StoredObject | None:
        """The staged object; its ``version_id`` is empty, staging keeps no versions."""
        return s3_lookup.head(self._direct, self._buckets.staging, key)

    def chunks_under(self, prefix: str) -> Iterator[str]:
        """Keys of the staging objects under a prefix. The store has checked each against its hash."""
        return s3_lookup.keys(self._client, self._buckets.staging, prefix=prefix)

    def read(self, ref: ObjectRef) -> AbstractContextManager[Iterator[bytes]]:
        """The version's bytes in pieces of at most 1 MiB.

        ``StoreRefused`` ``absent``; ``StoreUnavailable`` ``unreachable`` or ``timeout`` when the store is
        away, ``failing`` or ``broken_off`` when it answers but can't give these bytes (a damaged disk).
        """
        url = self._sign_read(self._client, ref, seconds=_INSIDE_SECONDS)
        return self._http.get(url, piece=READ_PIECE)

    def assemble(
        self,
        *,
        chunk_keys: list[str],
        key: str,
        sha256: str,
        size: int,
        content_type: str,
        lock_until: datetime,
    ) -> StoredObject:
        """Joins staged chunks in one conditional, locked, checksummed PUT, a piece at a time.

        The chunks pass through, hashed on the way, and the last piece is held back until the hash is right:
        a wrong joint never becomes a whole request, nothing is kept on this machine's disk.
        ``StoreRefused``: ``mismatch`` if the joined bytes differ from ``sha256`` or ``size``, ``absent`` if
        a chunk is. Returns the object that is there when exactly these bytes are already.
        """
        present = self.head_original(key)
        if present is None:
            lock = Lock(self._mode, lock_until)
            write = Write(
                bucket=self._buckets.originals,
                key=key,
                sha256=sha256,
                size=size,
                content_type=content_type,
                lock=lock,
            )
            put = self._presign(write, seconds=_INSIDE_SECONDS)
            body = verified(self._chunks(chunk_keys), sha256=sha256, size=size)
            with suppress(StoreDuplicate):  # another worker was faster, or this one died after its PUT
                self._http.put(put.inside_url, headers=put.headers, body=body, size=size)
            present = self.head_original(key)
        if present is None:
            raise StoreUnavailable("busy", "a write of the same key is under way")
        if (present.sha256, present.size) != (sha256, size):
            raise StoreDuplicate("duplicate", "other bytes are stored under this key")
        return present

    def extend_lock(self, ref: ObjectRef, until: datetime) -> datetime:
        """Moves the retain-until date forward, never back; returns the date now in force."""
        until = whole_seconds(until)
        present = s3_lookup.lock_of(self._direct, ref)
        if present and present.until >= until:
            return present.until
        strict = present is not None and present.mode is LockMode.COMPLIANCE
        mode = LockMode.COMPLIANCE if strict else self._mode
        try:
            self._retain(ref, Lock(mode, until))
        except StoreRefused:
            # Refused as a shortening if somebody else has moved it further meanwhile.
            present = s3_lookup.lock_of(self._direct, ref)
            if present is None or present.until < until:
                raise
            return present.until
        return until

    def _retain(self, ref: ObjectRef, lock: Lock) -> None:
        until = lock.until.strftime("%Y-%m-%dT%H:%M:%SZ")
        members = f"<Mode>{lock.mode.value}</Mode><RetainUntilDate>{until}</RetainUntilDate>"
        body = f'<Retention xmlns="{XMLNS}">{members}</Retention>'.encode()
        answer = self._direct.request(
            "PUT",
            f"{ref.bucket}/{ref.key}",
            query={"retention": "", "versionId": ref.version_id},
            headers={"content-md5": md5(body)},
            body=body,
        )
        raise_for(answer, "extend a lock")

    def put_preview(self, *, key: str, data: bytes, content_type: str) -> None:
        """Writes a preview, or the same one again."""
        with sorted_errors("write a preview"):
            self._client.put_object(
                Bucket=self._buckets.previews,
                Key=safe_key(key),
                Body=data,
                ContentType=content_type,
                ChecksumSHA256=checksum(hashlib.sha256(data).hexdigest()),
            )

    def read_preview(self, key: str) -> bytes | None:
        ref = ObjectRef(bucket=self._buckets.previews, key=key, version_id="")
        try:
            with self.read(ref) as pieces:
                return b"".join(pieces)
        except StoreRefused as error:
            if error.code == "absent":
                return None
            raise

    def put_bundle(self, *, key: str, path: Path, sha256: str, size: int) -> ObjectRef:
        """Writes a zip, or the same one again, in one PUT of at most 5 GB."""
        with sorted_errors("write a bundle"), path.open("rb") as file:
            self._client.put_object(
                Bucket=self._buckets.previews,
                Key=safe_key(key),
                Body=file,
                ContentLength=size,
                ContentType="application/zip",
                ChecksumSHA256=checksum(sha256),
            )
        return ObjectRef(bucket=self._buckets.previews, key=key, version_id="")

    def stale_chunks(self, *, before: datetime) -> Iterator[str]:
        """Keys of staging objects last written before ``before``."""
        return s3_lookup.keys(self._client, self._buckets.staging, before=before)

    def delete_chunks(self, keys: list[str]) -> None:
        """Deletes staged objects; those that are gone already are no error."""
        for start in range(0, len(keys), _PER_DELETE):
            some = [{"Key": key} for key in keys[start : start + _PER_DELETE]]
            with sorted_errors("delete chunks"):
                answer = self._client.delete_objects(
                    Bucket=self._buckets.staging, Delete={"Objects": some, "Quiet": True}
                )
            for failed in answer.get("Errors", ()):
                status = 403 if failed.get("Code") == "AccessDenied" else 500
                raise sort_answer(status, str(failed.get("Code", "")), "delete a chunk")

    def originals_under(self, prefix: str) -> Iterator[StoredObject]:
        """Every version under a prefix (the nightly audit), newest first under a key; no checksum, no lock."""
        return s3_lookup.versions(self._client, self._buckets.originals, prefix)

    def check(self) -> None:
        """The startup probe: ``StoreRefused`` naming the first guarantee that this store does not give."""
        self._probe().check()

    def canary(self) -> None:
        """Tries to delete a locked version with the service's own key; ``StoreRefused`` if it succeeds."""
        self._probe().canary()

    def reachable(self) -> bool:
        """Whether the store answers for the locked bucket; asks once, for 2.5 s at most."""
        url = self._client.generate_presigned_url("head_bucket", Params={"Bucket": self._buckets.originals})
        try:
            return self._http.request("HEAD", url, timeout=PROBE_TIMEOUT).status == 200
        except StoreUnavailable:
            return False

    def _probe(self) -> Probe:
        return Probe(client=self._client, http=self._http, buckets=self._buckets, lock_mode=self._mode)

    def _presign(self, write: Write, *, seconds: int) -> PresignedPut:
        put = sign_put(self._public, write, seconds=seconds)
        inside = put if self._public is self._client else sign_put(self._client, write, seconds=seconds)
        return PresignedPut(url=put.url, headers=put.headers, expires_at=put.expires_at, inside_url=inside.url)

    def _sign_read(self, client: Any, ref: ObjectRef, *, seconds: int, **answer: str) -> str:
        params = {"Bucket": ref.bucket, "Key": ref.key, **answer}
        if ref.version_id:
            params["VersionId"] = ref.version_id
        return str(client.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds))

    def _chunks(self, keys: list[str]) -> Iterator[bytes]:
        for key in keys:
            with self.read(ObjectRef(bucket=self._buckets.staging, key=key, version_id="")) as pieces:
                yield from pieces
