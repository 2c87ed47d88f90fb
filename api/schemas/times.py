"""The one way in which the API writes a time."""

from datetime import datetime
from typing import Any

from marshmallow import fields

from evidence.domain.custody import instant


class Time(fields.AwareDateTime):
    """RFC 3339 in UTC with ``Z`` (protocol, section 1); any offset is taken in, a time without one is not."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant(value)
