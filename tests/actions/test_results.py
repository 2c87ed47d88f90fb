"""Answers and physical events, behind the walls of laboratory, desk and agency, in a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from queue_world import DIGEST, START, World, make_world
from sqlalchemy import select

from evidence.actions.holding import assignments, leasing, physical, queues, result_rules, results
from evidence.actions.log import noting
from evidence.adapters.chance import SystemEntropy
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.domain.callers import Caller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import MismatchKind, PhysicalEventKind
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.results import Result
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    made.services = replace(made.services, jobs=ProcrastinateJobs())
    yield made
    for engine in made.engines:
        engine.dispose()


def answer(**more: Any) -> result_rules.Answer:
    plain: dict[str, Any] = {
        "result_id": new_id(),
        "answers_digest": DIGEST,
        "code": "no_association",
        "final": True,
        "supersedes": None,
        "facts": {},
        "nominal": None,
        "examiner_id": None,
        "second_examiner_id": None,
    }
    return result_rules.Answer(**{**plain, **more})


def record(world: World, caller: Caller, submission_id: UUID, sent: result_rules.Answer) -> results.Recorded:
    with world.acting(caller.organisation_id) as session:
        return results.record(session, world.services, caller=caller, submission_id=submission_id, answer=sent)


def held(world: World, *, destination: str = "ballistics", who: str = "examiner", holder: str = "laboratory") -> UUID:
    submission_id = world.submission(destination=destination, holder=holder)
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        (claim,) = leasing.lease(session, world.services, caller=caller, destination=destination, limit=1, seconds=600)
        leasing.acknowledge(session, world.services, caller=caller, lease_id=claim.lease_id, token=claim.lease_token)
    return submission_id


def count(world: World, kind: str) -> int:
    with world.worker() as session:
        return len(session.scalars(select(CustodyEntry.entry_id).where(CustodyEntry.kind == kind)).all())


def test_the_same_again_changes_nothing_and_another_payload_is_refused(world: World) -> None:
    submission_id, caller, sent = held(world), world.people["examiner"], answer()
    assert record(world, caller, submission_id, sent).new
    assert not record(world, caller, submission_id, sent).new
    with pytest.raises(EvidenceError) as refused:
        record(world, caller, submission_id, replace(sent, code="unsuitable"))
    assert refused.value.code == "result_conflict"
    assert count(world, "result.recorded") == 1
    assert world.read(submission_id).state == "answered"


def test_an_id_that_a_stranger_used_is_a_conflict_too(world: World) -> None:
    desks = held(world, destination="etrace", who="analyst", holder="desk")
    sent = answer(code="dealer_only")
    record(world, world.people["analyst"], desks, sent)
    with pytest.raises(EvidenceError) as refused:
        record(world, world.people["examiner"], held(world), answer(result_id=sent.result_id))
    assert refused.value.code == "result_conflict"


def test_the_assignment_stays_open_until_the_final_result(world: World) -> None:
    submission_id, caller = held(world), world.people["examiner"]
    lead = record(world, caller, submission_id, answer(code="lead", final=False, facts={"cases": CASES})).result
    with world.acting(caller.organisation_id) as session:
        assert assignments.open_assignment(session, submission_id) is not None
    record(world, caller, submission_id, answer(supersedes=lead.id))
    with world.acting(caller.organisation_id) as session:
        assert assignments.open_assignment(session, submission_id) is None
        listed = results.listed(session, caller=caller, submission_id=submission_id, limit=1, after=None)
        rest = results.listed(
            session,
            caller=caller,
            submission_id=submission_id,
            limit=5,
            after=(listed[0].result.recorded_at, listed[0].result.id),
        )
    assert [one.result.code for one in listed] == ["lead", "no_association"]
    assert [one.result.code for one in rest] == ["no_association"]
    ended = [one.ended.outcome if one.ended else None for one in listed]
    assert ended == ["eliminated", None]


CASES = [{"agency": "A", "case_number": "1"}, {"agency": "A", "case_number": "2"}]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"code": "dealer_only"}, "unknown_code"),
        ({"facts": {"Purchaser_Name": "x"}}, "nominal_in_facts"),
        ({"facts": {"deep": [{"birth_date": "x"}]}}, "nominal_in_facts"),
        ({"nominal": {"name": "x"}}, "nominal_not_here"),
        ({"code": "lead", "facts": {"confirmed": True}}, "lead_confirmed"),
        ({"code": "hit", "facts": {"cases": [CASES[0], CASES[0]]}}, "two_cases"),
        ({"code": "hit", "facts": {"cases": CASES}}, "second_examiner"),
        ({"code": "lead", "facts": {"cases": CASES[:1]}}, "two_cases"),
        ({"code": "report"}, "report_missing"),
        ({"attachments": (new_id(),)}, "unknown_attachment"),
        ({"answers_digest": "00" * 32}, "other_digest"),
        ({"supersedes": new_id()}, "unknown_result"),
    ],
)
def test_what_breaks_a_rule_is_refused_whole(world: World, more: dict[str, Any], code: str) -> None:
    submission_id = held(world)
    with pytest.raises(EvidenceError) as refused:
        record(world, world.people["examiner"], submission_id, answer(**more))
    assert refused.value.code == code
    assert world.read(submission_id).state == "in_progress"


def test_a_hit_needs_two_examiners_of_the_laboratory(world: World) -> None:
    submission_id, first = held(world), world.people["examiner"]
    for second, code in ((first, "second_examiner"), (world.people["manager"], "unknown_examiner")):
        with pytest.raises(EvidenceError) as refused:
            record(
                world,
                first,
                submission_id,
                answer(
                    code="hit",
                    facts={"cases": CASES},
                    examiner_id=first.person_id,
                    second_examiner_id=second.person_id,
                ),
            )
        assert refused.value.code == code
    hit = answer(
        code="hit",
        facts={"cases": CASES},
        examiner_id=first.person_id,
        second_examiner_id=world.people["second"].person_id,
    )
    assert record(world, first, submission_id, hit).new


def test_who_lost_the_lease_answers_late_and_who_never_held_does_not(world: World) -> None:
    submission_id, caller = world.submission(), world.people["examiner"]
    with pytest.raises(EvidenceError) as refused:
        record(world, caller, submission_id, answer())
    assert refused.value.code == "never_held"
    with world.acting(caller.organisation_id) as session:
        leasing.lease(session, world.services, caller=caller, destination="ballistics", limit=1, seconds=60)
    world.clock.at += timedelta(seconds=61)
    with world.worker() as session:
        leasing.expire_leases(session, world.services)
        session.commit()
    assert record(world, caller, submission_id, answer()).result.late
    assert world.read(submission_id).state == "answered"


def test_a_machine_needs_the_scope_of_the_destination(world: World) -> None:
    submission_id = held(world)
    with pytest.raises(EvidenceError) as refused:
        record(world, world.machine("result:write:etrace"), submission_id, answer())
    assert refused.value.code == "scope_missing"
    assert record(world, world.machine("result:write:ballistics"), submission_id, answer()).new


def test_the_nominal_part_opens_with_a_reason_and_stays_out_of_log_and_list(world: World) -> None:
    submission_id = held(world, destination="etrace", who="analyst", holder="desk")
    analyst, prosecutor = world.people["analyst"], world.people["prosecutor"]
    world.state_legal()
    sent = answer(code="purchaser_identified", nominal={"purchaser_name": "Nadie Inventado"})
    record(world, analyst, submission_id, sent)
    with world.acting(prosecutor.organisation_id) as session:
        (row,) = results.listed(session, caller=prosecutor, submission_id=submission_id, limit=5, after=None)
        assert "Nadie" not in str(row.facts)
        opened = results.open_nominal(
            session, world.services, caller=prosecutor, result_id=row.result.id, reason="carpeta 12"
        )
    assert opened == {"purchaser_name": "Nadie Inventado"}
    with world.worker() as session, session.begin():
        assert noting.append_noted(session, world.services) == 1
    assert count(world, "result.nominal_opened") == 1
    with world.worker() as session:
        assert "Nadie" not in str(session.scalars(select(CustodyDetail.details)).all())
    stranger = world.people["stranger"]
    with pytest.raises(EvidenceError) as refused, world.acting(stranger.organisation_id) as session:
        results.open_nominal(session, world.services, caller=stranger, result_id=sent.result_id, reason="curious")
    assert refused.value.code == "not_found"


def event(item_id: UUID, **more: Any) -> physical.Event:
    plain: dict[str, Any] = {
        "event_id": new_id(),
        "kind": PhysicalEventKind.RECEIVED,
        "package_id": None,
        "item_ids": (item_id,),
        "mismatches": (),
        "happened_at": START,
        "submission_id": None,
        "facts": {"place": "counter"},
    }
    return physical.Event(**{**plain, **more})


def tell(world: World, caller: Caller, sent: physical.Event) -> physical.Recorded:
    with world.acting(caller.organisation_id) as session:
        return physical.record(session, world.services, caller=caller, capture_id=world.root_id, event=sent)


def test_receiving_restarts_the_laboratorys_clock_and_ends_the_wait(world: World) -> None:
    submission_id, examiner = held(world), world.people["examiner"]
    before = world.read(submission_id)
    world.clock.at += timedelta(days=20)
    sent = event(before.item_id)
    assert tell(world, examiner, sent).new
    assert not tell(world, examiner, sent).new
    due_at = world.read(submission_id).due_at
    assert due_at is not None
    assert due_at > world.clock.at
    with world.acting(examiner.organisation_id) as session:
        assert queues.depth(session, world.services, caller=examiner, destination="ballistics").waiting_for_item == 0
    assert count(world, "physical.event") == 1


def test_an_event_id_stands_for_one_event(world: World) -> None:
    item_id, examiner = world.read(held(world)).item_id, world.people["examiner"]
    sent = event(item_id)
    tell(world, examiner, sent)
    with pytest.raises(EvidenceError) as refused:
        tell(world, examiner, replace(sent, facts={}))
    assert refused.value.code == "event_conflict"


def test_a_mismatch_says_in_what(world: World) -> None:
    item_id, examiner = world.read(held(world)).item_id, world.people["examiner"]
    with pytest.raises(EvidenceError) as refused:
        tell(world, examiner, event(item_id, kind=PhysicalEventKind.MISMATCH))
    assert refused.value.code == "mismatches"
    told = event(item_id, kind=PhysicalEventKind.MISMATCH, mismatches=(MismatchKind.LOADED,))
    assert tell(world, examiner, told).event.mismatches == ["loaded"]


def test_the_laboratory_names_only_items_it_was_granted(world: World) -> None:
    held(world)
    desks = world.read(world.submission(destination="etrace", holder="desk")).item_id
    with pytest.raises(EvidenceError) as refused:
        tell(world, world.people["examiner"], event(desks))
    assert refused.value.code == "unknown_item"
    with pytest.raises(EvidenceError) as unseen:
        tell(world, world.people["stranger"], event(desks))
    assert unseen.value.code == "not_found"
    with world.worker() as session:
        assert session.scalars(select(Result)).all() == []
