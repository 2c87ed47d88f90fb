"""The canonical form of an immutable row: what ``subject_sha256`` of a custody entry is the hash of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from evidence.domain.canonical import b64url
from evidence.records.base import Base

CHANGEABLE: Mapping[str, frozenset[str]] = {
    "manifest": frozenset({"root_id", "standing", "problems", "flags", "secured_at"}),
}
"""Columns that may move after the row was written, by table; the database refuses any other change."""


def subject_of(row: Base) -> dict[str, Any]:
    """The row as ``{"row": table, column: value …}``, JSON values only, without what may change later.

    Call after a flush, so that the database's defaults are there. Times have six decimals and ``Z``.
    """
    mapper = inspect(type(row))
    table = type(row).__tablename__
    skipped = CHANGEABLE.get(table, frozenset())
    members = {
        column.key: _plain(getattr(row, column.key)) for column in mapper.column_attrs if column.key not in skipped
    }
    return {"row": table, **members}


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
