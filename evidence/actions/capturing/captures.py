"""Captures as their readers see them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.actions.capturing import participating
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.errors import not_found
from evidence.domain.media_states import CaptureState
from evidence.records.captures import Capture, Manifest
from evidence.records.media import ManifestMedia, Media, media_of_manifests
from evidence.records.submissions import Submission, submissions_of

AWAITING = frozenset({CaptureState.REGISTERED, CaptureState.RECEIVING})


@dataclass(frozen=True)
class ManifestView:
    """One manifest of a line with its files. ``media`` are members of the API's media line."""

    sha256: str
    capture_id: UUID
    seq: int
    amends_sha256: str | None
    standing: str
    problems: list[dict[str, Any]]
    flags: list[str]
    relayed_by: UUID | None
    received_at: datetime
    secured_at: datetime | None
    cosigned: list[participating.Cosignature]
    media: list[dict[str, Any]]


@dataclass(frozen=True)
class CaptureView:
    """A capture as its agency sees it; ``etag`` moves with every state in it."""

    id: UUID
    root_id: UUID
    folio: str
    state: str
    agency_id: UUID
    officer_id: UUID
    device_id: UUID
    head_sha256: str | None
    captured_at: datetime
    received_at: datetime
    secured_at: datetime | None
    conflict_open: bool
    flags: list[str]
    version: int
    manifests: list[ManifestView]
    submissions: list[Submission]

    @property
    def etag(self) -> str:
        """A hash of the states that can move: cheap to compare, and never the same for two pictures of it."""
        parts = [str(self.version), self.state, str(self.conflict_open)]
        parts += [f"{one.sha256}{one.standing}" for one in self.manifests]
        parts += [f"{line['id']}{line['state']}{line['preview']}" for one in self.manifests for line in one.media]
        parts += [f"{one.id}{one.state}{one.version}" for one in self.submissions]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def read(session: Session, *, caller: Caller, capture_id: UUID) -> CaptureView:
    """The capture with every manifest under its id and, for a root, of its line. 404 for what is not the caller's.

    Officers and their phones see their own captures, supervisors their agency's, prosecutors those of their cases.
    """
    capture = _readable(session, caller, capture_id)
    where = Manifest.root_id == capture.id if capture.root_id == capture.id else Manifest.capture_id == capture.id
    manifests = session.scalars(select(Manifest).where(where).order_by(Manifest.received_at, Manifest.sha256)).all()
    hashes = [manifest.sha256 for manifest in manifests]
    media, cosigned = media_of_manifests(session, hashes), participating.cosignatures(session, hashes)
    return CaptureView(
        id=capture.id,
        root_id=capture.root_id,
        folio=capture.folio,
        state=capture.state,
        agency_id=capture.agency_id,
        officer_id=capture.officer_id,
        device_id=capture.device_id,
        head_sha256=capture.head_sha256,
        captured_at=capture.captured_at,
        received_at=capture.received_at,
        secured_at=capture.secured_at,
        conflict_open=capture.conflict_open,
        flags=capture.flags,
        version=capture.version,
        manifests=[_manifest(one, media[one.sha256], cosigned.get(one.sha256, [])) for one in manifests],
        submissions=submissions_of(session, capture.root_id),
    )


def state_of(session: Session, *, caller: Caller, capture_id: UUID) -> CaptureState:
    """Only where a capture stands, for whoever waits for it. 404 for what is not the caller's."""
    return CaptureState(_readable(session, caller, capture_id).state)


def _readable(session: Session, caller: Caller, capture_id: UUID) -> Capture:
    capture = session.get(Capture, capture_id, populate_existing=True)
    if capture is None or capture.agency_id != caller.organisation_id or not _may_read(session, caller, capture):
        raise not_found()
    return capture


def _may_read(session: Session, caller: Caller, capture: Capture) -> bool:
    if isinstance(caller, PhoneCaller):
        return capture.officer_id == caller.officer_id
    if isinstance(caller, PersonCaller):
        return prosecuting.may_read(session, caller, capture)
    return False


def _manifest(
    row: Manifest, pairs: Sequence[tuple[ManifestMedia, Media]], cosigned: list[participating.Cosignature]
) -> ManifestView:
    media = [
        {
            "id": line.media_id,
            "sha256": media.sha256,
            "size": media.size,
            "content_type": media.content_type,
            "view": line.view,
            "source": line.source,
            "item_ids": line.item_ids,
            "package_id": line.package_id,
            "captured_at": line.captured_at,
            "state": media.state,
            "problem": media.problem,
            "preview": media.preview,
            "locked_until": media.locked_until,
        }
        for line, media in pairs
    ]
    return ManifestView(
        sha256=row.sha256,
        capture_id=row.capture_id,
        seq=row.seq,
        amends_sha256=row.amends_sha256,
        standing=row.standing,
        problems=row.problems,
        flags=row.flags,
        relayed_by=row.relayed_by,
        received_at=row.received_at,
        secured_at=row.secured_at,
        cosigned=cosigned,
        media=media,
    )
