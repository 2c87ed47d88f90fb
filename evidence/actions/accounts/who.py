"""Who somebody is: what a client needs to speak for the signed-in person, and what they must be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions.accounts import passkeys
from evidence.actions.accounts.passkeys import Change
from evidence.domain.callers import PersonCaller
from evidence.records.organisations import Organisation, service_id
from evidence.records.people import Person, UserSession
from evidence.records.sign_in import passkeys_of


@dataclass(frozen=True)
class WhoAmI:
    """The signed-in person. ``passkey_changes``: what came or went since they last signed in.

    ``has_passkey``: one that can be shown as a fresh factor. ``provider_sign_out``: where to go after leaving, so
    that the organisation's own session ends too.
    """

    person_id: UUID
    organisation_id: UUID
    organisation: str
    kind: str
    name: str
    code: str
    locale: str
    roles: list[str]
    service_id: UUID
    factor_at: datetime
    means: str
    has_passkey: bool
    passkey_changes: Sequence[Change]
    provider_sign_out: str | None


def who_am_i(session: Session, caller: PersonCaller) -> WhoAmI:
    person = session.get_one(Person, caller.person_id)
    organisation = session.get_one(Organisation, caller.organisation_id)
    opened = session.get_one(UserSession, caller.session_id)
    return WhoAmI(
        person_id=person.id,
        organisation_id=organisation.id,
        organisation=organisation.name,
        kind=organisation.kind,
        name=person.name,
        code=person.code,
        locale=person.locale,
        roles=sorted(caller.roles),
        service_id=service_id(session),
        factor_at=caller.factor_at,
        means=opened.means,
        has_passkey=any(row.doubted_at is None for row in passkeys_of(session, person.id)),
        passkey_changes=passkeys.changes(session, caller),
        provider_sign_out=opened.provider_sign_out,
    )
