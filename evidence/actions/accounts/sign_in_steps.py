"""Steps of a sign-in that wait for an answer: each is answered once, and soon."""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from evidence.actions.accounts.sign_in import token_hash
from evidence.actions.ports import Services
from evidence.domain.canonical import b64url
from evidence.records.sign_in import SignInStep

LIFE = timedelta(minutes=5)
STEP_BYTES = 32


class Purpose(StrEnum):
    """What a step is for; an answer to one is none to another."""

    PASSKEY_ADD = "passkey_add"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_FACTOR = "passkey_factor"
    PROVIDER = "provider"
    PROVIDER_TOTP = "provider_totp"


def begin(session: Session, services: Services, purpose: Purpose, facts: Mapping[str, str]) -> bytes:
    """32 bytes that nobody can guess; ``facts`` are remembered for who brings them back within five minutes."""
    step = services.entropy.token(STEP_BYTES)
    _keep(session, services, purpose, step, facts)
    return step


def take(session: Session, services: Services, purpose: Purpose, step: bytes | None) -> dict[str, str] | None:
    """Uses a step up and tells what was remembered; None when it is not ours, was used, or is too old.

    One statement, so that two requests can't both have it. Whoever calls commits, also after a refusal.
    """
    if not step:
        return None
    gone = delete(SignInStep).where(SignInStep.step_hash == _hash(step), SignInStep.purpose == purpose.value)
    found = session.execute(gone.returning(SignInStep.sealed, SignInStep.expires_at)).one_or_none()
    if found is None or found.expires_at <= services.clock.now():
        return None
    facts: dict[str, str] = json.loads(services.secrets.open(found.sealed))
    return facts


def give_back(session: Session, services: Services, purpose: Purpose, step: bytes, facts: Mapping[str, str]) -> None:
    """Lets a step that was taken be answered again: a mistyped code is no reason to begin anew."""
    _keep(session, services, purpose, step, facts)


def _keep(session: Session, services: Services, purpose: Purpose, step: bytes, facts: Mapping[str, str]) -> None:
    sealed = services.secrets.seal(json.dumps(dict(facts)).encode())
    expires_at = services.clock.now() + LIFE
    session.add(SignInStep(step_hash=_hash(step), purpose=purpose.value, sealed=sealed, expires_at=expires_at))


def _hash(step: bytes) -> str:
    return token_hash(b64url(step))
