"""The sweeps with the worker's own rights in a real database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from queue_world import START, World, make_world
from sqlalchemy import select

from evidence.actions.storing import sweeping
from evidence.records.devices import DeviceNonce
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def test_used_and_old_nonces_are_forgotten_and_others_stay(world: World) -> None:
    later, before = START + timedelta(minutes=5), START - timedelta(minutes=5)
    with world.worker() as session, session.begin():
        for name, expires_at, used_at in (("good", later, None), ("used", later, START), ("old", before, None)):
            session.add(
                DeviceNonce(
                    nonce_hash=name, purpose="session", subject_id=world.root_id, expires_at=expires_at, used_at=used_at
                )
            )
    with world.worker() as session, session.begin():
        assert sweeping.forget_nonces(session, world.services) == 2
        assert sweeping.end_plans(session, world.services) == 0
        assert sweeping.enqueue_again(session, world.services) == 0
        assert sweeping.arrived_rows(session, world.services) == frozenset()
        assert list(session.scalars(select(DeviceNonce.nonce_hash))) == ["good"]
