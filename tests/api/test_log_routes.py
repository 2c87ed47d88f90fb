"""The public log before there is one, and readiness while the log lags; over HTTP without a store."""

import hashlib
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
from evidence.actions import custody
from evidence.actions.log import log_keeping
from evidence.actions.store_ports import MediaStore
from evidence.domain.callers import SYSTEM
from evidence.domain.canonical import b64url_decode, jcs
from evidence.domain.custody import Chain
from evidence.domain.log import policy
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.proof import verify_proof
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


def test_a_new_key_is_handed_on_by_the_one_before_unless_there_was_no_overlap(
    world: World, client: FlaskClient
) -> None:
    sealer = HandSealer(world.worker, world.services)
    (first,) = sealer.signer.keys
    assert client.get("/log/handovers").json == {"items": []}
    keys = [first]
    for overlap in (timedelta(days=1), timedelta(0)):
        with world.worker() as session, session.begin():
            keys.append(log_keeping.rotate_key(session, world.services, signer=sealer.signer, overlap=overlap))
        assert len(client.get("/log/handovers").json["items"]) == len(keys) - 2, "not before it is published"
        sealer.seal()
        _publish(world)
    one, other = client.get("/log/handovers").json["items"]
    assert [one["details"]["vkey"], other["details"]["vkey"]] == keys[1:]
    for handover in (one, other):
        detail = b64url_decode(handover["salt"]) + jcs(handover["details"])
        assert handover["entry"]["details_sha256"] == hashlib.sha256(detail).hexdigest()
        assert handover["entry"]["kind"] == "log.key_added"
    proofs = [(one["proof"], hashlib.sha256(jcs(one["entry"])).digest()) for one in (one, other)]
    assert verify_proof(*proofs[0], keys[0]).checkpoint == verify_proof(*proofs[0], keys[1]).checkpoint
    assert verify_proof(*proofs[1], keys[2]).index > verify_proof(*proofs[0], keys[0]).index
    assert verify_proof(*proofs[1], keys[0]), "its own overlap is not over"
    with pytest.raises(BadProof, match="not_signed"):
        verify_proof(*proofs[1], keys[1])


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
