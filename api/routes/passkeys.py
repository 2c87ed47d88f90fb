"""Passkeys: signing in by one, one's own, and those of the people that an administrator keeps."""

from typing import Any
from uuid import UUID

from flask import Response

from api import auth, boundary
from api.routes.session import opened
from api.schemas.passkeys import (
    PasskeyAddBody,
    PasskeyAnswer,
    PasskeyCreationAnswer,
    PasskeyRequestAnswer,
    PasskeysAnswer,
    PasskeySignInBody,
)
from api.schemas.session import SessionAnswer
from api.schemas.staff import StaffReasonBody
from api.smorest import Noun
from evidence.actions.accounts import passkey_sign_in, passkeys
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Verb
from evidence.records.sign_in import Passkey

noun = Noun("passkeys", "Passkeys: both factors at once, for signing in and for decisions.")


@noun.act("POST", "/session/passkey/challenge", Verb.OPEN, answer=PasskeyRequestAnswer, problem=(403,))
def post_passkey_challenge() -> dict[str, Any]:
    """What the browser needs to ask for a passkey; nobody is known yet."""
    auth.refuse_cross_site()
    return {"public_key": boundary.write(passkey_sign_in.offer)}


@noun.act(
    "POST",
    "/session/passkey",
    Verb.OPEN,
    body=PasskeySignInBody,
    answer=SessionAnswer,
    status=201,
    problem=(401, 403, 422),
)
def post_passkey_session(body: dict[str, Any]) -> Response:
    """Opens a session by passkey and sets its cookie."""
    auth.refuse_cross_site()
    return opened(boundary.write(passkey_sign_in.open_session, **body))


@noun.act("POST", "/session/factor/challenge", Verb.SESSION_KEEP, answer=PasskeyRequestAnswer, problem=(409,))
def post_factor_challenge() -> dict[str, Any]:
    """What the browser needs to ask for one of the caller's own passkeys, as the fresh factor."""
    return {"public_key": boundary.write(passkey_sign_in.offer_factor, caller=boundary.person())}


@noun.act("GET", "/session/passkeys", Verb.SESSION_KEEP, answer=PasskeysAnswer)
def get_own_passkeys() -> dict[str, Any]:
    """One's own passkeys."""
    return {"items": boundary.read(passkeys.listed, boundary.services(), caller=boundary.person())}


@noun.act("POST", "/session/passkeys/challenge", Verb.SESSION_KEEP, answer=PasskeyCreationAnswer, problem=(409,))
def post_passkey_offer() -> dict[str, Any]:
    """What the browser needs to make a passkey; asks for a fresh factor."""
    return {"public_key": boundary.write(passkeys.offer, caller=boundary.person())}


@noun.act(
    "POST",
    "/session/passkeys",
    Verb.SESSION_KEEP,
    body=PasskeyAddBody,
    answer=PasskeyAnswer,
    status=201,
    problem=(409, 422),
)
def post_own_passkey(body: dict[str, Any]) -> Passkey:
    """Keeps a passkey under a name; asks for a fresh factor."""
    outcome = boundary.write(passkeys.add, caller=boundary.person(), **body)
    if isinstance(outcome, EvidenceError):
        raise outcome
    return outcome


@noun.act("POST", "/session/passkeys/<uuid:passkey_id>/remove", Verb.SESSION_KEEP, status=204, problem=(404,))
def post_own_passkey_removal(passkey_id: UUID) -> Response:
    """Takes one of one's own away; asks for a fresh factor."""
    boundary.write(passkeys.remove, caller=boundary.person(), passkey_id=passkey_id)
    return Response(status=204)


@noun.act("GET", "/people/<uuid:person_id>/passkeys", Verb.PEOPLE_MANAGE, answer=PasskeysAnswer, problem=(404,))
def get_passkeys_of(person_id: UUID) -> dict[str, Any]:
    """The passkeys of a person of the organisation."""
    found = boundary.read(passkeys.listed, boundary.services(), caller=boundary.person(), person_id=person_id)
    return {"items": found}


@noun.act(
    "POST",
    "/people/<uuid:person_id>/passkeys/<uuid:passkey_id>/remove",
    Verb.PEOPLE_MANAGE,
    body=StaffReasonBody,
    status=204,
    problem=(404, 422),
)
def post_passkey_removal(body: dict[str, Any], person_id: UUID, passkey_id: UUID) -> Response:
    """Takes a person's passkey away: a device was lost. The person is told when they next sign in."""
    facts = {"person_id": person_id, "passkey_id": passkey_id, "reason": body["reason"]}
    boundary.write(passkeys.remove_for, caller=boundary.person(), **facts)
    return Response(status=204)
