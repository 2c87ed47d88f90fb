"""Upload targets, and the confirmation that bytes have arrived (protocol, section 5).

Presigning is arithmetic and needs no network; looking at the store happens between two transactions:
:func:`resolve` reads what to look for, :func:`look` looks, :func:`confirm` records what was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import (
    MediaStore,
    ObjectRef,
    PresignedPut,
    Services,
    StoredObject,
    StoreDuplicate,
    StoreRefused,
)
from evidence.domain.callers import Actor, Caller, PhoneCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, invalid, not_found
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.records.captures import Capture, Manifest
from evidence.records.media import ManifestMedia, Media, UploadPlan

SMALLEST_CHUNK = 32 * 1024
LARGEST_CHUNK = 8 * 1024 * 1024
AWAITED = frozenset({MediaState.EXPECTED, MediaState.LOST, MediaState.WITHHELD})
PLANS_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Wish:
    """What a client asks for one file: whole, or in chunks with the hash of each (``n`` from 0)."""

    media_id: UUID
    chunk_size: int | None = None
    chunks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One PUT: bytes ``offset`` to ``offset + size`` of the file."""

    n: int
    offset: int
    size: int
    put: PresignedPut


@dataclass(frozen=True)
class Targets:
    """What is still missing of one file; no parts when nothing is."""

    media_id: UUID
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Planned:
    """A file and the way it will come, as far as the database knows. ``present`` are chunk keys in the store."""

    media: Media
    wish: Wish


def original_key(media: Media) -> str:
    """``originals/{agency}/{capture}/{media}/{sha256}``; the capture is the manifest's own."""
    return f"originals/{media.agency_id}/{media.capture_id}/{media.media_id}/{media.sha256}"


def chunk_prefix(media: Media) -> str:
    return f"chunks/{media.agency_id}/{media.id}/"


def chunk_key(media: Media, n: int, sha256: str) -> str:
    """The name holds the hash that the store enforces: who finds the key has found the bytes."""
    return f"{chunk_prefix(media)}{n:05d}-{sha256}"


def files_of(session: Session, *, caller: Caller, capture_id: UUID, manifest_sha256: str | None) -> dict[UUID, Media]:
    """The files of a capture's manifest by the author's media id; of the first manifest when none is named.

    A phone sends for its own officer; a person of the agency may relay. 404 for everyone else.
    """
    capture = session.get(Capture, capture_id)
    if capture is None or capture.agency_id != caller.organisation_id:
        raise not_found()
    if isinstance(caller, PhoneCaller) and capture.officer_id != caller.officer_id:
        raise not_found()
    manifest = _manifest(session, capture_id, manifest_sha256)
    rows = session.execute(
        select(ManifestMedia.media_id, Media)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(ManifestMedia.manifest_sha256 == manifest.sha256)
        .order_by(ManifestMedia.position)
    )
    return {row.media_id: row.Media for row in rows}


def _manifest(session: Session, capture_id: UUID, sha256: str | None) -> Manifest:
    query = select(Manifest).where(Manifest.capture_id == capture_id).order_by(Manifest.received_at, Manifest.sha256)
    if sha256 is not None:
        query = query.where(Manifest.sha256 == sha256)
    found = session.scalars(query.limit(1)).one_or_none()
    if found is None:
        raise not_found()
    return found


def plan(session: Session, services: Services, *, files: Mapping[UUID, Media], wishes: Sequence[Wish]) -> list[Planned]:
    """Remembers chunk plans for what is still expected; whole uploads need nothing remembered.

    Refuses unknown media (404), chunks that do not cover the file (422) and what is over a day's budget (429).
    """
    now = services.clock.now()
    planned = []
    for wish in wishes:
        media = files.get(wish.media_id)
        if media is None:
            raise not_found()
        if media.state not in AWAITED:
            planned.append(Planned(media, Wish(wish.media_id)))
            continue
        if wish.chunk_size is not None:
            _check_chunks(media, wish)
            _remember(session, services, media, wish, now)
        planned.append(Planned(media, wish))
    _check_budget(session, services, [one.media for one in planned], now)
    return planned


def _check_chunks(media: Media, wish: Wish) -> None:
    size = wish.chunk_size or 0
    if not SMALLEST_CHUNK <= size <= LARGEST_CHUNK:
        raise invalid("chunk_size", chunk_size=f"between {SMALLEST_CHUNK} and {LARGEST_CHUNK} bytes")
    needed = -(-media.size // size)
    if len(wish.chunks) != needed:
        raise invalid("chunks_incomplete", chunks=f"{needed} chunks of {size} bytes cover {media.size} bytes")


def _remember(session: Session, services: Services, media: Media, wish: Wish, now: datetime) -> None:
    """The newest plan counts; an older one with other chunk borders ends."""
    session.execute(
        update(UploadPlan)
        .where(UploadPlan.media_row_id == media.id, UploadPlan.ended_at.is_(None))
        .values(ended_at=now)
    )
    session.add(
        UploadPlan(
            id=services.entropy.uuid7(),
            media_row_id=media.id,
            agency_id=media.agency_id,
            way="chunks",
            chunk_size=wish.chunk_size,
            chunks=list(wish.chunks),
            planned_at=now,
            expires_at=now + PLANS_KEPT,
        )
    )


def _check_budget(session: Session, services: Services, media: Sequence[Media], now: datetime) -> None:
    """A day's bytes per device and agency: facts are always taken, pixels wait (protocol, section 5, *Store*)."""
    if not media:
        return
    since = now - timedelta(days=1)
    limits = (
        (Media.agency_id, media[0].agency_id, services.policy.agency_bytes_per_day),
        (Media.device_id, media[0].device_id, services.policy.device_bytes_per_day),
    )
    for column, value, limit in limits:
        if value is None:
            continue
        used = session.scalar(
            select(func.coalesce(func.sum(Media.size), 0)).where(column == value, Media.received_at > since)
        )
        if (used or 0) + sum(one.size for one in media if one.state in AWAITED) > limit:
            raise EvidenceError(
                Category.LIMITED, "over_budget", "The day's bytes are used up.", retry=Retry.LATER, retry_after_s=3600
            )


def targets(services: Services, planned: Sequence[Planned]) -> list[Targets]:
    """Presigned PUTs for what is missing. Looks into staging only where chunks were planned."""
    now = services.clock.now()
    return [Targets(one.wish.media_id, tuple(_parts(services, one, now))) for one in planned]


def _parts(services: Services, planned: Planned, now: datetime) -> Sequence[Part]:
    media, wish = planned.media, planned.wish
    if media.state not in AWAITED:
        return []
    if wish.chunk_size is None:
        put = services.store.presign_original(
            key=original_key(media),
            sha256=media.sha256,
            size=media.size,
            content_type=media.content_type,
            lock_until=now + services.policy.landing_lock,
            seconds=services.policy.upload_seconds,
        )
        return [Part(0, 0, media.size, put)]
    present = set(services.store.chunks_under(chunk_prefix(media)))
    parts = []
    for n, sha256 in enumerate(wish.chunks):
        key = chunk_key(media, n, sha256)
        if key in present:
            continue
        parts.append(_chunk_part(services, media, wish.chunk_size, n, sha256))
    return parts


def _chunk_part(services: Services, media: Media, chunk_size: int, n: int, sha256: str) -> Part:
    offset = n * chunk_size
    size = min(chunk_size, media.size - offset)
    put = services.store.presign_chunk(
        key=chunk_key(media, n, sha256), sha256=sha256, size=size, seconds=services.policy.upload_seconds
    )
    return Part(n, offset, size, put)


def one_part(session: Session, services: Services, *, files: Mapping[UUID, Media], media_id: UUID, n: int) -> Part:
    """The part that a relayed PUT carries: chunk ``n`` of the plan, or the whole file as part 0."""
    media = files.get(media_id)
    if media is None:
        raise not_found()
    if media.state not in AWAITED:
        raise conflict("already_received", "This file has arrived already.")
    plan_row = session.scalars(
        select(UploadPlan).where(UploadPlan.media_row_id == media.id, UploadPlan.ended_at.is_(None))
    ).one_or_none()
    if plan_row is None or plan_row.chunks is None or plan_row.chunk_size is None:
        parts = _parts(services, Planned(media, Wish(media_id)), services.clock.now()) if n == 0 else []
        if not parts:
            raise not_found()
        return parts[0]
    if not 0 <= n < len(plan_row.chunks):
        raise not_found()
    return _chunk_part(services, media, plan_row.chunk_size, n, plan_row.chunks[n])


def relay(store: MediaStore, part: Part, body: IO[bytes]) -> None:
    """Passes a part's bytes to the store as they come; other bytes and second writes are refused there."""
    try:
        store.send(part.put, body, part.size)
    except StoreDuplicate:
        raise conflict("already_received", "The store has this part already.") from None
    except StoreRefused as refused:
        raise invalid("bytes_refused", f"The store refused these bytes: {refused.code}.") from None


@dataclass(frozen=True)
class Sight:
    """What the store holds for one file: the original, or all chunks of its plan, or neither (``missing``)."""

    media_row_id: UUID
    media_id: UUID
    stored: StoredObject | None
    chunks: tuple[str, ...] = ()
    missing: int = 0


@dataclass(frozen=True)
class Sought:
    """Where to look for one file."""

    media_row_id: UUID
    media_id: UUID
    key: str
    prefix: str
    chunks: tuple[str, ...]


def resolve(session: Session, *, files: Mapping[UUID, Media], media_ids: Sequence[UUID]) -> list[Sought]:
    """Where the named files should be by now; those already taken over are left out. 404 for unknown ids."""
    if any(media_id not in files for media_id in media_ids):
        raise not_found()
    wanted = {media_id: files[media_id] for media_id in media_ids if files[media_id].state in AWAITED}
    plans = {
        plan.media_row_id: plan
        for plan in session.scalars(
            select(UploadPlan).where(
                UploadPlan.media_row_id.in_([media.id for media in wanted.values()]), UploadPlan.ended_at.is_(None)
            )
        )
    }
    return [
        Sought(media.id, media_id, original_key(media), chunk_prefix(media), _planned_keys(media, plans.get(media.id)))
        for media_id, media in wanted.items()
    ]


def _planned_keys(media: Media, plan: UploadPlan | None) -> tuple[str, ...]:
    if plan is None or plan.chunks is None:
        return ()
    return tuple(chunk_key(media, n, sha256) for n, sha256 in enumerate(plan.chunks))


def look(store: MediaStore, sought: Sequence[Sought]) -> list[Sight]:
    """Asks the store, outside any transaction: the original by HEAD, else the chunks by listing."""
    sights = []
    for one in sought:
        stored = store.head_original(one.key)
        if stored is not None or not one.chunks:
            sights.append(Sight(one.media_row_id, one.media_id, stored, missing=0 if stored else 1))
            continue
        present = set(store.chunks_under(one.prefix))
        missing = sum(key not in present for key in one.chunks)
        sights.append(Sight(one.media_row_id, one.media_id, None, one.chunks if not missing else (), missing))
    return sights


def confirm(session: Session, services: Services, *, sights: Sequence[Sight], actor: Actor, way: str) -> None:
    """Records what has arrived and queues its verification. Repeats change nothing.

    409 ``not_arrived`` names what the store does not have; nothing of the request is recorded then.
    """
    absent = [str(sight.media_id) for sight in sights if sight.missing]
    if absent:
        raise EvidenceError(
            Category.CONFLICT,
            "not_arrived",
            "The store does not have these files yet.",
            retry=Retry.LATER,
            errors={"media": absent},
        )
    rows = {
        media.id: media
        for media in session.scalars(
            select(Media)
            .where(Media.id.in_([sight.media_row_id for sight in sights]))
            .order_by(Media.id)
            .with_for_update()
        )
    }
    acts = []
    for sight in sights:
        media = rows.get(sight.media_row_id)
        if media is not None and media.state in AWAITED:
            acts.append(_receive(session, services, media, sight, actor, way))
    if acts:
        _mark_receiving(session, {media.root_id for media in rows.values()})
        custody.append(session, services, acts)


def _receive(session: Session, services: Services, media: Media, sight: Sight, actor: Actor, way: str) -> custody.Act:
    now = services.clock.now()
    media.state = next_media_state(MediaState(media.state), MediaAct.RECEIVE)
    media.problem, media.received_at, media.updated_at = None, now, now
    media.way = "chunks" if sight.stored is None else way
    details: dict[str, str | int] = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "size": media.size,
        "way": media.way,
    }
    details.update(owner_details(media))
    if sight.stored is not None:
        note_version(media, sight.stored)
        details["version_id"] = sight.stored.ref.version_id
    task = "verify_media" if sight.stored is not None else "assemble_media"
    services.jobs.enqueue(session, task, media_row_id=str(media.id))
    return custody.Act(
        kind="media.received",
        chain=Chain("capture", media.root_id),
        agency_id=media.agency_id,
        actor=actor,
        details=details,
        root_id=media.root_id,
    )


def owner_details(media: Media) -> dict[str, str]:
    """By what a file belongs to the capture: a manifest, or a submission that it was attached to."""
    if media.manifest_sha256 is not None:
        return {"manifest_sha256": media.manifest_sha256}
    return {"submission_id": str(media.submission_id)}


def note_version(media: Media, stored: StoredObject) -> None:
    """Keeps bucket, key and version: every later read names all three."""
    ref: ObjectRef = stored.ref
    media.bucket, media.object_key, media.version_id = ref.bucket, ref.key, ref.version_id
    media.locked_until = stored.locked_until


def _mark_receiving(session: Session, roots: set[UUID]) -> None:
    session.execute(
        update(Capture).where(Capture.id.in_(roots), Capture.state == "registered").values(state="receiving")
    )
