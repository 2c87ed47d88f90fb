"""Alembic's environment: online only, one transaction a revision, a short wait for locks."""

from alembic import context
from sqlalchemy import create_engine, text

from evidence.records.tables import METADATA

OWN_SCHEMA_OF_THE_JOBS = "procrastinate_"


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """The job tables belong to Procrastinate, which has its own schema text."""
    return not (kind == "table" and name is not None and name.startswith(OWN_SCHEMA_OF_THE_JOBS))


def run() -> None:
    engine = create_engine(context.config.attributes["url"], isolation_level="READ COMMITTED")
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            include_name=include_name,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
