"""Everything outside that an action may need, as Protocols; ``evidence.adapters.wiring`` chooses the classes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions.identity_ports import NO_IDENTITY, IdentityProviders
from evidence.domain.log.policy import NONE
from evidence.domain.log.policy import Policy as LogPolicy
from evidence.domain.log.witness import State as WitnessState
from evidence.domain.prints.sheet import Document


class Clock(Protocol):
    def now(self) -> datetime:
        """The present time, aware, UTC."""
        ...


class Entropy(Protocol):
    def uuid7(self) -> UUID: ...

    def token(self, size: int) -> bytes:
        """``size`` unpredictable bytes."""
        ...


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
    (something is there already), all in ``evidence.actions.ports``.
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


class Jobs(Protocol):
    """Background work that commits or vanishes with the rows that need it."""

    def enqueue(self, session: Session, task: str, *, queue: str = "evidence", **ids: str | list[str]) -> None:
        """Queues ``task`` inside the session's transaction; arguments are ids or lists of ids, never payloads.

        ``queue`` is ``evidence`` or, for what nothing waits for, ``previews``.
        """
        ...


@dataclass(frozen=True)
class Preview:
    """A re-encoded picture that is safe to show. ``facts`` are what the decoder read on the way."""

    jpeg: bytes
    width: int
    height: int
    facts: Mapping[str, Any]


class PreviewFailed(Exception):
    """The file could not be decoded within its limits; ``code`` is a finding's code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Previews(Protocol):
    """Decodes untrusted files in a child process with memory and time limits."""

    def render(self, path: Path, content_type: str) -> Preview:
        """A JPEG at most 1600 pixels long; ``PreviewFailed`` if the file is a bomb, broken or too slow."""
        ...


class Secrets(Protocol):
    """Keeps small secrets (TOTP seeds) unreadable in the database."""

    def seal(self, secret: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes: ...


class LogSigner(Protocol):
    """Keeps the log's private keys: in files today, in a key service tomorrow. Only the sealer has one."""

    def make_key(self, name: str) -> str:
        """A new Ed25519 key for the origin ``name``; returns its vkey (C2SP signed-note), keeps the rest."""
        ...

    def holds(self, vkey: str) -> bool: ...

    def sign(self, vkey: str, message: bytes) -> bytes:
        """The 64-byte signature; ``KeyError`` when that key is not here."""
        ...


@dataclass(frozen=True)
class WitnessAnswer:
    """HTTP status and body of a witness's answer."""

    status: int
    body: bytes


class WitnessUnavailable(Exception):
    """The witness did not answer; the same request may succeed later."""


class Witnesses(Protocol):
    """Other people's C2SP witnesses, by their submission prefix."""

    def add_checkpoint(self, prefix: str, body: bytes) -> WitnessAnswer:
        """Posts to ``<prefix>/add-checkpoint``; ``WitnessUnavailable`` when there is no answer."""
        ...


class TimestampUnavailable(Exception):
    """The timestamp authority did not answer, or not with a token; the same request may succeed later."""


class Timestamps(Protocol):
    """A timestamp authority (RFC 3161)."""

    def ask(self, request: bytes) -> bytes:
        """A TimeStampReq to it; its TimeStampResp. ``TimestampUnavailable`` when there is none."""
        ...


class WebhookFailed(Exception):
    """There was no answer, or the address may not be asked; the text says which, without the URL."""


class Webhooks(Protocol):
    """Posts messages to addresses that organisations named."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, redirects not followed; ``WebhookFailed`` when there is none."""
        ...


class WitnessStates(Protocol):
    """What a witness remembers of each log: the newest checkpoint that it has cosigned."""

    def deciding(self, origin: str) -> AbstractContextManager["WitnessMemory"]:
        """The memory of one log, nobody else's until the end: what is kept is decided on what was read."""
        ...


class WitnessMemory(Protocol):
    """Of one log, while it is being decided over."""

    def read(self) -> WitnessState | None:
        """None when nothing of that log was ever cosigned."""
        ...

    def keep(self, state: WitnessState) -> None:
        """On disk when this returns."""
        ...


NO_WITNESSES = LogPolicy(logs=(), witnesses=(), groups=(), quorum=NONE)


@dataclass(frozen=True)
class Packed:
    """A bag in one zip file. ``tag_sha256`` is the hash of its tagmanifest; ``size`` in bytes."""

    path: Path
    size: int
    sha256: str
    tag_sha256: str


@dataclass(frozen=True)
class Policy:
    """The operator's choices that rules ask for. Sizes in bytes.

    ``log_policy`` names the witnesses and their quorum; the log's own keys are added from the database.
    ``log_url`` is where the public log is served, written into policy files. ``timestamped``: an authority stamps it.
    ``origin`` is that of our pages, ``rp_id`` the host name to which passkeys are bound. ``loopback_identity``:
    identity providers may stand on this machine.
    """

    landing_lock: timedelta = timedelta(days=30)
    retention: timedelta = timedelta(days=3650)
    upload_seconds: int = 3600
    relay: bool = False
    device_bytes_per_day: int = 20 * 1024**3
    agency_bytes_per_day: int = 1000 * 1024**3
    log_policy: LogPolicy = NO_WITNESSES
    log_url: str | None = None
    timestamped: bool = False
    origin: str = ""
    rp_id: str = ""
    loopback_identity: bool = False


@dataclass(frozen=True)
class Printed:
    """A PDF and the number of its pages."""

    pdf: bytes
    pages: int


class PrinterUnfit(Exception):
    """Nothing can be printed on this machine; the text says why and what to do."""


class Printer(Protocol):
    """Draws documents; decides nothing about what they say."""

    def render(self, document: Document, pictures: Mapping[str, bytes]) -> Printed:
        """The same document and ``pictures`` (JPEG by name) give the same bytes; ``PrinterUnfit`` without fonts."""
        ...


class NoPrinter:
    """For programs that never print."""

    def render(self, document: Document, pictures: Mapping[str, bytes]) -> Printed:
        raise PrinterUnfit("This program does not print.")


NO_PRINTER = NoPrinter()


@dataclass(frozen=True)
class Services:
    """What an action is given besides its session and its caller."""

    clock: Clock
    entropy: Entropy
    store: MediaStore
    jobs: Jobs
    previews: Previews
    secrets: Secrets
    policy: Policy
    printer: Printer = NO_PRINTER
    identity: IdentityProviders = NO_IDENTITY
