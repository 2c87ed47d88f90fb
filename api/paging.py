"""Keyset paging: ``?limit=&cursor=`` → ``{"items": […], "next_cursor": …}`` (protocol, section 1).

A cursor holds the last row's sort keys as JSON in base64url. It says nothing secret and grants nothing:
row-level security and the query's own predicate stand behind it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from marshmallow import Schema, fields, validate

from evidence.domain.canonical import b64url, b64url_decode
from evidence.domain.errors import invalid

T = TypeVar("T")
MOST = 200


class PageQuery(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))
    cursor = fields.String(
        load_default=None, allow_none=True, metadata={"description": "next_cursor of the page before"}
    )


def page_of(schema: type[Schema], name: str) -> type[Schema]:
    """The schema of one page of ``schema``."""
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(schema), required=True),
        "next_cursor": fields.String(required=True, allow_none=True),
    }
    return Schema.from_dict(members, name=name)


def encode(keys: Sequence[Any]) -> str:
    return b64url(json.dumps([str(key) for key in keys]).encode())


def decode(cursor: str | None, size: int) -> list[str] | None:
    """The keys of a cursor, None without one; ``invalid_cursor`` if it is not one of ours."""
    if cursor is None:
        return None
    try:
        keys = json.loads(b64url_decode(cursor))
    except ValueError:
        keys = None
    if not isinstance(keys, list) or len(keys) != size or not all(isinstance(key, str) for key in keys):
        raise invalid("invalid_cursor", "The cursor does not fit this list.", cursor="not one of ours")
    return keys


def decode_time(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The keys of a cursor of a list in the order of a time and an id; None without one."""
    keys = decode(cursor, 2)
    if keys is None:
        return None
    try:
        return datetime.fromisoformat(keys[0]), UUID(keys[1])
    except ValueError:
        raise invalid("invalid_cursor", "The cursor does not fit this list.", cursor="not one of ours") from None


def decode_name(cursor: str | None) -> tuple[str, UUID] | None:
    """The keys of a cursor of a list in the order of a name and an id; None without one."""
    keys = decode(cursor, 2)
    if keys is None:
        return None
    try:
        return keys[0], UUID(keys[1])
    except ValueError:
        raise invalid("invalid_cursor", "The cursor does not fit this list.", cursor="not one of ours") from None


def cut(rows: Sequence[T], limit: int, keys: Any) -> dict[str, Any]:
    """A page from ``limit + 1`` rows: the extra one only tells that there is more."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next_cursor": encode(keys(items[-1])) if more and items else None}
