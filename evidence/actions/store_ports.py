"""The object store, as an action may need it: Protocols; ``evidence.adapters.wiring`` chooses the class."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol


@dataclass(frozen=True)
class ObjectRef:
    """One stored version; every read names all three."""

    bucket: str
    key: str
    version_id: str


@dataclass(frozen=True)
class StoredObject:
    """What HEAD says of one stored version. ``sha256`` is lowercase hex, None if the store kept no checksum."""

    ref: ObjectRef
    size: int
    sha256: str | None
    content_type: str
    locked_until: datetime | None


@dataclass(frozen=True)
class PresignedPut:
    """A PUT that anyone holding it may send once, with exactly these bytes, until ``expires_at``.

    ``headers`` must be sent as they are: the signature binds them. ``inside_url`` is the same PUT signed
    for the store's inside address, for ``MediaStore.send``; it is never handed out.
    """

    url: str
    headers: Mapping[str, str]
    expires_at: datetime
    inside_url: str = field(default="", repr=False)


class MediaStore(Protocol):
    """Any S3 with Object Lock and SHA-256 checksums (protocol, section 5, *Store*).

    Failures: ``StoreUnavailable`` (try again), ``StoreRefused`` (never will), ``StoreDuplicate``
    (something is there already), all in ``evidence.actions.store_ports``.
    """

    def presign_original(
        self, *, key: str, sha256: str, size: int, content_type: str, lock_until: datetime, seconds: int
    ) -> PresignedPut:
        """A write to the locked bucket, bound to hash, length, type, If-None-Match and the lock; no network."""
        ...

    def presign_chunk(self, *, key: str, sha256: str, size: int, seconds: int) -> PresignedPut:
        """A write to the staging bucket, bound to hash and length; no network."""
        ...

    def presign_read(self, ref: ObjectRef, *, filename: str, seconds: int) -> str:
        """A URL that reads one version as an attachment; no network."""
        ...

    def send(self, put: PresignedPut, body: IO[bytes], size: int) -> None:
        """Streams ``size`` bytes of ``body`` to a presigned PUT without keeping them (the relay)."""
        ...

    def head_original(self, key: str, *, version_id: str | None = None) -> StoredObject | None:
        """The named version, or the oldest one under ``key`` when none is named; None if absent."""
        ...

    def head_originals(self, keys: Sequence[str]) -> dict[str, StoredObject]:
        """``head_original`` of several keys, by key and without those that are absent; those of one folder share
        the look at their versions."""
        ...

    def head_chunk(self, key: str) -> StoredObject | None: ...

    def chunks_under(self, prefix: str) -> Iterator[str]:
        """Keys of the staging objects under a prefix. The store has checked each against its hash."""
        ...

    def read(self, ref: ObjectRef) -> AbstractContextManager[Iterator[bytes]]:
        """The version's bytes in pieces of at most 1 MiB."""
        ...

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
        """Joins staged chunks in one conditional, locked, checksummed PUT.

        ``StoreRefused`` with code ``mismatch`` if the joined bytes differ from ``sha256`` or ``size``;
        the existing object when exactly these bytes are there already.
        """
        ...

    def extend_lock(self, ref: ObjectRef, until: datetime) -> datetime:
        """Moves the retain-until date forward, never back; returns the date now in force."""
        ...

    def put_preview(self, *, key: str, data: bytes, content_type: str) -> None: ...

    def read_preview(self, key: str) -> bytes | None: ...

    def put_bundle(self, *, key: str, path: Path, sha256: str, size: int) -> ObjectRef:
        """Writes a zip beside the previews: derived, so neither locked nor versioned."""
        ...

    def stale_chunks(self, *, before: datetime) -> Iterator[str]:
        """Keys of staging objects last written before ``before``."""
        ...

    def delete_chunks(self, keys: list[str]) -> None: ...

    def originals_under(self, prefix: str) -> Iterator[StoredObject]:
        """Every version under a prefix (the nightly audit); checksum and lock may be None here."""
        ...

    def check(self) -> None:
        """The startup probe: ``StoreRefused`` naming the first guarantee that this store does not give."""
        ...

    def canary(self) -> None:
        """Tries to delete a locked version with the service's own key; ``StoreRefused`` if it succeeds."""
        ...

    def reachable(self) -> bool: ...


class StoreError(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class StoreUnavailable(StoreError):
    """The store did not answer, or asked to wait: the same call may succeed later."""


class StoreRefused(StoreError):
    """The store said no, and will say no again."""


class StoreDuplicate(StoreError):
    """An object stands under this key already."""
