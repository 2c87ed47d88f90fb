"""What a holder's list reminds of: traces without an answer, leads without an end, and detainees' terms."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from queue_world import DIGEST, START, World, make_world
from sqlalchemy import text

from evidence.actions.holding import queue_items
from evidence.actions.holding.queue_items import Filters
from evidence.adapters.chance import SystemEntropy
from evidence.records.results import LeadEnd, Result
from evidence.records.submissions import Submission
from evidence.records.trace_requests import TraceRequest
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def keep(world: World, *rows: Any) -> None:
    with world.worker() as session:
        for row in rows:
            session.add(row)
            session.flush()
        session.commit()


def listed(world: World, who: str, destination: str, **filters: Any) -> dict[UUID, Any]:
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        rows = queue_items.listed(
            session,
            world.services,
            caller=caller,
            destination=destination,
            filters=Filters(scope="all", **filters),
            limit=50,
            after=None,
        )
    return {row.submission.id: row for row, _ in rows}


def sent(world: World, submission_id: UUID, days_ago: int, number: int = 1) -> TraceRequest:
    desk = world.people["analyst"]
    return TraceRequest(
        id=new_id(),
        submission_id=submission_id,
        agency_id=world.organisations["agency"],
        organisation_id=desk.organisation_id,
        number=number,
        digest=DIGEST,
        etrace_number=f"T-TEST-{days_ago}",
        sent_at=START - timedelta(days=days_ago),
        sent_by=desk.person_id,
        recorded_at=START,
    )


def trace(world: World, **more: Any) -> UUID:
    return world.submission(destination="etrace", holder="desk", state="in_progress", **more)


def settle(world: World, organisation: str, settings: str) -> None:
    with world.worker() as session:
        session.execute(
            text("UPDATE organisation SET settings = CAST(:settings AS jsonb) WHERE id = :id"),
            {"settings": settings, "id": world.organisations[organisation]},
        )
        session.commit()


def test_a_trace_without_an_answer_is_reminded_of_after_the_desk_s_own_days(world: World) -> None:
    late, fresh, answered, unsent, renewed = (trace(world) for _ in range(5))
    keep(
        world,
        sent(world, late, 31),
        sent(world, fresh, 10),
        sent(world, answered, 31),
        sent(world, renewed, 31),
        sent(world, renewed, 2, number=2),
    )
    with world.worker() as session:
        session.get_one(Submission, answered).answered_at = START
        session.commit()
    every = listed(world, "analyst", "etrace")
    assert {one: every[one].remind for one in (late, fresh, answered, unsent, renewed)} == {
        late: "answer",
        fresh: None,
        answered: None,
        unsent: None,
        renewed: None,
    }
    assert set(listed(world, "analyst", "etrace", unanswered=True)) == {late}
    settle(world, "desk", '{"trace_reminder_days": 7}')
    assert set(listed(world, "analyst", "etrace", unanswered=True)) == {late, fresh}


def lead(world: World, submission_id: UUID, days_ago: int) -> Result:
    examiner = world.people["examiner"]
    return Result(
        id=new_id(),
        submission_id=submission_id,
        root_id=world.root_id,
        agency_id=world.organisations["agency"],
        organisation_id=examiner.organisation_id,
        recorder_id=examiner.person_id,
        code="lead",
        final=False,
        answers_digest=DIGEST,
        payload_sha256=DIGEST,
        facts={},
        recorded_at=START - timedelta(days=days_ago),
    )


def test_a_lead_without_its_end_is_on_the_managers_list(world: World) -> None:
    old, young, ended = (world.submission(state="in_progress") for _ in range(3))
    over = lead(world, ended, 40)
    keep(world, lead(world, old, 40), lead(world, young, 3), over)
    keep(
        world,
        LeadEnd(
            result_id=over.id,
            submission_id=ended,
            agency_id=over.agency_id,
            organisation_id=over.organisation_id,
            outcome="eliminated",
            ended_by=over.recorder_id,
            ended_at=START,
        ),
    )
    rows = listed(world, "manager", "ballistics", lead_open=True)
    assert {one: row.remind for one, row in rows.items()} == {old: "lead"}
    settle(world, "laboratory", '{"lead_reminder_days": 1}')
    assert set(listed(world, "manager", "ballistics", lead_open=True)) == {old, young}


def test_a_detainees_term_is_a_filter_of_its_own(world: World) -> None:
    held, free = world.submission(detainee_due_at=START + timedelta(hours=40)), world.submission()
    assert set(listed(world, "examiner", "ballistics")) == {held, free}
    (row,) = listed(world, "examiner", "ballistics", detainee=True).values()
    assert row.submission.detainee_due_at == START + timedelta(hours=40)


def test_the_senders_of_a_queue_are_counted_with_what_is_open(world: World) -> None:
    world.submission()
    world.submission(state="answered")
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        (sender,) = queue_items.senders(session, caller=caller, destination="ballistics")
        assert (sender.agency_id, sender.n) == (world.organisations["agency"], 1)
        assert queue_items.senders(session, caller=caller, destination="etrace") == []
