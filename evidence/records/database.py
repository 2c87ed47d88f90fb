"""The connection to PostgreSQL, and the two settings by which row-level security knows the caller."""

import select
import time
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, TextClause, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from evidence.records.tables import METADATA

ASK_AFTER_S = 30.0


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine whose connections give up on a lock after 5 s and on a statement after 30 s."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        hide_parameters=True,
        # Rows whose defaults must come back would go in one statement of thousands of characters, too long for
        # psycopg's cache: taking it apart each time costs more than one short statement a row.
        use_insertmanyvalues=False,
        connect_args={"options": "-c lock_timeout=5000 -c statement_timeout=30000 -c timezone=UTC"},
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _note_rest(connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _refuse_dead(connection: Any, record: Any, _proxy: Any) -> None:
    """Whether the server is still there, without asking it: what closed the connection has left something to read.

    A question each time would be a trip a request. After a long rest it is asked all the same: something between
    may have forgotten the connection without a word.
    """
    rested = time.monotonic() - record.info.get("rests_since", time.monotonic())
    try:
        waiting = connection.closed or _has_something(connection.fileno())
        if waiting or rested > ASK_AFTER_S:
            connection.execute("SELECT 1")
            connection.rollback()
    except (psycopg.Error, OSError, ValueError) as error:
        raise InvalidatePoolError from error


def _has_something(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def tables() -> list[str]:
    """Every table of ours, by name."""
    return sorted(METADATA.tables)


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose rows stay readable after the commit, so that answers are written after it."""
    return sessionmaker(engine, expire_on_commit=False, autoflush=True)


def one_writer(session: Session, new_id: UUID) -> None:
    """Two requests with one new id would meet at the primary key; here the second waits and sees the first.

    Take it before any row's lock. It ends with the transaction.
    """
    key = new_id.int & 0x7FFF_FFFF_FFFF_FFFF
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def enter(
    session: Session, organisation_id: UUID, person_id: UUID | None = None, *, guest_of: UUID | None = None
) -> None:
    """Names the caller for this one transaction; row-level security reads the settings.

    ``guest_of``: the agency whose captures a partner's supervisor reviews under an agreement.
    """
    named = {"organisation": str(organisation_id), "person": str(person_id or ""), "guest_of": str(guest_of or "")}
    session.execute(_ENTER, named)


def door_to(columns: str, door: str, *, organisation: str, person: str, where: str = "true") -> TextClause:
    """A question to a door function that also enters, so that a request has one trip less. ``where`` must say all that
    keeps somebody out: who is found has entered, as a guest of nobody.
    """
    return text(
        f"SELECT {columns}, set_config('casquillo.organisation', {organisation}::text, true),"  # noqa: S608  # constants
        f" set_config('casquillo.person', {person}, true), set_config('casquillo.guest_of', '', true)"
        f" FROM {door} WHERE {where}"
    )


_ENTER = text(
    "SELECT set_config('casquillo.organisation', :organisation, true),"
    " set_config('casquillo.person', :person, true), set_config('casquillo.guest_of', :guest_of, true)"
)
