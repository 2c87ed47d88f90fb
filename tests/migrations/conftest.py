"""One seeded database a module: what its tests commit stays among themselves."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from seeding import OTHER, OWN, Seeded, drop_references, row_of, urls_of
from sqlalchemy import create_engine

from evidence.records.tables import METADATA
from standalone.postgres import DatabaseUrls


@pytest.fixture(scope="module")
def seeded(postgres: Any, migrated_template: str) -> Iterator[Seeded]:
    name = f"walls_{uuid4().hex}"
    postgres.create_database(name, template=migrated_template)
    urls: DatabaseUrls = postgres.urls(name)
    made = Seeded(*(create_engine(url.replace("postgresql://", "postgresql+psycopg://")) for url in urls_of(urls)))
    with made.owner.begin() as connection:
        drop_references(connection)
        for table in METADATA.tables.values():
            for organisation in (OWN, OTHER):
                if table.name not in ("service", "log_head"):
                    connection.execute(table.insert().values(row_of(table, organisation)))
    yield made
    for engine in (made.owner, made.api, made.worker):
        engine.dispose()
    postgres.drop_database(name)
