"""Answers of the destinations, and who was told of them."""

from typing import Any
from uuid import UUID

from api import boundary, paging
from api.schemas.queues import MoveReasonBody
from api.schemas.results import (
    LeadEndAnswer,
    LeadEndBody,
    NominalAnswer,
    NoticeAnswer,
    NoticesPage,
    ResultAnswer,
    ResultBody,
    ResultsPage,
)
from api.smorest import Noun
from evidence.actions.holding import leads, notices, result_rules, results
from evidence.actions.log import views
from evidence.domain.roles import Verb
from evidence.records.results import LeadEnd

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
def post_result(body: dict[str, Any], submission_id: UUID) -> tuple[results.ResultView, int]:
    """Keeps an answer: 201 new, 200 the same again, 409 another payload under the same id."""
    lists: dict[str, Any] = {name: tuple(body.pop(name)) for name in ("attachments", "confirmed")}
    done = boundary.write(
        results.record,
        caller=boundary.caller(),
        submission_id=submission_id,
        answer=result_rules.Answer(**body, **lists),
    )
    shown = boundary.read(results.view_of, boundary.caller(), done.result)
    return shown, 201 if done.new else 200


@noun.act(
    "GET",
    "/submissions/<uuid:submission_id>/results",
    Verb.SUBMISSION_READ,
    query=paging.PageQuery,
    answer=ResultsPage,
    problem=(404, 422),
)
def get_results(submission_id: UUID, limit: int, cursor: str | None) -> dict[str, Any]:
    """The answers so far, without what names people; a lead with its end."""
    rows = boundary.read(
        results.listed,
        caller=boundary.caller(),
        submission_id=submission_id,
        limit=limit,
        after=paging.decode_time(cursor),
    )
    boundary.write(views.note_results, caller=boundary.caller(), submission_id=submission_id)
    return paging.cut(rows, limit, lambda row: (row.result.recorded_at.isoformat(), row.result.id))


@noun.act(
    "POST",
    "/results/<uuid:result_id>/end",
    Verb.RESULT_WRITE,
    body=LeadEndBody,
    answer=LeadEndAnswer,
    problem=(404, 409, 422),
)
def post_lead_end(body: dict[str, Any], result_id: UUID) -> LeadEnd:
    """Ends a lead: eliminated, inconclusive or withdrawn. Only a hit that supersedes it confirms it."""
    return boundary.write(leads.end, caller=boundary.caller(), result_id=result_id, **body)


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


@noun.act("GET", "/notices", Verb.NOTICE_READ, query=paging.PageQuery, answer=NoticesPage, problem=(422,))
def get_notices(limit: int, cursor: str | None) -> dict[str, Any]:
    """What the caller's agency was told of leads and hits, newest first; a card opens by reading it."""
    rows = boundary.read(notices.listed, caller=boundary.person(), limit=limit, after=paging.decode_time(cursor))
    return paging.cut(rows, limit, lambda row: (row.notice.told_at.isoformat(), row.notice.id))


@noun.act("POST", "/notices/<uuid:notice_id>/read", Verb.NOTICE_READ, answer=NoticeAnswer, problem=(404,))
def post_notice_reading(notice_id: UUID) -> notices.Notice:
    """Opens a notice; that the caller read it, and when, is kept."""
    return boundary.write(notices.read, caller=boundary.person(), notice_id=notice_id)
