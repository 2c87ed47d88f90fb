"""Gathers a worksheet: as it stands for the agency, as it was approved for a holder, with its photos."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.deciding import blindness, dossiers, submissions
from evidence.actions.holding.possessors import Opened
from evidence.actions.log.views import INLINE
from evidence.actions.paper import printing
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import conflict, not_found
from evidence.domain.prints import worksheet as sheets
from evidence.domain.roles import Verb
from evidence.domain.worksheet import FORMS, Destination
from evidence.records.captures import Capture
from evidence.records.media import ManifestMedia, Media
from evidence.records.organisations import Organisation
from evidence.records.submissions import ApprovedDossier, Submission
from evidence.records.trace_requests import replaced_digests

MOST_PHOTOS = 6
SERIAL_FIRST = (
    "serial_closeup",
    "serial_oblique",
    "left",
    "right",
    "maker_model_marking",
    "caliber_marking",
    "importer_country_marking",
    "headstamp",
)


@dataclass(frozen=True)
class _Copy:
    """One version of a request: what the agency has now, or what was approved."""

    values: Mapping[str, Any]
    digest: str
    manifest_sha256: str
    zone: str
    item_number: str
    approved_at: datetime | None


def worksheet(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    digest: str | None,
    possessor: Opened | None = None,
) -> printing.Draft:
    """The worksheet of a submission: as it stands for its agency, as it was approved for its holder.

    ``digest`` asks for an approved version; 404 for one that is not there. A serial that its reader must first read
    from the photo is not printed. ``possessor`` is what the caller opened with a reason just before.
    """
    now = services.clock.now()
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="facts", now=now)
    root, agency = session.get_one(Capture, submission.root_id), session.get_one(Organisation, submission.agency_id)
    own = submission.agency_id == caller.organisation_id
    copy = _present(session, root, submission) if own and digest is None else _approved(session, submission, digest)
    copy = replace(copy, values=_unread(session, caller, root, submission, copy.values) if own else copy.values)
    photos = _photos(session, caller, submission, copy.manifest_sha256, now)
    sheet = sheets.Sheet(
        form=FORMS[Destination(submission.destination)],
        values={**copy.values, **(possessor.values if possessor else {})},
        personal=possessor is not None,
        folio=root.folio,
        institution=agency.name,
        item_number=copy.item_number,
        digest=copy.digest,
        zone=copy.zone,
        replaced=copy.digest in replaced_digests(session, submission.id),
        approved_at=copy.approved_at,
        photos=[sheets.Shown(str(media.id), view, media.sha256) for view, media in photos],
        printed_by=printing.printer_of(session, caller),
        printed_at=now,
    )
    shown = [media for _, media in photos if media.preview == "ready" and media.state in INLINE]
    details: dict[str, Any] = {"submission_id": str(submission.id), "media": [str(one.media_id) for one in shown]}
    if possessor is not None:
        details["personal"] = True
    made = printing.of_capture(root, sheets.document(sheet), **details)
    previews = {str(media.id): f"previews/{media.id}.jpg" for media in shown}
    return replace(made, previews=previews, submission_id=submission.id)


def _present(session: Session, root: Capture, submission: Submission) -> _Copy:
    facts = dossiers.load(session, root)
    if facts is None or not facts.names(submission.item_id):
        raise conflict("not_in_manifest", "The head doesn't name the item.")
    payload = facts.head.payload
    number = next(one["number"] for one in payload["items"] if one["id"] == str(submission.item_id))
    approved = submission.approved_at if submission.approved_digest == submission.digest else None
    values = dossiers.sheet(facts, submission).values()
    return _Copy(values, submission.digest, facts.head.sha256, payload["zone"], number, approved)


def _approved(session: Session, submission: Submission, digest: str | None) -> _Copy:
    wanted = digest or submission.accepted_digest or submission.approved_digest
    row = session.get(ApprovedDossier, (submission.id, wanted)) if wanted else None
    if row is None:
        raise not_found()
    document = row.document
    return _Copy(
        document["worksheet"],
        row.digest,
        row.digested["manifest_sha256"],
        document["zone"],
        document["item"]["number"],
        row.made_at,
    )


def _unread(
    session: Session, caller: PersonCaller, root: Capture, submission: Submission, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    if not printing.unread(session, caller, root, submission.item_id):
        return values
    hidden = {"value": None, "source": "hidden", "by": None}
    return {code: hidden if code in blindness.SERIAL_CODES else value for code, value in values.items()}


def _photos(
    session: Session, caller: PersonCaller, submission: Submission, manifest_sha256: str, now: datetime
) -> list[tuple[str, Media]]:
    """The item's files, the serial first; none for who may not see files. Those without a preview keep their place."""
    own = submission.agency_id == caller.organisation_id
    granted = own or submissions.granted(session, caller, submission.root_id, level="media", now=now)
    if Verb.MEDIA_READ not in caller.verbs or not granted:
        return []
    rows = session.execute(
        select(ManifestMedia.view, Media)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(
            ManifestMedia.manifest_sha256 == manifest_sha256,
            ManifestMedia.item_ids.contains([submission.item_id]),
        )
        .order_by(ManifestMedia.position)
    ).all()
    rank = {view: place for place, view in enumerate(SERIAL_FIRST)}
    found = sorted(((view, media) for view, media in rows), key=lambda one: rank.get(one[0], len(rank)))
    return found[:MOST_PHOTOS]
