"""The connection to PostgreSQL, and the two settings by which row-level security knows the caller."""

from uuid import UUID

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from evidence.records.tables import METADATA


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine whose connections give up on a lock after 5 s and on a statement after 30 s."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        # Rows whose defaults must come back would go in one statement of thousands of characters, too long for
        # psycopg's cache: taking it apart each time costs more than one short statement a row.
        use_insertmanyvalues=False,
        connect_args={"options": "-c lock_timeout=5000 -c statement_timeout=30000 -c timezone=UTC"},
    )


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
    session.execute(
        text(
            "SELECT set_config('casquillo.organisation', :organisation, true),"
            " set_config('casquillo.person', :person, true), set_config('casquillo.guest_of', :guest_of, true)"
        ),
        {"organisation": str(organisation_id), "person": str(person_id or ""), "guest_of": str(guest_of or "")},
    )
