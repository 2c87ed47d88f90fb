"""The public log before there is one, and readiness while the log lags; over HTTP without a store."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, update

from api.app import create_app
from api.boundary import Wiring
from evidence.actions import custody, log_keeping
from evidence.actions.ports import MediaStore
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.log import policy
from evidence.domain.log.checkpoint import Checkpoint
from evidence.records.custody import LogPending
from evidence.records.log import LogCheckpoint
from evidence.settings import read_settings
from standalone.postgres import DatabaseUrls

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))
from log_hand import HandSealer
from queue_world import World, make_world


class Reachable:
    """A store that answers, and does nothing else."""

    def reachable(self) -> bool:
        return True


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


@pytest.fixture
def client(world: World, fresh_database_urls: DatabaseUrls) -> FlaskClient:
    names = ("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    settings = read_settings(
        {
            "CASQUILLO_DATABASE_URL": fresh_database_urls.api,
            "CASQUILLO_SECRET_KEY": "long enough for a test, and no secret",
            "CASQUILLO_ORIGIN": "http://localhost:1",
            **{f"CASQUILLO_{name}": "http://127.0.0.1:1" for name in names},
        }
    )
    choices = replace(world.services.policy, log_url="http://localhost:1/log")
    services = replace(world.services, store=cast(MediaStore, Reachable()), policy=choices)
    return create_app(Wiring(settings, services, world.api)).test_client()


def test_a_log_without_a_published_checkpoint_is_not_there(world: World, client: FlaskClient) -> None:
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/keys").data == b""
    assert client.get("/log/policy").data == b"quorum none\n"
    sealer = HandSealer(world.worker, world.services)  # sealed, and not published
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/tile/0/000.p/1").status_code == 404
    (vkey,) = sealer.signer.keys
    keys = client.get("/log/keys")
    assert keys.data.decode() == f"{vkey}\n"
    assert keys.headers["Access-Control-Allow-Origin"] == "*"
    assert keys.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get("/api/v1/health").headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_log_that_was_succeeded_stays_readable_at_the_address_that_the_policy_names(
    world: World, client: FlaskClient
) -> None:
    sealer = HandSealer(world.worker, world.services)
    _publish(world)
    former = client.get("/log/checkpoint").data
    tile = client.get("/log/tile/0/000.p/1").data
    lost = Checkpoint(former.split(b"\n")[0].decode(), 7, bytes(32))  # the store had seen more before the restore
    with world.worker() as session, session.begin():
        log_keeping.succeed(session, world.services, signer=sealer.signer, stored=lost, overtaken=False)
    assert sealer.seal() == 1
    _publish(world)

    present = client.get("/log/checkpoint").data
    assert present.split(b"\n")[0] != former.split(b"\n")[0]
    assert client.get("/log/1/checkpoint").data == former
    assert client.get("/log/1/tile/0/000.p/1").data == tile != client.get("/log/tile/0/000.p/1").data
    assert client.get("/log/2/checkpoint").data == present
    assert client.get("/log/3/checkpoint").status_code == client.get("/log/1/tile/0/000.p/2").status_code == 404
    old, new = policy.parse(client.get("/log/policy").data).logs
    assert (old.url, new.url) == ("http://localhost:1/log/1", "http://localhost:1/log")


@pytest.mark.parametrize(("waited", "lags"), [(5, False), (31, True)])
def test_ready_says_when_sealing_lags(world: World, client: FlaskClient, waited: int, lags: bool) -> None:
    sealer = HandSealer(world.worker, world.services)
    _wait_since(world, waited)
    answer: Any = client.get("/api/v1/health/ready")
    assert answer.status_code == 200  # evidence still comes in
    assert answer.json["log_lags"] is lags
    assert waited <= answer.json["log_lag_s"] < waited + 20
    assert sealer.seal() == 1


def _publish(world: World) -> None:
    with world.worker() as session, session.begin():
        session.execute(update(LogCheckpoint).values(published_at=func.now()))


def _wait_since(world: World, seconds: int) -> None:
    """An entry that has waited, and a checkpoint that was published meanwhile."""
    act = custody.Act(
        "person.changed",
        Chain("person", world.services.entropy.uuid7()),
        world.organisations["agency"],
        SYSTEM,
        {"reason": "x"},
    )
    with world.worker() as session, session.begin():
        session.execute(update(LogCheckpoint).values(published_at=func.now()))
        custody.append(session, world.services, [act])
        session.execute(update(LogPending).values(noted_at=func.now() - timedelta(seconds=seconds)))
