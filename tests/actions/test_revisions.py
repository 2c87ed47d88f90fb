"""New content while somebody works on it, questions and their answers, corrections after an answer."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.deciding import information, submissions, supplements
from evidence.actions.holding import assignments, leasing, results, steering
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import TraceCode
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.submissions import Assignment, Submission, Supplement
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

T = TypeVar("T")
READ = ("legible", SERIAL)
STATES = ("leased", "in_progress", "needs_information")


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    for one in (made.supervisor, made.other):
        made.open_all(one)
    made.decide(made.supervisor, "approve", reading=READ)
    yield made
    made.check_log()
    made.close()


def of_submission(world: DecisionWorld, by: PersonCaller, action: Callable[..., T], **facts: Any) -> T:
    return world.act(by, action, submission_id=world.submission().id, **facts)


def bring_to(world: DecisionWorld, state: str) -> leasing.Claim:
    """The desk takes it on, as far as the state."""
    (claim,) = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=600)
    fence = {"lease_id": claim.lease_id, "token": claim.lease_token}
    if state in ("in_progress", "answered"):
        world.act(world.analyst, leasing.acknowledge, **fence)
    if state == "needs_information":
        of_submission(world, world.analyst, information.ask, question="Which model?")
    if state == "answered":
        record(world, claim.digest)
    assert world.submission().state == state
    return claim


def record(world: DecisionWorld, digest: str | None) -> Any:
    answer = results.Answer(
        result_id=world.services.entropy.uuid7(),
        answers_digest=digest or "",
        code=TraceCode.PURCHASER_IDENTIFIED.value,
        final=True,
        supersedes=None,
        facts={},
        nominal=None,
        examiner_id=None,
        second_examiner_id=None,
    )
    return of_submission(world, world.analyst, results.record, answer=answer).result


def details(world: DecisionWorld, kind: str) -> list[dict[str, Any]]:
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    return list(world.rows(told.where(CustodyEntry.kind == kind).order_by(CustodyEntry.seq)))


def refused(world: DecisionWorld, by: PersonCaller, action: Callable[..., Any], **facts: Any) -> str:
    with pytest.raises(EvidenceError) as caught:
        of_submission(world, by, action, **facts)
    return caught.value.code


def amend(world: DecisionWorld) -> Submission:
    world.send(world.sign("17", amends=world.signed))
    return world.submission()


@pytest.mark.parametrize("state", STATES)
def test_an_approved_revision_is_accepted_by_the_holder(world: DecisionWorld, state: str) -> None:
    claim = bring_to(world, state)
    pending = amend(world)
    assert (pending.state, pending.revision_pending, pending.approved_digest) == (state, True, claim.digest)
    accept = assignments.accept_revision
    assert refused(world, world.analyst, accept, digest=pending.digest) == "digest_changed"  # nobody approved it yet
    world.decide(world.supervisor, "approve", reading=READ)
    approved = world.submission()
    after = "in_progress" if state == "needs_information" else state
    assert (approved.state, approved.revision_pending, approved.approved_digest) == (after, False, pending.digest)
    assert approved.accepted_digest == (None if state == "leased" else claim.digest)

    assert refused(world, world.examiner, accept, digest=pending.digest) == "not_found"
    assert refused(world, world.analyst, accept, digest=claim.digest) == "digest_changed"
    for _ in range(2):  # the same again changes nothing
        of_submission(world, world.analyst, accept, digest=pending.digest)
    assert world.submission().accepted_digest == pending.digest
    (told,) = details(world, "assignment.accepted_revision")
    assert told["digest"] == pending.digest
    assert ("lease_id" if state == "leased" else "assignment_id") in told
    for assignment in world.rows(select(Assignment)):
        assert assignment.digest == pending.digest


@pytest.mark.parametrize("state", STATES)
def test_a_returned_revision_leaves_the_holder_with_what_was_approved(world: DecisionWorld, state: str) -> None:
    claim = bring_to(world, state)
    amend(world)
    world.decide(world.supervisor, "return", reason="foto_movida")
    now = world.submission()
    after = "in_progress" if state == "needs_information" else state
    assert (now.state, now.revision_pending, now.approved_digest) == (after, False, claim.digest)
    assert not record(world, claim.digest).outdated


def test_an_answer_to_a_former_digest_is_taken_and_marked(world: DecisionWorld) -> None:
    claim = bring_to(world, "in_progress")
    amend(world)
    world.decide(world.supervisor, "approve", reading=READ)
    row = record(world, claim.digest)
    assert (row.outdated, row.late) == (True, False)
    (told,) = details(world, "result.recorded")
    assert told["outdated"] is True


def test_the_holders_work_goes_on_when_the_officer_answers_in_words(world: DecisionWorld) -> None:
    claim = bring_to(world, "needs_information")
    (asked,) = details(world, "information.asked")
    assert (asked["question"], asked["from"], asked["to"]) == ("Which model?", "leased", "needs_information")
    assert details(world, "submission.returned") == []
    assert refused(world, world.analyst, information.answer, text="mine") == "not_found"
    of_submission(world, world.officer, information.answer, text="The 19, on the slide.")
    now = world.submission()
    assert (now.state, now.digest, now.reason) == ("in_progress", claim.digest, None)
    (told,) = details(world, "information.answered")
    assert (told["answer"], told["to"]) == ("The 19, on the slide.", "in_progress")
    asked_at = {"submission_id": now.id, "now": world.clock.now()}
    for reader in (world.analyst, world.supervisor):
        seen = world.ask(reader, submissions.read, **asked_at)
        said = (seen.holder or seen.agency or {})["information"]
        assert [(row.kind, row.text) for row in said] == [
            ("asked", "Which model?"),
            ("answered", "The 19, on the slide."),
        ]
    assert refused(world, world.officer, information.answer, text="again") == "wrong_state"


def test_an_answer_with_facts_waits_for_another_supervisor(world: DecisionWorld) -> None:
    bring_to(world, "needs_information")
    addition = supplements.Addition("item", world.item, {"firearm.model": "17"}, "read on the slide")
    of_submission(world, world.supervisor, information.answer, text="The 17.", addition=addition)
    now = world.submission()
    assert (now.state, now.revision_pending) == ("needs_information", True)
    (row,) = world.rows(select(Supplement))
    (told,) = details(world, "information.answered")
    assert told["supplement_id"] == str(row.id)
    with pytest.raises(EvidenceError) as caught:
        world.decide(world.supervisor, "approve", reading=READ)
    assert caught.value.code == "own_supplement"
    world.decide(world.other, "approve", reading=READ)
    assert world.submission().state == "in_progress"


def test_nothing_was_asked(world: DecisionWorld) -> None:
    assert refused(world, world.supervisor, information.answer, text="?") == "wrong_state"
    bring_to(world, "in_progress")
    addition = supplements.Addition("item", world.item, {"firearm.model": "17"}, "read on the slide")
    assert refused(world, world.supervisor, information.answer, text="?", addition=addition) == "wrong_state"
    assert world.rows(select(Supplement)) == []


def test_an_approved_correction_gives_the_work_back(world: DecisionWorld) -> None:
    claim = bring_to(world, "answered")
    assert [row.end_kind for row in world.rows(select(Assignment))] == ["answered"]
    pending = amend(world)
    assert (pending.state, pending.revision_pending) == ("answered", True)
    world.decide(world.supervisor, "approve", reading=READ)
    now = world.submission()
    assert (now.state, now.approved_digest, now.accepted_digest) == ("in_progress", pending.digest, claim.digest)
    (open_one,) = world.rows(select(Assignment).where(Assignment.ended_at.is_(None)))
    assert (open_one.organisation_id, open_one.person_id) == (world.desk, world.analyst.person_id)
    assert open_one.digest == claim.digest
    assert len(details(world, "assignment.reopened")) == 1
    of_submission(world, world.analyst, assignments.accept_revision, digest=pending.digest)
    assert not record(world, pending.digest).outdated
    assert world.submission().state == "answered"


def test_handing_back_a_pending_revision_goes_to_review(world: DecisionWorld) -> None:
    bring_to(world, "in_progress")
    amend(world)
    of_submission(world, world.analyst, steering.hand_back, reason="no time")
    now = world.submission()
    assert (now.state, now.approved_digest, now.accepted_digest) == ("pending_review", None, None)
    assert [row.end_kind for row in world.rows(select(Assignment))] == ["handed_back"]
