"""The worker's check of one original: claim, stream once outside any transaction, record (protocol, section 5).

``secured`` means that a worker streamed that very version and that its SHA-256 is the signed one.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence.actions import custody, evidence_state, media_places
from evidence.actions.ports import MediaStore, ObjectRef, Services, StoreDuplicate, StoreRefused
from evidence.domain.callers import SYSTEM
from evidence.domain.content import Recogniser
from evidence.domain.content_rules import ATTACHMENT, CAPTURE, Finding, judge
from evidence.domain.custody import Chain, instant
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.records.captures import Capture
from evidence.records.media import Finding as FindingRow
from evidence.records.media import Media, UploadPlan, locked_media

PICTURE_QUEUE = "previews"


@dataclass(frozen=True)
class Claim:
    """What a worker needs to check one file without the database."""

    media_row_id: UUID
    key: str
    ref: ObjectRef | None
    sha256: str
    size: int
    content_type: str
    attached: bool
    lock_until: datetime
    chunk_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examined:
    """What the bytes turned out to be. ``sound`` is whether hash and length are the signed ones."""

    sound: bool
    found_sha256: str | None
    found_size: int | None
    ref: ObjectRef | None
    locked_until: datetime | None
    findings: tuple[Finding, ...] = ()
    missing: bool = False


def claim(session: Session, services: Services, media_row_id: UUID) -> Claim | None:
    """Marks a received file as being verified; None when there is nothing left to do."""
    media = locked_media(session, media_row_id)
    if media is None or media.state not in ("received", "verifying"):
        return None
    now = services.clock.now()
    media.state, media.updated_at = next_media_state(MediaState(media.state), MediaAct.VERIFY), now
    plan = session.scalars(
        select(UploadPlan).where(UploadPlan.media_row_id == media.id, UploadPlan.ended_at.is_(None))
    ).one_or_none()
    chunks: tuple[str, ...] = ()
    if media.version_id is None and plan is not None and plan.chunks:
        chunks = tuple(media_places.chunk_key(media, n, sha256) for n, sha256 in enumerate(plan.chunks))
    return Claim(
        media_row_id=media.id,
        key=media_places.original_key(media),
        ref=_ref(media),
        sha256=media.sha256,
        size=media.size,
        content_type=media.content_type,
        attached=media.submission_id is not None,
        lock_until=now + services.policy.landing_lock,
        chunk_keys=chunks,
    )


def _ref(media: Media) -> ObjectRef | None:
    if media.bucket is None or media.object_key is None or media.version_id is None:
        return None
    return ObjectRef(media.bucket, media.object_key, media.version_id)


def assemble(store: MediaStore, work: Claim) -> Claim | Examined:
    """Joins staged chunks into the locked original; wrong bytes stay in staging and are named."""
    if work.ref is not None:
        return work
    try:
        stored = store.assemble(
            chunk_keys=list(work.chunk_keys),
            key=work.key,
            sha256=work.sha256,
            size=work.size,
            content_type=work.content_type,
            lock_until=work.lock_until,
        )
    except (StoreRefused, StoreDuplicate) as refused:
        if refused.code not in ("mismatch", "chunk_missing"):
            raise
        return Examined(sound=False, found_sha256=None, found_size=None, ref=None, locked_until=None)
    return replace(work, ref=stored.ref)


def examine(store: MediaStore, work: Claim, *, keep_until: datetime) -> Examined:
    """Streams the version once: hash, length, and what the bytes are. Extends the lock when they are right."""
    if work.ref is None:
        return Examined(False, None, None, None, None, missing=True)
    digest, recogniser, size = hashlib.sha256(), Recogniser(), 0
    with store.read(work.ref) as pieces:
        for piece in pieces:
            digest.update(piece)
            recogniser.feed(piece)
            size += len(piece)
    found = digest.hexdigest()
    if found != work.sha256 or size != work.size:
        return Examined(False, found, size, work.ref, None)
    accepted = ATTACHMENT if work.attached else CAPTURE
    findings = judge(recogniser.finish(), declared_type=work.content_type, accepted=accepted)
    locked_until = store.extend_lock(work.ref, keep_until)
    return Examined(True, found, size, work.ref, locked_until, tuple(findings))


def record(session: Session, services: Services, media_row_id: UUID, seen: Examined) -> None:
    """Writes down what was seen: secured, quarantined, or expected again with its problem. Safe to repeat."""
    media = locked_media(session, media_row_id)
    if media is None or media.state != "verifying":
        return
    now = services.clock.now()
    media.updated_at = now
    acts = [_settle(session, services, media, seen, now)]
    acts += evidence_state.after_media(session, services, media)
    custody.append(session, services, acts)


def _settle(session: Session, services: Services, media: Media, seen: Examined, now: datetime) -> custody.Act:
    details: dict[str, Any] = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "size": media.size,
        **media_places.owner_details(media),
    }
    if not seen.sound:
        media.state = next_media_state(MediaState(media.state), MediaAct.MISMATCH)
        media.problem = "missing" if seen.missing else "mismatch"
        media.bucket = media.object_key = media.version_id = None
        details |= {"found_sha256": seen.found_sha256, "found_size": seen.found_size}
        return _act("media.mismatch", media, details)
    assert seen.ref is not None
    media.bucket, media.object_key, media.version_id = seen.ref.bucket, seen.ref.key, seen.ref.version_id
    media.locked_until, media.secured_at = seen.locked_until, now
    quarantined = [finding for finding in seen.findings if finding.quarantines]
    media.state = next_media_state(MediaState(media.state), MediaAct.QUARANTINE if quarantined else MediaAct.SECURE)
    add_findings(session, services, media, seen.findings)
    if not quarantined:
        media.preview = "due"
        services.jobs.enqueue(session, "make_preview", queue=PICTURE_QUEUE, media_row_id=str(media.id))
    details |= {
        "version_id": seen.ref.version_id,
        "content_type": media.content_type,
        "findings": [finding.code for finding in seen.findings],
    }
    if seen.locked_until is not None:
        details["locked_until"] = instant(seen.locked_until)
    if quarantined:
        return _act("media.quarantined", media, {**details, "reason": quarantined[0].code})
    return _act("media.verified", media, details)


def _act(kind: str, media: Media, details: dict[str, Any]) -> custody.Act:
    return custody.Act(
        kind=kind,
        chain=Chain("capture", media.root_id),
        agency_id=media.agency_id,
        actor=SYSTEM,
        details=details,
        root_id=media.root_id,
        submission_id=media.submission_id,
    )


def add_findings(session: Session, services: Services, media: Media, findings: tuple[Finding, ...]) -> None:
    """Numbers findings within the root capture, which is locked so that numbers are dense."""
    if not findings:
        return
    session.execute(select(Capture.id).where(Capture.id == media.root_id).with_for_update())
    highest = session.scalar(select(func.max(FindingRow.number)).where(FindingRow.root_id == media.root_id)) or 0
    for number, finding in enumerate(findings, start=highest + 1):
        session.add(
            FindingRow(
                id=services.entropy.uuid7(),
                root_id=media.root_id,
                agency_id=media.agency_id,
                number=number,
                media_row_id=media.id,
                code=finding.code,
                blocking=finding.blocking,
                facts=dict(finding.facts),
            )
        )


def unsettled(session: Session, services: Services, *, older_than: timedelta) -> list[tuple[UUID, str]]:
    """Files whose job may have been lost: ``(media row, task)`` for each that has not moved for a while."""
    before = services.clock.now() - older_than
    rows = session.execute(
        select(Media.id, Media.version_id).where(Media.state.in_(("received", "verifying")), Media.updated_at < before)
    )
    return [(row.id, "assemble_media" if row.version_id is None else "verify_media") for row in rows]
