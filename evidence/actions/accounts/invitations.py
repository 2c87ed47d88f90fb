"""One-time links by which people set how they sign in: nobody else ever knows their password or their seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import passkeys, people, sign_in
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url
from evidence.domain.errors import EvidenceError, forbidden, invalid
from evidence.domain.roles import Role
from evidence.records.database import enter
from evidence.records.organisations import Organisation
from evidence.records.people import Account, Invitation, Person, UserSession, roles_of

LIFE = timedelta(hours=72)
GIVES = ("password", "second_factor")
NO_PASSWORD = "!"  # fits no password
ISSUER = "Casquillo"


@dataclass(frozen=True)
class Link:
    """The link's token; shown this once, to who hands it over."""

    person_id: UUID
    username: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Opened:
    """What the person at the link is asked to set. ``totp_secret`` (base32) is theirs to put into a code app."""

    username: str
    name: str
    organisation: str
    gives: Sequence[str]
    totp_secret: str | None
    totp_uri: str | None
    expires_at: datetime


def invite_person(
    session: Session,
    services: Services,
    *,
    actor: Actor,
    organisation_id: UUID,
    code: str,
    name: str,
    username: str,
    roles: Iterable[Role],
    unit: str | None = None,
    shift: str | None = None,
) -> Link:
    """A person with roles from now on, who sets password and code app by the link; until then nobody signs in."""
    person, account, acts = people.add_person(
        session,
        services,
        actor=actor,
        organisation_id=organisation_id,
        code=code,
        name=name,
        username=username,
        roles=roles,
        password_hash=NO_PASSWORD,
        totp_secret=pyotp.random_base32(),
        unit=unit,
        shift=shift,
    )
    link, act = _link(session, services, person=person, account=account, gives=GIVES, actor=actor, reason=None)
    custody.append(session, services, [*acts, act])
    return link


def reset(
    session: Session, services: Services, *, actor: Actor, person: Person, gives: Sequence[str], reason: str
) -> Link:
    """Takes password, second factor or both away at once and ends all sessions; the link sets them anew.

    What is kept has to be shown at the link, so that a lost phone alone, or a link alone, is not enough. Passkeys go
    with the second factor, and any reset forgets who the person is to the organisation's identity provider.
    """
    if not gives or set(gives) - set(GIVES):
        raise invalid("reset_what", gives=f"one or both of {', '.join(GIVES)}")
    account = session.scalars(select(Account).where(Account.person_id == person.id).with_for_update()).one()
    if "password" in gives:
        account.password_hash = NO_PASSWORD
    if "second_factor" in gives:
        account.totp_sealed = services.secrets.seal(pyotp.random_base32().encode())
        passkeys.remove_all(session, services, person=person, actor=actor, reason=reason)
    account.provider_subject = None
    account.failures, account.locked_at, account.locked_by = 0, None, None
    end_sessions(session, person.id, services.clock.now())
    link, act = _link(session, services, person=person, account=account, gives=gives, actor=actor, reason=reason)
    custody.append(session, services, [act])
    return link


def end_sessions(session: Session, person_id: UUID, now: datetime) -> None:
    """Signs a person out everywhere."""
    session.execute(
        update(UserSession)
        .where(UserSession.person_id == person_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def _link(
    session: Session,
    services: Services,
    *,
    person: Person,
    account: Account,
    gives: Sequence[str],
    actor: Actor,
    reason: str | None,
) -> tuple[Link, custody.Act]:
    """A fresh link; older ones of the same person end."""
    now = services.clock.now()
    older = update(Invitation).where(Invitation.person_id == person.id, Invitation.used_at.is_(None))
    session.execute(older.values(used_at=now))
    token = b64url(services.entropy.token(32))
    row = Invitation(
        id=services.entropy.uuid7(),
        organisation_id=person.organisation_id,
        person_id=person.id,
        gives=[name for name in GIVES if name in gives],
        token_hash=sign_in.token_hash(token),
        created_by=actor.id if actor.type == "person" else None,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(row)
    details = {"fields": row.gives, **({"reason": reason} if reason else {})}
    return Link(person.id, account.username, token, row.expires_at), people.act_on(
        "person.invited", person, actor, details
    )


def _found(session: Session, services: Services, token: str) -> tuple[Invitation, Account]:
    """The open invitation and its account, both locked; one refusal for whatever is wrong with a link."""
    refused = invalid("link_unusable", "The link is not ours, was used, or is too old.")
    hashed = {"hash": sign_in.token_hash(token)}
    door = session.execute(text("SELECT * FROM door_invitation(:hash)"), hashed).one_or_none()
    if door is None:
        raise refused
    enter(session, door.organisation_id, door.person_id)
    now = services.clock.now()
    account = session.scalars(select(Account).where(Account.person_id == door.person_id).with_for_update()).one()
    row = session.get_one(Invitation, door.invitation_id, with_for_update=True)
    if row.used_at is not None or now >= row.expires_at or not roles_of(session, row.person_id, now):
        raise refused
    return row, account


def open_link(session: Session, services: Services, *, token: str) -> Opened:
    """What stands at the link; opened twice it shows the same seed."""
    row, account = _found(session, services, token)
    secret = None
    if "second_factor" in row.gives:
        if row.totp_sealed is None:
            row.totp_sealed = services.secrets.seal(pyotp.random_base32().encode())
        secret = services.secrets.open(row.totp_sealed).decode()
    person = session.get_one(Person, row.person_id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER) if secret else None
    return Opened(
        username=account.username,
        name=person.name,
        organisation=session.get_one(Organisation, row.organisation_id).name,
        gives=row.gives,
        totp_secret=secret,
        totp_uri=uri,
        expires_at=row.expires_at,
    )


def accept(session: Session, services: Services, *, token: str, password: str, totp: str) -> EvidenceError | None:
    """Sets what the link gives, once. What it does not give must fit what is there.

    A misfit is *returned*, because counting it must be kept: five lock the account, as at sign-in.
    """
    row, account = _found(session, services, token)
    if account.locked_at is not None:
        return sign_in.locked()
    now = services.clock.now()
    if "password" in row.gives:
        people.check_password(password, account.username)
    elif not sign_in.password_fits(account.password_hash, password):
        return _misfit(session, services, account, now)
    sealed, after = account.totp_sealed, account.totp_last_step
    if "second_factor" in row.gives:
        if row.totp_sealed is None:
            raise invalid("link_unopened", "Open the link first: it shows the seed of the code app.")
        sealed, after = row.totp_sealed, 0
    step = sign_in.fitting_step(services, sealed, totp, now, after=after)
    if step is None:
        return _misfit(session, services, account, now)
    account.totp_sealed, account.totp_last_step = sealed, step
    if "password" in row.gives:
        account.password_hash = sign_in.hash_password(password)
    account.failures, row.used_at, row.totp_sealed = 0, now, None
    person = session.get_one(Person, row.person_id)
    roles = roles_of(session, person.id, now)
    actor = Actor("person", person.id, min(roles).value)
    kinds = {"password": "person.password_set", "second_factor": "person.second_factor_set"}
    details = {"account_id": str(account.id)}
    custody.append(session, services, [people.act_on(kinds[name], person, actor, details) for name in row.gives])
    return None


def _misfit(session: Session, services: Services, account: Account, now: datetime) -> EvidenceError:
    sign_in.count_failure(session, services, account, now)
    return forbidden("factor_refused", "What is there already does not fit what was shown.")
