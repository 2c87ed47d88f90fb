"""Signing in by an organisation's own identity provider (OpenID Connect), and an administrator's settings of it."""

from typing import Any

from flask import Response, g, jsonify, request

from api import auth, boundary
from api.routes.session import opened, with_cookie
from api.schemas.identity import (
    IdentityBeginAnswer,
    IdentityBeginBody,
    IdentityCodeBody,
    IdentityReturnAnswer,
    IdentityReturnBody,
    ProviderBody,
    ProviderSettingsAnswer,
    ProviderTestAnswer,
    ProviderTestBody,
    WaysAnswer,
)
from api.schemas.session import SessionAnswer
from api.smorest import Noun
from evidence.actions.accounts import identity, identity_settings, who
from evidence.actions.accounts.sign_in_steps import LIFE
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Verb

noun = Noun("identity", "Sign-in by an organisation's own identity provider.")


def _trip_cookie() -> str:
    return f"{boundary.wiring().settings.cookie_name}-trip"


@noun.act("GET", "/session/ways", Verb.OPEN, answer=WaysAnswer)
def get_ways() -> dict[str, Any]:
    """The organisations whose people may come by their own provider."""
    return {"items": boundary.read(identity.ways)}


@noun.act(
    "POST", "/session/identity", Verb.OPEN, body=IdentityBeginBody, answer=IdentityBeginAnswer, problem=(403, 404, 503)
)
def post_identity(body: dict[str, Any]) -> Response:
    """Begins a trip to the provider; a cookie makes sure that the same browser comes back."""
    auth.refuse_cross_site()
    outward = boundary.write(identity.begin, **body)
    answer = jsonify({"url": identity.address(boundary.services(), outward)})
    settings = boundary.wiring().settings
    answer.set_cookie(
        _trip_cookie(),
        outward.browser,
        max_age=int(LIFE.total_seconds()),
        secure=settings.secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return answer


@noun.act(
    "POST",
    "/session/identity/return",
    Verb.OPEN,
    body=IdentityReturnBody,
    answer=IdentityReturnAnswer,
    problem=(401, 403, 422, 503),
)
def post_identity_return(body: dict[str, Any]) -> Response:
    """Ends the trip: opens a session and sets its cookie, or asks for the person's own code."""
    auth.refuse_cross_site()
    inward = boundary.write(identity.come_back, state=body["state"], browser=request.cookies.get(_trip_cookie()))
    if isinstance(inward, EvidenceError):
        raise inward
    known = identity.identify(boundary.services(), inward, code=body["code"])
    outcome = boundary.write(identity.admit, inward=inward, identity=known)
    if isinstance(outcome, EvidenceError):
        raise outcome
    if isinstance(outcome, identity.CodeNeeded):
        return jsonify(IdentityReturnAnswer().dump({"session": None, "ticket": outcome.ticket}))
    g.caller = outcome.caller
    found = {"session": boundary.read(who.who_am_i, outcome.caller), "ticket": None}
    return with_cookie(jsonify(IdentityReturnAnswer().dump(found)), outcome.token)


@noun.act(
    "POST",
    "/session/identity/code",
    Verb.OPEN,
    body=IdentityCodeBody,
    answer=SessionAnswer,
    status=201,
    problem=(401, 403, 422),
)
def post_identity_code(body: dict[str, Any]) -> Response:
    """Opens the session that waited for the person's own code, and sets its cookie."""
    auth.refuse_cross_site()
    return opened(boundary.write(identity.admit_with_code, **body))


@noun.act("GET", "/agency/identity", Verb.AGENCY_MANAGE, answer=ProviderSettingsAnswer)
def get_provider() -> identity_settings.Shown:
    """The organisation's provider, and the address to register there."""
    return boundary.read(identity_settings.shown, boundary.services(), caller=boundary.person())


@noun.act(
    "PUT",
    "/agency/identity",
    Verb.AGENCY_MANAGE,
    body=ProviderBody,
    answer=ProviderSettingsAnswer,
    problem=(409, 422),
)
def put_provider(body: dict[str, Any]) -> identity_settings.Shown:
    """Sets or changes the provider; asks for a fresh factor."""
    return boundary.write(identity_settings.put, caller=boundary.person(), **body)


@noun.act(
    "POST",
    "/agency/identity/test",
    Verb.AGENCY_MANAGE,
    body=ProviderTestBody,
    answer=ProviderTestAnswer,
    problem=(422,),
)
def post_provider_test(body: dict[str, Any]) -> identity_settings.Tried:
    """Asks an issuer what a sign-in would ask first, and tells what it said; nothing is kept."""
    return identity_settings.tried(boundary.services(), **body)


@noun.act("POST", "/agency/identity/end", Verb.AGENCY_MANAGE, status=204, problem=(404,))
def post_provider_end() -> Response:
    """Nobody enters by the provider any more; asks for a fresh factor."""
    boundary.write(identity_settings.end, caller=boundary.person())
    return Response(status=204)
