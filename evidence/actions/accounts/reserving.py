"""Sealing a capture from its own agency's people: a legal reason and two persons, to close and to open again.

Row-level security does the sealing (policy ``sealed``). The officer who made the capture stays among the readers,
because the phone goes on sending; who holds a granted dossier keeps it, for the agency withdraws that by itself.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.ports import Services
from evidence.actions.storing.keeping import on_root, root_by_folio
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import conflict, forbidden, invalid, not_found
from evidence.domain.ids import folio as folio_of
from evidence.domain.roles import Role
from evidence.records.people import Person
from evidence.records.retention import Reserve

ACTORS = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def ask(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    folio: str,
    reference: str,
    reason: str,
    readers: Sequence[UUID],
) -> Reserve:
    """Asks to seal; nothing is sealed until another person confirms. ``readers`` are who may read it then."""
    fresh_factor.require(services, caller)
    root = root_by_folio(session, caller=caller, folio=folio)
    known = set(session.scalars(select(Person.id).where(Person.id.in_(readers))))
    if known != set(readers):
        raise invalid("unknown_person", readers="people of this organisation")
    if session.scalars(select(Reserve.id).where(Reserve.root_id == root.id, Reserve.lifted_at.is_(None))).first():
        raise conflict("reserved", "It is sealed already, or waits for a second person.")
    row = Reserve(
        id=services.entropy.uuid7(),
        agency_id=root.agency_id,
        root_id=root.id,
        reference=reference,
        reason=reason,
        readers=sorted({*readers, root.officer_id}),
        asked_by=caller.person_id,
        asked_at=services.clock.now(),
    )
    session.add(row)
    details = {"reference": reference, "reason": reason, "readers": [str(one) for one in row.readers]}
    custody.append(session, services, [_act("reserve.asked", row, caller, details)])
    return row


def _locked(session: Session, reserve_id: UUID) -> Reserve:
    row = session.scalars(select(Reserve).where(Reserve.id == reserve_id).with_for_update()).one_or_none()
    if row is None:
        raise not_found()
    return row


def _second(caller: PersonCaller, first: UUID | None) -> None:
    if first == caller.person_id:
        raise forbidden("second_person", "Another person has to confirm.")


def confirm(session: Session, services: Services, *, caller: PersonCaller, reserve_id: UUID) -> Reserve:
    """The second person seals it."""
    fresh_factor.require(services, caller)
    row = _locked(session, reserve_id)
    if row.confirmed_at is not None or row.lifted_at is not None:
        raise conflict("wrong_state", "There is nothing to confirm.")
    _second(caller, row.asked_by)
    row.confirmed_at, row.confirmed_by = services.clock.now(), caller.person_id
    custody.append(session, services, [_act("reserve.confirmed", row, caller)])
    return row


def ask_to_lift(
    session: Session, services: Services, *, caller: PersonCaller, reserve_id: UUID, reason: str
) -> Reserve:
    """Asks to open it again. What nobody has confirmed yet ends at once."""
    fresh_factor.require(services, caller)
    row = _locked(session, reserve_id)
    if row.lifted_at is not None or row.lift_asked_at is not None:
        raise conflict("wrong_state", "That is asked or done already.")
    now = services.clock.now()
    row.lift_asked_at, row.lift_asked_by, row.lift_reason = now, caller.person_id, reason
    acts = [_act("reserve.lift_asked", row, caller, {"reason": reason})]
    if row.confirmed_at is None:
        row.lifted_at, row.lifted_by = now, caller.person_id
        acts.append(_act("reserve.lifted", row, caller))
    custody.append(session, services, acts)
    return row


def lift(session: Session, services: Services, *, caller: PersonCaller, reserve_id: UUID) -> Reserve:
    """The second person opens it."""
    fresh_factor.require(services, caller)
    row = _locked(session, reserve_id)
    if row.lift_asked_at is None or row.lifted_at is not None:
        raise conflict("wrong_state", "Nobody has asked to open it.")
    _second(caller, row.lift_asked_by)
    row.lifted_at, row.lifted_by = services.clock.now(), caller.person_id
    custody.append(session, services, [_act("reserve.lifted", row, caller)])
    return row


def _act(kind: str, row: Reserve, caller: PersonCaller, details: Mapping[str, object] | None = None) -> custody.Act:
    return on_root(
        kind,
        root_id=row.root_id,
        agency_id=row.agency_id,
        actor=caller.actor(*ACTORS),
        details={"reserve_id": str(row.id), **(details or {})},
    )


def listed(session: Session, *, caller: PersonCaller) -> list[tuple[Reserve, str]]:
    """The agency's seals, newest first, each with the folio; those lifted too."""
    rows = session.scalars(
        select(Reserve).where(Reserve.agency_id == caller.organisation_id).order_by(Reserve.asked_at.desc(), Reserve.id)
    )
    return [(row, folio_of(row.root_id)) for row in rows]
