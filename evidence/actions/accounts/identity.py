"""Signing in by an organisation's own identity provider: out to it, back from it, and the code where it is needed.

Each act commits before anything is asked over the network. Nobody is ever made here: the provider names an account
that the organisation already has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.actions.accounts import sign_in, sign_in_steps
from evidence.actions.accounts.sign_in import Means, SignedIn, token_hash
from evidence.actions.accounts.sign_in_steps import Purpose
from evidence.actions.identity_ports import (
    Client,
    Identity,
    IdentityRefused,
    IdentityUnavailable,
    Trip,
)
from evidence.actions.ports import Services
from evidence.domain import identity as rules
from evidence.domain.canonical import b64url, b64url_decode
from evidence.domain.errors import Category, EvidenceError, forbidden, not_found, unavailable
from evidence.records.database import enter
from evidence.records.people import Account, roles_of
from evidence.records.sign_in import IdentityProvider, provider_of

log = structlog.get_logger()
PAGE = "/desk"


@dataclass(frozen=True)
class Way:
    """An organisation whose people may come by its own provider."""

    organisation_id: UUID
    organisation: str


@dataclass(frozen=True)
class Outward:
    """A trip that begins; ``browser`` is for a cookie, so that only the browser that left can come back."""

    client: Client
    trip: Trip
    browser: str


@dataclass(frozen=True)
class Inward:
    """A trip that came back to the browser that left, once."""

    organisation_id: UUID
    client: Client
    trip: Trip


@dataclass(frozen=True)
class CodeNeeded:
    """The provider knows the person; their own code is still asked. ``ticket`` is good for five minutes."""

    ticket: str


def ways(session: Session) -> list[Way]:
    """What the page of the sign-in offers: names of organisations, nothing of their providers."""
    return [Way(*row) for row in session.execute(text("SELECT * FROM door_sign_in_ways()"))]


def begin(session: Session, services: Services, *, organisation_id: UUID) -> Outward:
    """Remembers a trip for five minutes; 404 for an organisation without a provider."""
    enter(session, organisation_id)
    provider = provider_of(session, organisation_id)
    if provider is None:
        raise not_found()
    nonce, verifier, browser = (b64url(services.entropy.token(32)) for _ in range(3))
    facts = {
        "organisation_id": str(organisation_id),
        "provider_id": str(provider.id),
        "issuer": provider.issuer,
        "nonce": nonce,
        "verifier": verifier,
        "browser": token_hash(browser),
    }
    state = b64url(sign_in_steps.begin(session, services, Purpose.PROVIDER, facts))
    trip = Trip(services.policy.origin + PAGE, state, nonce, verifier)
    return Outward(_client(services, provider), trip, browser)


def address(services: Services, outward: Outward) -> str:
    """Where the browser goes. Asks over the network, so outside any transaction."""
    try:
        return services.identity.authorization_url(outward.client, outward.trip)
    except IdentityUnavailable as away:
        raise _away(outward.client, away) from away


def come_back(session: Session, services: Services, *, state: str, browser: str | None) -> Inward | EvidenceError:
    """Uses the trip up; whatever is wrong with it is one refusal, *returned* because a used state stays used."""
    facts = sign_in_steps.take(session, services, Purpose.PROVIDER, _bytes(state))
    if facts is None or browser is None or facts["browser"] != token_hash(browser):
        return _refused()
    organisation_id = UUID(facts["organisation_id"])
    enter(session, organisation_id)
    provider = provider_of(session, organisation_id)
    if provider is None or str(provider.id) != facts["provider_id"] or provider.issuer != facts["issuer"]:
        return _refused()
    trip = Trip(services.policy.origin + PAGE, state, facts["nonce"], facts["verifier"])
    return Inward(organisation_id, _client(services, provider), trip)


def identify(services: Services, inward: Inward, *, code: str) -> Identity:
    """What the provider says of the person. Asks over the network, so outside any transaction."""
    try:
        return services.identity.identify(inward.client, inward.trip, code=code, now=services.clock.now())
    except IdentityUnavailable as away:
        raise _away(inward.client, away) from away
    except IdentityRefused as refused:
        log.warning("identity_refused", issuer=inward.client.issuer, reason=str(refused)[:300])
        raise _refused() from refused


def admit(
    session: Session, services: Services, *, inward: Inward, identity: Identity
) -> SignedIn | CodeNeeded | EvidenceError:
    """Opens the session of the account that the provider names, or says that the person's own code is still needed.

    The code is asked when the provider shows no second factor that the organisation counts, and whenever the
    provider names this person for the first time, or as somebody new: so nobody who sets up a provider, or is given
    a used name there, becomes somebody else here.
    """
    enter(session, inward.organisation_id)
    provider = provider_of(session, inward.organisation_id)
    subject = rules.subject_of(inward.client.issuer, identity.claims)
    name = rules.username_of(identity.claims, provider.name_claim) if provider is not None else None
    if provider is None or subject is None or name is None:
        return _unknown()
    account = session.scalars(
        select(Account)
        .where(Account.username == name, Account.organisation_id == inward.organisation_id)
        .with_for_update()
    ).one_or_none()
    now = services.clock.now()
    if account is None or not roles_of(session, account.person_id, now):
        return _unknown()
    if account.locked_by is not None:
        return sign_in.locked()
    facts = {
        "organisation_id": str(inward.organisation_id),
        "person_id": str(account.person_id),
        "subject": subject,
        "issuer": inward.client.issuer,
        "sign_out": identity.sign_out or "",
    }
    if account.provider_subject == subject and rules.shows_second_factor(identity.claims, provider.factor_values):
        shown_at = rules.shown_at(identity.claims, now)
        return _opened(session, services, account, facts, means=Means.PROVIDER, factor_at=shown_at)
    if account.locked_at is not None:
        return sign_in.locked()
    return CodeNeeded(b64url(sign_in_steps.begin(session, services, Purpose.PROVIDER_TOTP, facts)))


def admit_with_code(session: Session, services: Services, *, ticket: str, totp: str) -> SignedIn | EvidenceError:
    """Opens the session that waited for the code. A wrong one counts towards the lock, and is *returned*."""
    step = _bytes(ticket)
    facts = sign_in_steps.take(session, services, Purpose.PROVIDER_TOTP, step)
    if facts is None or step is None:
        return _refused()
    enter(session, UUID(facts["organisation_id"]), UUID(facts["person_id"]))
    wanted = select(Account).where(Account.person_id == UUID(facts["person_id"])).with_for_update()
    account = session.scalars(wanted).one()
    if account.locked_at is not None:
        return sign_in.locked()
    now = services.clock.now()
    if not sign_in.take_code(services, account, totp, now):
        sign_in.count_failure(session, services, account, now)
        sign_in_steps.give_back(session, services, Purpose.PROVIDER_TOTP, step, facts)
        return forbidden("factor_refused", "The code does not fit.")
    account.failures = 0
    return _opened(session, services, account, facts, means=Means.PROVIDER_TOTP, factor_at=now)


def _opened(
    session: Session,
    services: Services,
    account: Account,
    facts: Mapping[str, str],
    *,
    means: Means,
    factor_at: datetime,
) -> SignedIn | EvidenceError:
    enter(session, account.organisation_id, account.person_id)
    roles = roles_of(session, account.person_id, services.clock.now())
    if not roles:
        return _unknown()
    account.provider_subject = facts["subject"]
    return sign_in.open_for(
        session,
        services,
        account=account,
        roles=roles,
        means=means,
        said={"issuer": facts["issuer"][:200]},
        factor_at=factor_at,
        provider_sign_out=facts["sign_out"] or None,
    )


def _client(services: Services, provider: IdentityProvider) -> Client:
    sealed = provider.secret_sealed
    secret = services.secrets.open(sealed).decode() if sealed is not None else None
    return Client(provider.issuer, provider.client_id, secret)


def _bytes(text: str) -> bytes | None:
    try:
        return b64url_decode(text)
    except ValueError:
        return None


def _away(client: Client, why: Exception) -> EvidenceError:
    log.warning("identity_unavailable", issuer=client.issuer, reason=str(why)[:300])
    return unavailable("identity_unavailable", "The organisation's identity provider does not answer.")


def _refused() -> EvidenceError:
    return EvidenceError(Category.UNAUTHENTICATED, "identity_refused", "The sign-in at the provider can't be used.")


def _unknown() -> EvidenceError:
    return forbidden("identity_unknown", "The organisation has nobody with that user name.")
