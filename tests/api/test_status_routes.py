"""The status feed and a custody chain over HTTP, as a laboratory's machine reads them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from api.app import create_app
from api.boundary import Wiring
from evidence.actions import custody
from evidence.actions.accounts.sign_in import token_hash
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.records.people import MachineToken
from evidence.settings import read_settings
from standalone.postgres import DatabaseUrls

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))
from log_hand import HandSealer
from queue_world import World, make_world

Call = Callable[..., Any]


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


@pytest.fixture
def call(world: World, fresh_database_urls: DatabaseUrls) -> Call:
    names = ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    buckets = ("BUCKET_ORIGINALS", "BUCKET_STAGING", "BUCKET_PREVIEWS")
    settings = read_settings(
        {
            "CASQUILLO_DATABASE_URL": fresh_database_urls.api,
            "CASQUILLO_SECRET_KEY": Fernet.generate_key().decode(),
            "CASQUILLO_ORIGIN": "http://localhost:1",
            **{f"CASQUILLO_{name}": "http://127.0.0.1:1" for name in (*names, *buckets)},
        }
    )
    machine = world.machine("status:read", "custody:read")
    with world.worker() as session:
        session.get_one(MachineToken, machine.token_id).token_hash = token_hash("csq_made-up")
        session.commit()
    client = create_app(Wiring(settings, world.services, world.api)).test_client()

    def get(path: str, **headers: str) -> Any:
        return client.get(f"/api/v1{path}", headers={"Authorization": "Bearer csq_made-up", **headers})

    return get


def test_a_holder_hears_of_its_submission_and_reads_its_part_of_the_chain(world: World, call: Call) -> None:
    assert call(f"/captures/{world.root_id}/custody").status_code == 404
    submission_id = world.submission()
    agency_id, laboratory_id = world.organisations["agency"], world.organisations["laboratory"]
    chain = Chain("capture", world.root_id)
    details = {"submission_id": str(submission_id)}
    mine = custody.Act(
        "submission.queued",
        chain,
        agency_id,
        SYSTEM,
        details,
        told=(custody.Told(laboratory_id),),
        root_id=world.root_id,
        submission_id=submission_id,
    )
    other = custody.Act("capture.discarded", chain, agency_id, SYSTEM, {"reason": "x"}, root_id=world.root_id)
    sealer = HandSealer(world.worker, world.services)
    with world.worker() as session, session.begin():
        custody.append(session, world.services, [other, mine])
    sealer.seal()
    heard = call("/status")
    (item,) = heard.json["items"]
    assert (item["log_index"], item["kind"], item["submission_state"]) == (2, "submission.queued", "queued")
    assert heard.json["next_after"] == 2
    assert call("/status", **{"If-None-Match": heard.headers["ETag"]}).status_code == 304
    assert call("/status?limit=0").status_code == 422
    lines = call(f"/captures/{world.root_id}/custody").json["items"]
    assert [line["details"] for line in lines] == [None, details]
