"""Agreements with other organisations, and what they share."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.agreements import (
    AcceptBody,
    AgreementAnswer,
    AgreementBody,
    AgreementsAnswer,
    HostsAnswer,
    RevokeBody,
    SharedAnswer,
)
from api.smorest import Noun
from evidence.actions.accounts import agreements, guests, sharing
from evidence.domain.agreements import Terms
from evidence.domain.roles import Verb
from evidence.records.agreements import Agreement

noun = Noun("agreements", "What organisations agreed to show each other, and to do for each other.")


@noun.act("GET", "/agreements", Verb.AGREEMENT_READ, answer=AgreementsAnswer)
def get_agreements() -> dict[str, Any]:
    """Every agreement in which one's own organisation is a side, those that are over too."""
    items, organisations = boundary.read(agreements.listed, caller=boundary.person())
    return {"items": items, "organisations": organisations}


@noun.act(
    "POST",
    "/agreements",
    Verb.AGREEMENT_MANAGE,
    body=AgreementBody,
    answer=AgreementAnswer,
    status=201,
    problem=(404, 422),
)
def post_agreement(body: dict[str, Any]) -> Agreement:
    """Offers one to another organisation; nothing holds before that one has accepted."""
    partner_id = body.pop("partner_id")
    return boundary.write(agreements.offer, caller=boundary.person(), partner_id=partner_id, terms=Terms(**body))


@noun.act(
    "POST",
    "/agreements/<uuid:agreement_id>/accept",
    Verb.AGREEMENT_MANAGE,
    body=AcceptBody,
    answer=AgreementAnswer,
    problem=(404, 409, 422),
)
def post_agreement_accept(body: dict[str, Any], agreement_id: UUID) -> Agreement:
    """The partner accepts, and names the supervisors who may approve where the agreement says so."""
    return boundary.write(agreements.accept, caller=boundary.person(), agreement_id=agreement_id, **body)


@noun.act(
    "POST",
    "/agreements/<uuid:agreement_id>/confirm",
    Verb.AGREEMENT_MANAGE,
    answer=AgreementAnswer,
    problem=(404, 409),
)
def post_agreement_confirm(agreement_id: UUID) -> Agreement:
    """The agency lets in the persons whom the partner named."""
    return boundary.write(agreements.confirm, caller=boundary.person(), agreement_id=agreement_id)


@noun.act(
    "POST",
    "/agreements/<uuid:agreement_id>/revoke",
    Verb.AGREEMENT_MANAGE,
    body=RevokeBody,
    answer=AgreementAnswer,
    problem=(404, 422),
)
def post_agreement_revoke(body: dict[str, Any], agreement_id: UUID) -> Agreement:
    """Either side ends it, at once."""
    return boundary.write(agreements.revoke, caller=boundary.person(), agreement_id=agreement_id, **body)


@noun.act("GET", "/agreements/hosts", Verb.DECISION_MAKE, answer=HostsAnswer)
def get_hosts() -> dict[str, Any]:
    """The agencies for which the caller may approve; name one in ``X-Casquillo-For`` to act for it."""
    return {"items": boundary.read(guests.hosts, caller=boundary.person(), now=boundary.services().clock.now())}


@noun.act("GET", "/organisations/<uuid:agency_id>/shared", Verb.AGREEMENT_READ, answer=SharedAnswer)
def get_shared(agency_id: UUID) -> sharing.Shared:
    """Counts and confirmed hits of a partner, as far as it shares them; small numbers are masked."""
    return boundary.write(sharing.look, caller=boundary.person(), agency_id=agency_id)
