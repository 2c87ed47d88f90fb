"""The real S3 server, and the two keys to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sending import Sender

from evidence.adapters.s3 import S3MediaStore
from standalone.object_store import ObjectStore


@pytest.fixture(scope="session")
def store(object_store: ObjectStore) -> Iterator[S3MediaStore]:
    """The service's own store, with a public host name that differs from the inside one."""
    made = S3MediaStore(
        endpoint=object_store.endpoint,
        public_endpoint=object_store.endpoint.replace("127.0.0.1", "localhost"),
        region=object_store.region,
        access_key=object_store.access_key,
        secret_key=object_store.secret_key,
        originals_bucket=object_store.originals,
        staging_bucket=object_store.staging,
        previews_bucket=object_store.previews,
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def service(object_store: ObjectStore) -> Iterator[Any]:
    """A plain client with the service's key."""
    client = object_store.client(admin=False)
    yield client
    client.close()


@pytest.fixture(scope="session")
def admin(object_store: ObjectStore) -> Iterator[Any]:
    """A plain client with the launcher's key."""
    client = object_store.client(admin=True)
    yield client
    client.close()


@pytest.fixture(scope="session")
def sender() -> Iterator[Sender]:
    sender = Sender()
    yield sender
    sender.close()
