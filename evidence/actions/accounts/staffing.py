"""People of an organisation as its administrators keep them: facts, roles with dates, substitutes, locks, an end.

Being administrator opens no evidence: these actions touch persons, accounts and roles only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import invitations, people
from evidence.actions.accounts.invitations import NO_PASSWORD, end_sessions
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import instant
from evidence.domain.errors import conflict, forbidden, invalid, not_found
from evidence.domain.roles import Role
from evidence.records.people import Account, Invitation, Person, RoleAssignment, UserSession

CHANGEABLE = ("name", "code", "unit", "shift", "locale", "ended_at")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One line of the list. ``roles`` holds also those to come; what is over is left out."""

    person: Person
    username: str
    roles: list[RoleAssignment]
    locked_at: datetime | None
    locked_by_failures: bool
    password_set: bool
    invited_until: datetime | None
    last_seen_at: datetime | None


def listed(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    limit: int,
    after: tuple[str, UUID] | None = None,
    wanted: str | None = None,
    person_id: UUID | None = None,
) -> list[Member]:
    """People of the caller's organisation by name, one more than ``limit``; ``wanted`` is sought in name and code."""
    rows = (
        select(Person, Account)
        .join(Account, Account.person_id == Person.id)
        .where(Person.organisation_id == caller.organisation_id)
        .order_by(Person.name, Person.id)
        .limit(limit + 1)
    )
    if after is not None:
        rows = rows.where(tuple_(Person.name, Person.id) > after)
    if wanted:
        rows = rows.where(
            or_(*(func.strpos(func.lower(column), wanted.lower()) > 0 for column in (Person.name, Person.code)))
        )
    if person_id is not None:
        rows = rows.where(Person.id == person_id)
    found = [(person, account) for person, account in session.execute(rows)]
    ids = [person.id for person, _ in found]
    now = services.clock.now()
    roles = _roles(session, ids, now)
    invited = _newest(session, Invitation.person_id, Invitation.expires_at, ids, Invitation.used_at.is_(None))
    seen = _newest(session, UserSession.person_id, UserSession.last_seen_at, ids)
    return [
        Member(
            person=person,
            username=account.username,
            roles=roles.get(person.id, []),
            locked_at=account.locked_at,
            locked_by_failures=account.locked_at is not None and account.locked_by is None,
            password_set=account.password_hash != NO_PASSWORD,
            invited_until=invited.get(person.id),
            last_seen_at=seen.get(person.id),
        )
        for person, account in found
    ]


def _roles(session: Session, ids: list[UUID], now: datetime) -> dict[UUID, list[RoleAssignment]]:
    rows = session.scalars(
        select(RoleAssignment)
        .where(
            RoleAssignment.person_id.in_(ids),
            or_(RoleAssignment.valid_until.is_(None), RoleAssignment.valid_until > now),
        )
        .order_by(RoleAssignment.valid_from, RoleAssignment.id)
    )
    found: dict[UUID, list[RoleAssignment]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    return found


def _newest(session: Session, key: Any, value: Any, ids: list[UUID], *more: Any) -> dict[UUID, datetime]:
    rows = session.execute(select(key, func.max(value)).where(key.in_(ids), *more).group_by(key))
    return {row[0]: row[1] for row in rows}


def _own(session: Session, caller: PersonCaller, person_id: UUID) -> Person:
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one_or_none()
    if person is None or person.organisation_id != caller.organisation_id:
        raise not_found()
    return person


def change(
    session: Session, services: Services, *, caller: PersonCaller, person_id: UUID, facts: Mapping[str, Any]
) -> Person:
    """Changes what is named in ``facts``; an ``ended_at`` is when the person leaves (all roles end with it)."""
    person = _own(session, caller, person_id)
    changed = [name for name in CHANGEABLE if name in facts and facts[name] != getattr(person, name)]
    if "ended_at" in changed and facts["ended_at"] is not None:
        _keep_an_administrator(session, services, person)
    for name in changed:
        setattr(person, name, facts[name])
    now = services.clock.now()
    if person.ended_at is not None and person.ended_at <= now:
        end_sessions(session, person.id, now)
    if changed:
        act = people.act_on("person.changed", person, caller.actor(Role.ADMINISTRATOR), {"fields": changed})
        custody.append(session, services, [act])
    return person


def give_role(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    person_id: UUID,
    role: Role,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    substitute_for: UUID | None = None,
) -> RoleAssignment:
    """A role between two dates. A substitute's names whom it stands in for, and has an end.

    Nobody gives a role to themselves: who keeps the accounts would else open the evidence.
    """
    person = _own(session, caller, person_id)
    if person.id == caller.person_id:
        raise forbidden("own_roles", "Another administrator gives you a role.")
    now = services.clock.now()
    start = valid_from or now
    if valid_until is not None and valid_until <= start:
        raise invalid("role_dates", valid_until="after the start")
    if substitute_for is not None:
        if valid_until is None:
            raise invalid("substitute_end", valid_until="a substitute's role has an end")
        if substitute_for == person.id or _own(session, caller, substitute_for) is None:
            raise invalid("substitute_for", substitute_for="another person of this organisation")
    row = RoleAssignment(
        id=services.entropy.uuid7(),
        organisation_id=person.organisation_id,
        person_id=person.id,
        role=role.value,
        valid_from=start,
        valid_until=valid_until,
        substitute_for=substitute_for,
    )
    session.add(row)
    session.flush()
    details = _said(row)
    act = people.act_on("person.role_given", person, caller.actor(Role.ADMINISTRATOR), details)
    custody.append(session, services, [act])
    return row


def _said(row: RoleAssignment) -> dict[str, str]:
    details = {"role": row.role, "from": instant(row.valid_from)}
    if row.valid_until is not None:
        details["until"] = instant(row.valid_until)
    if row.substitute_for is not None:
        details["substitute_for"] = str(row.substitute_for)
    return details


def take_role(
    session: Session, services: Services, *, caller: PersonCaller, person_id: UUID, assignment_id: UUID, reason: str
) -> None:
    """Ends a role now; the last administrator's stays."""
    person = _own(session, caller, person_id)
    row = session.get(RoleAssignment, assignment_id)
    now = services.clock.now()
    if row is None or row.person_id != person.id or (row.valid_until is not None and row.valid_until <= now):
        raise not_found()
    if row.role == Role.ADMINISTRATOR:
        _keep_an_administrator(session, services, person)
    row.valid_until = max(now, row.valid_from)
    act = people.act_on("person.role_taken", person, caller.actor(Role.ADMINISTRATOR), {**_said(row), "reason": reason})
    custody.append(session, services, [act])


def _keep_an_administrator(session: Session, services: Services, person: Person) -> None:
    now = services.clock.now()
    others = session.scalar(
        select(func.count())
        .select_from(RoleAssignment)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(
            Person.organisation_id == person.organisation_id,
            Person.id != person.id,
            Person.ended_at.is_(None),
            RoleAssignment.role == Role.ADMINISTRATOR.value,
            RoleAssignment.valid_from <= now,
            RoleAssignment.valid_until.is_(None),
        )
    )
    if not others:
        raise conflict("last_administrator", "The organisation would have no administrator left.")


def lock(session: Session, services: Services, *, caller: PersonCaller, person_id: UUID, reason: str) -> None:
    """Keeps a person out on every path, at once, until an administrator unlocks the account."""
    person = _own(session, caller, person_id)
    if person.id == caller.person_id:
        raise forbidden("own_lock", "Another administrator locks your account.")
    account = session.scalars(select(Account).where(Account.person_id == person.id).with_for_update()).one()
    account.locked_at = account.locked_at or services.clock.now()
    account.locked_by = caller.person_id
    end_sessions(session, person.id, services.clock.now())
    act = people.act_on("person.locked", person, caller.actor(Role.ADMINISTRATOR), {"reason": reason})
    custody.append(session, services, [act])


def reset(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    person_id: UUID,
    gives: Sequence[str],
    reason: str,
) -> invitations.Link:
    """A one-time link for a person of the organisation; see :func:`invitations.reset`."""
    person = _own(session, caller, person_id)
    actor = caller.actor(Role.ADMINISTRATOR)
    return invitations.reset(session, services, actor=actor, person=person, gives=gives, reason=reason)
