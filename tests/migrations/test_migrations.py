"""The migrations go up, down and up again on a real database, and end where the models are."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from evidence.records.tables import METADATA
from migrations.apply import configuration, downgrade, upgrade
from standalone.postgres import Postgres, Role

JOB_TABLES = "procrastinate_"


@pytest.fixture
def owner(postgres: Postgres) -> Iterator[Engine]:
    name = f"migrations_{uuid4().hex}"
    postgres.create_database(name)
    engine = create_engine(postgres.url(Role.OWNER, name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(JOB_TABLES))


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        found: list[object] = compare_metadata(context, METADATA)
    return found


def test_up_down_and_up_again(owner: Engine) -> None:
    url = url_of(owner)
    upgrade(url)
    tables = set(inspect(owner).get_table_names())
    assert set(METADATA.tables) <= tables

    downgrade(url, "base")
    assert set(inspect(owner).get_table_names()) <= {"alembic_version"}

    upgrade(url)
    assert set(inspect(owner).get_table_names()) == tables


def test_the_migrated_schema_is_the_models(owner: Engine) -> None:
    upgrade(url_of(owner))
    assert differences(owner) == []


def test_a_missing_table_would_be_noticed(owner: Engine) -> None:
    upgrade(url_of(owner), "20261124_01")
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP TABLE duplicate_answer")
    assert differences(owner) != []


def test_the_history_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(configuration("unused")).get_heads()) == 1
