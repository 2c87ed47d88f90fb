"""Everything outside that an action may need, as Protocols; ``evidence.adapters.wiring`` chooses the classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions.identity_ports import NO_IDENTITY, IdentityProviders
from evidence.actions.store_ports import (
    MediaStore,
)
from evidence.domain.log.policy import NONE
from evidence.domain.log.policy import Policy as LogPolicy
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


class WebhookFailed(Exception):
    """There was no answer, or the address may not be asked; the text says which, without the URL."""


class Webhooks(Protocol):
    """Posts messages to addresses that organisations named."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, redirects not followed; ``WebhookFailed`` when there is none."""
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
