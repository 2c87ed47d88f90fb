"""The worker's check of originals: claim, stream once outside any transaction, record (protocol, section 5).

A job brings the files of one confirmation, so that they share their transactions; each is judged by itself.

``secured`` means that a worker streamed that very version and that its SHA-256 is the signed one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import duplicates
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef, StoreDuplicate, StoreRefused
from evidence.actions.storing import evidence_state, media_places, unsettling
from evidence.domain.callers import SYSTEM
from evidence.domain.content import Content, Recogniser
from evidence.domain.content_rules import ATTACHMENT, CAPTURE, Finding, judge, seal
from evidence.domain.custody import instant
from evidence.domain.kinds import AttachmentKind
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.records.captures import Capture
from evidence.records.media import Finding as FindingRow
from evidence.records.media import Media, UploadPlan, locked_files, plans_of

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
    purpose: str
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


def enqueue(session: Session, services: Services, media_row_ids: Sequence[UUID]) -> None:
    """Queues the check of files that arrived together, as one job."""
    services.jobs.enqueue(session, "verify_media", media_row_ids=[str(one) for one in media_row_ids])


def enqueue_previews(session: Session, services: Services, media_row_ids: Sequence[UUID]) -> None:
    """Queues pictures of checked files; nothing waits for them."""
    ids = [str(one) for one in media_row_ids]
    services.jobs.enqueue(session, "make_previews", queue=PICTURE_QUEUE, media_row_ids=ids)


def claim(session: Session, services: Services, media_row_ids: Sequence[UUID]) -> list[Claim]:
    """Marks received files as being verified; leaves out those with which nothing is left to do."""
    now = services.clock.now()
    rows = [media for media in locked_files(session, media_row_ids) if media.state in ("received", "verifying")]
    for media in rows:
        media.state, media.updated_at = next_media_state(MediaState(media.state), MediaAct.VERIFY), now
    joined = [media.id for media in rows if media.version_id is None]
    plans = {plan.media_row_id: plan for plan in plans_of(session, joined)} if joined else {}
    return [_claim(media, plans.get(media.id), lock_until=now + services.policy.landing_lock) for media in rows]


def _claim(media: Media, plan: UploadPlan | None, *, lock_until: datetime) -> Claim:
    chunks: tuple[str, ...] = ()
    if plan is not None and plan.chunks:
        chunks = tuple(media_places.chunk_key(media, n, sha256) for n, sha256 in enumerate(plan.chunks))
    return Claim(
        media_row_id=media.id,
        key=media_places.original_key(media),
        ref=_ref(media),
        sha256=media.sha256,
        size=media.size,
        content_type=media.content_type,
        purpose=media.purpose,
        lock_until=lock_until,
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
    findings = _judge(recogniser.finish(), work)
    locked_until = store.extend_lock(work.ref, keep_until)
    return Examined(True, found, size, work.ref, locked_until, tuple(findings))


def _judge(content: Content, work: Claim) -> list[Finding]:
    if work.purpose == AttachmentKind.VENDOR:
        return seal(content, declared_type=work.content_type)
    accepted = CAPTURE if work.purpose == "capture" else ATTACHMENT
    return judge(content, declared_type=work.content_type, accepted=accepted)


def check(store: MediaStore, work: Claim, *, keep_until: datetime) -> Examined:
    """Joins the file if it came in chunks, then examines it."""
    joined = assemble(store, work) if work.chunk_keys else work
    return examine(store, joined, keep_until=keep_until) if isinstance(joined, Claim) else joined


def record(session: Session, services: Services, seen: Mapping[UUID, Examined]) -> None:
    """Writes down what was seen: secured, quarantined, or expected again with its problem. Safe to repeat."""
    files = [media for media in locked_files(session, list(seen)) if media.state == "verifying"]
    if not files:
        return
    now = services.clock.now()
    acts = [_settle(session, services, media, seen[media.id], now) for media in files]
    shown = [media.id for media in files if media.preview == "due"]
    if shown:
        enqueue_previews(session, services, shown)
    acts += evidence_state.after_files(session, services, files)
    for media in files:
        blocking = [finding.code for finding in seen[media.id].findings if finding.blocking]
        acts += unsettling.unsettle(session, media, blocking)
    duplicates.photos_secured(session, services, [media.id for media in files if media.state == MediaState.SECURED])
    custody.append(session, services, acts)


def _settle(session: Session, services: Services, media: Media, seen: Examined, now: datetime) -> custody.Act:
    media.updated_at = now
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
    if not quarantined and media.purpose != AttachmentKind.VENDOR:
        media.preview = "due"
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
        chain=media_places.chain_of(media),
        agency_id=media.agency_id,
        actor=SYSTEM,
        details=details,
        told=media_places.told_of(media),
        root_id=media.root_id,
        submission_id=media.submission_id,
    )


def add_findings(session: Session, services: Services, media: Media, findings: tuple[Finding, ...]) -> None:
    """Numbers findings within the root capture, which is locked so that numbers are dense; else within the file."""
    if not findings:
        return
    beside = FindingRow.media_row_id == media.id
    if media.root_id is not None:
        session.execute(select(Capture.id).where(Capture.id == media.root_id).with_for_update())
        beside = FindingRow.root_id == media.root_id
    highest = session.scalar(select(func.max(FindingRow.number)).where(beside)) or 0
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


def unsettled(session: Session, services: Services, *, older_than: timedelta) -> Sequence[UUID]:
    """Files whose job may have been lost: those that have not moved for a while."""
    before = services.clock.now() - older_than
    return session.scalars(
        select(Media.id).where(Media.state.in_(("received", "verifying")), Media.updated_at < before)
    ).all()
