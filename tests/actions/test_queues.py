"""Claims and what follows, behind the wall of the laboratory, in a real database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from queue_world import DIGEST, HEAD_ITEM, START, World, make_world
from sqlalchemy import select

from evidence.actions.accounts import organisations
from evidence.actions.deciding import information
from evidence.actions.holding import assignments, leasing, queues, steering
from evidence.domain.callers import SYSTEM, Caller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import View
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.submissions import Lease, information_of, locked_submission
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def take(world: World, caller: Caller | None = None, *, limit: int = 10) -> list[leasing.Claim]:
    chosen = caller or world.people["examiner"]
    with world.acting(chosen.organisation_id) as session:
        return leasing.lease(session, world.services, caller=chosen, destination="ballistics", limit=limit, seconds=60)


def expire(world: World) -> int:
    world.clock.at += timedelta(seconds=61)
    with world.worker() as session:
        ended = leasing.expire_leases(session, world.services)
        session.commit()
    return ended


def kinds(world: World) -> list[str]:
    with world.worker() as session:
        return list(session.scalars(select(CustodyEntry.kind).order_by(CustodyEntry.seq)))


def test_urgent_comes_before_oldest_due_and_the_log_says_so(world: World) -> None:
    late = world.submission(due_at=START + timedelta(days=3))
    early = world.submission(due_at=START + timedelta(days=1))
    urgent = world.submission(due_at=START + timedelta(days=9), urgency=0)
    world.submission(destination="etrace", holder="desk")

    claims = take(world)

    assert [claim.submission_id for claim in claims] == [urgent, early, late]
    assert {claim.digest for claim in claims} == {DIGEST}
    assert len({claim.lease_token for claim in claims}) == 3
    assert kinds(world) == ["lease.taken"] * 3
    with world.worker() as session:
        stored = session.scalars(select(Lease.token_hash)).all()
    assert not set(stored) & {claim.lease_token for claim in claims}


def test_two_takers_never_get_the_same(world: World) -> None:
    first, second = world.submission(), world.submission()
    one, other = world.people["examiner"], world.people["second"]
    with world.acting(one.organisation_id) as a, world.acting(other.organisation_id) as b:
        mine = leasing.lease(a, world.services, caller=one, destination="ballistics", limit=1, seconds=60)
        a.commit()  # both chains are the capture's, so that the second waits for the first
        theirs = leasing.lease(b, world.services, caller=other, destination="ballistics", limit=5, seconds=60)
    assert {mine[0].submission_id, *(claim.submission_id for claim in theirs)} == {first, second}
    assert len(theirs) == 1


def test_a_locked_row_is_skipped_not_waited_for(world: World) -> None:
    locked, free = world.submission(due_at=START), world.submission()
    with world.worker() as session:
        assert locked_submission(session, locked) is not None
        assert [claim.submission_id for claim in take(world)] == [free]


def test_acknowledge_ends_the_clock(world: World) -> None:
    submission_id = world.submission()
    (claim,) = take(world)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        assignment = leasing.acknowledge(
            session, world.services, caller=caller, lease_id=claim.lease_id, token=claim.lease_token
        )
    assert assignment.due_at > world.clock.now()
    assert expire(world) == 0
    row = world.read(submission_id)
    assert (row.state, row.accepted_digest) == ("in_progress", DIGEST)
    assert kinds(world) == ["lease.taken", "assignment.acknowledged"]


@pytest.mark.parametrize("spoil", ["token", "time", "twice"])
def test_a_lost_lease_changes_nothing(world: World, spoil: str) -> None:
    submission_id = world.submission()
    (claim,) = take(world)
    caller, token = world.people["examiner"], claim.lease_token
    if spoil == "token":
        token = "another"
    elif spoil == "time":
        world.clock.at += timedelta(seconds=61)
    else:
        with world.acting(caller.organisation_id) as session:
            leasing.release(session, world.services, caller=caller, lease_id=claim.lease_id, token=token)
    before = world.read(submission_id)
    with pytest.raises(EvidenceError) as refused, world.acting(caller.organisation_id) as session:
        leasing.acknowledge(session, world.services, caller=caller, lease_id=claim.lease_id, token=token)
    assert refused.value.code == "lease_lost"
    assert (world.read(submission_id).state, world.read(submission_id).version) == (before.state, before.version)


def test_a_stranger_finds_neither_lease_nor_queue(world: World) -> None:
    world.submission()
    (claim,) = take(world)
    stranger = world.people["stranger"]
    assert take(world, stranger) == []
    with pytest.raises(EvidenceError) as refused, world.acting(stranger.organisation_id) as session:
        leasing.renew(
            session, world.services, caller=stranger, lease_id=claim.lease_id, token=claim.lease_token, seconds=60
        )
    assert refused.value.code == "not_found"


def test_a_machines_third_expiry_is_the_dead_letter_and_a_persons_is_not(world: World) -> None:
    submission_id = world.submission()
    machine = world.machine("queue:lease:ballistics")
    for state in ("queued", "queued", "dead_letter"):
        assert len(take(world, machine)) == 1
        assert expire(world) == 1
        assert world.read(submission_id).state == state
    assert kinds(world)[-2:] == ["lease.expired", "submission.dead_lettered"]

    supervisor = world.people["supervisor"]
    with world.acting(supervisor.organisation_id) as session:
        steering.put_back(session, world.services, caller=supervisor, submission_id=submission_id, reason="repaired")
    for _ in range(4):
        assert len(take(world)) == 1
        assert expire(world) == 1
    assert (world.read(submission_id).state, world.read(submission_id).machine_failures) == ("queued", 0)


def test_a_machine_needs_the_scope_of_the_destination(world: World) -> None:
    world.submission()
    with pytest.raises(EvidenceError) as refused:
        take(world, world.machine("queue:lease:etrace"))
    assert refused.value.code == "scope_missing"


def test_failing_gives_it_back_with_the_reason(world: World) -> None:
    submission_id = world.submission()
    machine = world.machine("queue:lease:ballistics")
    (claim,) = take(world, machine)
    with world.acting(machine.organisation_id) as session:
        leasing.fail(
            session,
            world.services,
            caller=machine,
            lease_id=claim.lease_id,
            token=claim.lease_token,
            reason="the microscope is out",
        )
    row = world.read(submission_id)
    assert (row.state, row.machine_failures) == ("queued", 1)


def test_asking_begins_the_work(world: World) -> None:
    submission_id = world.submission()
    take(world)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        information.ask(session, world.services, caller=caller, submission_id=submission_id, question="Which seal?")
    assert expire(world) == 0
    assert world.read(submission_id).state == "needs_information"


def test_the_agency_asks_the_laboratory_for_a_photo_and_nothing_moves(world: World) -> None:
    submission_id = _work_on(world)
    supervisor, examiner = world.people["supervisor"], world.people["examiner"]
    wanted: dict[str, Any] = {
        "submission_id": submission_id,
        "view": View.SERIAL_CLOSEUP,
        "text": "The serial. M-501 has it, 06:40.",
    }
    with world.acting(supervisor.organisation_id) as session:
        information.ask_for_view(session, world.services, caller=supervisor, **wanted)
    assert world.read(submission_id).state == "in_progress"
    with world.acting(examiner.organisation_id) as session:
        (said,) = information_of(session, submission_id)
        assert (said.kind, said.organisation_id, said.text) == ("asked", supervisor.organisation_id, wanted["text"])
        told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
        (details,) = session.scalars(told.where(CustodyEntry.kind == "information.asked"))
        assert (details["code"], details["from"], details["to"]) == ("serial_closeup", "in_progress", "in_progress")
    with pytest.raises(EvidenceError) as refused, world.acting(examiner.organisation_id) as session:
        information.ask_for_view(session, world.services, caller=examiner, **wanted)
    assert refused.value.code == "not_found"
    with world.acting(supervisor.organisation_id) as session:
        steering.withdraw(session, world.services, caller=supervisor, submission_id=submission_id, reason="settled")
    with pytest.raises(EvidenceError) as refused, world.acting(supervisor.organisation_id) as session:
        information.ask_for_view(session, world.services, caller=supervisor, **wanted)
    assert refused.value.code == "wrong_state"


def test_withdrawal_ends_the_claim(world: World) -> None:
    submission_id = world.submission()
    (claim,) = take(world)
    supervisor, examiner = world.people["supervisor"], world.people["examiner"]
    with world.acting(supervisor.organisation_id) as session:
        steering.withdraw(session, world.services, caller=supervisor, submission_id=submission_id, reason="settled")
    with pytest.raises(EvidenceError) as refused, world.acting(examiner.organisation_id) as session:
        leasing.acknowledge(session, world.services, caller=examiner, lease_id=claim.lease_id, token=claim.lease_token)
    assert (refused.value.code, world.read(submission_id).state) == ("lease_lost", "withdrawn")


def _work_on(world: World) -> UUID:
    submission_id = world.submission()
    (claim,) = take(world)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        leasing.acknowledge(session, world.services, caller=caller, lease_id=claim.lease_id, token=claim.lease_token)
    return submission_id


def test_the_manager_moves_work_within_the_laboratory_only(world: World) -> None:
    submission_id = _work_on(world)
    manager = world.people["manager"]
    with world.acting(manager.organisation_id) as session:
        steering.reassign(
            session,
            world.services,
            caller=manager,
            submission_id=submission_id,
            person_id=world.people["second"].person_id,
            reason="leave",
        )
        assignment = assignments.open_assignment(session, submission_id)
        assert assignment is not None
        assert assignment.person_id == world.people["second"].person_id
    with pytest.raises(EvidenceError) as refused, world.acting(manager.organisation_id) as session:
        steering.reassign(
            session,
            world.services,
            caller=manager,
            submission_id=submission_id,
            person_id=world.people["analyst"].person_id,
            reason="leave",
        )
    assert refused.value.code == "unknown_person"


def test_handing_back_frees_it_for_the_next(world: World) -> None:
    submission_id = _work_on(world)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        steering.hand_back(session, world.services, caller=caller, submission_id=submission_id, reason="no cartridge")
    assert world.read(submission_id).accepted_digest is None
    assert [claim.submission_id for claim in take(world)] == [submission_id]


def test_depth_counts_what_each_side_holds(world: World) -> None:
    world.submission(due_at=START - timedelta(days=1))
    world.submission(state="dead_letter")
    world.submission(state="in_progress")
    for name, expected in (("laboratory", 1), ("agency", 1), ("other", 0)):
        caller = world.people[{"laboratory": "examiner", "agency": "supervisor", "other": "stranger"}[name]]
        with world.acting(caller.organisation_id) as session:
            found = queues.depth(session, world.services, caller=caller, destination="ballistics")
        assert (found.depth, found.overdue, found.in_progress, found.dead_letter) == (expected,) * 4
        assert found.waiting_for_item == 2 * expected


def test_rerouting_asks_the_routes_again(world: World) -> None:
    submission_id = world.submission(item_id=HEAD_ITEM)
    with world.worker() as session:
        organisations.make_route(
            session,
            world.services,
            actor=SYSTEM,
            agency_id=world.organisations["agency"],
            destination="ballistics",
            organisation_id=world.organisations["other"],
        )
        session.commit()
    supervisor = world.people["supervisor"]
    with world.acting(supervisor.organisation_id) as session:
        steering.reroute(session, world.services, caller=supervisor, submission_id=submission_id)
    assert take(world) == []
    assert [claim.submission_id for claim in take(world, world.people["stranger"])] == [submission_id]
    assert "submission.rerouted" in kinds(world)
