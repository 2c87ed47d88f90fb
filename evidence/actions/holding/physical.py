"""What happens to the things themselves, as whoever has them in hand records it (protocol, section 7)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import prosecuting
from evidence.actions.holding import assignments, clocks, pauses
from evidence.actions.ports import Services
from evidence.actions.storing import attachments
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.kinds import MismatchKind, PhysicalEventKind
from evidence.domain.roles import Role
from evidence.domain.states import HELD, State
from evidence.records.captures import Capture, Item, Package
from evidence.records.database import one_writer
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import Submission

CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event as its recorder sends it. ``facts`` holds from, to, place, signed and note.

    ``attachments`` are files that the recorder attached to a submission of these items: the photo of a seal.
    """

    event_id: UUID
    kind: PhysicalEventKind
    package_id: UUID | None
    item_ids: tuple[UUID, ...]
    mismatches: tuple[MismatchKind, ...]
    happened_at: datetime
    submission_id: UUID | None
    facts: dict[str, Any]
    attachments: tuple[UUID, ...] = ()

    def payload_sha256(self, root_id: UUID) -> str:
        """SHA-256 of the JCS of everything sent."""
        members = {
            **asdict(self),
            "root_id": str(root_id),
            "event_id": str(self.event_id),
            "package_id": str(self.package_id) if self.package_id else None,
            "item_ids": [str(one) for one in self.item_ids],
            "mismatches": [one.value for one in self.mismatches],
            "kind": self.kind.value,
            "happened_at": instant(self.happened_at),
            "submission_id": str(self.submission_id) if self.submission_id else None,
            "attachments": [str(one) for one in self.attachments],
        }
        return sha256_hex(jcs(members))


@dataclass(frozen=True)
class Recorded:
    event: PhysicalEvent
    new: bool


def record(session: Session, services: Services, *, caller: Caller, capture_id: UUID, event: Event) -> Recorded:
    """Keeps an event. The same again changes nothing; another payload under the id is 409 ``event_conflict``."""
    one_writer(session, event.event_id)
    root = _visible_root(session, caller, capture_id)
    sha256 = event.payload_sha256(root.id)
    known = session.get(PhysicalEvent, event.event_id)
    if known is not None and known.organisation_id == caller.organisation_id and known.payload_sha256 == sha256:
        return Recorded(known, new=False)
    if known is not None or _taken(session, event.event_id):
        raise conflict("event_conflict", "The id stands for another event already.")
    _check(services, event)
    items = _items(session, root, event)
    touched = _submissions(session, root, event, items)
    attachments.named(session, caller, touched, event.attachments)
    row = _row(services, caller, root, event, items, sha256)
    session.add(row)
    if event.kind is PhysicalEventKind.RECEIVED:
        for submission in touched:
            _restart(session, services, caller, submission)
    acts = [_act(caller, root, row, touched)]
    if event.kind is PhysicalEventKind.MISMATCH:
        acts += _pause(session, services, caller, root, touched)
    custody.append(session, services, acts)
    return Recorded(row, new=True)


def _taken(session: Session, event_id: UUID) -> bool:
    return bool(session.execute(text("SELECT door_id_taken('physical_event', :id)"), {"id": event_id}).scalar_one())


def _visible_root(session: Session, caller: Caller, capture_id: UUID) -> Capture:
    """The root behind a capture id: an agency's own, or one that a live grant shows. Officers see their own."""
    capture = session.get(Capture, capture_id)
    root = session.get(Capture, capture.root_id) if capture is not None else None
    if root is None:
        raise not_found()
    if not isinstance(caller, PersonCaller) or root.agency_id != caller.organisation_id:
        return root
    if not prosecuting.may_read(session, caller, root):
        raise not_found()
    return root


def _check(services: Services, event: Event) -> None:
    if (event.kind is PhysicalEventKind.MISMATCH) != bool(event.mismatches):
        raise invalid("mismatches", mismatches="a mismatch says in what, and nothing else does")
    if event.package_id is None and not event.item_ids:
        raise invalid("nothing_named", item_ids="name the package or the items")
    if event.happened_at > services.clock.now() + CLOCKS_DIFFER:
        raise invalid("in_the_future", happened_at="lies in the future")


def _items(session: Session, root: Capture, event: Event) -> list[UUID]:
    """The items named, else those of the package, as far as the caller may see them."""
    wanted = set(event.item_ids)
    if event.package_id is not None:
        packages = session.scalars(
            select(Package).where(Package.root_id == root.id, Package.package_id == event.package_id)
        ).all()
        if not packages:
            raise invalid("unknown_package", package_id="no package of this capture")
        wanted = wanted or {item for package in packages for item in package.item_ids}
    seen = set(session.scalars(select(Item.item_id).where(Item.root_id == root.id, Item.item_id.in_(wanted))))
    if set(event.item_ids) - seen:
        raise invalid("unknown_item", item_ids="no item of this capture")
    return sorted(seen)


def _submissions(session: Session, root: Capture, event: Event, items: Sequence[UUID]) -> list[Submission]:
    """What the event touches, locked; those of the items unless one is named."""
    chosen = Submission.id == event.submission_id if event.submission_id else Submission.item_id.in_(items)
    found = session.scalars(
        select(Submission).where(Submission.root_id == root.id, chosen).order_by(Submission.id).with_for_update()
    ).all()
    if event.submission_id and (not found or found[0].item_id not in items):
        raise invalid("unknown_submission", submission_id="no submission of these items")
    return list(found)


def _row(
    services: Services, caller: Caller, root: Capture, event: Event, items: Sequence[UUID], sha256: str
) -> PhysicalEvent:
    return PhysicalEvent(
        id=event.event_id,
        root_id=root.id,
        agency_id=root.agency_id,
        submission_id=event.submission_id,
        organisation_id=caller.organisation_id,
        recorder_id=caller.actor().id,
        kind=event.kind.value,
        mismatches=[one.value for one in event.mismatches],
        package_id=event.package_id,
        item_ids=list(items),
        payload_sha256=sha256,
        facts=event.facts,
        attachments=list(event.attachments),
        happened_at=event.happened_at,
        recorded_at=services.clock.now(),
    )


def _restart(session: Session, services: Services, caller: Caller, submission: Submission) -> None:
    """Received → entered: the laboratory's own clock starts with the thing in its hands."""
    mine = submission.destination == "ballistics" and submission.holder_id == caller.organisation_id
    if not mine or submission.state not in (State.QUEUED, *HELD):
        return
    submission.due_at = clocks.due_at(session, submission, services.clock.now())
    assignment = assignments.open_assignment(session, submission.id)
    if assignment is not None:
        assignment.due_at = submission.due_at


def _pause(
    session: Session, services: Services, caller: Caller, root: Capture, touched: Sequence[Submission]
) -> list[custody.Act]:
    """A thing that differs from its dossier stops the laboratory's clock until somebody has decided."""
    return [
        pauses.start(session, services, root, submission, caller, reason="mismatch", note="")[1]
        for submission in touched
        if submission.destination == "ballistics" and pauses.held_for(session, submission, caller.organisation_id)
    ]


def _act(caller: Caller, root: Capture, row: PhysicalEvent, touched: Sequence[Submission]) -> custody.Act:
    details: dict[str, Any] = {
        "event_id": str(row.id),
        "kind": row.kind,
        "package_id": str(row.package_id) if row.package_id else None,
        "item_ids": [str(one) for one in row.item_ids],
        "happened_at": instant(row.happened_at),
        "mismatches": row.mismatches,
        "facts": row.facts,
        "attachments": [str(one) for one in row.attachments],
    }
    if row.submission_id is not None:
        details["submission_id"] = str(row.submission_id)
    holders = sorted({one.holder_id for one in touched if one.holder_id is not None})
    return custody.Act(
        kind="physical.event",
        chain=Chain("capture", root.id),
        agency_id=root.agency_id,
        actor=caller.actor(Role.RECEIVER, Role.EXAMINER, Role.OFFICER),
        details=details,
        subject=row,
        told=[custody.Told(root.agency_id, root.officer_id), *map(custody.Told, holders)],
        root_id=root.id,
        submission_id=row.submission_id,
    )


def listed(
    session: Session, *, caller: Caller, capture_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[PhysicalEvent]:
    """The events of a line that the caller may see, in the order of their arrival: ``limit`` and one more."""
    root = _visible_root(session, caller, capture_id)
    wanted = select(PhysicalEvent).where(PhysicalEvent.root_id == root.id)
    if after is not None:
        wanted = wanted.where(tuple_(PhysicalEvent.recorded_at, PhysicalEvent.id) > after)
    ordered = wanted.order_by(PhysicalEvent.recorded_at, PhysicalEvent.id).limit(limit + 1)
    return list(session.scalars(ordered))
