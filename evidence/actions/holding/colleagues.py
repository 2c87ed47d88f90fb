"""Who works beside the caller: to reassign to, to examine second, to stand by a test fire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.domain.callers import Caller
from evidence.records.people import Person, RoleAssignment


@dataclass(frozen=True)
class Colleague:
    person_id: UUID
    name: str
    code: str
    roles: Sequence[str]


def listed(session: Session, *, caller: Caller, now: datetime) -> list[Colleague]:
    """The people of the caller's organisation who hold a role now, by name."""
    rows = session.execute(
        select(Person, RoleAssignment.role)
        .join(RoleAssignment, RoleAssignment.person_id == Person.id)
        .where(
            Person.organisation_id == caller.organisation_id,
            RoleAssignment.valid_from <= now,
            or_(RoleAssignment.valid_until.is_(None), RoleAssignment.valid_until > now),
            or_(Person.ended_at.is_(None), Person.ended_at > now),
        )
        .order_by(Person.name, Person.id, RoleAssignment.role)
    ).all()
    roles: dict[UUID, list[str]] = {}
    people: dict[UUID, Person] = {}
    for person, role in rows:
        people[person.id] = person
        roles.setdefault(person.id, []).append(role)
    return [Colleague(one.id, one.name, one.code, roles[one.id]) for one in people.values()]
