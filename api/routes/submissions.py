"""Submissions: lists, one of them, what people add, and decisions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import make_response, request
from werkzeug.wrappers import Response

from api import boundary, paging
from api.schemas.queues import MovedAnswer
from api.schemas.submissions import (
    DecisionAnswer,
    DecisionBody,
    InformationBody,
    ProvisionalBody,
    ReadingAnswer,
    ReadingBody,
    SubmissionAnswer,
    SubmissionPage,
    SubmissionQuery,
    SupplementAnswer,
    SupplementBody,
    ViewBody,
)
from api.smorest import Noun
from evidence.actions.deciding import decisions, information, provisional, submissions, supplements
from evidence.actions.log import views
from evidence.domain.errors import EvidenceError, invalid
from evidence.domain.kinds import View
from evidence.domain.roles import Verb
from evidence.records.submissions import Decision, Reading, Submission, Supplement

noun = Noun("submissions", "Requests for one item to one destination: reading, adding to and deciding over them.")


@noun.act("GET", "/submissions", Verb.SUBMISSION_READ, answer=SubmissionPage, query=SubmissionQuery, problem=(422,))
def list_submissions(state: str | None, destination: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    """The agency's own submissions, newest first."""
    rows = boundary.read(
        submissions.listed,
        caller=boundary.caller(),
        limit=limit,
        after=_after(cursor),
        state=state,
        destination=destination,
    )
    return paging.cut(rows, limit, lambda row: (row.created_at.isoformat(), row.id))


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    keys = paging.decode(cursor, 2)
    if keys is None:
        return None
    try:
        return datetime.fromisoformat(keys[0]), UUID(keys[1])
    except ValueError:
        raise invalid("invalid_cursor", cursor="not one of ours") from None


@noun.act("GET", "/submissions/<uuid:submission_id>", Verb.SUBMISSION_READ, answer=SubmissionAnswer, problem=(404,))
def get_submission(submission_id: UUID) -> Response:
    """One submission with its version as its ETag: whole for its agency, the approved copies for a holder."""
    found = boundary.write(views.open_dossier, caller=boundary.caller(), submission_id=submission_id)
    answer = make_response(SubmissionAnswer().dump(found))
    answer.set_etag(str(found.submission.version))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/supplements",
    Verb.SUPPLEMENT_ADD,
    body=SupplementBody,
    answer=SupplementAnswer,
    status=201,
    problem=(404, 422),
)
def add_supplement(body: dict[str, Any], capture_id: UUID) -> Supplement:
    """Adds facts beside the signed ones, under the next number of the capture's line."""
    addition = supplements.Addition(**body)
    return boundary.write(supplements.add, caller=boundary.person(), capture_id=capture_id, addition=addition)


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/items/<uuid:item_id>/readings",
    Verb.READING_MAKE,
    body=ReadingBody,
    answer=ReadingAnswer,
    status=201,
    problem=(404, 422),
)
def make_reading(body: dict[str, Any], capture_id: UUID, item_id: UUID) -> Reading:
    """Keeps the caller's own reading of the item's serial."""
    return boundary.write(
        supplements.make_reading,
        caller=boundary.person(),
        capture_id=capture_id,
        item_id=item_id,
        read=supplements.Read(**body),
    )


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/decision",
    Verb.DECISION_MAKE,
    body=DecisionBody,
    answer=DecisionAnswer,
    status=201,
    if_match=True,
    problem=(404, 409, 412, 422, 428),
)
def decide(body: dict[str, Any], submission_id: UUID) -> Decision:
    """Decides over exactly the digest that was seen; a refused approval keeps the reading that came with it."""
    reading = body.pop("reading")
    verdict = decisions.Verdict(**body, reading=(reading["status"], reading["text"]) if reading else None)
    outcome = boundary.write(
        decisions.decide,
        caller=boundary.person(),
        submission_id=submission_id,
        verdict=verdict,
        if_match=request.headers.get("If-Match"),
    )
    if isinstance(outcome, EvidenceError):
        raise outcome
    return outcome


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/provisional",
    Verb.DECISION_MAKE,
    body=ProvisionalBody,
    answer=MovedAnswer,
    if_match=True,
    problem=(404, 409, 412, 422, 428),
)
def send_provisional(body: dict[str, Any], submission_id: UUID) -> Submission:
    """Sends what is urgent without an approval, where the agency allows it; recalled unless confirmed in a day."""
    return boundary.write(
        provisional.send,
        caller=boundary.person(),
        submission_id=submission_id,
        sending=provisional.Sending(**body),
        if_match=request.headers.get("If-Match"),
    )


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/information",
    Verb.INFORMATION_GIVE,
    body=InformationBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def give_information(body: dict[str, Any], submission_id: UUID) -> Submission:
    """Answers what the holder asked, in words and perhaps with facts; the holder goes on."""
    extra = body["supplement"]
    return boundary.write(
        information.answer,
        caller=boundary.person(),
        submission_id=submission_id,
        text=body["text"],
        addition=supplements.Addition(**extra) if extra else None,
    )


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/views",
    Verb.INFORMATION_GIVE,
    body=ViewBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def ask_for_view(body: dict[str, Any], submission_id: UUID) -> Submission:
    """Asks the laboratory for a photo that the officer can't take any more."""
    return boundary.write(
        information.ask_for_view,
        caller=boundary.person(),
        submission_id=submission_id,
        view=View(body["view"]),
        text=body["text"],
    )
