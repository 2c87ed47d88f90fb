"""Sign-in by password and TOTP, sessions, and the way from a secret to a caller (protocol, section 3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, Actor, Caller, MachineCaller, PersonCaller, PhoneCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import Chain
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.roles import Role
from evidence.records.database import door_to, enter
from evidence.records.people import Account, MachineToken, UserSession, roles_of

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FAILURES_TO_LOCK = 5
TOTP_STEP_S = 30
SEEN_GRAIN = timedelta(minutes=1)

_PERSON_DOOR = door_to(
    "session_id", "door_user_session(:hash)", organisation="organisation_id", person="person_id::text"
)
_MACHINE_DOOR = door_to("token_id", "door_machine_token(:hash)", organisation="organisation_id", person="''")
_PHONE_DOOR = door_to(
    "device_id, officer_id, agency_id",
    "door_device_session(:hash)",
    organisation="agency_id",
    person="officer_id::text",
    where="expires_at > :now",
)

_hasher = PasswordHasher()
# Checked when no such account exists, so that both cases cost the same.
_NOBODY = _hasher.hash("no such account")


class Means(StrEnum):
    """How a session was opened, or its factor shown again. All but the first two are an organisation's provider."""

    PASSWORD_TOTP = "password_totp"
    PASSKEY = "passkey"
    PROVIDER = "provider"
    PROVIDER_TOTP = "provider_totp"


@dataclass(frozen=True)
class SignedIn:
    """A new session; ``token`` is shown this once."""

    token: str
    expires_at: datetime
    caller: PersonCaller


def token_hash(token: str) -> str:
    """Only this is stored of any bearer secret: they carry 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def open_session(
    session: Session, services: Services, *, username: str, password: str, totp: str
) -> SignedIn | EvidenceError:
    """Checks both factors and opens a session; a failure is *returned*, because counting it must be kept.

    Five failures lock the account's password path until an administrator opens it. The answer is the same
    for a wrong name, password or code; a lock shows only to who knows the password.
    """
    now = services.clock.now()
    door = session.execute(text("SELECT * FROM door_account(:name)"), {"name": username.strip().lower()}).one_or_none()
    if door is None:
        password_fits(_NOBODY, password)
        return _refused()
    enter(session, door.organisation_id, door.person_id)
    account = session.scalars(select(Account).where(Account.id == door.account_id).with_for_update()).one()
    if not password_fits(account.password_hash, password):
        return _failed(session, services, account, now)
    if account.locked_at is not None:
        return locked()
    roles = roles_of(session, account.person_id, now)
    if not take_code(services, account, totp, now) or not roles:
        return _failed(session, services, account, now)
    account.failures = 0
    return open_for(session, services, account=account, roles=roles, means=Means.PASSWORD_TOTP)


def open_for(
    session: Session,
    services: Services,
    *,
    account: Account,
    roles: frozenset[Role],
    means: Means,
    said: Mapping[str, str] | None = None,
    factor_at: datetime | None = None,
    provider_sign_out: str | None = None,
) -> SignedIn:
    """A session for somebody who has shown all that is asked; ``said`` is added to the custody entry.

    ``factor_at``: when the second factor was shown, now when it is left out.
    """
    now = services.clock.now()
    token = b64url(services.entropy.token(32))
    row = UserSession(
        id=services.entropy.uuid7(),
        token_hash=token_hash(token),
        account_id=account.id,
        person_id=account.person_id,
        organisation_id=account.organisation_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
        factor_at=factor_at or now,
        means=means.value,
        provider_sign_out=provider_sign_out,
    )
    session.add(row)
    caller = PersonCaller(account.person_id, account.organisation_id, roles, account.id, row.id, row.factor_at)
    note(session, services, "person.signed_in", account, caller.actor(), means=means.value, **(said or {}))
    return SignedIn(token, row.expires_at, caller)


def _failed(session: Session, services: Services, account: Account, now: datetime) -> EvidenceError:
    count_failure(session, services, account, now)
    return _refused()


def locked() -> EvidenceError:
    return EvidenceError(Category.FORBIDDEN, "account_locked", "Locked after five failures: see your administrator.")


def count_failure(session: Session, services: Services, account: Account, now: datetime) -> None:
    """One more failure of a locked row; the fifth locks the path and is said in the custody log."""
    account.failures += 1
    if account.failures >= FAILURES_TO_LOCK and account.locked_at is None:
        account.locked_at = now
        note(session, services, "person.locked", account, SYSTEM)


def _refused() -> EvidenceError:
    return EvidenceError(Category.UNAUTHENTICATED, "sign_in_refused", "Name, password or code does not fit.")


def take_code(services: Services, account: Account, totp: str, now: datetime) -> bool:
    """Whether the code fits; a fitting one is used up."""
    step = fitting_step(services, account.totp_sealed, totp, now, after=account.totp_last_step)
    if step is not None:
        account.totp_last_step = step
    return step is not None


def fitting_step(services: Services, sealed: bytes, totp: str, now: datetime, *, after: int) -> int | None:
    """The time step for which a sealed seed gives this code; None when no step later than ``after`` does."""
    return _totp_step(services.secrets.open(sealed).decode(), totp, now, after=after)


def note(session: Session, services: Services, kind: str, account: Account, actor: Actor, **said: str) -> None:
    """An entry on the person's chain about how they sign in."""
    act = custody.Act(
        kind=kind,
        chain=Chain("person", account.person_id),
        agency_id=account.organisation_id,
        actor=actor,
        details={"account_id": str(account.id), **said},
    )
    custody.append(session, services, [act])


def password_fits(stored: str, password: str) -> bool:
    """Whether the password has this Argon2 hash; a hash that is none fits nothing."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _totp_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The time step of a fitting code, one step of drift either way; a step is good once (RFC 6238, 5.2)."""
    present = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if step > after and pyotp.utils.strings_equal(totp.at(step * TOTP_STEP_S), code.strip()):
            return step
    return None


def close_session(session: Session, services: Services, caller: PersonCaller) -> None:
    """Ends the caller's session."""
    row = session.get_one(UserSession, caller.session_id)
    row.ended_at = services.clock.now()
    act = custody.Act(
        kind="person.signed_out",
        chain=Chain("person", caller.person_id),
        agency_id=caller.organisation_id,
        actor=caller.actor(),
        details={"account_id": str(caller.account_id)},
    )
    custody.append(session, services, [act])


def caller_of(session: Session, *, now: datetime, cookie: str | None, bearer: str | None) -> Caller | None:
    """The caller behind a session cookie, a machine's ``csq_`` token or a phone's ``csd_`` bearer.

    Names the caller's organisation for the rest of the transaction. None for nothing or nothing valid.
    """
    if cookie:
        return _person(session, token_hash(cookie), now)
    if bearer and bearer.startswith("csq_"):
        return _machine(session, token_hash(bearer), now)
    if bearer and bearer.startswith("csd_"):
        return _phone(session, token_hash(bearer), now)
    return None


def _person(session: Session, hashed: str, now: datetime) -> PersonCaller | None:
    door = session.execute(_PERSON_DOOR, {"hash": hashed}).one_or_none()
    if door is None:
        return None
    row = session.get_one(UserSession, door.session_id)
    if row.ended_at is not None or now >= row.expires_at or now - row.last_seen_at > IDLE:
        return None
    if now - row.last_seen_at > SEEN_GRAIN:
        row.last_seen_at = now
    roles = roles_of(session, row.person_id, now)
    return PersonCaller(row.person_id, row.organisation_id, roles, row.account_id, row.id, row.factor_at)


def _machine(session: Session, hashed: str, now: datetime) -> MachineCaller | None:
    door = session.execute(_MACHINE_DOOR, {"hash": hashed}).one_or_none()
    if door is None:
        return None
    row = session.get_one(MachineToken, door.token_id)
    if row.revoked_at is not None or now >= row.expires_at or not roles_of(session, row.owner_id, now):
        return None
    if row.last_used_at is None or now - row.last_used_at > SEEN_GRAIN:
        row.last_used_at = now
    return MachineCaller(row.id, row.organisation_id, row.owner_id, frozenset(row.scopes))


def _phone(session: Session, hashed: str, now: datetime) -> PhoneCaller | None:
    door = session.execute(_PHONE_DOOR, {"hash": hashed, "now": now}).one_or_none()
    if door is None:
        return None
    return PhoneCaller(UUID(str(door.device_id)), UUID(str(door.officer_id)), UUID(str(door.agency_id)))
