"""The canonical form of an immutable row: what ``subject_sha256`` of a custody entry is the hash of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from evidence.domain.canonical import b64url
from evidence.domain.schemas import subject_members
from evidence.records.base import Base


def subject_of(row: Base) -> dict[str, Any]:
    """The row as ``{"row": table, column: value …}``, with the members that its published schema names, and no others.

    So a column that a later release adds does not make old entries look changed. Call after a flush, so that the
    database's defaults are there. Times have six decimals and ``Z``. ``KeyError`` for a record without a schema.
    """
    table = type(row).__tablename__
    return {"row": table, **{name: _plain(getattr(row, name)) for name in subject_members(table)}}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return b64url(value)
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value
