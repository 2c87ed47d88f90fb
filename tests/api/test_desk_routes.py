"""A laboratory and a desk over HTTP: traces sent and read back, leads ended, their tellings read."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from api.app import create_app
from api.boundary import Wiring
from evidence.actions.accounts.sign_in import token_hash
from evidence.actions.holding import leasing, notices
from evidence.domain.callers import PersonCaller
from evidence.records.people import Account, UserSession
from evidence.settings import read_settings
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

sys.path.insert(0, str(Path(__file__).parents[1] / "actions"))
from decision_world import DecisionWorld

ORIGIN = "http://localhost:1"
CASES = [{"agency": "PEM-A", "case_number": "CI-0041"}, {"agency": "PEM-B", "case_number": "CI-0088"}]
Call = Callable[..., Any]


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    made.decide(made.supervisor, "approve", reading=("legible", SERIAL))
    made.decide(made.supervisor, "approve", "ballistics")
    yield made
    made.close()


@pytest.fixture
def call(world: DecisionWorld) -> Call:
    """Calls the API with the cookie of whoever is named first."""
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
    for person in (world.officer, world.supervisor, world.examiner, world.analyst):
        _sign_in(world, person)
    client = create_app(Wiring(settings, world.services, world.api)).test_client(use_cookies=False)

    def send(by: PersonCaller, path: str, body: dict[str, Any] | None = None) -> Any:
        method = client.get if body is None else client.post
        cookie = f"{settings.cookie_name}={by.person_id}"
        headers = {"Origin": ORIGIN, "X-Requested-With": "casquillo", "Cookie": cookie}
        return method(f"/api/v1{path}", headers=headers, json=body)

    return send


def _sign_in(world: DecisionWorld, person: PersonCaller) -> None:
    now = world.clock.now()
    with world.worker() as session, session.begin():
        account = session.scalars(select(Account).where(Account.person_id == person.person_id)).one()
        row = UserSession(id=world.services.entropy.uuid7(), token_hash=token_hash(str(person.person_id)))
        row.account_id, row.person_id, row.organisation_id = account.id, person.person_id, person.organisation_id
        row.created_at = row.last_seen_at = row.factor_at = now
        row.expires_at = now + timedelta(hours=12)
        session.add(row)


def take_on(world: DecisionWorld, by: PersonCaller, destination: str) -> str:
    """The digest of the submission that is now in the caller's hands."""
    claim = world.act(by, leasing.lease, destination=destination, limit=1, seconds=600)[0]
    world.act(by, leasing.acknowledge, lease_id=claim.lease_id, token=claim.lease_token)
    return str(claim.digest)


def test_a_trace_is_sent_once_and_read_back_by_another(world: DecisionWorld, call: Call) -> None:
    digest, path = take_on(world, world.analyst, "etrace"), f"/submissions/{world.submission().id}/trace-requests"
    request_id = str(world.services.entropy.uuid7())
    body = {
        "trace_request_id": request_id,
        "digest": digest,
        "etrace_number": "T-TEST-0007",
        "etrace_number_again": "T-TEST-0007",
        "sent_at": world.clock.now().isoformat(),
    }
    assert call(world.analyst, path, {**body, "etrace_number_again": "T-7"}).json["code"] == "numbers_differ"
    assert [call(world.analyst, path, body).status_code for _ in range(2)] == [201, 200]
    same = call(world.analyst, f"/trace-requests/{request_id}/read-backs", {"text": SERIAL, "equal": True})
    assert (same.status_code, same.json["code"]) == (403, "same_reader")
    for by in (world.analyst, world.supervisor):
        (seen,) = call(by, path).json["items"]
        assert (seen["request"]["etrace_number"], seen["replaced"], seen["notices"]) == ("T-TEST-0007", False, [])
    assert call(world.examiner, path).status_code == 404
    assert call(world.supervisor, path, body).json["code"] == "not_your_role"


def test_a_lead_over_http_from_its_record_to_its_end(world: DecisionWorld, call: Call) -> None:
    digest = take_on(world, world.examiner, "ballistics")
    path = f"/submissions/{world.submission('ballistics').id}/results"
    result_id = str(world.services.entropy.uuid7())
    lead = {"result_id": result_id, "answers_digest": digest, "code": "lead", "final": False}
    assert call(world.examiner, path, lead).json["code"] == "two_cases"
    recorded = call(world.examiner, path, {**lead, "facts": {"cases": CASES}})
    assert (recorded.status_code, recorded.json["ended"]) == (201, None)
    end = f"/results/{result_id}/end"
    assert call(world.examiner, end, {"outcome": "confirmed", "reason": "x"}).json["code"] == "hit_needed"
    assert call(world.analyst, end, {"outcome": "withdrawn", "reason": "x"}).status_code == 404
    ended = call(world.examiner, end, {"outcome": "withdrawn", "reason": "another barrel"})
    assert (ended.status_code, ended.json["outcome"]) == (200, "withdrawn")

    seen = call(world.supervisor, f"{path}?limit=1").json
    assert (seen["items"][0]["ended"]["outcome"], seen["next_cursor"]) == ("withdrawn", None)
    assert seen["items"][0]["facts"]["cases"] == CASES
    with world.worker() as session, session.begin():
        notices.tell(session, world.services, UUID(result_id))
    page = call(world.supervisor, "/notices?limit=1").json
    rest = call(world.supervisor, f"/notices?cursor={page['next_cursor']}").json
    told = page["items"] + rest["items"]
    assert sorted(one["about"] for one in told) == ["lead", "withdrawn"]
    assert {one["card"] for one in told} == {None}
    opened = call(world.supervisor, f"/notices/{told[0]['notice_id']}/read", {})
    assert opened.json["card"]["cases"] == CASES
    assert call(world.officer, "/notices?cursor=nonsense").status_code == 422
    assert call(world.examiner, "/notices").json["code"] == "not_your_role"


def test_the_holder_reads_its_cards_and_nobody_else_s(world: DecisionWorld, call: Call) -> None:
    path = f"/captures/{world.signed.capture_id}/duplicates"
    for by in (world.supervisor, world.analyst, world.examiner):
        assert call(by, path).json == {"items": []}
    assert call(world.officer, f"/captures/{world.services.entropy.uuid7()}/duplicates").status_code == 404
