"""What follows when a file settles: a manifest is secured, its capture with it, and submissions stop waiting."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import lines
from evidence.actions.deciding import routing
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import instant
from evidence.domain.media_states import (
    UNDER_WAY,
    CaptureAct,
    CaptureState,
    MediaState,
    capture_state,
    next_capture_state,
)
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.media import ManifestMedia, Media, media_of_manifest

COUNTING = ("accepted", "conflict", "waiting_for_base", "amendment_fork", "held", "discarded", "set_aside")
BESIDE = ("conflict", "set_aside")
"""Versions under a capture id that another speaks for: they get their receipts, and don't move its state."""


def after_files(session: Session, services: Services, files: Sequence[Media]) -> list[custody.Act]:
    """Looks at every manifest that names one of the files, line by line.

    The root's lock makes the last of several files see the others.
    """
    acts: list[custody.Act] = []
    for root_id in sorted({media.root_id for media in files if media.root_id and media.manifest_sha256}):
        acts += _after_line(session, services, root_id, [media.id for media in files if media.root_id == root_id])
    return acts


def _after_line(
    session: Session, services: Services, root_id: UUID, media_row_ids: Sequence[UUID]
) -> list[custody.Act]:
    root = locked_capture(session, root_id)
    if root is None:
        raise LookupError(f"no capture {root_id}")
    session.flush()
    naming = select(ManifestMedia.manifest_sha256).where(ManifestMedia.media_row_id.in_(media_row_ids))
    manifests = session.scalars(
        select(Manifest)
        .where(Manifest.sha256.in_(naming), Manifest.standing.in_(COUNTING))
        .order_by(Manifest.received_at, Manifest.sha256)
    ).all()
    acts = [act for manifest in manifests for act in after_manifest(session, services, manifest)]
    return [*acts, *routing.evidence_arrived(session, services, root)]


def after_manifest(session: Session, services: Services, manifest: Manifest) -> list[custody.Act]:
    """The capture's state from its files'; the ``secured`` entry once all have settled (one a manifest)."""
    pairs = media_of_manifest(session, manifest.sha256)
    states = [MediaState(media.state) for _, media in pairs]
    capture = session.get_one(Capture, manifest.capture_id)
    if manifest.standing not in BESIDE:
        capture.state = next_capture_state(CaptureState(capture.state), CaptureAct.MEDIA_MOVED, states).value
    if any(state in UNDER_WAY for state in states):
        return []
    now = services.clock.now()
    capture.secured_at = capture.secured_at or now
    if manifest.secured_at is not None:
        return []
    manifest.secured_at = now
    partial = capture_state(states) is CaptureState.SECURED_PARTIAL
    return [_secured(manifest, pairs, partial=partial)]


def _secured(manifest: Manifest, pairs: list[tuple[ManifestMedia, Media]], *, partial: bool) -> custody.Act:
    """The entry that a receipt is made of: details ``{manifest_sha256, media: […]}`` (protocol, section 9)."""
    media: list[dict[str, Any]] = [
        {
            "id": str(line.media_id),
            "sha256": media.sha256,
            "size": media.size,
            "state": media.state,
            "version_id": media.version_id,
            "locked_until": instant(media.locked_until) if media.locked_until else None,
        }
        for line, media in pairs
    ]
    return custody.Act(
        kind="capture.secured_partial" if partial else "capture.secured",
        chain=lines.chain_of(manifest),
        agency_id=manifest.agency_id,
        actor=SYSTEM,
        details={"manifest_sha256": manifest.sha256, "media": media},
        told=[custody.Told(manifest.agency_id, manifest.officer_id)],
        root_id=manifest.root_id,
    )
