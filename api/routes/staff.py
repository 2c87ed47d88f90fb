"""People of the administrator's own organisation: list, facts, roles, substitutes, locks, resets, import."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary, paging
from api.schemas.staff import (
    ImportAnswer,
    ImportBody,
    InviteBody,
    LinkAnswer,
    MemberAnswer,
    PeopleQuery,
    PersonChangeBody,
    ResetBody,
    RoleAssignmentAnswer,
    RoleBody,
    StaffReasonBody,
)
from api.smorest import Noun
from evidence.actions.accounts import importing_people, invitations, staffing
from evidence.domain.errors import not_found
from evidence.domain.roles import Role, Verb
from evidence.records.people import RoleAssignment

noun = Noun("staff", "People as their administrators keep them.")


@noun.act(
    "GET",
    "/people",
    Verb.PEOPLE_MANAGE,
    query=PeopleQuery,
    answer=paging.page_of(MemberAnswer, "PeopleAnswer"),
    problem=(422,),
)
def get_people(limit: int, cursor: str | None, q: str | None) -> dict[str, Any]:
    """The organisation's people by name, with their roles now and to come."""
    members = boundary.read(
        staffing.listed,
        boundary.services(),
        caller=boundary.person(),
        limit=limit,
        after=paging.decode_name(cursor),
        wanted=q,
    )
    return paging.cut(members, limit, lambda one: (one.person.name, one.person.id))


@noun.act("GET", "/people/<uuid:person_id>", Verb.PEOPLE_MANAGE, answer=MemberAnswer, problem=(404,))
def get_one_person(person_id: UUID) -> staffing.Member:
    """One person."""
    found = boundary.read(staffing.listed, boundary.services(), caller=boundary.person(), limit=1, person_id=person_id)
    if not found:
        raise not_found()
    return found[0]


@noun.act(
    "POST",
    "/people/invited",
    Verb.PEOPLE_MANAGE,
    body=InviteBody,
    answer=LinkAnswer,
    status=201,
    problem=(409, 422),
)
def post_invited(body: dict[str, Any]) -> invitations.Link:
    """A person who sets password and code app by a one-time link: the administrator never knows them."""
    caller = boundary.person()
    actor = caller.actor(Role.ADMINISTRATOR)
    return boundary.write(invitations.invite_person, actor=actor, organisation_id=caller.organisation_id, **body)


@noun.act("POST", "/people/import", Verb.PEOPLE_MANAGE, body=ImportBody, answer=ImportAnswer, problem=(409, 422))
def post_import(body: dict[str, Any]) -> importing_people.Imported:
    """People from CSV. A dry run, or one wrong line, makes nobody and says what is wrong with each."""
    return boundary.write(importing_people.import_people, caller=boundary.person(), **body)


@noun.act(
    "POST",
    "/people/<uuid:person_id>/change",
    Verb.PEOPLE_MANAGE,
    body=PersonChangeBody,
    status=204,
    problem=(404, 409, 422),
)
def post_person_change(body: dict[str, Any], person_id: UUID) -> Response:
    """Changes what is named; ``ended_at`` is when the person leaves."""
    boundary.write(staffing.change, caller=boundary.person(), person_id=person_id, facts=body)
    return Response(status=204)


@noun.act(
    "POST",
    "/people/<uuid:person_id>/roles",
    Verb.PEOPLE_MANAGE,
    body=RoleBody,
    answer=RoleAssignmentAnswer,
    status=201,
    problem=(404, 422),
)
def post_role(body: dict[str, Any], person_id: UUID) -> RoleAssignment:
    """A role between two dates; nobody gives one to themselves."""
    return boundary.write(staffing.give_role, caller=boundary.person(), person_id=person_id, **body)


@noun.act(
    "POST",
    "/people/<uuid:person_id>/roles/<uuid:assignment_id>/end",
    Verb.PEOPLE_MANAGE,
    body=StaffReasonBody,
    status=204,
    problem=(404, 409, 422),
)
def post_role_end(body: dict[str, Any], person_id: UUID, assignment_id: UUID) -> Response:
    """Ends a role now."""
    boundary.write(
        staffing.take_role,
        caller=boundary.person(),
        person_id=person_id,
        assignment_id=assignment_id,
        reason=body["reason"],
    )
    return Response(status=204)


@noun.act(
    "POST",
    "/people/<uuid:person_id>/lock",
    Verb.PEOPLE_MANAGE,
    body=StaffReasonBody,
    status=204,
    problem=(404, 422),
)
def post_lock(body: dict[str, Any], person_id: UUID) -> Response:
    """Signs a person out and keeps them out."""
    boundary.write(staffing.lock, caller=boundary.person(), person_id=person_id, reason=body["reason"])
    return Response(status=204)


@noun.act(
    "POST",
    "/people/<uuid:person_id>/reset",
    Verb.PEOPLE_MANAGE,
    body=ResetBody,
    answer=LinkAnswer,
    status=201,
    problem=(404, 422),
)
def post_reset(body: dict[str, Any], person_id: UUID) -> invitations.Link:
    """Takes password or second factor away at once; the link sets them anew."""
    return boundary.write(staffing.reset, caller=boundary.person(), person_id=person_id, **body)
