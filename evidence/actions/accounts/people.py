"""People, their roles, accounts and tokens: making them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts.sign_in import hash_password, token_hash
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.roles import SCOPE_VERBS, Role
from evidence.records.people import Account, MachineToken, Person, RoleAssignment

SHORTEST_PASSWORD = 12
TOKEN_LONGEST = timedelta(days=400)


@dataclass(frozen=True)
class NewPerson:
    """A person with an account; the TOTP seed (base32) is shown this once."""

    person_id: UUID
    username: str
    totp_secret: str


def create_person(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    code: str,
    name: str,
    username: str,
    password: str,
    roles: Iterable[Role],
) -> NewPerson:
    """A person with roles from now on and an account for password and TOTP."""
    check_password(password, username)
    secret = pyotp.random_base32()
    person, account, acts = add_person(
        session,
        services,
        actor=actor,
        organisation_id=organisation_id,
        code=code,
        name=name,
        username=username,
        roles=roles,
        password_hash=hash_password(password),
        totp_secret=secret,
    )
    custody.append(session, services, acts)
    return NewPerson(person.id, account.username, secret)


def add_person(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    code: str,
    name: str,
    username: str,
    roles: Iterable[Role],
    password_hash: str,
    totp_secret: str,
    unit: str | None = None,
    shift: str | None = None,
) -> tuple[Person, Account, list[custody.Act]]:
    """The rows of a person with an account, and the acts to be appended for them."""
    username, now = username.strip().lower(), services.clock.now()
    person = Person(id=services.entropy.uuid7(), organisation_id=organisation_id, code=code, name=name, locale="es")
    person.unit, person.shift = unit, shift
    session.add(person)
    session.flush()
    account = Account(
        id=services.entropy.uuid7(),
        organisation_id=organisation_id,
        person_id=person.id,
        username=username,
        password_hash=password_hash,
        totp_sealed=services.secrets.seal(totp_secret.encode()),
    )
    session.add(account)
    session.flush()
    acts = [act_on("person.created", person, actor, {"username": username, "name": name})]
    acts += [_give(session, services, person, role, actor, now) for role in sorted(set(roles))]
    return person, account, acts


def _give(session: Session, services: Services, person: Person, role: Role, actor: Actor, now: datetime) -> custody.Act:
    session.add(
        RoleAssignment(
            id=services.entropy.uuid7(),
            organisation_id=person.organisation_id,
            person_id=person.id,
            role=role.value,
            valid_from=now,
        )
    )
    return act_on("person.role_given", person, actor, {"role": role.value})


def act_on(kind: str, person: Person, actor: Actor, details: Mapping[str, Any]) -> custody.Act:
    """An entry on the person's own chain."""
    return custody.Act(
        kind=kind,
        chain=Chain("person", person.id),
        agency_id=person.organisation_id,
        actor=actor,
        details={"person_id": str(person.id), **details},
    )


def check_password(password: str, username: str) -> None:
    """Twelve characters or more, not the user's own name, not one character over and over (ASVS 5, 6.2)."""
    if len(password) < SHORTEST_PASSWORD:
        raise invalid("password_short", password=f"{SHORTEST_PASSWORD} characters or more")
    if username.lower() in password.lower() or len(set(password)) < 5:
        raise invalid("password_weak", password="too easy to guess")  # noqa: S106  # a message, not a secret


def unlock(session: Session, services: Services, *, caller: PersonCaller, person_id: UUID) -> None:
    """Opens the password path again after five failures."""
    person = session.get(Person, person_id)
    if person is None:
        raise not_found()
    account = session.scalars(select(Account).where(Account.person_id == person_id).with_for_update()).one()
    if account.locked_at is None:
        raise conflict("not_locked", "The account is not locked.")
    account.locked_at, account.locked_by, account.failures = None, None, 0
    custody.append(session, services, [act_on("person.unlocked", person, caller.actor(Role.ADMINISTRATOR), {})])


@dataclass(frozen=True)
class NewToken:
    """A machine's bearer token; shown this once."""

    token_id: UUID
    token: str
    expires_at: datetime


def create_token(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    owner_id: UUID,
    label: str,
    scopes: Sequence[str],
    lifetime: timedelta,
) -> NewToken:
    """A token of one organisation for which a person answers (protocol, section 3)."""
    unknown = sorted(set(scopes) - set(SCOPE_VERBS))
    if unknown or not scopes:
        raise invalid("unknown_scope", scopes=f"unknown: {', '.join(unknown) or 'none given'}")
    if lifetime > TOKEN_LONGEST:
        raise invalid("lifetime", expires_in_days=f"at most {TOKEN_LONGEST.days}")
    owner = session.get(Person, owner_id)
    if owner is None or owner.organisation_id != organisation_id:
        raise not_found()
    now = services.clock.now()
    token = f"csq_{b64url(services.entropy.token(32))}"
    row = MachineToken(
        id=services.entropy.uuid7(),
        organisation_id=organisation_id,
        owner_id=owner_id,
        label=label,
        token_hash=token_hash(token),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    details = {
        "token_id": str(row.id),
        "label": label,
        "scopes": row.scopes,
        "organisation_id": str(organisation_id),
        "owner_id": str(owner_id),
        "expires_at": instant(row.expires_at),
    }
    act = custody.Act("token.created", Chain("agency", organisation_id), organisation_id, actor, details)
    custody.append(session, services, [act])
    return NewToken(row.id, token, row.expires_at)


def revoke_token(session: Session, services: Services, *, caller: PersonCaller, token_id: UUID, reason: str) -> None:
    """Ends a token at once."""
    row = session.get(MachineToken, token_id)
    if row is None:
        raise not_found()
    if row.revoked_at is not None:
        return
    row.revoked_at = services.clock.now()
    details = {"token_id": str(row.id), "reason": reason}
    act = custody.Act(
        "token.revoked",
        Chain("agency", row.organisation_id),
        row.organisation_id,
        caller.actor(Role.ADMINISTRATOR),
        details,
    )
    custody.append(session, services, [act])
