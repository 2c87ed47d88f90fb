"""Opening dossiers, answers and previews, and authorising downloads; each is noted for the custody log first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import submissions
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef, StoreUnavailable
from evidence.actions.storing import attachments
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, forbidden, not_found, unavailable
from evidence.records.captures import Capture
from evidence.records.media import ManifestMedia, Media, ViewOpened
from evidence.records.submissions import ApprovedDossier, Submission

DOWNLOAD_SECONDS = 60
GIVEN = frozenset({"received", "verifying", "secured", "quarantined"})
INLINE = GIVEN - {"quarantined"}


@dataclass(frozen=True)
class Download:
    """An authorised read of one exact version, as an attachment."""

    ref: ObjectRef
    filename: str


def authorise_download(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    submission_id: UUID,
    media_id: UUID,
    reason: str | None = None,
) -> Download:
    """Records who may read the original from now; sign the URL only after this has been committed.

    409 ``not_available`` for a file that never arrived, or may not be given out. What may name a purchaser needs a
    ``reason`` (403 ``nominal``), which is kept in the custody log.
    """
    submission, media = _file(session, services, caller, submission_id, media_id)
    if reason is None:
        _not_nominal(media, submission)
    if media.state not in GIVEN or not (media.bucket and media.object_key and media.version_id):
        raise conflict("not_available", f"The file is {media.state}.")
    details = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "version_id": media.version_id,
        "submission_id": str(submission.id),
        "seconds": DOWNLOAD_SECONDS,
    }
    if reason is not None:
        details["reason"] = reason
    details["authorised_at"] = instant(services.clock.now())
    _note_opened(session, services, caller, media)
    # A machine is nobody in particular, and a reason is good once: each of these is said.
    every = reason is not None or not isinstance(caller, PersonCaller)
    purpose = None if every else f"original:{media.id}"
    act = _act("download.authorised", caller, submission, details)
    noting.note(session, services, caller=caller, act=act, purpose=purpose)
    return Download(ObjectRef(media.bucket, media.object_key, media.version_id), media.filename or str(media.media_id))


def sign(store: MediaStore, download: Download) -> str:
    """The URL, good for ``DOWNLOAD_SECONDS``."""
    return store.presign_read(download.ref, filename=download.filename, seconds=DOWNLOAD_SECONDS)


def open_preview(session: Session, services: Services, *, caller: Caller, submission_id: UUID, media_id: UUID) -> str:
    """Records that the caller looks; returns the preview's key. Once a person, file and 15 minutes.

    409 ``not_inline`` for a quarantined file, ``no_preview`` while there is none.
    """
    submission, media = _file(session, services, caller, submission_id, media_id)
    _not_nominal(media, submission)
    if media.state == "quarantined":
        raise conflict("not_inline", "A quarantined file is never shown inline.")
    if media.state not in INLINE or media.preview != "ready":
        raise conflict("no_preview", f"There is no preview; the file is {media.state}.")
    _note_opened(session, services, caller, media)
    _note_view(session, services, caller, submission, f"preview:{media.id}", media_id=str(media.media_id))
    return f"previews/{media.id}.jpg"


def open_dossier(
    session: Session, services: Services, *, caller: Caller, submission_id: UUID
) -> submissions.SubmissionView:
    """Records that the caller reads a submission, and returns it."""
    found = submissions.read(session, caller=caller, submission_id=submission_id, now=services.clock.now())
    _note_view(session, services, caller, found.submission, f"dossier:{submission_id}")
    return found


def note_results(session: Session, services: Services, *, caller: Caller, submission_id: UUID) -> None:
    """Records that the caller reads a submission's answers; call it for a caller who may."""
    submission = session.get_one(Submission, submission_id)
    _note_view(session, services, caller, submission, f"result:{submission_id}")


def _note_view(
    session: Session, services: Services, caller: Caller, submission: Submission, purpose: str, **more: str
) -> None:
    details = {
        "what": purpose.partition(":")[0],
        "submission_id": str(submission.id),
        "opened_at": instant(services.clock.now()),
        **more,
    }
    act = _act("view.opened", caller, submission, details)
    noting.note(session, services, caller=caller, act=act, purpose=purpose)


def read_preview(store: MediaStore, key: str) -> bytes:
    """The JPEG's bytes; 503 when the store doesn't answer, 404 when the object is gone."""
    try:
        data = store.read_preview(key)
    except StoreUnavailable as error:
        raise unavailable("store_unavailable") from error
    if data is None:
        raise not_found()
    return data


def _not_nominal(media: Media, submission: Submission) -> None:
    if attachments.is_nominal(media, submission):
        raise forbidden("nominal", "It may name people: open it with a reason.")


def _note_opened(session: Session, services: Services, caller: Caller, media: Media) -> None:
    """That a person has seen the file: an approval asks for it."""
    if not isinstance(caller, PersonCaller):
        return
    now = services.clock.now()
    row = insert(ViewOpened).values(
        person_id=caller.person_id,
        media_row_id=media.id,
        root_id=media.root_id,
        agency_id=media.agency_id,
        opened_at=now,
    )
    row = row.on_conflict_do_update(
        index_elements=[ViewOpened.person_id, ViewOpened.media_row_id],
        set_={"opened_at": now},
        where=ViewOpened.opened_at <= now - noting.ONE_VIEW,
    )
    session.execute(row)


def _act(kind: str, caller: Caller, submission: Submission, details: dict[str, Any]) -> custody.Act:
    return custody.Act(
        kind,
        Chain("capture", submission.root_id),
        submission.agency_id,
        caller.actor(),
        details,
        root_id=submission.root_id,
        submission_id=submission.id,
    )


def _file(
    session: Session, services: Services, caller: Caller, submission_id: UUID, media_id: UUID
) -> tuple[Submission, Media]:
    """A file by the author's media id: of the submission's item, or attached to the submission."""
    now = services.clock.now()
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="media", now=now)
    wanted = select(Media).where(Media.submission_id == submission.id, Media.media_id == media_id)
    attached = session.scalars(wanted).one_or_none()
    if attached is not None and not attachments.may_open(caller, attached, submission):
        raise not_found()
    media = attached or _shown(session, caller, submission, media_id)
    if media is None:
        raise not_found()
    return submission, media


def _shown(session: Session, caller: Caller, submission: Submission, media_id: UUID) -> Media | None:
    return session.scalars(
        select(Media)
        .join(ManifestMedia, ManifestMedia.media_row_id == Media.id)
        .where(
            ManifestMedia.manifest_sha256.in_(_manifests(session, caller, submission, media_id)),
            ManifestMedia.media_id == media_id,
            ManifestMedia.item_ids.contains([submission.item_id]),
        )
        .limit(1)
    ).one_or_none()


def _manifests(session: Session, caller: Caller, submission: Submission, media_id: UUID) -> Sequence[str]:
    """The agency reads the head's files, a holder those of the dossiers that were approved for it."""
    if caller.organisation_id == submission.agency_id:
        head = session.get_one(Capture, submission.root_id).head_sha256
        return [head] if head else []
    approved = session.scalars(select(ApprovedDossier.digested).where(ApprovedDossier.submission_id == submission.id))
    named = [one for one in approved if any(line["id"] == str(media_id) for line in one["media"])]
    return [one["manifest_sha256"] for one in named]
