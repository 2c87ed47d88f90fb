"""Agreements between organisations: offered by who gives, accepted by who receives, revoked by either.

Where the partner may approve, it names its supervisors as it accepts, and the agency confirms them: the one knows who
they are, the other says whom it lets in. Each act stands in the chain of whose act it is, and the other side is told.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.agreements import Terms, check_approvers
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.roles import Role
from evidence.records.agreements import Agreement
from evidence.records.organisations import Organisation
from evidence.records.people import Person, roles_of


def listed(session: Session, *, caller: PersonCaller) -> tuple[list[Agreement], list[Organisation]]:
    """The agreements in which the caller's organisation is a side, newest first, and every organisation named."""
    rows = list(session.scalars(select(Agreement).order_by(Agreement.offered_at.desc(), Agreement.id)))
    ids = {caller.organisation_id} | {side for row in rows for side in (row.agency_id, row.partner_id)}
    return rows, list(session.scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.name)))


def offer(session: Session, services: Services, *, caller: PersonCaller, partner_id: UUID, terms: Terms) -> Agreement:
    """The caller's organisation offers; nothing holds yet. 404 for no such partner, 422 for terms that don't fit.

    Only an agency gives: laboratories and desks hold nothing of their own.
    """
    now = services.clock.now()
    terms.check(now)
    partner = session.get(Organisation, partner_id)
    if partner is None or partner.id == caller.organisation_id:
        raise not_found()
    if session.get_one(Organisation, caller.organisation_id).kind != "agency":
        raise invalid("agreement_terms", partner_id="only an agency gives")
    row = Agreement(
        id=services.entropy.uuid7(),
        agency_id=caller.organisation_id,
        partner_id=partner.id,
        reference=terms.reference,
        shares=sorted(set(terms.shares)),
        approves=terms.approves,
        windows=[dict(one) for one in terms.windows],
        zone=terms.zone,
        when_absent=terms.when_absent,
        approvers=[],
        approver_names=[],
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        offered_by=caller.person_id,
        offered_at=now,
    )
    session.add(row)
    details = {
        "reference": row.reference,
        "shares": row.shares,
        "approves": row.approves,
        "windows": row.windows,
        "zone": row.zone,
        "when_absent": row.when_absent,
        "from": instant(row.valid_from),
        "until": instant(row.valid_until),
    }
    custody.append(session, services, [_act("agreement.offered", caller, row, details)])
    return row


def accept(
    session: Session, services: Services, *, caller: PersonCaller, agreement_id: UUID, approvers: Sequence[UUID]
) -> Agreement:
    """The partner says yes, and names those of its supervisors who may approve. 409 once it is answered or over."""
    row = _locked(session, agreement_id)
    if row.partner_id != caller.organisation_id:
        raise not_found()
    now = services.clock.now()
    if row.accepted_at is not None or row.revoked_at is not None or row.valid_until <= now:
        raise conflict("wrong_state", "The offer was answered already, or is over.")
    check_approvers(approves=row.approves, approvers=approvers)
    people = _supervisors(session, services, caller, approvers)
    row.approvers = [one.id for one in people]
    row.approver_names = [{"person_id": str(one.id), "code": one.code, "name": one.name} for one in people]
    row.accepted_by, row.accepted_at = caller.person_id, now
    details = {"approvers": [str(one) for one in row.approvers]}
    custody.append(session, services, [_act("agreement.accepted", caller, row, details)])
    return row


def _supervisors(session: Session, services: Services, caller: PersonCaller, approvers: Sequence[UUID]) -> list[Person]:
    now = services.clock.now()
    found = list(session.scalars(select(Person).where(Person.id.in_(approvers)).order_by(Person.code)))
    own = [one for one in found if one.organisation_id == caller.organisation_id]
    if len(own) != len(set(approvers)) or any(Role.SUPERVISOR not in roles_of(session, one.id, now) for one in own):
        raise invalid("agreement_approvers", approvers="supervisors of your own organisation")
    return own


def confirm(session: Session, services: Services, *, caller: PersonCaller, agreement_id: UUID) -> Agreement:
    """The agency lets in the persons whom the partner named. 409 unless exactly that is open."""
    row = _locked(session, agreement_id)
    if row.agency_id != caller.organisation_id:
        raise not_found()
    if not row.approves or row.accepted_at is None or row.confirmed_at is not None or row.revoked_at is not None:
        raise conflict("wrong_state", "Nobody waits to be confirmed.")
    row.confirmed_by, row.confirmed_at = caller.person_id, services.clock.now()
    details = {"approvers": [str(one) for one in row.approvers]}
    custody.append(session, services, [_act("agreement.confirmed", caller, row, details)])
    return row


def revoke(session: Session, services: Services, *, caller: PersonCaller, agreement_id: UUID, reason: str) -> Agreement:
    """Either side ends it at once, whatever its state; the same again changes nothing."""
    row = _locked(session, agreement_id)
    if row.revoked_at is not None:
        return row
    row.revoked_by, row.revoked_of = caller.person_id, caller.organisation_id
    row.revoked_at, row.revoked_reason = services.clock.now(), reason
    custody.append(session, services, [_act("agreement.revoked", caller, row, {"reason": reason})])
    return row


def _locked(session: Session, agreement_id: UUID) -> Agreement:
    """404 for what neither side of is the caller's: the wall shows no other."""
    wanted = select(Agreement).where(Agreement.id == agreement_id).with_for_update()
    row = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise not_found()
    return row


def _act(kind: str, caller: PersonCaller, row: Agreement, details: dict[str, Any]) -> custody.Act:
    sides = {"agreement_id": str(row.id), "agency_id": str(row.agency_id), "partner_id": str(row.partner_id)}
    other = row.partner_id if caller.organisation_id == row.agency_id else row.agency_id
    return custody.Act(
        kind,
        Chain("agency", caller.organisation_id),
        caller.organisation_id,
        caller.actor(Role.ADMINISTRATOR),
        {**sides, **details},
        told=[custody.Told(other)],
    )
