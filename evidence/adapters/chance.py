"""The real clock and the real randomness."""

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.domain.ids import uuid7

_STEP = timedelta(microseconds=1)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemEntropy:
    """Ids of one process stand in the order in which they were made: what was begun together is listed in order.

    The fraction of the millisecond takes the place of twelve random bits (RFC 9562, section 6.2, method 3).
    """

    _lock = threading.Lock()
    _last = datetime.fromtimestamp(0, UTC)

    def uuid7(self) -> UUID:
        with SystemEntropy._lock:
            SystemEntropy._last = at = max(datetime.now(UTC), SystemEntropy._last + _STEP)
        fraction = at.microsecond % 1000 * 4096 // 1000
        return uuid7(at, fraction.to_bytes(2, "big") + os.urandom(8))

    def token(self, size: int) -> bytes:
        return os.urandom(size)
