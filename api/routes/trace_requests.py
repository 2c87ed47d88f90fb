"""Trace requests that a desk has sent, their read-backs and corrections."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.trace_requests import (
    CorrectionNoticeAnswer,
    ReadBackAnswer,
    ReadBackBody,
    SentAnswer,
    TraceRequestBody,
    TraceRequestsAnswer,
)
from api.smorest import Noun
from evidence.actions.holding import trace_requests
from evidence.domain.roles import Verb
from evidence.records.trace_requests import CorrectionNotice, ReadBack, TraceRequest

noun = Noun("trace_requests", "What was keyed into eTrace: numbers, read-backs, corrections.")


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/trace-requests",
    Verb.RESULT_WRITE,
    body=TraceRequestBody,
    answer=SentAnswer,
    status=201,
    also=(200,),
    problem=(404, 409, 422),
)
def post_trace_request(body: dict[str, Any], submission_id: UUID) -> tuple[TraceRequest, int]:
    """Marks a request as sent under eTrace's number: 201 new, 200 the same again."""
    keyed = trace_requests.Keyed(request_id=body.pop("trace_request_id"), **body)
    done = boundary.write(trace_requests.send, caller=boundary.caller(), submission_id=submission_id, keyed=keyed)
    return done.request, 201 if done.new else 200


@noun.act(
    "GET",
    "/submissions/<uuid:submission_id>/trace-requests",
    Verb.SUBMISSION_READ,
    answer=TraceRequestsAnswer,
    problem=(404,),
)
def get_trace_requests(submission_id: UUID) -> dict[str, Any]:
    """The requests sent so far, with their read-backs and notices."""
    now = boundary.services().clock.now()
    return {
        "items": boundary.read(trace_requests.listed, caller=boundary.caller(), submission_id=submission_id, now=now)
    }


@noun.act(
    "POST",
    "/trace-requests/<uuid:request_id>/read-backs",
    Verb.TRACE_READ_BACK,
    body=ReadBackBody,
    answer=ReadBackAnswer,
    status=201,
    problem=(404, 409, 422),
)
def post_read_back(body: dict[str, Any], request_id: UUID) -> ReadBack:
    """A second person compares the serial on the confirmation with the photo."""
    return boundary.write(trace_requests.read_back, caller=boundary.person(), request_id=request_id, **body)


@noun.act(
    "POST",
    "/correction-notices/<uuid:notice_id>/acknowledge",
    Verb.TRACE_READ_BACK,
    answer=CorrectionNoticeAnswer,
    problem=(404,),
)
def post_notice_acknowledgement(notice_id: UUID) -> CorrectionNotice:
    """The desk knows that what it keyed was corrected."""
    return boundary.write(trace_requests.acknowledge, caller=boundary.person(), notice_id=notice_id)
