"""What changed, in the order of the log."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from api import boundary, waiting
from api.schemas.status import ReturnedListAnswer, StatusAnswer, StatusQuery, TakenOverAnswer
from api.smorest import Noun
from evidence.actions.capturing import returns
from evidence.actions.telling import status
from evidence.domain.roles import Verb

noun = Noun("status", "What changed for the officer or the organisation.")


@noun.act("GET", "/status", Verb.STATUS_READ, query=StatusQuery, answer=StatusAnswer, also=(304,), problem=(422,))
def get_status(after: int, limit: int, wait: int) -> BaseResponse:
    """Changes after a log index: dense, none missed. 304 from the log's size; ``wait`` holds the answer back."""
    size = boundary.read(status.log_size)
    if request.if_none_match.contains(str(size)) and not wait:
        return _tagged(Response(status=304), size)
    news = _news(after, limit, wait)
    return _tagged(make_response(StatusAnswer().dump(news)), size)


@noun.act("GET", "/status/returned", Verb.STATUS_READ, answer=ReturnedListAnswer)
def get_returned() -> BaseResponse:
    """What came back, with note and marks: a phone its officer's own; a signed-in officer also what colleagues left."""
    now = boundary.services().clock.now()
    items: list[Any] = boundary.read(returns.listed, caller=boundary.caller(), now=now)
    return _private(ReturnedListAnswer().dump({"items": items}))


@noun.act(
    "POST", "/status/returned/<uuid:submission_id>/take-over", Verb.CAPTURE_READ, answer=TakenOverAnswer, problem=(404,)
)
def take_over_returned(submission_id: UUID) -> BaseResponse:
    """The return and the signed manifest that its answer amends, for an officer who may answer; kept as a view."""
    found = boundary.write(returns.take_over, caller=boundary.person(), submission_id=submission_id)
    return _private(TakenOverAnswer().dump(found))


def _private(body: Any) -> BaseResponse:
    answer = make_response(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _news(after: int, limit: int, wait: int) -> status.News:
    def look() -> status.News:
        return boundary.read(status.changes, caller=boundary.caller(), after=after, limit=limit)

    return waiting.until(look, lambda news: bool(news.items), wait)


def _tagged(answer: Response, size: int) -> BaseResponse:
    answer.set_etag(str(size))
    return answer
