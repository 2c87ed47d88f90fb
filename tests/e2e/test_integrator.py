"""A laboratory's own system does its part by token alone: the client that the document shows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from evidence.domain.webhooks import headers, secret_text
from standalone.integrator import Damaged, Laboratory, is_from_casquillo
from tests.browser.approved import Approved, approved
from tests.e2e.conftest import Running

SEALS = ("I-004417", "I-004418")


@pytest.fixture(scope="module")
def gun(running: Running) -> Approved:
    return approved(running, serial="QZX0242", seals=SEALS)


@pytest.fixture
def laboratory(running: Running) -> Iterator[Laboratory]:
    made = Laboratory(running.service.origin, running.world["tokens"]["LAB-A"])
    yield made
    made.close()


def test_the_way_of_one_case_by_token(running: Running, laboratory: Laboratory, gun: Approved) -> None:
    wanted = gun.submissions[("ballistics", "2")]
    line = next(one for one in laboratory.waiting() if one["submission_id"] == wanted)
    assert (line["folio"], line["physical"], line["packages"][0]["seal"]) == (gun.folio, "expected", SEALS[1])
    job = laboratory.take(wanted)
    assert job is not None
    assert [len(laboratory.fetch(job, media)) for media in job.media] == [media["size"] for media in job.media]
    with pytest.raises(Damaged):
        laboratory.fetch(job, {**job.media[0], "sha256": "0" * 64})
    laboratory.receive(job, given_by="O-101", taken_by="LAB-A", seal="I-004481")
    laboratory.enter(job, {"origin": "recovered", "breech_face": "parallel", "system": "IBIS"})
    cases = [
        {"agency": "PEM-A", "case_number": "CI-DEMO-0041"},
        {"agency": "PEM-B", "case_number": "CI-DEMO-0088"},
    ]
    lead = laboratory.answer(job, "lead", {"system": "IBIS", "cases": cases}, final=False)
    # A hit is a person's word even when a machine sends it: without two examiners it is refused.
    with pytest.raises(httpx.HTTPStatusError) as refused:
        laboratory.answer(job, "hit", {"cases": cases}, final=True, supersedes=lead)
    assert refused.value.response.json()["code"] == "second_examiner"
    examiners = [running.world["people"][name]["person_id"] for name in ("l-301", "l-302")]
    named = {"examiner_id": examiners[0], "second_examiner_id": examiners[1]}
    laboratory.answer(job, "hit", {"cases": cases}, final=True, supersedes=lead, **named)
    shown = running.person("l-309").get("/queues/ballistics/items", scope="all", text=gun.folio).json()["items"]
    row = next(one for one in shown if one["submission_id"] == wanted)
    assert row["results"] == ["lead", "hit"]
    assert row["lead_since"] is None
    assert laboratory.take(wanted) is None, "nothing waits there any more"


def test_a_webhook_is_known_by_its_signature() -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    secret, body = b"s" * 32, b'{"type":"submission.queued"}'
    sent = headers(secret, message_id="01", at=now, body=body)
    assert is_from_casquillo(secret_text(secret), sent, body, now=now)
    assert not is_from_casquillo(secret_text(secret), sent, body + b" ", now=now)
    assert not is_from_casquillo(secret_text(b"t" * 32), sent, body, now=now)
    assert not is_from_casquillo(secret_text(secret), sent, body, now=now + timedelta(hours=1))
