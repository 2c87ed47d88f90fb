"""Upload targets: what is still missing of a capture's files, and where to PUT it (protocol, section 5, step 2).

Presigning is arithmetic and needs no network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.store_ports import PresignedPut
from evidence.actions.storing import media_places
from evidence.domain.callers import Caller, PhoneCaller
from evidence.domain.errors import Category, EvidenceError, Retry, invalid, not_found
from evidence.domain.media_states import AWAITED
from evidence.records.captures import Capture, Manifest
from evidence.records.media import ManifestMedia, Media, UploadPlan

SMALLEST_CHUNK = 32 * 1024
LARGEST_CHUNK = 8 * 1024 * 1024
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


def files_of(session: Session, *, caller: Caller, capture_id: UUID, manifest_sha256: str | None) -> dict[UUID, Media]:
    """The files of a capture's manifest by the author's media id; of the first manifest when none is named.

    A phone sends for its own officer; a person of the agency may relay. 404 for everyone else.
    """
    named = manifest_sha256 or (
        select(Manifest.sha256)
        .where(Manifest.capture_id == capture_id)
        .order_by(Manifest.received_at, Manifest.sha256)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Capture.agency_id, Capture.officer_id, ManifestMedia.media_id, Media)
        .join(Manifest, Manifest.capture_id == Capture.id)
        .outerjoin(ManifestMedia, ManifestMedia.manifest_sha256 == Manifest.sha256)
        .outerjoin(Media, Media.id == ManifestMedia.media_row_id)
        .where(Capture.id == capture_id, Manifest.sha256 == named)
        .order_by(ManifestMedia.position)
    ).all()
    if not rows or rows[0].agency_id != caller.organisation_id:
        raise not_found()
    if isinstance(caller, PhoneCaller) and rows[0].officer_id != caller.officer_id:
        raise not_found()
    return {row.media_id: row.Media for row in rows if row.Media is not None}


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
    """A day's bytes per device and organisation: facts are always taken, pixels wait (protocol, section 5, *Store*)."""
    awaited = [one for one in media if one.state in AWAITED]
    if not awaited:
        return
    since, first = now - timedelta(days=1), awaited[0]
    of_agency = _bytes_since(since).where(Media.author_organisation_id == first.author_organisation_id)
    of_device = _bytes_since(since).where(Media.device_id == first.device_id)
    by_agency, by_device = session.execute(select(of_agency.scalar_subquery(), of_device.scalar_subquery())).one()
    more = sum(one.size for one in awaited)
    over = by_agency + more > services.policy.agency_bytes_per_day
    if over or (first.device_id is not None and by_device + more > services.policy.device_bytes_per_day):
        raise EvidenceError(
            Category.LIMITED, "over_budget", "The day's bytes are used up.", retry=Retry.LATER, retry_after_s=3600
        )


def _bytes_since(since: datetime) -> Select[Any]:
    return select(func.coalesce(func.sum(Media.size), 0)).where(Media.received_at > since)


def targets(services: Services, planned: Sequence[Planned]) -> list[Targets]:
    """Presigned PUTs for what is missing. Looks into staging only where chunks were planned."""
    now = services.clock.now()
    return [Targets(one.wish.media_id, tuple(parts_of(services, one, now))) for one in planned]


def parts_of(services: Services, planned: Planned, now: datetime) -> Sequence[Part]:
    """The PUTs that bring one file, without the chunks that are here already; none when nothing is awaited."""
    media, wish = planned.media, planned.wish
    if media.state not in AWAITED:
        return []
    if wish.chunk_size is None:
        put = services.store.presign_original(
            key=media_places.original_key(media),
            sha256=media.sha256,
            size=media.size,
            content_type=media.content_type,
            lock_until=now + services.policy.landing_lock,
            seconds=services.policy.upload_seconds,
        )
        return [Part(0, 0, media.size, put)]
    present = set(services.store.chunks_under(media_places.chunk_prefix(media)))
    parts = []
    for n, sha256 in enumerate(wish.chunks):
        key = media_places.chunk_key(media, n, sha256)
        if key in present:
            continue
        parts.append(chunk_part(services, media, wish.chunk_size, n, sha256))
    return parts


def chunk_part(services: Services, media: Media, chunk_size: int, n: int, sha256: str) -> Part:
    """The PUT of chunk ``n``, bound to its hash."""
    offset = n * chunk_size
    size = min(chunk_size, media.size - offset)
    put = services.store.presign_chunk(
        key=media_places.chunk_key(media, n, sha256), sha256=sha256, size=size, seconds=services.policy.upload_seconds
    )
    return Part(n, offset, size, put)
