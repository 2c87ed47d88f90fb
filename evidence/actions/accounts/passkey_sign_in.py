"""Signing in by passkey, and showing one as the fresh factor: it verifies its person, so it is both factors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import passkeys, sign_in, sign_in_steps
from evidence.actions.accounts.sign_in import Means, SignedIn
from evidence.actions.accounts.sign_in_steps import Purpose
from evidence.actions.ports import Services
from evidence.domain import passkeys as rules
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.errors import Category, EvidenceError, conflict, forbidden
from evidence.records.database import enter
from evidence.records.people import Account, Person, UserSession, roles_of
from evidence.records.sign_in import Passkey, passkeys_of

log = structlog.get_logger()


def offer(session: Session, services: Services) -> dict[str, Any]:
    """What the browser needs to ask for any passkey of ours; nobody is known yet."""
    challenge = sign_in_steps.begin(session, services, Purpose.PASSKEY_SIGN_IN, {})
    return rules.request(passkeys.party(services), challenge=challenge)


def open_session(session: Session, services: Services, *, credential: Mapping[str, Any]) -> SignedIn | EvidenceError:
    """Opens a session; a failure is *returned*, because the challenge is used up and a doubt is kept.

    Five wrong passwords lock the password path only (protocol, section 3): a passkey still opens then. It does not
    when an administrator has locked the account.
    """
    challenge = rules.challenge_of(credential)
    if challenge is None or sign_in_steps.take(session, services, Purpose.PASSKEY_SIGN_IN, challenge) is None:
        return passkeys.unusable()
    hashed = {"id": rules.credential_id_of(credential)}
    door = session.execute(text("SELECT * FROM door_passkey(:id)"), hashed).one_or_none()
    if door is None:
        return _refused()
    enter(session, door.organisation_id, door.person_id)
    row = session.get_one(Passkey, door.passkey_id, with_for_update=True)
    account = session.scalars(select(Account).where(Account.id == row.account_id).with_for_update()).one()
    failed = _used(session, services, row, account, credential, challenge)
    if failed is not None:
        return failed
    roles = roles_of(session, account.person_id, services.clock.now())
    if not roles:
        return _refused()
    said = {"passkey_id": str(row.id)}
    return sign_in.open_for(session, services, account=account, roles=roles, means=Means.PASSKEY, said=said)


def offer_factor(session: Session, services: Services, *, caller: PersonCaller) -> dict[str, Any]:
    """What the browser needs to ask for one of the caller's own passkeys; 409 when there is none."""
    own = [row for row in passkeys_of(session, caller.person_id) if row.doubted_at is None]
    if not own:
        raise conflict("no_passkey", "There is no passkey: use the code.")
    challenge = sign_in_steps.begin(session, services, Purpose.PASSKEY_FACTOR, {"session_id": str(caller.session_id)})
    return rules.request(passkeys.party(services), challenge=challenge, known=passkeys.known(own))


def show(
    session: Session, services: Services, *, caller: PersonCaller, credential: Mapping[str, Any]
) -> PersonCaller | EvidenceError:
    """Makes the caller's session fresh by passkey; returns the caller as from now on. A failure is *returned*."""
    challenge = rules.challenge_of(credential)
    facts = sign_in_steps.take(session, services, Purpose.PASSKEY_FACTOR, challenge)
    if challenge is None or facts is None or facts["session_id"] != str(caller.session_id):
        return passkeys.unusable()
    wanted = select(Passkey).where(Passkey.credential_id == rules.credential_id_of(credential)).with_for_update()
    row = session.scalars(wanted).one_or_none()
    if row is None or row.person_id != caller.person_id:
        return _factor_refused()
    account = session.scalars(select(Account).where(Account.id == row.account_id).with_for_update()).one()
    failed = _used(session, services, row, account, credential, challenge)
    if failed is not None:
        return _factor_refused() if failed.code == "passkey_refused" else failed
    now = services.clock.now()
    session.get_one(UserSession, caller.session_id).factor_at = now
    said = {"means": Means.PASSKEY.value, "passkey_id": str(row.id)}
    sign_in.note(session, services, "person.factor_shown", account, caller.actor(), **said)
    return replace(caller, factor_at=now)


def _used(
    session: Session,
    services: Services,
    row: Passkey,
    account: Account,
    credential: Mapping[str, Any],
    challenge: bytes,
) -> EvidenceError | None:
    """Why a passkey does not open, or None. One whose counter did not move on opens nothing from then on."""
    try:
        shown = rules.check_shown(
            passkeys.party(services),
            credential,
            challenge=challenge,
            account_id=row.account_id,
            public_key=row.public_key,
            sign_count=row.sign_count,
        )
    except rules.BadPasskey as bad:
        log.warning("passkey_refused", passkey=str(row.id), reason=str(bad)[:200])
        return _refused()
    if row.removed_at is not None:
        return _refused()
    if account.locked_by is not None:
        return sign_in.locked()
    now = services.clock.now()
    if shown.copied and row.doubted_at is None:
        row.doubted_at = now
        person = session.get_one(Person, row.person_id)
        custody.append(session, services, [passkeys.act("person.passkey_doubted", person, row, SYSTEM)])
    if row.doubted_at is not None:
        return forbidden("passkey_doubted", "There may be a copy of this passkey: use the code, and remove it.")
    row.sign_count, row.backed_up, row.last_used_at = shown.sign_count, shown.backed_up, now
    return None


def _refused() -> EvidenceError:
    return EvidenceError(Category.UNAUTHENTICATED, "passkey_refused", "The passkey is not known here, or does not fit.")


def _factor_refused() -> EvidenceError:
    return forbidden("factor_refused", "The passkey is not yours, or does not fit.")
