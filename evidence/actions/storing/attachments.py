"""Files that laboratories and desks attach to a submission (protocol, section 11, *Attachments*).

They come as a capture's files do: the same plan, store rules, states and checks. The author is a person or a token
of whoever the submission was granted to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow, submissions
from evidence.actions.holding import queues
from evidence.actions.ports import Services
from evidence.actions.storing import uploads
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.kinds import AttachmentKind
from evidence.domain.roles import Role
from evidence.records.attachments import attachments_of, findings_of
from evidence.records.captures import Capture
from evidence.records.media import Finding, Media
from evidence.records.submissions import Submission

MOST_BYTES = 1024**3
MOST_OF_A_SUBMISSION = 200
FOR_OFFICERS = frozenset({AttachmentKind.PHOTO, AttachmentKind.RECEIVING_PHOTO})
"""What an officer who is nothing else may open: reports and answers may name another case or a person."""

ARRIVED = frozenset({"received", "verifying", "secured", "quarantined"})


@dataclass(frozen=True, kw_only=True)
class Announced:
    """One file as its author announces it; ``size`` in bytes. ``item_id``, when given, is the submission's item."""

    media_id: UUID
    kind: AttachmentKind
    sha256: str
    size: int
    content_type: str
    filename: str | None
    item_id: UUID | None
    wish: uploads.Wish

    def same_as(self, media: Media) -> bool:
        return (self.kind, self.sha256, self.size, self.content_type, self.filename) == (
            media.purpose,
            media.sha256,
            media.size,
            media.content_type,
            media.filename,
        )


@dataclass(frozen=True)
class Attached:
    """An attachment, and what checks said of it."""

    media: Media
    findings: Sequence[Finding]


def announce(
    session: Session, services: Services, *, caller: Caller, submission_id: UUID, files: Sequence[Announced]
) -> list[uploads.Planned]:
    """Takes in what will come and plans it; a repeat changes nothing and plans what is still missing.

    409 ``attachment_conflict`` for other facts under a known id, 422 for too many or too large, 429 over budget.
    """
    submission = _granted(session, services, caller, submission_id)
    known = files_of(session, services, caller=caller, submission_id=submission_id)
    if _is_own_prosecutor(caller, submission) and any(one.kind is not AttachmentKind.DOCUMENT for one in files):
        raise invalid("attachment_kind", kind="a prosecutor attaches documents")
    _check(session, submission, files, known)
    new = [one for one in files if one.media_id not in known]
    rows = [_row(services, caller, submission, one) for one in new]
    session.add_all(rows)
    session.flush()
    present = {**known, **{row.media_id: row for row in rows}}
    planned = uploads.plan(session, services, files=present, wishes=[one.wish for one in files])
    if rows:
        root = session.get_one(Capture, submission.root_id)
        custody.append(session, services, [_attached(root, submission, row, caller) for row in rows])
    return planned


def _granted(session: Session, services: Services, caller: Caller, submission_id: UUID) -> Submission:
    """The submission, if it was granted to the caller's organisation with its files, or its prosecutor's; else 404."""
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise not_found()
    if _is_own_prosecutor(caller, submission):
        return submissions.seen(
            session, caller=caller, submission_id=submission_id, level="media", now=services.clock.now()
        )
    grants = submissions.granted(session, caller, submission.root_id, level="media", now=services.clock.now())
    if not any(grant.submission_id == submission.id for grant in grants):
        raise not_found()
    return submission


def _is_own_prosecutor(caller: Caller, submission: Submission) -> bool:
    """The agency's prosecutor attaches the order for expert work."""
    own = submission.agency_id == caller.organisation_id
    return own and isinstance(caller, PersonCaller) and Role.PROSECUTOR in caller.roles


def _check(session: Session, submission: Submission, files: Sequence[Announced], known: Mapping[UUID, Media]) -> None:
    for one in files:
        former = known.get(one.media_id)
        if former is not None and not one.same_as(former):
            raise conflict("attachment_conflict", "The id stands for another file already.")
        if one.item_id not in (None, submission.item_id):
            raise invalid("other_item", item="not the submission's item")
        if not 0 < one.size <= MOST_BYTES:
            raise invalid("attachment_size", size=f"between 1 and {MOST_BYTES} bytes")
    if len({one.media_id for one in files}) != len(files):
        raise invalid("named_twice", id="each file once")
    count = session.scalar(select(func.count()).where(Media.submission_id == submission.id)) or 0
    if count + sum(one.media_id not in known for one in files) > MOST_OF_A_SUBMISSION:
        raise invalid("too_many_attachments", files=f"at most {MOST_OF_A_SUBMISSION} of one submission")


def _row(services: Services, caller: Caller, submission: Submission, file: Announced) -> Media:
    now = services.clock.now()
    return Media(
        id=services.entropy.uuid7(),
        media_id=file.media_id,
        agency_id=submission.agency_id,
        root_id=submission.root_id,
        capture_id=submission.root_id,
        submission_id=submission.id,
        author_organisation_id=caller.organisation_id,
        author_id=caller.actor(*queues.WORKERS).id,
        purpose=file.kind.value,
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        content_type=file.content_type,
        state="expected",
        preview="none",
        created_at=now,
        updated_at=now,
    )


def _attached(root: Capture, submission: Submission, row: Media, caller: Caller) -> custody.Act:
    details = {
        "media_id": str(row.media_id),
        "submission_id": str(submission.id),
        "sha256": row.sha256,
        "size": row.size,
        "content_type": row.content_type,
        "purpose": row.purpose,
    }
    if row.filename:
        details["filename"] = row.filename
    return flow.act_of("media.attached", root, submission, caller.actor(*queues.WORKERS), details)


def files_of(session: Session, services: Services, *, caller: Caller, submission_id: UUID) -> dict[UUID, Media]:
    """The caller's organisation's own attachments by the author's id: what it may send, relay and confirm."""
    _granted(session, services, caller, submission_id)
    return {
        media.media_id: media
        for media in attachments_of(session, submission_id)
        if media.author_organisation_id == caller.organisation_id
    }


def listed(
    session: Session,
    *,
    caller: Caller,
    submission_id: UUID,
    limit: int,
    after: tuple[datetime, UUID] | None,
    now: datetime,
) -> list[Attached]:
    """What the caller may open of a submission's attachments, as announced: ``limit`` and one more."""
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="media", now=now)
    wanted = select(Media).where(Media.submission_id == submission.id)
    if _officer_only(caller, submission):
        wanted = wanted.where(Media.purpose.in_(FOR_OFFICERS))
    if after is not None:
        wanted = wanted.where(tuple_(Media.created_at, Media.id) > after)
    rows = list(session.scalars(wanted.order_by(Media.created_at, Media.id).limit(limit + 1)))
    found = findings_of(session, rows)
    return [Attached(media, found[media.id]) for media in rows]


def _officer_only(caller: Caller, submission: Submission) -> bool:
    if submission.agency_id != caller.organisation_id:
        return False
    return not (isinstance(caller, PersonCaller) and caller.roles & {Role.SUPERVISOR, Role.PROSECUTOR})


def is_nominal(media: Media, submission: Submission) -> bool:
    """Whether a file may name a purchaser: the answer to a trace, which opens with a reason only."""
    return media.purpose == AttachmentKind.ANSWER and submission.destination == "etrace"


def may_open(caller: Caller, media: Media, submission: Submission) -> bool:
    """Whether the caller may hear of an attachment at all."""
    return media.purpose in FOR_OFFICERS or not _officer_only(caller, submission)


def named(session: Session, caller: Caller, owners: Sequence[Submission], media_ids: Sequence[UUID]) -> list[Media]:
    """The attachments that a result or event names: 422 unless all are the caller's organisation's, and arrived."""
    found = [
        media
        for owner in (owners if media_ids else ())
        for media in attachments_of(session, owner.id, media_ids)
        if media.author_organisation_id == caller.organisation_id and media.state in ARRIVED
    ]
    if {media.media_id for media in found} != set(media_ids):
        raise invalid("unknown_attachment", attachments="not attached here by you, or not arrived yet")
    return found
