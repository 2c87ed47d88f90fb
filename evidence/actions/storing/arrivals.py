"""The confirmation that bytes have arrived (protocol, section 5, step 3).

Looking at the store happens between transactions: :func:`resolve` says what to look for, :func:`originals` and
:func:`chunks` look, :func:`confirm` records what was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef, StoredObject
from evidence.actions.storing import media_places, verify
from evidence.domain.callers import Actor
from evidence.domain.errors import Category, EvidenceError, Retry, not_found
from evidence.domain.media_states import AWAITED, MediaAct, MediaState, next_media_state
from evidence.records.captures import Capture
from evidence.records.media import Media, UploadPlan, locked_files, plans_of


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
    """Where to look for one file. ``chunks`` are looked for only where the original is not there."""

    media_row_id: UUID
    media_id: UUID
    key: str
    prefix: str
    media: Media
    chunks: tuple[str, ...] = ()


def resolve(files: Mapping[UUID, Media], media_ids: Sequence[UUID]) -> list[Sought]:
    """Where the named files should be by now; those already taken over are left out. 404 for unknown ids."""
    if any(media_id not in files for media_id in media_ids):
        raise not_found()
    return [
        Sought(
            media_row_id=media.id,
            media_id=media_id,
            key=media_places.original_key(media),
            prefix=media_places.chunk_prefix(media),
            media=media,
        )
        for media_id, media in ((media_id, files[media_id]) for media_id in dict.fromkeys(media_ids))
        if media.state in AWAITED
    ]


def originals(store: MediaStore, sought: Sequence[Sought]) -> dict[UUID, Sight]:
    """Asks the store by HEAD, outside any transaction; by row id, only what is there."""
    there = store.head_originals([one.key for one in sought])
    return {
        one.media_row_id: Sight(one.media_row_id, one.media_id, there[one.key]) for one in sought if one.key in there
    }


def planned(session: Session, sought: Sequence[Sought]) -> list[Sought]:
    """The same with the chunks of the plan in force, for what did not come whole."""
    plans = {plan.media_row_id: plan for plan in plans_of(session, [one.media_row_id for one in sought])}
    return [replace(one, chunks=_planned_keys(one.media, plans.get(one.media_row_id))) for one in sought]


def _planned_keys(media: Media, plan: UploadPlan | None) -> tuple[str, ...]:
    if plan is None or plan.chunks is None:
        return ()
    return tuple(media_places.chunk_key(media, n, sha256) for n, sha256 in enumerate(plan.chunks))


def chunks(store: MediaStore, sought: Sequence[Sought]) -> list[Sight]:
    """Lists what is staged, outside any transaction."""
    sights = []
    for one in sought:
        present = set(store.chunks_under(one.prefix)) if one.chunks else set()
        missing = sum(key not in present for key in one.chunks) if one.chunks else 1
        sights.append(Sight(one.media_row_id, one.media_id, None, one.chunks if not missing else (), missing))
    return sights


def look(store: MediaStore, sought: Sequence[Sought]) -> list[Sight]:
    """Both ways to look, for files whose plans are known already."""
    there = originals(store, sought)
    return [*there.values(), *chunks(store, [one for one in sought if one.media_row_id not in there])]


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
    rows = {media.id: media for media in locked_files(session, [sight.media_row_id for sight in sights])}
    arrived = [(rows[sight.media_row_id], sight) for sight in sights if sight.media_row_id in rows]
    arrived = [(media, sight) for media, sight in arrived if media.state in AWAITED]
    if not arrived:
        return
    acts = [_receive(media, sight, actor=actor, way=way, now=services.clock.now()) for media, sight in arrived]
    verify.enqueue(session, services, [media.id for media, _ in arrived])
    _mark_receiving(session, {media.root_id for media, _ in arrived if media.root_id and media.manifest_sha256})
    custody.append(session, services, acts)


def _receive(media: Media, sight: Sight, *, actor: Actor, way: str, now: datetime) -> custody.Act:
    media.state = next_media_state(MediaState(media.state), MediaAct.RECEIVE)
    media.problem, media.received_at, media.updated_at = None, now, now
    media.way = "chunks" if sight.stored is None else way
    details: dict[str, str | int] = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "size": media.size,
        "way": media.way,
    }
    details.update(media_places.owner_details(media))
    if sight.stored is not None:
        note_version(media, sight.stored)
        details["version_id"] = sight.stored.ref.version_id
    return custody.Act(
        kind="media.received",
        chain=media_places.chain_of(media),
        agency_id=media.agency_id,
        actor=actor,
        details=details,
        told=media_places.told_of(media),
        root_id=media.root_id,
        submission_id=media.submission_id,
    )


def note_version(media: Media, stored: StoredObject) -> None:
    """Keeps bucket, key and version: every later read names all three."""
    ref: ObjectRef = stored.ref
    media.bucket, media.object_key, media.version_id = ref.bucket, ref.key, ref.version_id
    media.locked_until = stored.locked_until


def _mark_receiving(session: Session, roots: set[UUID]) -> None:
    session.execute(
        update(Capture).where(Capture.id.in_(roots), Capture.state == "registered").values(state="receiving")
    )
