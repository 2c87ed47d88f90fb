"""A supervisor's browser over HTTP: list, look, decide, download."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from api.app import create_app
from api.boundary import Wiring
from evidence.actions.sign_in import token_hash
from evidence.records.people import Account, UserSession
from evidence.settings import read_settings
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))
from decision_world import DecisionWorld

ORIGIN = "http://localhost:1"
Call = Callable[..., Any]


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    yield made
    made.close()


@pytest.fixture
def call(world: DecisionWorld) -> Call:
    """Calls the API with the supervisor's cookie."""
    names = ("S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    buckets = ("BUCKET_ORIGINALS", "BUCKET_STAGING", "BUCKET_PREVIEWS")
    settings = read_settings(
        {
            "CASQUILLO_DATABASE_URL": world.urls.api,
            "CASQUILLO_SECRET_KEY": Fernet.generate_key().decode(),
            "CASQUILLO_ORIGIN": ORIGIN,
            **{f"CASQUILLO_{name}": "http://127.0.0.1:1" for name in (*names, *buckets)},
        }
    )
    _sign_in(world)
    client = create_app(Wiring(settings, world.services, world.api)).test_client()
    client.set_cookie(settings.cookie_name, "made-up", domain="localhost", secure=True)

    def send(path: str, body: dict[str, Any] | None = None, etag: str | None = None) -> Any:
        method = client.get if body is None else client.post
        headers = {"Origin": ORIGIN, "X-Requested-With": "casquillo", "Cookie": f"{settings.cookie_name}=made-up"}
        return method(f"/api/v1{path}", headers=headers | ({"If-Match": etag} if etag else {}), json=body)

    return send


def _sign_in(world: DecisionWorld) -> None:
    now = world.clock.now()
    with world.worker() as session, session.begin():
        account = session.scalars(select(Account).where(Account.person_id == world.supervisor.person_id)).one()
        session.add(
            UserSession(
                id=world.services.entropy.uuid7(),
                token_hash=token_hash("made-up"),
                account_id=account.id,
                person_id=account.person_id,
                organisation_id=account.organisation_id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=12),
                factor_at=now,
            )
        )


def test_from_the_list_to_the_decision(world: DecisionWorld, call: Call) -> None:
    first = call("/submissions?limit=1").json
    second = call(f"/submissions?limit=1&cursor={first['next_cursor']}").json
    assert second["next_cursor"] is None
    assert {one["items"][0]["destination"] for one in (first, second)} == {"etrace", "ballistics"}
    assert call("/submissions?cursor=nonsense").status_code == 422

    submission = world.submission()
    path = f"/submissions/{submission.id}"
    seen = call(path)
    assert (seen.status_code, seen.headers["ETag"]) == (200, '"1"')
    agency = seen.json["agency"]
    assert len(agency["media"]) == len(world.signed.files)
    assert {"level": "red", "code": "view_not_opened", "about": "left"} in agency["warnings"]
    assert SERIAL not in seen.text

    item = f"/captures/{world.signed.capture_id}/items/{world.item}/readings"
    assert call(item, {"status": "legible", "text": SERIAL, "how": "supervisor"}).status_code == 201
    assert call(path).json["agency"]["worksheet"]["5a"]["value"] == SERIAL
    world.open_all(world.supervisor)

    body = {"decision": "approve", "digest": submission.digest, "findings_seen": 0}
    assert call(f"{path}/decision", body).status_code == 428
    assert call(f"{path}/decision", body, etag='"9"').status_code == 412
    assert call(f"{path}/decision", {**body, "digest": "0" * 64}, etag='"1"').json["code"] == "digest_changed"
    made = call(f"{path}/decision", body, etag='"1"')
    assert (made.status_code, made.json["kind"]) == (201, "approve")
    assert call(path).json["submission"]["state"] == "queued"
    assert call(f"{path}/decision", body, etag='"2"').json["code"] == "wrong_state"


def test_a_supplement_is_checked_fact_by_fact(world: DecisionWorld, call: Call) -> None:
    path = f"/captures/{world.signed.capture_id}/supplements"
    body = {"scope": "item", "scope_id": str(world.item), "reason": "seen on the frame"}
    wrong = call(path, {**body, "values": {"no.such": "x"}})
    assert (wrong.status_code, wrong.json["errors"]) == (422, {"no.such": ["unknown_fact"]})
    right = call(path, {**body, "values": {"firearm.model": "17"}})
    assert (right.status_code, right.json["number"]) == (201, 1)
