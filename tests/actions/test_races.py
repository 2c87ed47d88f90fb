"""Two at once, on two real connections: exactly one wins, and the other is told so or finds nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import func, select

from evidence.actions.capturing import captures, settling
from evidence.actions.deciding import decisions
from evidence.actions.holding import leasing, results, steering
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.kinds import TraceCode
from evidence.records.captures import Manifest
from evidence.records.results import Result
from evidence.records.submissions import Decision, Lease
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)
ROUNDS = 5


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    for one in (made.supervisor, made.other):
        made.open_all(one)
    yield made
    made.check_log()
    made.close()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs each in a thread of its own, let go together; a refusal is its answer."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except EvidenceError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def split(outcomes: list[Any]) -> tuple[list[Any], list[EvidenceError]]:
    lost = [one for one in outcomes if isinstance(one, EvidenceError)]
    return [one for one in outcomes if not isinstance(one, EvidenceError)], lost


def verdict(world: DecisionWorld, by: Any, decision: str, **facts: Any) -> Callable[[], Any]:
    seen = world.submission()
    members: dict[str, Any] = {"digest": seen.digest, "findings_seen": 0, "opened": world.amber(by), **facts}
    said = decisions.Verdict(decision=decision, **members)
    known = {"submission_id": seen.id, "verdict": said, "if_match": f'"{seen.version}"'}
    return lambda: world.act(by, decisions.decide, **known)


@pytest.mark.parametrize("second", ["approve", "reject"])
def test_two_supervisors_decide_one(world: DecisionWorld, second: str) -> None:
    facts = {"reading": READ} if second == "approve" else {"reason": "not ours"}
    won, lost = split(
        at_once(verdict(world, world.supervisor, "approve", reading=READ), verdict(world, world.other, second, **facts))
    )
    assert (len(won), [error.category for error in lost]) == (1, [Category.STALE])
    (row,) = world.rows(select(Decision))
    assert row.id == won[0].id
    assert world.submission().state == {"approve": "queued", "reject": "rejected"}[row.kind]


def test_two_lessors_take_one(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)

    def take() -> list[leasing.Claim]:
        return world.act(world.analyst, leasing.lease, destination="etrace", limit=5, seconds=60)

    first, second = at_once(take, take)
    assert sorted((len(first), len(second))) == [0, 1]
    assert len(world.rows(select(Lease))) == 1


def test_a_lease_and_an_amendment_at_once_leave_no_unapproved_work(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    amended = world.sign("17", amends=world.signed)

    def take() -> list[leasing.Claim]:
        return world.act(world.analyst, leasing.lease, destination="etrace", limit=5, seconds=60)

    claims, _ = at_once(take, lambda: world.send(amended))
    submission = world.submission()
    if claims:  # the lease came first: it goes on with what was approved
        assert (submission.state, submission.revision_pending) == ("leased", True)
        assert claims[0].digest == submission.approved_digest != submission.digest
    else:
        assert (submission.state, submission.approved_digest) == ("pending_review", None)


def test_withdrawing_and_answering_at_once(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    (claim,) = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=600)
    known = {"submission_id": claim.submission_id}
    outcomes = at_once(
        lambda: world.act(world.supervisor, steering.withdraw, reason="settled", **known),
        lambda: world.act(world.analyst, results.record, answer=answer(world, claim.digest), **known),
    )
    withdrawn, recorded = outcomes
    assert not isinstance(recorded, EvidenceError)  # an answer is never lost
    assert world.submission().state == "answered"
    if isinstance(withdrawn, EvidenceError):
        assert (withdrawn.code, recorded.result.late) == ("wrong_state", False)


def answer(world: DecisionWorld, digest: str | None, **changed: Any) -> results.Answer:
    facts: dict[str, Any] = {
        "result_id": world.services.entropy.uuid7(),
        "answers_digest": digest or "",
        "code": TraceCode.PURCHASER_IDENTIFIED.value,
        "final": True,
        "supersedes": None,
        "facts": {},
        "nominal": None,
        "examiner_id": None,
        "second_examiner_id": None,
    }
    return results.Answer(**{**facts, **changed})


def test_one_result_sent_twice_at_once_is_kept_once(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    (claim,) = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=600)
    known = {"submission_id": claim.submission_id}
    for _ in range(ROUNDS):
        same = answer(world, claim.digest)

        def send(said: results.Answer) -> Callable[[], Any]:
            return lambda: world.act(world.analyst, results.record, answer=said, **known)

        assert sorted(one.new for one in at_once(send(same), send(same))) == [False, True]
        one = answer(world, claim.digest)
        other = answer(world, claim.digest, facts={"trace_number": "T-2"}, result_id=one.result_id)
        won, lost = split(at_once(send(one), send(other)))
        assert (len(won), [error.code for error in lost]) == (1, ["result_conflict"])
    assert world.rows(select(func.count()).select_from(Result)) == [2 * ROUNDS]


def test_one_result_id_for_two_submissions_at_once(world: DecisionWorld) -> None:
    claims = [_both(world, destination, by) for destination, by in (("etrace", "analyst"), ("ballistics", "examiner"))]
    said = answer(world, claims[0].digest)
    other = answer(world, claims[1].digest, code="unsuitable", result_id=said.result_id)
    won, lost = split(
        at_once(
            lambda: world.act(world.analyst, results.record, submission_id=claims[0].submission_id, answer=said),
            lambda: world.act(world.examiner, results.record, submission_id=claims[1].submission_id, answer=other),
        )
    )
    assert (len(won), [error.code for error in lost]) == (1, ["result_conflict"])


def _both(world: DecisionWorld, destination: str, by: str) -> leasing.Claim:
    reading = READ if destination == "etrace" else None
    world.decide(world.supervisor, "approve", destination, reading=reading)
    (claim,) = world.act(getattr(world, by), leasing.lease, destination=destination, limit=1, seconds=600)
    return claim


def test_two_supervisors_settle_one_conflict(world: DecisionWorld) -> None:
    other = world.sign("17", capture_id=world.signed.capture_id)
    world.send(other)
    seen = world.ask(world.supervisor, captures.read, capture_id=world.signed.capture_id)

    def settle(by: Any, chosen: str) -> Callable[[], Any]:
        known = {"capture_id": world.signed.capture_id, "manifest_sha256": chosen, "reason": "x"}
        return lambda: world.act(by, settling.settle, if_match=f'"{seen.etag}"', **known)

    won, lost = split(at_once(settle(world.supervisor, world.signed.sha256), settle(world.other, other.sha256)))
    assert (len(won), [error.category for error in lost]) == (1, [Category.STALE])
    standings = sorted(row.standing for row in world.rows(select(Manifest)))
    assert standings == ["accepted", "set_aside"]
