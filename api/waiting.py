"""Answers that are held back until something happens (``?wait=``), without taking the service away from others."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from api import boundary

T = TypeVar("T")

LOOK_EVERY_S = 0.25
WAITERS = 4  # of this process's threads; whoever finds none free is answered at once

_waiters = threading.BoundedSemaphore(WAITERS)


def until(look: Callable[[], T], happened: Callable[[T], bool], seconds: float) -> T:
    """What ``look`` saw when it had ``happened``, after ``seconds``, or at once when too many wait already.

    Each look is a transaction of its own: no connection is kept while nothing happens.
    """
    deadline = time.monotonic() + seconds
    seen = look()
    if seconds == 0 or happened(seen):
        return seen
    with _slot() as free:
        while free and not happened(seen) and time.monotonic() < deadline:
            boundary.release()
            time.sleep(LOOK_EVERY_S)
            seen = look()
    return seen


@contextmanager
def _slot() -> Iterator[bool]:
    free = _waiters.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _waiters.release()
