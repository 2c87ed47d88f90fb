"""Things that come to a laboratory without a capture here: kept as they came, linked when their capture is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.holding import physical, walk_in_photos
from evidence.actions.ports import Services
from evidence.domain.callers import Caller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.kinds import PhysicalEventKind
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.database import one_writer
from evidence.records.laboratory import WalkIn, WalkInLink
from evidence.records.media import Media
from evidence.records.submissions import Submission


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What was brought: ``agency`` and ``reference`` as the bringer says, ``seal`` as read."""

    walk_in_id: UUID
    agency: str
    reference: str
    seal: str
    brought_by: str
    note: str
    received_at: datetime

    def same_as(self, row: WalkIn) -> bool:
        mine = (self.agency, self.reference, self.seal, self.brought_by, self.note, self.received_at)
        return mine == (row.agency, row.reference, row.seal, row.brought_by, row.note, row.received_at)


@dataclass(frozen=True)
class Receipt:
    """A walk-in, what it was linked to, and its photos."""

    walk_in: WalkIn
    link: WalkInLink | None
    photos: Sequence[Media] = ()


def receive(session: Session, services: Services, *, caller: Caller, brought: Brought) -> tuple[Receipt, bool]:
    """Keeps a receipt, on the laboratory's own chain; whether it is new. Other facts under the id are 409."""
    one_writer(session, brought.walk_in_id)
    known = session.get(WalkIn, brought.walk_in_id)
    if known is not None and brought.same_as(known):
        return _receipt(session, known, session.get(WalkInLink, known.id)), False
    if known is not None:
        raise conflict("walk_in_conflict", "The id stands for another receipt already.")
    if brought.received_at > services.clock.now() + physical.CLOCKS_DIFFER:
        raise invalid("in_the_future", received_at="lies in the future")
    row = WalkIn(
        id=brought.walk_in_id,
        organisation_id=caller.organisation_id,
        agency=brought.agency,
        reference=brought.reference,
        seal=brought.seal,
        brought_by=brought.brought_by,
        note=brought.note,
        received_at=brought.received_at,
        recorded_by=caller.actor().id,
        recorded_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    details = {
        "walk_in_id": str(row.id),
        "received_at": instant(row.received_at),
        **{
            name: value
            for name in ("agency", "reference", "seal", "brought_by", "note")
            if (value := getattr(row, name))
        },
    }
    act = custody.Act(
        "walk_in.recorded",
        Chain("agency", caller.organisation_id),
        caller.organisation_id,
        caller.actor(Role.RECEIVER, Role.EXAMINER),
        details,
        subject=row,
    )
    custody.append(session, services, [act])
    return Receipt(row, None), True


def link(session: Session, services: Services, *, caller: Caller, walk_in_id: UUID, submission_id: UUID) -> Receipt:
    """Says to which submission it belongs; its receiving then stands among that capture's events, with its photos.

    The same again changes nothing; 409 ``linked`` for another submission, ``photos_under_way`` while one is checked.
    """
    one_writer(session, walk_in_id)
    row, submission = session.get(WalkIn, walk_in_id), session.get(Submission, submission_id)
    if row is None or submission is None:
        raise not_found()
    known = session.get(WalkInLink, row.id)
    if known is not None and known.submission_id == submission.id:
        return _receipt(session, row, known)
    if known is not None:
        raise conflict("linked", "It was linked to another submission.")
    root = session.get(Capture, submission.root_id)
    if root is None:
        raise not_found()
    photos = walk_in_photos.carry(session, services, caller=caller, walk_in_id=row.id, root=root, submission=submission)
    event = physical.Event(
        event_id=services.entropy.uuid7(),
        kind=PhysicalEventKind.RECEIVED,
        package_id=None,
        item_ids=(submission.item_id,),
        mismatches=(),
        happened_at=row.received_at,
        submission_id=submission.id,
        facts={"from": f"{row.agency} · {row.brought_by}".strip(" ·"), "note": f"{row.reference} {row.seal}".strip()},
        attachments=photos,
    )
    done = physical.record(session, services, caller=caller, capture_id=submission.root_id, event=event)
    known = WalkInLink(
        walk_in_id=row.id,
        organisation_id=caller.organisation_id,
        submission_id=submission.id,
        event_id=done.event.id,
        linked_by=caller.actor().id,
        linked_at=services.clock.now(),
    )
    session.add(known)
    session.flush()
    # On the capture's chain, whose head the event has locked: a second chain now would be out of order.
    actor = caller.actor(Role.RECEIVER, Role.EXAMINER)
    details = {"walk_in_id": str(row.id), "submission_id": str(submission.id), "event_id": str(done.event.id)}
    custody.append(session, services, [flow.act_of("walk_in.linked", root, submission, actor, details)])
    return _receipt(session, row, known)


def _receipt(session: Session, row: WalkIn, link: WalkInLink | None) -> Receipt:
    return Receipt(row, link, walk_in_photos.photos_of(session, [row.id])[row.id])


def listed(session: Session, *, caller: Caller, limit: int, after: tuple[datetime, UUID] | None) -> list[Receipt]:
    """The organisation's own receipts, newest first: ``limit`` and one more."""
    wanted = select(WalkIn, WalkInLink).outerjoin(WalkInLink, WalkInLink.walk_in_id == WalkIn.id)
    wanted = wanted.where(WalkIn.organisation_id == caller.organisation_id)
    if after is not None:
        wanted = wanted.where(tuple_(WalkIn.received_at, WalkIn.id) < after)
    ordered = wanted.order_by(WalkIn.received_at.desc(), WalkIn.id.desc()).limit(limit + 1)
    found = session.execute(ordered).all()
    photos = walk_in_photos.photos_of(session, [row.id for row, _ in found])
    return [Receipt(row, link, photos[row.id]) for row, link in found]
