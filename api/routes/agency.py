"""The administrator's own organisation: its settings, the directory, its routes, its tokens."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.agency import (
    AgencyAnswer,
    AgencyBody,
    OrganisationsAnswer,
    RouteEndBody,
    RoutesAnswer,
    TokensAnswer,
)
from api.schemas.directory import RouteAnswer
from api.smorest import Noun
from evidence.actions.accounts import accreditation, own_organisation, token_list
from evidence.domain.roles import SCOPE_VERBS, Verb
from evidence.records.organisations import Organisation, Route

noun = Noun("agency", "One's own organisation: settings, routes, tokens.")


@noun.act("GET", "/agency", Verb.AGENCY_MANAGE, answer=AgencyAnswer)
def get_agency() -> Organisation:
    """The organisation with its settings; a setting that is not there has its default."""
    return boundary.read(own_organisation.shown, caller=boundary.person())


@noun.act("PUT", "/agency", Verb.AGENCY_MANAGE, body=AgencyBody, answer=AgencyAnswer, problem=(422,))
def put_agency(body: dict[str, Any]) -> Organisation:
    """Replaces contact and settings."""
    return boundary.write(own_organisation.change, caller=boundary.person(), **body)


@noun.act("GET", "/organisations", Verb.ROUTE_MANAGE, answer=OrganisationsAnswer)
def get_organisations() -> dict[str, Any]:
    """Every organisation, by name: whom a route may lead to."""
    return {"items": boundary.read(accreditation.directory)}


@noun.act("GET", "/routes", Verb.ROUTE_MANAGE, answer=RoutesAnswer)
def get_routes() -> dict[str, Any]:
    """The organisation's routes, also those that are over."""
    return {"items": boundary.read(accreditation.routes, caller=boundary.person())}


@noun.act(
    "POST",
    "/routes/<uuid:route_id>/end",
    Verb.ROUTE_MANAGE,
    body=RouteEndBody,
    answer=RouteAnswer,
    problem=(404, 409, 422),
)
def post_route_end(body: dict[str, Any], route_id: UUID) -> Route:
    """Ends a route; what waits there then goes where the routes lead."""
    return boundary.write(accreditation.end_route, caller=boundary.person(), route_id=route_id, at=body["at"])


@noun.act("GET", "/tokens", Verb.TOKEN_MANAGE, answer=TokensAnswer)
def get_tokens() -> dict[str, Any]:
    """The organisation's machine tokens, never the secrets themselves."""
    return {"items": boundary.read(token_list.listed, caller=boundary.person()), "scopes": sorted(SCOPE_VERBS)}
