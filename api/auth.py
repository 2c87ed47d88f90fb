"""From a cookie or a bearer token to a caller, and from a route's verb to yes or no."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import current_app, g, request

from api import boundary
from evidence.actions.accounts import guests, sign_in
from evidence.domain.callers import Caller
from evidence.domain.errors import Category, EvidenceError, forbidden, not_found
from evidence.domain.roles import Verb

View = Callable[..., Any]

SAFE = {"GET", "HEAD", "OPTIONS"}
HEADER = "X-Requested-With"
HEADER_VALUE = "casquillo"
FOR_AGENCY = "X-Casquillo-For"
"""The agency for which a partner's supervisor acts in this request, by its id."""


def requires(verb: Verb) -> Callable[[View], View]:
    """Lets a view run only for a caller who may do ``verb``; the view carries the verb for tests to read."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if verb is not Verb.OPEN:
                admit(verb)
            return current_app.ensure_sync(view)(*args, **kwargs)

        guarded.verb = verb  # type: ignore[attr-defined]  # a mark on the function; the architecture's tests read it
        return guarded

    return decorate


def admit(verb: Verb) -> None:
    """Finds the caller and asks the table of verbs; 400, 401 or 403 otherwise."""
    found = recognise()
    if found is None:
        raise EvidenceError(Category.UNAUTHENTICATED, "sign_in_needed", "Sign in, or send a valid token.")
    if verb not in found.verbs:
        raise forbidden("not_your_role", f"This needs the right to {verb.value}.")


def recognise() -> Caller | None:
    """The caller by cookie or bearer, also where none is needed; None for nothing or nothing valid."""
    cookie = request.cookies.get(boundary.wiring().settings.cookie_name)
    bearer = _bearer()
    if cookie and bearer:
        raise EvidenceError(Category.MALFORMED, "two_credentials", "Send a cookie or a bearer token, not both.")
    if cookie:
        refuse_cross_site()
    now = boundary.services().clock.now()
    found = sign_in.caller_of(boundary.session(), now=now, cookie=cookie, bearer=bearer)
    agency = request.headers.get(FOR_AGENCY)
    if found is not None and agency is not None:
        found = guests.admit(boundary.session(), found, _agency_id(agency))
    if found is not None:
        g.caller = found
    return found


def _agency_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise not_found() from None


def refuse_cross_site() -> None:
    """The CSRF rule of protocol, section 3: for cookie requests, and for signing in itself."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    own = site == "same-origin" if site else request.headers.get("Origin") == boundary.wiring().settings.origin
    if not own or request.headers.get(HEADER) != HEADER_VALUE:
        raise forbidden("cross_site", f"Send it from our own pages, with {HEADER}: {HEADER_VALUE}.")


def _bearer() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise EvidenceError(Category.UNAUTHENTICATED, "bearer_needed", "Authorization must be: Bearer <token>.")
    return token.strip()
