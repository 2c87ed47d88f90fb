"""The real clock and the real randomness."""

import os
from datetime import UTC, datetime
from uuid import UUID

from evidence.domain.ids import uuid7


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemEntropy:
    def uuid7(self) -> UUID:
        return uuid7(datetime.now(UTC), os.urandom(10))

    def token(self, size: int) -> bytes:
        return os.urandom(size)
