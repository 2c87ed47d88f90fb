"""Counts of the own organisation, by reason and unit, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select, update

from evidence.actions.deciding import supplements
from evidence.actions.telling import boards, reports, service_health
from evidence.domain.callers import PersonCaller
from evidence.records.captures import Capture
from evidence.records.devices import Device
from evidence.records.media import Media
from evidence.records.people import Person
from evidence.records.submissions import Submission
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    yield made
    made.close()


def ask(world: DecisionWorld, by: PersonCaller, action: Any, **facts: Any) -> Any:
    with world.api() as session:
        world._enter(session, by)
        return action(session, world.services, caller=by, **facts)


def test_the_month_counts_returns_by_reason_and_unit_and_hours(world: DecisionWorld) -> None:
    with world.worker() as session, session.begin():
        session.execute(update(Person).where(Person.id == world.officer.person_id).values(unit="Norte"))
        session.execute(update(Capture).values(captured_at=world.clock.now() - timedelta(hours=5)))
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "return", "ballistics", reason="foto_movida")
    world.decide(world.supervisor, "approve", reading=("legible", SERIAL))
    *before, month = ask(world, world.supervisor, reports.months, count=12)
    assert (month.captures, month.approved, month.returned) == (1, 1, 1)
    assert month.returns == [{"reason": "foto_movida", "n": 1}]
    assert month.units == [{"unit": "Norte", "n": 1}]
    assert month.hours_to_approval == pytest.approx(5, abs=0.1)
    assert month.hours_to_answer is None
    assert [one.captures for one in before] == [0] * 11
    assert month.month == world.clock.now().strftime("%Y-%m")


def test_the_board_shows_ages_and_what_is_overdue_to_both_sides(world: DecisionWorld) -> None:
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "approve", reading=("legible", SERIAL))
    board = ask(world, world.supervisor, boards.board)
    assert {(one["destination"], one["state"]): one["n"] for one in board.queues} == {
        ("ballistics", "pending_review"): 1,
        ("etrace", "queued"): 1,
    }
    assert [one["n"] for one in board.entities] == [1]
    world.clock.moved += timedelta(days=30)
    theirs = ask(world, world.analyst, boards.board)
    assert [(one["destination"], one["n"], one["overdue"]) for one in theirs.queues] == [("etrace", 1, 1)]
    assert theirs.entities == [], "who holds one dossier learns nothing of the agency's recoveries"
    assert ask(world, world.examiner, boards.board).queues == []


def test_health_counts_incidents_of_the_own_agency_only(world: DecisionWorld) -> None:
    calm = ask(world, world.supervisor, service_health.look)
    assert set(calm.incidents.values()) == {0}
    assert (calm.jobs_failed, calm.store_canary) == (0, None)
    with world.worker() as session, session.begin():
        session.execute(update(Media).where(Media.size == len(b"sealed" * 500)).values(state="quarantined"))
        session.execute(update(Capture).values(conflict_open=True))
        seen = world.clock.now() - timedelta(days=3)
        session.execute(update(Device).values(last_seen_at=seen, heartbeat={"unsent": 4}))
    bad = ask(world, world.supervisor, service_health.look).incidents
    assert {name: n for name, n in bad.items() if n} == {"quarantined": 1, "conflicts": 1, "phones_quiet": 1}
    assert set(ask(world, world.examiner, service_health.look).incidents.values()) == {0}


def test_months_begin_where_they_should() -> None:
    first = reports._first_month(datetime(2026, 1, 31, 23, tzinfo=UTC), 3)
    assert (first.year, first.month, first.day) == (2025, 11, 1)
    assert reports._names(first, 3) == ["2025-11", "2025-12", "2026-01"]


def test_the_board_tells_ages_clocks_and_what_was_lacking_at_signing(world: DecisionWorld) -> None:
    fresh = ask(world, world.supervisor, boards.board)
    assert {(one["destination"], one["from_days"], one["to_days"], one["n"]) for one in fresh.ages} == {
        ("ballistics", 0, 1, 1),
        ("etrace", 0, 1, 1),
    }
    assert fresh.clocks == boards.Clocks(overdue=0, due_today=0, detainee=0, detainee_over=0, unanswered=0, lead_open=0)
    signed = {one["destination"]: (one["signed"], one["ready"]) for one in fresh.readiness}
    lacking = {(one["destination"], one["gap"]) for one in fresh.gaps}
    rows = world.rows(select(Submission))
    for row in rows:
        assert {(row.destination, gap) for gap in row.signing_gaps} <= lacking
        assert signed[row.destination] == (1, 0 if row.signing_gaps else 1)
    began = {"legal.detained_at": world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "legal.detainee_hours": "48"}
    capture_id = world.signed.capture_id
    addition = supplements.Addition("capture", capture_id, began, "as the prosecutor says")
    world.act(world.supervisor, supplements.add, capture_id=capture_id, addition=addition)
    assert ask(world, world.supervisor, boards.board).clocks.detainee == 2
    world.clock.moved += timedelta(days=4)
    later = ask(world, world.supervisor, boards.board)
    assert (later.clocks.detainee, later.clocks.detainee_over) == (0, 2)
    assert {(one["from_days"], one["to_days"]) for one in later.ages} == {(3, 7)}
