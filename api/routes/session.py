"""Sign in, who am I, sign out."""

from typing import Any

from flask import Response, g, jsonify

from api import auth, boundary
from api.schemas.session import FactorBody, SessionAnswer, SignInBody
from api.smorest import Noun
from evidence.actions.accounts import fresh_factor, passkey_sign_in, sign_in, who
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Verb

noun = Noun("session", "Sign-in by password and a second factor.")


@noun.act("POST", "/session", Verb.OPEN, body=SignInBody, answer=SessionAnswer, status=201, problem=(401, 403, 422))
def post_session(body: dict[str, Any]) -> Response:
    """Opens a session and sets its cookie."""
    auth.refuse_cross_site()
    return opened(boundary.write(sign_in.open_session, **body))


def opened(outcome: sign_in.SignedIn | EvidenceError) -> Response:
    """201 with who signed in, and the session's cookie; a refusal is raised, now that it is kept."""
    if isinstance(outcome, EvidenceError):
        raise outcome
    g.caller = outcome.caller
    answer = jsonify(SessionAnswer().dump(boundary.read(who.who_am_i, outcome.caller)))
    answer.status_code = 201
    return with_cookie(answer, outcome.token)


def with_cookie(answer: Response, token: str) -> Response:
    """The answer with the session's cookie (protocol, section 3)."""
    settings = boundary.wiring().settings
    answer.set_cookie(settings.cookie_name, token, secure=settings.secure, httponly=True, samesite="Strict", path="/")
    return answer


@noun.act("GET", "/session", Verb.SESSION_KEEP, answer=SessionAnswer)
def get_session() -> who.WhoAmI:
    """The signed-in person."""
    return boundary.read(who.who_am_i, boundary.person())


@noun.act("POST", "/session/factor", Verb.SESSION_KEEP, body=FactorBody, answer=SessionAnswer, problem=(422,))
def post_factor(body: dict[str, Any]) -> who.WhoAmI:
    """Shows the second factor again, by code or passkey: for 15 minutes the session may decide."""
    if "credential" in body:
        outcome = boundary.write(passkey_sign_in.show, caller=boundary.person(), credential=body["credential"])
    else:
        outcome = boundary.write(fresh_factor.show, caller=boundary.person(), totp=body["totp"])
    if isinstance(outcome, EvidenceError):
        raise outcome
    return boundary.read(who.who_am_i, outcome)


@noun.act("DELETE", "/session", Verb.SESSION_KEEP, status=204)
def delete_session() -> Response:
    """Ends the session and takes the cookie back."""
    boundary.write(sign_in.close_session, boundary.person())
    settings = boundary.wiring().settings
    answer = Response(status=204)
    answer.delete_cookie(settings.cookie_name, secure=settings.secure, httponly=True, samesite="Strict", path="/")
    return answer
