"""How long a capture stays locked: retention categories, and legal holds that outlast them (protocol, section 5).

Locks are only ever lengthened: a shorter category changes what comes later, not what is locked already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.ids import folio as folio_of
from evidence.domain.ids import folio_as_written
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.media import Media, locked_files
from evidence.records.retention import LegalHold, RetentionCategory, live_holds

STANDARD = "standard"
YEAR = timedelta(days=366)
HELD_AHEAD = timedelta(days=3 * 366)
RENEWED_BELOW = timedelta(days=366)
LATELY = timedelta(days=2)
"""A hold keeps three years of lock ahead of it, renewed when less than one is left."""


def categories(session: Session, *, caller: PersonCaller) -> list[RetentionCategory]:
    """The agency's own, those given no more too."""
    return list(
        session.scalars(
            select(RetentionCategory)
            .where(RetentionCategory.organisation_id == caller.organisation_id)
            .order_by(RetentionCategory.code)
        )
    )


def make_category(
    session: Session, services: Services, *, caller: PersonCaller, code: str, name: str, years: int
) -> RetentionCategory:
    """A category by a code of its own; ``standard`` is the operator's."""
    if code == STANDARD:
        raise invalid("category_code", "The code standard is the operator's own.")
    row = RetentionCategory(
        id=services.entropy.uuid7(),
        organisation_id=caller.organisation_id,
        code=code,
        name=name,
        years=years,
        created_by=caller.person_id,
        created_at=services.clock.now(),
    )
    session.add(row)
    details = {"category_id": str(row.id), "code": code, "name": name, "years": years}
    custody.append(session, services, [_of_agency("retention.category_made", caller, details)])
    return row


def end_category(session: Session, services: Services, *, caller: PersonCaller, category_id: UUID) -> None:
    """Given to no further capture; those that have it keep it."""
    row = session.get(RetentionCategory, category_id)
    if row is None:
        raise not_found()
    if row.ended_at is not None:
        return
    row.ended_at = services.clock.now()
    details = {"category_id": str(row.id), "code": row.code}
    custody.append(session, services, [_of_agency("retention.category_ended", caller, details)])


def _of_agency(kind: str, caller: PersonCaller, details: Mapping[str, object]) -> custody.Act:
    chain = Chain("agency", caller.organisation_id)
    return custody.Act(kind, chain, caller.organisation_id, caller.actor(Role.ADMINISTRATOR), details)


def root_by_folio(session: Session, *, caller: PersonCaller, folio: str) -> Capture:
    """The root of an own capture by its folio, however it is written; 404 otherwise."""
    row = session.scalars(
        select(Capture).where(Capture.agency_id == caller.organisation_id, Capture.folio == folio_as_written(folio))
    ).first()
    root = session.get(Capture, row.root_id) if row is not None else None
    if root is None:
        raise not_found()
    return root


def set_category(
    session: Session, services: Services, *, caller: PersonCaller, folio: str, code: str, reason: str
) -> Capture:
    """Gives a capture another category; its files are locked longer where that is later."""
    root = root_by_folio(session, caller=caller, folio=folio)
    if code != STANDARD and _years(session, caller.organisation_id, code, live=True) is None:
        raise invalid("category_unknown", "There is no such category of yours.")
    if root.retention == code:
        return root
    details = {"code": code, "former": root.retention, "reason": reason}
    root.retention = code
    custody.append(session, services, [_said("retention.set", root, caller, details)])
    services.jobs.enqueue(session, "extend_locks", root_id=str(root.id))
    return root


def on_root(kind: str, *, root_id: UUID, agency_id: UUID, actor: Actor, details: Mapping[str, object]) -> custody.Act:
    """An entry on the capture's own chain; nobody but the agency is told. The capture itself may be sealed by now."""
    return custody.Act(kind, Chain("capture", root_id), agency_id, actor, details, root_id=root_id)


def _said(kind: str, root: Capture, caller: PersonCaller, details: Mapping[str, object]) -> custody.Act:
    actor = caller.actor(Role.ADMINISTRATOR)
    return on_root(kind, root_id=root.id, agency_id=root.agency_id, actor=actor, details=details)


def _years(session: Session, agency_id: UUID, code: str, *, live: bool = False) -> int | None:
    wanted = select(RetentionCategory.years).where(
        RetentionCategory.organisation_id == agency_id, RetentionCategory.code == code
    )
    return session.scalars(wanted.where(RetentionCategory.ended_at.is_(None)) if live else wanted).one_or_none()


def place_hold(
    session: Session, services: Services, *, caller: PersonCaller, folio: str, reference: str, reason: str
) -> LegalHold:
    """Keeps a capture by an authority's order (``reference``: its number), whatever its category."""
    root = root_by_folio(session, caller=caller, folio=folio)
    row = LegalHold(
        id=services.entropy.uuid7(),
        agency_id=root.agency_id,
        root_id=root.id,
        reference=reference,
        reason=reason,
        placed_by=caller.person_id,
        placed_at=services.clock.now(),
    )
    session.add(row)
    details = {"hold_id": str(row.id), "reference": reference, "reason": reason}
    custody.append(session, services, [_said("hold.placed", root, caller, details)])
    services.jobs.enqueue(session, "extend_locks", root_id=str(root.id))
    return row


def lift_hold(session: Session, services: Services, *, caller: PersonCaller, hold_id: UUID, reason: str) -> LegalHold:
    """Ends a hold; the locks that it made run out by themselves."""
    row = session.scalars(select(LegalHold).where(LegalHold.id == hold_id).with_for_update()).one_or_none()
    if row is None:
        raise not_found()
    if row.lifted_at is not None:
        raise conflict("wrong_state", "The hold is lifted already.")
    row.lifted_at, row.lifted_by, row.lifted_reason = services.clock.now(), caller.person_id, reason
    details = {"hold_id": str(row.id), "reason": reason}
    actor = caller.actor(Role.ADMINISTRATOR)
    act = on_root("hold.lifted", root_id=row.root_id, agency_id=row.agency_id, actor=actor, details=details)
    custody.append(session, services, [act])
    return row


def holds(session: Session, *, caller: PersonCaller) -> list[tuple[LegalHold, str]]:
    """The agency's holds with the folio of each capture, newest first."""
    rows = session.scalars(
        select(LegalHold)
        .where(LegalHold.agency_id == caller.organisation_id)
        .order_by(LegalHold.placed_at.desc(), LegalHold.id)
    )
    return [(hold, folio_of(hold.root_id)) for hold in rows]


@dataclass(frozen=True)
class Longer:
    """A stored file and the day to which its lock has to reach."""

    media_row_id: UUID
    ref: ObjectRef
    until: datetime


def due_longer(session: Session, services: Services, root_id: UUID) -> list[Longer]:
    """The files of a line whose locks are shorter than its category and its holds ask for."""
    root = session.get(Capture, root_id)
    if root is None:
        return []
    years = None if root.retention == STANDARD else _years(session, root.agency_id, root.retention)
    kept = services.policy.retention if years is None else years * YEAR
    held = services.clock.now() + HELD_AHEAD if live_holds(session, root.id) else None
    found: list[Longer] = []
    for media in session.scalars(select(Media).where(Media.root_id == root.id, Media.secured_at.is_not(None))):
        if media.secured_at is None or media.bucket is None or media.object_key is None or media.version_id is None:
            continue
        until = max(filter(None, (media.secured_at + kept, held))).replace(microsecond=0)
        if media.locked_until is None or media.locked_until < until:
            found.append(Longer(media.id, ObjectRef(media.bucket, media.object_key, media.version_id), until))
    return found


def lengthen(store: MediaStore, due: Sequence[Longer]) -> dict[UUID, datetime]:
    """Extends each lock in the store; the dates that it then has. No transaction is open meanwhile."""
    return {one.media_row_id: store.extend_lock(one.ref, one.until) for one in due}


def note_longer(session: Session, _services: Services, locks: dict[UUID, datetime]) -> None:
    """Writes the new dates into the rows; never an earlier one."""
    for media in locked_files(session, list(locks)):
        until = locks[media.id]
        media.locked_until = until if media.locked_until is None else max(media.locked_until, until)


def roots_to_renew(session: Session, services: Services) -> Sequence[UUID]:
    """Captures whose locks may be too short: on hold with less than a year left, or with files that came lately."""
    now = services.clock.now()
    held = select(LegalHold.root_id).where(LegalHold.lifted_at.is_(None))
    of_category = select(Capture.id).where(Capture.retention != STANDARD)
    return session.scalars(
        select(Capture.id)
        .join(Media, Media.root_id == Capture.id)
        .where(
            Media.secured_at.is_not(None),
            or_(
                Media.root_id.in_(held) & (Media.locked_until < now + RENEWED_BELOW),
                Media.root_id.in_(of_category) & (Media.secured_at > now - LATELY),
            ),
        )
        .distinct()
    ).all()
