"""Retention categories, legal holds, and captures sealed from most eyes."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary
from api.schemas.keeping import (
    CategoriesAnswer,
    CategoryAnswer,
    CategoryBody,
    CategorySetAnswer,
    CategorySetBody,
    HoldAnswer,
    HoldBody,
    HoldsAnswer,
    LiftBody,
    ReserveAnswer,
    ReserveBody,
    ReservesAnswer,
    with_folio,
)
from api.smorest import Noun
from evidence.actions.accounts import reserving
from evidence.actions.storing import keeping
from evidence.domain.ids import folio
from evidence.domain.roles import Verb
from evidence.records.captures import Capture
from evidence.records.retention import Reserve, RetentionCategory

noun = Noun("keeping", "How long captures are kept, and from whom they are sealed.")


@noun.act("GET", "/retention", Verb.RETENTION_MANAGE, answer=CategoriesAnswer)
def get_categories() -> dict[str, Any]:
    """The agency's categories."""
    days = boundary.services().policy.retention.days
    return {"items": boundary.read(keeping.categories, caller=boundary.person()), "standard_days": days}


@noun.act(
    "POST",
    "/retention",
    Verb.RETENTION_MANAGE,
    body=CategoryBody,
    answer=CategoryAnswer,
    status=201,
    problem=(409, 422),
)
def post_category(body: dict[str, Any]) -> RetentionCategory:
    """A category by its own code."""
    return boundary.write(keeping.make_category, caller=boundary.person(), **body)


@noun.act("POST", "/retention/<uuid:category_id>/end", Verb.RETENTION_MANAGE, status=204, problem=(404,))
def post_category_end(category_id: UUID) -> Response:
    """Given to no further capture."""
    boundary.write(keeping.end_category, caller=boundary.person(), category_id=category_id)
    return Response(status=204)


@noun.act(
    "POST",
    "/retention/captures",
    Verb.RETENTION_MANAGE,
    body=CategorySetBody,
    answer=CategorySetAnswer,
    problem=(404, 422),
)
def post_capture_category(body: dict[str, Any]) -> Capture:
    """Gives a capture another category, by its folio; locks are only ever lengthened."""
    return boundary.write(keeping.set_category, caller=boundary.person(), **body)


@noun.act("GET", "/holds", Verb.RETENTION_MANAGE, answer=HoldsAnswer)
def get_holds() -> dict[str, Any]:
    """The agency's legal holds."""
    return {"items": [with_folio(row, code) for row, code in boundary.read(keeping.holds, caller=boundary.person())]}


@noun.act("POST", "/holds", Verb.RETENTION_MANAGE, body=HoldBody, answer=HoldAnswer, status=201, problem=(404, 422))
def post_hold(body: dict[str, Any]) -> dict[str, Any]:
    """Keeps a capture by an authority's order."""
    row = boundary.write(keeping.place_hold, caller=boundary.person(), **body)
    return with_folio(row, folio(row.root_id))


@noun.act(
    "POST",
    "/holds/<uuid:hold_id>/lift",
    Verb.RETENTION_MANAGE,
    body=LiftBody,
    answer=HoldAnswer,
    problem=(404, 409, 422),
)
def post_hold_lift(body: dict[str, Any], hold_id: UUID) -> dict[str, Any]:
    """Ends a hold."""
    row = boundary.write(keeping.lift_hold, caller=boundary.person(), hold_id=hold_id, reason=body["reason"])
    return with_folio(row, folio(row.root_id))


@noun.act("GET", "/reserves", Verb.RESERVE_MAKE, answer=ReservesAnswer)
def get_reserves() -> dict[str, Any]:
    """Captures that are sealed, were, or wait for a second person."""
    rows = boundary.read(reserving.listed, caller=boundary.person())
    return {"items": [with_folio(row, code) for row, code in rows]}


@noun.act(
    "POST",
    "/reserves",
    Verb.RESERVE_MAKE,
    body=ReserveBody,
    answer=ReserveAnswer,
    status=201,
    problem=(404, 409, 422),
)
def post_reserve(body: dict[str, Any]) -> dict[str, Any]:
    """Asks to seal a capture; another person confirms."""
    return _answered(boundary.write(reserving.ask, caller=boundary.person(), **body))


@noun.act("POST", "/reserves/<uuid:reserve_id>/confirm", Verb.RESERVE_MAKE, answer=ReserveAnswer, problem=(404, 409))
def post_reserve_confirm(reserve_id: UUID) -> dict[str, Any]:
    """The second person seals it."""
    return _answered(boundary.write(reserving.confirm, caller=boundary.person(), reserve_id=reserve_id))


@noun.act(
    "POST",
    "/reserves/<uuid:reserve_id>/ask-to-lift",
    Verb.RESERVE_MAKE,
    body=LiftBody,
    answer=ReserveAnswer,
    problem=(404, 409, 422),
)
def post_reserve_ask_to_lift(body: dict[str, Any], reserve_id: UUID) -> dict[str, Any]:
    """Asks to open it; what nobody has confirmed yet ends at once."""
    return _answered(
        boundary.write(reserving.ask_to_lift, caller=boundary.person(), reserve_id=reserve_id, reason=body["reason"])
    )


@noun.act("POST", "/reserves/<uuid:reserve_id>/lift", Verb.RESERVE_MAKE, answer=ReserveAnswer, problem=(404, 409))
def post_reserve_lift(reserve_id: UUID) -> dict[str, Any]:
    """The second person opens it."""
    return _answered(boundary.write(reserving.lift, caller=boundary.person(), reserve_id=reserve_id))


def _answered(row: Reserve) -> dict[str, Any]:
    return with_folio(row, folio(row.root_id))
