"""Answers of the destinations."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.queues import MoveReasonBody
from api.schemas.results import NominalAnswer, ResultAnswer, ResultBody, ResultsAnswer
from api.smorest import Noun
from evidence.actions import results
from evidence.domain.roles import Verb
from evidence.records.results import Result

noun = Noun("results", "Answers of laboratories and desks; append-only.")


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/results",
    Verb.RESULT_WRITE,
    body=ResultBody,
    answer=ResultAnswer,
    status=201,
    also=(200,),
    problem=(404, 409, 422),
)
def post_result(body: dict[str, Any], submission_id: UUID) -> tuple[Result, int]:
    """Keeps an answer: 201 new, 200 the same again, 409 another payload under the same id."""
    done = boundary.write(
        results.record, caller=boundary.caller(), submission_id=submission_id, answer=results.Answer(**body)
    )
    return done.result, 201 if done.new else 200


@noun.act(
    "GET",
    "/submissions/<uuid:submission_id>/results",
    Verb.SUBMISSION_READ,
    answer=ResultsAnswer,
    problem=(404,),
)
def get_results(submission_id: UUID) -> dict[str, Any]:
    """The answers so far, without what names people."""
    return {"items": boundary.read(results.listed, caller=boundary.caller(), submission_id=submission_id)}


@noun.act(
    "POST",
    "/results/<uuid:result_id>/nominal",
    Verb.RESULT_NOMINAL,
    body=MoveReasonBody,
    answer=NominalAnswer,
    problem=(404, 422),
)
def post_nominal_opening(body: dict[str, Any], result_id: UUID) -> dict[str, Any]:
    """Opens the part that names people; the reason is kept in the custody log."""
    found = boundary.write(results.open_nominal, caller=boundary.person(), result_id=result_id, **body)
    return {"result_id": result_id, "nominal": found}
