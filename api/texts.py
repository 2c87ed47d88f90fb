"""Text in JSON bodies that can be kept: no NUL, no half of a surrogate pair; UTF-8 or PostgreSQL would not hold it."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request

from evidence.domain.errors import invalid

View = Callable[..., Any]

# Both can stand in JSON as an escape only, so nearly every body is passed over without a second look.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def keepable(view: View) -> View:
    """Answers 422 ``text_unusable`` before the view meets such a body."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if _SUSPECT.search(request.get_data()) and _holds_unkeepable(request.get_json(silent=True)):
            raise invalid("text_unusable", "A text holds NUL or half of a surrogate pair.")
        return view(*args, **kwargs)

    return checked


def _holds_unkeepable(value: Any) -> bool:
    if isinstance(value, str):
        return _UNKEEPABLE.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_unkeepable(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_holds_unkeepable(one) for one in value)
