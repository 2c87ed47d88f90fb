"""A database with one row of each of two organisations in every table, for tests of its walls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Engine, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evidence.records.database import enter
from evidence.records.tables import METADATA
from standalone.postgres import DatabaseUrls

OWN, OTHER = uuid4(), uuid4()

# Tables without a wall, and why.
OPEN = {
    "service": "one row: the service's public id",
    "organisation": "the directory that everyone signed in reads; written by the worker's role",
    "device_nonce": "found before it is known whose it is; holds hashes of nonces only",
    "log_pending": "the api role may only insert; placing belongs to the worker",
    "log_leaf": "hashes in the order of the log, public by design",
    "log_head": "the log's size",
    "log_origin": "the log's name, public by design",
    "log_key": "public keys",
    "log_tile": "hashes, public by design",
    "log_checkpoint": "signed heads of the log, public by design",
    "log_cosignature": "what witnesses signed, public by design",
    "log_timestamp": "what a timestamp authority signed, public by design",
    "sign_in_step": "found before it is known whose it is; holds hashes, and what is sealed by the settings' key",
    "rescue_key": "public keys; the sealed half's column is closed to the api role",
}
# Rows that one organisation writes for another: it is told of something. Reading stays walled.
TOLD = {"custody_audience", "view_pending"}
DENIED = {"42501"}  # insufficient_privilege, which a violated policy gives too


@dataclass(frozen=True)
class Seeded:
    """A database with one row of each of two organisations in every table."""

    owner: Engine
    api: Engine
    worker: Engine


def organisations_of(table: Table) -> list[str]:
    """The columns of a table that name an organisation."""
    names = {"agency_id", "organisation_id", "author_organisation_id", "a_agency_id", "b_agency_id"}
    if table.name == "access_grant":
        names |= {"owner_id", "grantee_id"}
    return [column.name for column in table.columns if column.name in names]


WALLED = sorted(name for name in METADATA.tables if name not in OPEN)


def some_value(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Uuid):
        return uuid4()
    if isinstance(kind, BigInteger):
        return uuid4().int & 0xFFFF_FFFF
    if isinstance(kind, TIMESTAMP):
        return "2026-01-01T00:00:00Z"
    if isinstance(kind, LargeBinary):
        return uuid4().bytes
    if isinstance(kind, JSONB):
        return {}
    if isinstance(kind, ARRAY):
        return []
    return (
        kind.python_type() if not isinstance(kind, Text | Boolean) else (uuid4().hex if isinstance(kind, Text) else 1)
    )


def row_of(table: Table, organisation: UUID) -> dict[str, Any]:
    """A row that belongs to ``organisation`` and to nobody else."""
    owners = organisations_of(table)
    return {
        column.name: organisation if column.name in owners else some_value(column)
        for column in table.columns
        if not (column.identity or column.nullable) or column.name in owners
    }


def urls_of(urls: DatabaseUrls) -> tuple[str, str, str]:
    return urls.owner, urls.api, urls.worker


def drop_references(connection: Any) -> None:
    """Foreign keys and checks go, so that a row of every table can stand by itself; walls and grants stay."""
    found = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('f', 'c') AND conrelid <> 0"
        )
    ).all()
    for table, constraint in found:
        if not table.startswith("procrastinate_") and "." not in table:
            connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'))


def as_api(seeded: Seeded, organisation: UUID | None) -> Session:
    session = Session(seeded.api)
    if organisation is not None:
        enter(session, organisation)
    return session


def state_of(refused: pytest.ExceptionInfo[DBAPIError]) -> str:
    return str(getattr(refused.value.orig, "sqlstate", None))


def seeded_id(seeded: Seeded, table: str, organisation: UUID, column: str = "id") -> UUID:
    with seeded.owner.connect() as connection:
        wanted = text(f"SELECT {column} FROM {table} WHERE agency_id = :o")
        found: UUID = connection.execute(wanted, {"o": organisation}).scalars().first()
    return found


@contextmanager
def granted(seeded: Seeded, **facts: Any) -> Iterator[None]:
    """A live grant of the other organisation to our own, for as long as the block runs."""
    grants = METADATA.tables["access_grant"]
    given = {**row_of(grants, OTHER), "grantee_id": OWN, "scope": "submission", "levels": ["facts", "media"], **facts}
    with seeded.owner.begin() as connection:
        connection.execute(grants.insert().values(given))
    try:
        yield
    finally:
        with seeded.owner.begin() as connection:
            connection.execute(grants.delete().where(grants.c.id == given["id"]))


def writes(seeded: Seeded, name: str, row: dict[str, Any]) -> bool:
    """Whether the wall lets our organisation write the row."""
    with as_api(seeded, OWN) as session:
        try:
            session.execute(METADATA.tables[name].insert().inline().values(row))
        except DBAPIError as refused:
            assert refused.orig.sqlstate in DENIED, refused  # noqa: PT017  # what is refused, and by what
            return False
        finally:
            session.rollback()
    return True


# Rows about the other organisation's evidence, by table: the columns by which they name it and their writer.
