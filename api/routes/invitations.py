"""The one-time link, as its person opens it: no session yet, the token is the whole right."""

from typing import Any

from flask import Response

from api import auth, boundary
from api.schemas.staff import AcceptLinkBody, OpenLinkAnswer, OpenLinkBody
from api.smorest import Noun
from evidence.actions.accounts import invitations
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Verb

noun = Noun("invitations", "One-time links by which people set how they sign in.")


@noun.act("POST", "/invitations/open", Verb.OPEN, body=OpenLinkBody, answer=OpenLinkAnswer, problem=(403, 422))
def post_open_link(body: dict[str, Any]) -> invitations.Opened:
    """What the link asks its person to set, with the seed for a code app."""
    auth.refuse_cross_site()
    return boundary.write(invitations.open_link, token=body["token"])


@noun.act("POST", "/invitations/accept", Verb.OPEN, body=AcceptLinkBody, status=204, problem=(403, 422))
def post_accept_link(body: dict[str, Any]) -> Response:
    """Sets it, once."""
    auth.refuse_cross_site()
    refused = boundary.write(invitations.accept, **body)
    if isinstance(refused, EvidenceError):
        raise refused
    return Response(status=204)
