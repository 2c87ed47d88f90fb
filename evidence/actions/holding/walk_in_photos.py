"""Photos of a walk-in, which belongs to no request yet: kept as a capture's files are, in the laboratory's own name.

The same plan, store rules, states and checks. When the walk-in is linked, each photo becomes a receiving photo of that
submission over the very same stored version, which a worker then reads anew for the capture's own chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.log import noting, views
from evidence.actions.ports import Services
from evidence.actions.store_ports import ObjectRef
from evidence.actions.storing import media_places, previews, uploads, verify
from evidence.domain.callers import Actor, Caller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, invalid, not_found
from evidence.domain.kinds import AttachmentKind
from evidence.domain.media_states import UNDER_WAY, MediaState
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.database import one_writer
from evidence.records.laboratory import WalkIn, WalkInLink
from evidence.records.media import Media
from evidence.records.submissions import Submission

MOST = 20  # of one walk-in
MOST_BYTES = 256 * 1024**2
RECEIVERS = (Role.RECEIVER, Role.EXAMINER)
CARRIED = (MediaState.SECURED, MediaState.QUARANTINED)


@dataclass(frozen=True, kw_only=True)
class Announced:
    """One photo as its author announces it; ``size`` in bytes."""

    media_id: UUID
    sha256: str
    size: int
    content_type: str
    filename: str | None
    wish: uploads.Wish

    def same_as(self, media: Media) -> bool:
        mine = (self.sha256, self.size, self.content_type, self.filename)
        return mine == (media.sha256, media.size, media.content_type, media.filename)


def photos_of(session: Session, walk_in_ids: Sequence[UUID]) -> Mapping[UUID, list[Media]]:
    """By walk-in, in the order of their announcement."""
    found: dict[UUID, list[Media]] = {one: [] for one in walk_in_ids}
    wanted = select(Media).where(Media.walk_in_id.in_(walk_in_ids)).order_by(Media.created_at, Media.id)
    for media in session.scalars(wanted):
        if media.walk_in_id is not None:
            found[media.walk_in_id].append(media)
    return found


def announce(
    session: Session, services: Services, *, caller: Caller, walk_in_id: UUID, files: Sequence[Announced]
) -> list[uploads.Planned]:
    """Takes in what will come and plans it; a repeat changes nothing and plans what is still missing.

    404 for a walk-in of nobody here, 409 ``linked`` once it has a request, ``attachment_conflict`` for other facts
    under a known id; 422 for too many or too large, 429 over budget.
    """
    one_writer(session, walk_in_id)
    known = files_of(session, caller=caller, walk_in_id=walk_in_id)
    _check(files, known)
    rows = [_row(services, caller, walk_in_id, one) for one in files if one.media_id not in known]
    session.add_all(rows)
    session.flush()
    present = {**known, **{row.media_id: row for row in rows}}
    planned = uploads.plan(session, services, files=present, wishes=[one.wish for one in files])
    if rows:
        custody.append(session, services, [_attached(row, caller.actor(*RECEIVERS)) for row in rows])
    return planned


def files_of(session: Session, *, caller: Caller, walk_in_id: UUID) -> dict[UUID, Media]:
    """The photos of an own walk-in by the author's id, while more may come: 409 ``linked`` afterwards."""
    _own(session, caller, walk_in_id)
    if session.get(WalkInLink, walk_in_id) is not None:
        raise conflict("linked", "It was linked: attach files to its request.")
    return {media.media_id: media for media in photos_of(session, [walk_in_id])[walk_in_id]}


def _own(session: Session, caller: Caller, walk_in_id: UUID) -> WalkIn:
    walk_in = session.get(WalkIn, walk_in_id)
    if walk_in is None or walk_in.organisation_id != caller.organisation_id:
        raise not_found()
    return walk_in


def _check(files: Sequence[Announced], known: Mapping[UUID, Media]) -> None:
    for one in files:
        former = known.get(one.media_id)
        if former is not None and not one.same_as(former):
            raise conflict("attachment_conflict", "The id stands for another file already.")
        if not 0 < one.size <= MOST_BYTES:
            raise invalid("attachment_size", size=f"between 1 and {MOST_BYTES} bytes")
    if len({one.media_id for one in files}) != len(files):
        raise invalid("named_twice", id="each file once")
    if len(known) + sum(one.media_id not in known for one in files) > MOST:
        raise invalid("too_many_attachments", files=f"at most {MOST} of one walk-in")


def _row(services: Services, caller: Caller, walk_in_id: UUID, file: Announced) -> Media:
    now = services.clock.now()
    return Media(
        id=services.entropy.uuid7(),
        media_id=file.media_id,
        agency_id=caller.organisation_id,
        walk_in_id=walk_in_id,
        author_organisation_id=caller.organisation_id,
        author_id=caller.actor(*RECEIVERS).id,
        purpose=AttachmentKind.RECEIVING_PHOTO.value,
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        content_type=file.content_type,
        state="expected",
        preview="none",
        created_at=now,
        updated_at=now,
    )


def _attached(row: Media, actor: Actor) -> custody.Act:
    return custody.Act("media.attached", media_places.chain_of(row), row.agency_id, actor, _details(row))


def _details(row: Media) -> dict[str, Any]:
    details = {
        "media_id": str(row.media_id),
        "sha256": row.sha256,
        "size": row.size,
        "content_type": row.content_type,
        "purpose": row.purpose,
        **media_places.owner_details(row),
    }
    return {**details, "filename": row.filename} if row.filename else details


def carry(
    session: Session, services: Services, *, caller: Caller, walk_in_id: UUID, root: Capture, submission: Submission
) -> tuple[UUID, ...]:
    """Makes the checked photos receiving photos of the submission, and queues their check there; their ids.

    409 ``photos_under_way`` while one has come and is not checked yet. What never arrived stays behind.
    """
    photos = photos_of(session, [walk_in_id])[walk_in_id]
    if any(photo.state in UNDER_WAY and photo.version_id is not None for photo in photos):
        raise EvidenceError(
            Category.CONFLICT, "photos_under_way", "A photo is being checked: try again.", retry=Retry.LATER
        )
    rows = [_carried(services, photo, root, submission) for photo in photos if photo.state in CARRIED]
    if not rows:
        return ()
    session.add_all(rows)
    session.flush()
    verify.enqueue(session, services, [row.id for row in rows])
    actor, came_from = caller.actor(*RECEIVERS), {"walk_in_id": str(walk_in_id)}
    acts = []
    for row in rows:
        received = {
            "media_id": str(row.media_id),
            "sha256": row.sha256,
            "size": row.size,
            "version_id": row.version_id,
            **({"way": row.way} if row.way else {}),
        }
        owner = {**media_places.owner_details(row), **came_from}
        acts.append(flow.act_of("media.attached", root, submission, actor, {**_details(row), **came_from}))
        acts.append(flow.act_of("media.received", root, submission, actor, {**received, **owner}))
    custody.append(session, services, acts)
    return tuple(row.media_id for row in rows)


def _carried(services: Services, photo: Media, root: Capture, submission: Submission) -> Media:
    """The same stored version, under the capture: bytes are not copied, and their lock is only ever extended."""
    now = services.clock.now()
    return Media(
        id=services.entropy.uuid7(),
        media_id=photo.media_id,
        agency_id=root.agency_id,
        root_id=root.id,
        capture_id=root.id,
        submission_id=submission.id,
        author_organisation_id=photo.author_organisation_id,
        author_id=photo.author_id,
        purpose=photo.purpose,
        filename=photo.filename,
        sha256=photo.sha256,
        size=photo.size,
        content_type=photo.content_type,
        state="received",
        bucket=photo.bucket,
        object_key=photo.object_key,
        version_id=photo.version_id,
        locked_until=photo.locked_until,
        way=photo.way,
        preview="none",
        created_at=now,
        received_at=now,
        updated_at=now,
    )


def open_preview(session: Session, services: Services, *, caller: Caller, walk_in_id: UUID, media_id: UUID) -> str:
    """Records that the caller looks; returns the preview's key. 409 ``no_preview`` while there is none."""
    media = _photo(session, caller, walk_in_id, media_id)
    if media.state != MediaState.SECURED or media.preview != "ready":
        raise conflict("no_preview", f"There is no preview; the file is {media.state}.")
    details = {"what": "preview", "opened_at": instant(services.clock.now()), **_named(media)}
    _note(session, services, caller, "view.opened", details, purpose=f"preview:{media.id}")
    return previews.key_of(media.id)


def authorise_download(
    session: Session, services: Services, *, caller: Caller, walk_in_id: UUID, media_id: UUID
) -> views.Download:
    """Records who may read the original from now; 409 ``not_available`` for a photo that never arrived."""
    media = _photo(session, caller, walk_in_id, media_id)
    if media.state not in views.GIVEN or not (media.bucket and media.object_key and media.version_id):
        raise conflict("not_available", f"The file is {media.state}.")
    details = {
        "sha256": media.sha256,
        "version_id": media.version_id,
        "seconds": views.DOWNLOAD_SECONDS,
        "authorised_at": instant(services.clock.now()),
        **_named(media),
    }
    _note(session, services, caller, "download.authorised", details, purpose=None)
    ref = ObjectRef(media.bucket, media.object_key, media.version_id)
    return views.Download(ref, media.filename or str(media.media_id))


def _photo(session: Session, caller: Caller, walk_in_id: UUID, media_id: UUID) -> Media:
    _own(session, caller, walk_in_id)
    wanted = select(Media).where(Media.walk_in_id == walk_in_id, Media.media_id == media_id)
    media = session.scalars(wanted).one_or_none()
    if media is None:
        raise not_found()
    return media


def _named(media: Media) -> dict[str, str]:
    return {"media_id": str(media.media_id), **media_places.owner_details(media)}


def _note(
    session: Session, services: Services, caller: Caller, kind: str, details: dict[str, Any], *, purpose: str | None
) -> None:
    chain = Chain("agency", caller.organisation_id)
    act = custody.Act(kind, chain, caller.organisation_id, caller.actor(), details)
    noting.note(session, services, caller=caller, act=act, purpose=purpose)
