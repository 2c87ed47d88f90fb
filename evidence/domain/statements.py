"""Signed statements of a phone: discard, media_lost, closing (protocol, section 4), and cosign.

They share the numbering and chaining of the captures, and are refused for the same reasons only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.canonical import sha256_hex
from evidence.domain.jws import MAX_PAYLOAD, Typ
from evidence.domain.kinds import StatementKind
from evidence.domain.payload import read_payload
from evidence.domain.schemas import SchemaName
from evidence.domain.signed import Heading, Signer, check_form, check_version, parse_heading, parse_time


@dataclass(frozen=True)
class Discard:
    """The officer takes a signed capture back before review; its manifest is sent all the same."""

    capture_id: UUID
    manifest_sha256: str
    seq: int
    reason: str
    text: str


@dataclass(frozen=True)
class LostMedia:
    id: UUID
    sha256: str


@dataclass(frozen=True)
class MediaLost:
    """Files of a signed manifest that will not arrive."""

    capture_id: UUID
    manifest_sha256: str
    media: tuple[LostMedia, ...]
    reason: str
    text: str | None


@dataclass(frozen=True)
class LostDocument:
    """A document of the chain that will not arrive; ``sha256`` is None if the phone no longer knows it."""

    seq: int
    sha256: str | None
    text: str | None


@dataclass(frozen=True)
class Closing:
    """The last document of an enrolment. ``unsent`` counts what is signed and not yet acknowledged."""

    reason: str
    unsent: int
    lost: tuple[LostDocument, ...]
    text: str | None


@dataclass(frozen=True)
class Cosign:
    """The signer took part in a capture that a colleague's phone signed; ``stages`` are the Registro's (part 4)."""

    capture_id: UUID
    manifest_sha256: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of the right form. ``sha256`` is the hash of the payload's bytes, ``raw`` their parse."""

    sha256: str
    statement_id: UUID
    heading: Heading
    stated_at: datetime
    kind: StatementKind
    facts: Discard | MediaLost | Closing | Cosign
    raw: dict[str, Any] = field(repr=False)

    @property
    def signer(self) -> Signer:
        return self.heading.signer


def parse(payload: bytes) -> Statement:
    """Reads a statement's payload; refusals and ``version_not_yet`` as for a manifest."""
    raw = read_payload(payload, max_bytes=MAX_PAYLOAD[Typ.STATEMENT])
    check_version(raw)
    check_form(raw, SchemaName.STATEMENT)
    kind = StatementKind(raw["kind"])
    return Statement(
        sha256=sha256_hex(payload),
        statement_id=UUID(raw["statement_id"]),
        heading=parse_heading(raw),
        stated_at=parse_time(raw["stated_at"], "/stated_at"),
        kind=kind,
        facts=_facts(kind, raw["facts"]),
        raw=raw,
    )


def _facts(kind: StatementKind, raw: Mapping[str, Any]) -> Discard | MediaLost | Closing | Cosign:
    if kind is StatementKind.CLOSING:
        lost = tuple(LostDocument(one["seq"], one["sha256"], one.get("text")) for one in raw["lost"])
        return Closing(reason=raw["reason"], unsent=raw["unsent"], lost=lost, text=raw.get("text"))
    capture_id, manifest_sha256 = UUID(raw["capture_id"]), raw["manifest_sha256"]
    if kind is StatementKind.DISCARD:
        return Discard(capture_id, manifest_sha256, seq=raw["seq"], reason=raw["reason"], text=raw["text"])
    if kind is StatementKind.COSIGN:
        return Cosign(capture_id, manifest_sha256, stages=tuple(raw["stages"]))
    media = tuple(LostMedia(UUID(one["id"]), one["sha256"]) for one in raw["media"])
    return MediaLost(capture_id, manifest_sha256, media, reason=raw["reason"], text=raw.get("text"))
