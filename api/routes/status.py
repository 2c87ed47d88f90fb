"""What changed, in the order of the log."""

from flask import Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from api import boundary, waiting
from api.schemas.status import StatusAnswer, StatusQuery
from api.smorest import Noun
from evidence.actions import status
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


def _news(after: int, limit: int, wait: int) -> status.News:
    def look() -> status.News:
        return boundary.read(status.changes, caller=boundary.caller(), after=after, limit=limit)

    return waiting.until(look, lambda news: bool(news.items), wait)


def _tagged(answer: Response, size: int) -> BaseResponse:
    answer.set_etag(str(size))
    return answer
