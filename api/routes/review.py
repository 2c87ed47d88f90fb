"""What a supervisor reviews: the list, and one capture with everything that its screen shows."""

from typing import Any
from uuid import UUID

from flask import make_response
from werkzeug.wrappers import Response

from api import boundary, paging
from api.schemas.review import BatchAnswer, BatchBody, ReviewAnswer, ReviewPage, ReviewQuery
from api.smorest import Noun
from evidence.actions.deciding import batches, review_list, review_screen
from evidence.domain.ids import folio_as_written
from evidence.domain.roles import Verb

noun = Noun("review", "The supervisor's list and screen.")


@noun.act("GET", "/review", Verb.CAPTURE_READ, answer=ReviewPage, query=ReviewQuery, problem=(422,))
def list_review(show: str, folio: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """Captures with requests that wait for somebody, oldest first; a capture at the cut may stand on both pages."""
    cases, rows = boundary.read(
        review_list.listed,
        caller=boundary.person(),
        shown=show,
        limit=limit,
        after=paging.decode_time(cursor),
        folio=folio_as_written(folio) if folio else None,
    )
    page = paging.cut(rows, limit, lambda row: (row.created_at.isoformat(), row.id))
    return {**page, "items": cases}


@noun.act("GET", "/captures/<uuid:capture_id>/review", Verb.CAPTURE_READ, answer=ReviewAnswer, problem=(404,))
def get_review(capture_id: UUID) -> Response:
    """One capture whole, with what stands against an approval; the serial stays out until the caller has read it."""
    screen = boundary.write(review_screen.open_screen, caller=boundary.person(), capture_id=capture_id)
    answer = make_response(ReviewAnswer().dump(screen))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@noun.act(
    "POST",
    "/review/batch",
    Verb.DECISION_MAKE,
    body=BatchBody,
    answer=BatchAnswer,
    status=201,
    problem=(404, 409, 412, 422),
)
def approve_batch(body: dict[str, Any]) -> dict[str, Any]:
    """Approves cartridge cases of one scene, each of which was looked at: all or none, one decision each."""
    items = [batches.Seen(**one) for one in body["items"]]
    made = boundary.write(batches.approve, caller=boundary.person(), items=items, answer=body["answer"])
    return {"decisions": made}
