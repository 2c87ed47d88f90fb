"""New rows of several tables in one statement: a capture makes rows in eight, and each statement is a trip.

The rows travel as one JSON text a table, which PostgreSQL takes apart by the columns' own types. Foreign keys between
them hold: they are checked when the whole statement has ended. Row-level security is asked for each row as ever, but
rows of the same statement do not see each other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from evidence.records.base import Base

Row = Mapping[str, Any]
Shape = tuple[tuple[str, tuple[str, ...]], ...]
Moved = tuple[str, tuple[str, ...], tuple[str, ...]]

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Moves:
    """Rows of ``table`` to change in the same statement: each is found by ``key`` and gets its other columns."""

    table: str
    key: tuple[str, ...]
    rows: Sequence[Row]


def insert_rows(session: Session, rows: Mapping[str, Sequence[Row]], *, moving: Moves | None = None) -> None:
    """Inserts rows by table name. Rows of one table have the same columns; those left out get their defaults."""
    filled = {name: some for name, some in rows.items() if some}
    values = {f"t{n}": json_rows(some) for n, some in enumerate(filled.values())}
    if any(row.keys() != some[0].keys() for some in filled.values() for row in some):
        raise ValueError("rows of one table have the same columns")
    shape = tuple((name, tuple(some[0])) for name, some in filled.items())
    moved: Moved | None = None
    if moving is not None and moving.rows:
        moved, values["m"] = (moving.table, moving.key, tuple(moving.rows[0])), json_rows(moving.rows)
    if values:
        session.connection().exec_driver_sql(_statement(shape, moved), values)


def update_rows(session: Session, moving: Moves) -> None:
    """Changes several rows, each to its own values, in one statement."""
    insert_rows(session, {}, moving=moving)


def add_new(session: Session, objects: Sequence[Base]) -> None:
    """Inserts objects that the session does not have yet; afterwards they are its own, as after a flush.

    Columns that were not given and have no default are null; those with a default are read when asked for.
    """
    grouped: dict[str, list[Row]] = {}
    for one in objects:
        given = {column.key: one.__dict__[column.key] for column in one.__table__.columns if column.key in one.__dict__}
        grouped.setdefault(one.__tablename__, []).append(given)
    insert_rows(session, grouped)
    for one in objects:
        for column in one.__table__.columns:
            if column.key not in one.__dict__ and column.server_default is None:
                set_committed_value(one, column.key, None)
        make_transient_to_detached(one)
        session.add(one)


def json_rows(rows: Sequence[Row]) -> str:
    """Rows as PostgreSQL's ``jsonb_to_recordset`` reads them."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")


@lru_cache(maxsize=256)
def _statement(shape: Shape, moved: Moved | None) -> str:
    """One command, the others before it in its ``WITH``: all are carried out, none returns anything."""
    commands = [_insert(f"t{n}", name, columns) for n, (name, columns) in enumerate(shape)]
    if moved is not None:
        commands.append(_update(*moved))
    *others, last = commands
    before = ", ".join(f"c{n} AS ({one})" for n, one in enumerate(others))
    return f"WITH {before} {last}" if others else last


def _insert(parameter: str, name: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {name} ({_quoted(columns)}) SELECT * FROM {_records(parameter, name, columns)}"  # noqa: S608  # names of our own tables, never a caller's


def _update(name: str, key: tuple[str, ...], columns: tuple[str, ...]) -> str:
    setting = ", ".join(f'"{one}" = r."{one}"' for one in columns if one not in key)
    found = " AND ".join(f'{name}."{one}" = r."{one}"' for one in key)
    return f"UPDATE {name} SET {setting} FROM {_records('m', name, columns)} WHERE {found}"  # noqa: S608  # as above


def _records(parameter: str, name: str, columns: tuple[str, ...]) -> str:
    table = Base.metadata.tables[name]
    typed = ", ".join(f'"{one}" {table.columns[one].type.compile(_DIALECT)}' for one in columns)
    return f"jsonb_to_recordset(%({parameter})s) r({typed})"


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{one}"' for one in columns)
