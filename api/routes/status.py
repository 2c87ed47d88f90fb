"""What changed, in the order of the log."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from api import boundary
from api.schemas.status import StatusAnswer, StatusQuery
from api.smorest import Noun
from evidence.actions import status
from evidence.domain.roles import Verb

noun = Noun("status", "What changed for the officer or the organisation.")

LOOK_EVERY_S = 0.5
_waiters = threading.BoundedSemaphore(4)  # of this process's threads; whoever finds none free is answered at once


@noun.act("GET", "/status", Verb.STATUS_READ, query=StatusQuery, answer=StatusAnswer, also=(304,), problem=(422,))
def get_status(after: int, limit: int, wait: int) -> BaseResponse:
    """Changes after a log index: dense, none missed. 304 from the log's size; ``wait`` holds the answer back."""
    size = boundary.read(status.log_size)
    if request.if_none_match.contains(str(size)) and not wait:
        return _tagged(Response(status=304), size)
    news = _news(after, limit, wait)
    return _tagged(make_response(StatusAnswer().dump(news)), size)


def _news(after: int, limit: int, wait: int) -> status.News:
    until = time.monotonic() + wait
    news = boundary.read(status.changes, caller=boundary.caller(), after=after, limit=limit)
    with _slot() as free:
        while free and not news.items and time.monotonic() < until:
            boundary.release()  # no connection is kept while nothing happens
            time.sleep(LOOK_EVERY_S)
            news = boundary.read(status.changes, caller=boundary.caller(), after=after, limit=limit)
    return news


@contextmanager
def _slot() -> Iterator[bool]:
    free = _waiters.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _waiters.release()


def _tagged(answer: Response, size: int) -> BaseResponse:
    answer.set_etag(str(size))
    return answer
