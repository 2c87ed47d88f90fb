"""A laboratory's own system over HTTP: claim, take on, receive, answer."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from api.app import create_app
from api.boundary import Wiring
from evidence.actions.accounts.sign_in import token_hash
from evidence.adapters.chance import SystemEntropy
from evidence.records.custody import CustodyEntry
from evidence.records.people import MachineToken
from evidence.records.submissions import Submission
from evidence.settings import read_settings
from standalone.postgres import DatabaseUrls

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))
from queue_world import DIGEST, World, make_world

SCOPES = ("queue:lease:ballistics", "result:write:ballistics", "event:write", "media:read")
NEWER = "cd" * 32
Call = Callable[..., Any]
new_id = SystemEntropy().uuid7


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


@pytest.fixture
def call(world: World, fresh_database_urls: DatabaseUrls) -> Call:
    """Calls the API as the laboratory's machine."""
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
    machine = world.machine(*SCOPES)
    with world.worker() as session:
        session.get_one(MachineToken, machine.token_id).token_hash = token_hash("csq_made-up")
        session.commit()
    client = create_app(Wiring(settings, world.services, world.api)).test_client()

    def send(path: str, body: dict[str, Any] | None = None) -> Any:
        method = client.get if body is None else client.post
        return method(f"/api/v1{path}", headers={"Authorization": "Bearer csq_made-up"}, json=body)

    return send


def test_from_the_claim_to_the_answer(world: World, call: Call) -> None:
    submission_id = world.submission()
    assert call("/queues/ballistics").json["waiting_for_item"] == 1
    assert call("/queues/nowhere").status_code == 404
    assert call("/queues/ballistics/leases", {"limit": 51, "seconds": 60}).status_code == 422
    (claim,) = call("/queues/ballistics/leases", {"limit": 5, "seconds": 60}).json["items"]
    fence = {"lease_token": claim["lease_token"]}
    lease = f"/leases/{claim['lease_id']}"
    assert call(f"{lease}/renew", {"lease_token": "another", "seconds": 600}).json["code"] == "lease_lost"
    assert call(f"{lease}/renew", {**fence, "seconds": 600}).status_code == 200
    assert call(f"{lease}/acknowledge", fence).json["digest"] == DIGEST

    events = f"/captures/{world.root_id}/events"
    event = {
        "event_id": str(new_id()),
        "kind": "received",
        "item_ids": [claim["item_id"]],
        "from": "the agency's driver",
        "happened_at": world.clock.at.isoformat(),
    }
    assert [call(events, event).status_code for _ in range(2)] == [201, 200]
    assert call(events).json["items"][0]["facts"] == {"from": "the agency's driver"}

    results = f"/submissions/{submission_id}/results"
    answer = {"result_id": str(new_id()), "answers_digest": DIGEST, "code": "unsuitable", "final": True}
    assert [call(results, answer).status_code for _ in range(2)] == [201, 200]
    assert call(results, {**answer, "code": "report"}).status_code == 409
    assert [one["code"] for one in call(results).json["items"]] == ["unsuitable"]


def test_steering_and_names_are_for_people(world: World, call: Call) -> None:
    submission_id = world.submission()
    for path in (f"/submissions/{submission_id}/withdraw", f"/results/{new_id()}/nominal"):
        refused = call(path, {"reason": "curious"})
        assert (refused.status_code, refused.json["code"]) == (403, "not_your_role")


def test_a_machine_accepts_the_revision_that_was_approved_since(world: World, call: Call) -> None:
    submission_id = world.submission()
    (claim,) = call("/queues/ballistics/leases", {"limit": 5, "seconds": 60}).json["items"]
    call(f"/leases/{claim['lease_id']}/acknowledge", {"lease_token": claim["lease_token"]})
    revision = f"/submissions/{submission_id}/revision"
    assert call(revision, {"digest": NEWER}).json["code"] == "digest_changed"
    with world.worker() as session:
        session.get_one(Submission, submission_id).approved_digest = NEWER
        session.commit()
    assert [call(revision, {"digest": NEWER}).status_code for _ in range(2)] == [200, 200]
    assert world.read(submission_id).accepted_digest == NEWER
    assert call(revision, {"digest": "x"}).status_code == 422
    with world.worker() as session:
        kinds = session.scalars(select(CustodyEntry.kind).order_by(CustodyEntry.seq)).all()
    assert kinds.count("assignment.accepted_revision") == 1
