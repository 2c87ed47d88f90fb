"""The real servers of a test run, started once and only when a test asks for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from standalone.postgres import DatabaseUrls, Postgres, Role
from standalone.supervisor import Supervisor

if TYPE_CHECKING:
    from standalone.object_store import ObjectStore

TEMPLATE = "casquillo_template"


@dataclass(frozen=True)
class Servers:
    postgres: Postgres
    store: "ObjectStore"


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the database's account may pass through, which pytest's own does not let it."""
    with TemporaryDirectory(prefix="casquillo-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor() as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
def postgres(server_folder: Path, supervisor: Supervisor) -> Iterator[Postgres]:
    server = Postgres(server_folder / "postgres", supervisor=supervisor, synced=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def object_store(server_folder: Path, supervisor: Supervisor) -> Iterator["ObjectStore"]:
    from standalone.object_store import ObjectStore

    store = ObjectStore(server_folder / "store", supervisor=supervisor)
    store.start()
    yield store
    store.stop()


@pytest.fixture(scope="session")
def servers(postgres: Postgres, object_store: "ObjectStore") -> Servers:
    return Servers(postgres, object_store)


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """The name of a migrated, empty database that nobody connects to: copies of it cost 50 ms."""
    from migrations.apply import upgrade

    postgres.create_database(TEMPLATE)
    upgrade(postgres.url(Role.OWNER, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def database_urls(postgres: Postgres, migrated_template: str) -> DatabaseUrls:
    """A migrated database shared by all tests that leave nothing behind."""
    postgres.create_database("shared", template=migrated_template)
    return postgres.urls("shared")


@pytest.fixture
def fresh_database_urls(postgres: Postgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """A migrated database of the test's own, for tests that commit."""
    name = f"test_{uuid4().hex}"
    postgres.create_database(name, template=migrated_template)
    yield postgres.urls(name)
    postgres.drop_database(name)
