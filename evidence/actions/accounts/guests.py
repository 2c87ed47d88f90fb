"""A partner's supervisor as a guest of the agency: for one request, under a live agreement that names the person.

The caller becomes the agency's, so that every rule of a decision holds as for its own; the database's walls know the
guest as a guest, and open only what the agreement covers at that moment (see the decision on partner approval).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.errors import not_found
from evidence.domain.roles import Role
from evidence.records.agreements import Agreement
from evidence.records.database import enter
from evidence.records.organisations import Organisation


@dataclass(frozen=True, kw_only=True)
class Host:
    """An agency for which the caller may approve, and since and until when."""

    agency: Organisation
    agreement: Agreement


def admit(session: Session, caller: Caller, agency_id: UUID) -> PersonCaller:
    """The caller as a guest of the agency, for the rest of the transaction. 404 without a live agreement."""
    if not isinstance(caller, PersonCaller) or Role.SUPERVISOR not in caller.roles:
        raise not_found()
    found = session.execute(text("SELECT agreement_id FROM door_agreement(:agency)"), {"agency": agency_id})
    agreement_id = found.scalar_one_or_none()
    if agreement_id is None:
        raise not_found()
    guest = replace(
        caller,
        organisation_id=agency_id,
        roles=frozenset({Role.SUPERVISOR}),
        home_id=caller.organisation_id,
        agreement_id=agreement_id,
    )
    enter(session, caller.organisation_id, caller.person_id, guest_of=agency_id)
    return guest


def hosts(session: Session, *, caller: PersonCaller, now: datetime) -> Sequence[Host]:
    """The agencies that let the caller approve today; whether at this hour is for the walls to say."""
    rows = session.execute(
        select(Agreement, Organisation)
        .join(Organisation, Organisation.id == Agreement.agency_id)
        .where(
            Agreement.partner_id == caller.organisation_id,
            Agreement.approves,
            Agreement.confirmed_at.is_not(None),
            Agreement.revoked_at.is_(None),
            Agreement.valid_from <= now,
            Agreement.valid_until > now,
            Agreement.approvers.contains([caller.person_id]),
        )
        .order_by(Organisation.name, Agreement.valid_from)
    )
    return [Host(agency=agency, agreement=agreement) for agreement, agency in rows]
