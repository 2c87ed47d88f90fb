"""Sent without approval: the agency's switch, what stands against it, the confirmation and the recall."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select, update

from evidence.actions.deciding import provisional
from evidence.actions.holding import leasing, queue_items
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.records.custody import CustodyAudience, CustodyDetail, CustodyEntry
from evidence.records.media import Media
from evidence.records.organisations import Organisation
from evidence.records.submissions import Assignment, Submission
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    change(made, update(Organisation).where(Organisation.id == made.agency).values(settings={"provisional": True}))
    change(made, update(Submission).values(urgency=0))
    yield made
    made.check_log()
    made.close()


def change(world: DecisionWorld, statement: Any) -> None:
    with world.worker() as session, session.begin():
        session.execute(statement)


def send(world: DecisionWorld, by: PersonCaller, **facts: Any) -> Submission:
    submission = world.submission()
    sending = provisional.Sending(digest=submission.digest, findings_seen=0, reason="detenido, vence el término")
    etag = f'"{submission.version}"'
    given = {"submission_id": submission.id, "sending": sending, "if_match": etag, **facts}
    return world.act(by, provisional.send, **given)


def refused(world: DecisionWorld, by: PersonCaller) -> str:
    with pytest.raises(EvidenceError) as caught:
        send(world, by)
    return caught.value.code


def recall(world: DecisionWorld) -> int:
    with world.worker() as session, session.begin():
        return provisional.recall_due(session, world.services)


def kinds(world: DecisionWorld) -> list[str]:
    found = select(CustodyEntry.kind).where(CustodyEntry.kind.startswith("submission.")).order_by(CustodyEntry.seq)
    return list(world.rows(found))


def test_it_is_off_unless_the_agency_switches_it_on(world: DecisionWorld) -> None:
    change(world, update(Organisation).values(settings={}))
    assert refused(world, world.supervisor) == "provisional_off"


def test_who_captured_sends_and_the_desk_sees_that_nobody_approved(world: DecisionWorld) -> None:
    sent = send(world, world.officer)
    assert (sent.state, sent.approved_by, sent.approved_at, sent.holder_id) == ("queued", None, None, world.desk)
    asked: dict[str, Any] = {"destination": "etrace", "filters": queue_items.Filters(), "limit": 5, "after": None}
    rows = world.act(world.analyst, queue_items.listed, **asked)
    assert [one.submission.provisional_until for one, _ in rows] == [world.submission().provisional_until]
    details = world.rows(
        select(CustodyDetail.details)
        .join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
        .where(CustodyEntry.kind == "submission.provisional")
    )[0]
    assert details["reason"].startswith("detenido")
    assert details["until"]
    with pytest.raises(EvidenceError) as caught:
        world.decide(world.officer, "approve", reading=("legible", SERIAL))
    assert caught.value.code == "own_capture"


def test_a_supervisor_confirms_in_time_and_the_clock_leaves_it_alone(world: DecisionWorld) -> None:
    send(world, world.officer)
    claim = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=3600)[0]
    world.act(world.analyst, leasing.acknowledge, lease_id=claim.lease_id, token=claim.lease_token)
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "approve", reading=("legible", SERIAL))
    found = world.submission()
    assert (found.state, found.provisional_until, found.approved_by) == (
        "in_progress",
        None,
        world.supervisor.person_id,
    )
    assert kinds(world)[-1] == "submission.confirmed"
    world.clock.moved += timedelta(hours=25)
    assert recall(world) == 0


def test_what_nobody_confirms_is_recalled_from_whoever_has_it_and_the_holder_hears_of_it(world: DecisionWorld) -> None:
    send(world, world.officer)
    claim = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=3600)[0]
    world.act(world.analyst, leasing.acknowledge, lease_id=claim.lease_id, token=claim.lease_token)
    world.clock.moved += timedelta(hours=23, minutes=59)
    assert recall(world) == 0
    world.clock.moved += timedelta(minutes=2)
    assert (recall(world), recall(world)) == (1, 0)
    found = world.submission()
    assert (found.state, found.provisional_until, found.approved_digest) == ("pending_review", None, None)
    assert [one.end_kind for one in world.rows(select(Assignment))] == ["recalled"]
    told = select(CustodyAudience.organisation_id).join(CustodyEntry, CustodyEntry.entry_id == CustodyAudience.entry_id)
    recalled = told.where(CustodyEntry.kind == "submission.recalled")
    with world.worker() as session:
        assert set(session.scalars(recalled)) == {world.agency, world.desk}
    world.open_all(world.supervisor)
    fresh = replace(world.supervisor, factor_at=world.clock.now())
    world.decide(fresh, "approve", reading=("legible", SERIAL))
    assert world.submission().state == "queued"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (update(Submission).values(urgency=1), "not_urgent"),
        (update(Media).values(state="received"), "evidence_missing"),
        (update(Organisation).values(settings={"provisional": True, "order_rule": "require"}), "order_missing"),
    ],
)
def test_everything_else_red_stands_against_it(world: DecisionWorld, wrong: Any, code: str) -> None:
    change(world, wrong)
    assert refused(world, world.officer) == code
    assert world.submission().state == "pending_review"
