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
from evidence.actions.accounts.sign_in import token_hash
from evidence.actions.deciding import information
from evidence.actions.holding import leasing
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

    amber = [one for one in call(path).json["agency"]["warnings"] if one["level"] == "amber"]
    opened = [f"{one['code']}|{one['about'] or ''}" for one in amber]
    body = {"decision": "approve", "digest": submission.digest, "findings_seen": 0, "opened": opened}
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


def test_a_refused_approval_is_answered_and_its_reading_kept(world: DecisionWorld, call: Call) -> None:
    world.open_all(world.supervisor)
    submission = world.submission()
    path = f"/submissions/{submission.id}"
    body = {"decision": "approve", "digest": submission.digest, "findings_seen": 0}
    wrong = {**body, "reading": {"status": "legible", "text": "QZX9999"}}
    refused = call(f"{path}/decision", wrong, etag='"1"')
    assert (refused.status_code, refused.json["code"]) == (409, "readings_differ")
    assert refused.json["errors"] == {"5a": ["readings_differ"]}
    shown = call(path)
    assert shown.headers["ETag"] == '"1"'
    assert [one["text"] for one in shown.json["agency"]["readings"]] == ["QZX9999"]


def test_a_conflict_is_settled_over_the_version_that_was_seen(world: DecisionWorld, call: Call) -> None:
    other = world.sign("17", capture_id=world.signed.capture_id)
    world.send(other)
    path = f"/captures/{world.signed.capture_id}"
    seen = call(path)
    body = {"manifest_sha256": other.sha256, "reason": "seen on the frame"}
    assert call(f"{path}/settle", body).status_code == 428
    assert call(f"{path}/settle", body, etag='"1"').status_code == 412
    assert call(f"{path}/settle", {**body, "reason": " "}, etag=seen.headers["ETag"]).status_code == 422
    settled = call(f"{path}/settle", body, etag=seen.headers["ETag"])
    assert (settled.status_code, settled.json["head_sha256"], settled.json["conflict_open"]) == (
        200,
        other.sha256,
        False,
    )
    assert settled.headers["ETag"] == call(path).headers["ETag"] != seen.headers["ETag"]
    again = call(f"{path}/settle", body, etag=settled.headers["ETag"])
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_settle")


def test_a_decision_asks_for_a_fresh_factor(world: DecisionWorld, call: Call) -> None:
    world.clock.moved = timedelta(minutes=16)
    submission = world.submission()
    body = {"decision": "return", "digest": submission.digest, "findings_seen": 0, "reason": "foto_movida"}
    decide = f"/submissions/{submission.id}/decision"
    refused = call(decide, body, etag='"1"')
    assert (refused.status_code, refused.json["code"]) == (403, "fresh_factor_required")
    assert call("/session/factor", {"totp": "12"}).status_code == 422
    wrong = call("/session/factor", {"totp": "000000"})
    assert (wrong.status_code, wrong.json["code"]) == (403, "factor_refused")
    shown = call("/session/factor", {"totp": world.totp("s-201")})
    assert shown.status_code == 200
    assert shown.json["factor_at"] == call("/session").json["factor_at"]
    assert call(decide, body, etag='"1"').status_code == 201


def test_a_question_is_answered_and_a_revision_waits_for_its_holder(world: DecisionWorld, call: Call) -> None:
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "approve", reading=("legible", SERIAL))
    path = f"/submissions/{world.submission().id}"
    assert call(f"{path}/information", {"text": "The 19."}).json["code"] == "wrong_state"
    world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=60)
    world.act(world.analyst, information.ask, submission_id=world.submission().id, question="Which model?")
    assert call(f"{path}/information", {"text": " "}).status_code == 422
    answered = call(f"{path}/information", {"text": "The 19."})
    assert (answered.status_code, answered.json["state"]) == (200, "in_progress")
    assert [one["kind"] for one in call(path).json["agency"]["information"]] == ["asked", "answered"]
    refused = call(f"{path}/revision", {"digest": world.submission().digest})
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_role")
