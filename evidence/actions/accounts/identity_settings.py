"""An administrator says by which provider the organisation's people may sign in."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.accounts.identity import PAGE
from evidence.actions.identity_ports import Discovery, Fault, IdentityUnavailable
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import not_found
from evidence.domain.identity import check_issuer
from evidence.domain.roles import Role
from evidence.records.sign_in import IdentityProvider, provider_of

log = structlog.get_logger()
CHANGEABLE = ("issuer", "client_id", "name_claim", "factor_values")


@dataclass(frozen=True)
class Shown:
    """The provider, when there is one, and the address to register there. The secret is never shown again."""

    provider: IdentityProvider | None
    redirect_uri: str


def shown(session: Session, services: Services, *, caller: PersonCaller) -> Shown:
    return Shown(provider_of(session, caller.organisation_id), services.policy.origin + PAGE)


@dataclass(frozen=True)
class Tried:
    """What an issuer said of itself, or why it can't be used: one of them."""

    found: Discovery | None
    fault: Fault | None


def tried(services: Services, *, issuer: str) -> Tried:
    """Asks an issuer as a sign-in would, without keeping anything. Over the network, so outside any transaction."""
    check_issuer(issuer, loopback=services.policy.loopback_identity)
    try:
        return Tried(services.identity.discover(issuer), None)
    except IdentityUnavailable as away:
        log.info("identity_tried", issuer=issuer, reason=str(away)[:300])
        return Tried(None, away.fault)


def put(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    issuer: str,
    client_id: str,
    client_secret: str | None,
    name_claim: str,
    factor_values: Sequence[str],
) -> Shown:
    """Sets or changes the provider; a secret that is left out stays as it is. Asks for a fresh factor.

    With another issuer the former secret goes, since it was that provider's.
    """
    fresh_factor.require(services, caller)
    check_issuer(issuer, loopback=services.policy.loopback_identity)
    row = provider_of(session, caller.organisation_id)
    facts = {
        "issuer": issuer,
        "client_id": client_id,
        "name_claim": name_claim,
        "factor_values": sorted(set(factor_values)),
    }
    changed = [name for name in CHANGEABLE if row is None or getattr(row, name) != facts[name]]
    if row is None:
        row = IdentityProvider(id=services.entropy.uuid7(), organisation_id=caller.organisation_id)
        session.add(row)
    if client_secret is not None:
        row.secret_sealed = services.secrets.seal(client_secret.encode())
        changed.append("client_secret")
    elif "issuer" in changed and row.secret_sealed is not None:
        row.secret_sealed = None
        changed.append("client_secret")
    for name, value in facts.items():
        setattr(row, name, value)
    row.changed_by, row.changed_at = caller.person_id, services.clock.now()
    if changed:
        _append(session, services, caller, "organisation.provider_set", row, fields=changed)
    return shown(session, services, caller=caller)


def end(session: Session, services: Services, *, caller: PersonCaller) -> None:
    """Nobody enters by the provider any more; sessions that are open stay. Asks for a fresh factor."""
    fresh_factor.require(services, caller)
    row = provider_of(session, caller.organisation_id)
    if row is None:
        raise not_found()
    row.ended_at, row.secret_sealed = services.clock.now(), None
    row.changed_by, row.changed_at = caller.person_id, row.ended_at
    _append(session, services, caller, "organisation.provider_ended", row)


def _append(
    session: Session, services: Services, caller: PersonCaller, kind: str, row: IdentityProvider, **more: list[str]
) -> None:
    details = {"organisation_id": str(row.organisation_id), "issuer": row.issuer[:200], **more}
    chain = Chain("agency", row.organisation_id)
    act = custody.Act(kind, chain, row.organisation_id, caller.actor(Role.ADMINISTRATOR), details)
    custody.append(session, services, [act])
