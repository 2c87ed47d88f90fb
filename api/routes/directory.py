"""People, machine tokens and routes of the administrator's own organisation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response

from api import boundary
from api.schemas.administration import ReasonBody
from api.schemas.directory import (
    NewPersonAnswer,
    NewTokenAnswer,
    PersonBody,
    RouteAnswer,
    RouteBody,
    TokenBody,
)
from api.smorest import Noun
from evidence.actions.accounts import organisations, people
from evidence.domain.roles import Role, Verb
from evidence.records.organisations import Route

noun = Noun("directory", "People, machine tokens and routes of one's own organisation.")


@noun.act(
    "POST", "/people", Verb.PEOPLE_MANAGE, body=PersonBody, answer=NewPersonAnswer, status=201, problem=(409, 422)
)
def post_person(body: dict[str, Any]) -> people.NewPerson:
    """A person with an account and roles from now on."""
    caller = boundary.person()
    actor = caller.actor(Role.ADMINISTRATOR)
    return boundary.write(people.create_person, actor=actor, organisation_id=caller.organisation_id, **body)


@noun.act("POST", "/people/<uuid:person_id>/unlock", Verb.PEOPLE_MANAGE, status=204, problem=(404, 409))
def post_unlock(person_id: UUID) -> Response:
    """Opens a locked account again."""
    boundary.write(people.unlock, caller=boundary.person(), person_id=person_id)
    return Response(status=204)


@noun.act("POST", "/tokens", Verb.TOKEN_MANAGE, body=TokenBody, answer=NewTokenAnswer, status=201, problem=(404, 422))
def post_token(body: dict[str, Any]) -> people.NewToken:
    """A machine's bearer token, for which a person answers."""
    caller = boundary.person()
    return boundary.write(
        people.create_token,
        actor=caller.actor(Role.ADMINISTRATOR),
        organisation_id=caller.organisation_id,
        owner_id=body["owner_id"],
        label=body["label"],
        scopes=body["scopes"],
        lifetime=timedelta(days=body["expires_in_days"]),
    )


@noun.act("POST", "/tokens/<uuid:token_id>/revoke", Verb.TOKEN_MANAGE, body=ReasonBody, status=204, problem=(404, 422))
def post_token_revocation(body: dict[str, Any], token_id: UUID) -> Response:
    """Ends a token at once."""
    boundary.write(people.revoke_token, caller=boundary.person(), token_id=token_id, reason=body["reason"])
    return Response(status=204)


@noun.act("POST", "/routes", Verb.ROUTE_MANAGE, body=RouteBody, answer=RouteAnswer, status=201, problem=(404, 422))
def post_route(body: dict[str, Any]) -> Route:
    """Where the organisation's items go for a destination, between two dates."""
    caller = boundary.person()
    actor = caller.actor(Role.ADMINISTRATOR)
    return boundary.write(organisations.make_route, actor=actor, agency_id=caller.organisation_id, **body)
