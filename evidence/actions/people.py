"""People and organisations: making them, and who one is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.domain.callers import PersonCaller
from evidence.records.organisations import Organisation, service_id
from evidence.records.people import Person


@dataclass(frozen=True)
class WhoAmI:
    """The signed-in person, with what a client needs to speak for them."""

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


def who_am_i(session: Session, caller: PersonCaller) -> WhoAmI:
    person = session.get_one(Person, caller.person_id)
    organisation = session.get_one(Organisation, caller.organisation_id)
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
    )
