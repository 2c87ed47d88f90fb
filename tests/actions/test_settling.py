"""Two versions of one capture, two amendments of one base, what is taken back: a supervisor says what stands."""

from collections.abc import Iterator
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.capturing import captures, settling
from evidence.actions.deciding import submissions
from evidence.domain.errors import EvidenceError
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from standalone.phone import Signed
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    yield made
    made.check_log()
    made.close()


def root_of(world: DecisionWorld) -> Capture:
    (found,) = world.rows(select(Capture).where(Capture.id == world.signed.capture_id))
    assert isinstance(found, Capture)
    return found


def standings(world: DecisionWorld) -> dict[str, str]:
    return {row.sha256: row.standing for row in world.rows(select(Manifest))}


def etag(world: DecisionWorld) -> str:
    seen = world.ask(world.supervisor, captures.read, capture_id=world.signed.capture_id)
    return f'"{seen.etag}"'


def settle(world: DecisionWorld, chosen: Signed, *, by: Any = None, if_match: str | None = "now") -> Any:
    return world.act(
        by or world.supervisor,
        settling.settle,
        capture_id=world.signed.capture_id,
        manifest_sha256=chosen.sha256,
        reason="seen on the frame",
        if_match=etag(world) if if_match == "now" else if_match,
    )


def refused(world: DecisionWorld, chosen: Signed, **how: Any) -> str:
    before = standings(world)
    with pytest.raises(EvidenceError) as caught:
        settle(world, chosen, **how)
    assert standings(world) == before
    return caught.value.code


def details(world: DecisionWorld, kind: str) -> list[dict[str, Any]]:
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    return list(world.rows(told.where(CustodyEntry.kind == kind).order_by(CustodyEntry.seq)))


@pytest.fixture
def beside(world: DecisionWorld) -> Signed:
    """Another payload under the same capture id."""
    other = world.sign("17", capture_id=world.signed.capture_id)
    assert world.send(other).conflict
    return other


def test_the_first_version_stands_and_approval_goes_on(world: DecisionWorld, beside: Signed) -> None:
    with pytest.raises(EvidenceError):
        world.decide(world.supervisor, "approve", reading=READ)
    digest = world.submission().digest
    seen = settle(world, world.signed)
    assert (seen.conflict_open, seen.head_sha256) == (False, world.signed.sha256)
    assert standings(world) == {world.signed.sha256: "accepted", beside.sha256: "set_aside"}
    (told,) = details(world, "capture.settled")
    assert told == {
        "manifest_sha256": world.signed.sha256,
        "set_aside": [beside.sha256],
        "reason": "seen on the frame",
        "of": "conflict",
    }
    assert world.submission().digest == digest
    world.decide(world.supervisor, "approve", reading=READ)
    assert world.submission().state == "queued"


def test_the_second_version_stands_with_its_own_content(world: DecisionWorld, beside: Signed) -> None:
    former = world.submission()
    settle(world, beside)
    assert root_of(world).head_sha256 == beside.sha256
    assert standings(world) == {world.signed.sha256: "set_aside", beside.sha256: "accepted"}
    now = world.submission()
    assert now.digest != former.digest
    assert now.version == former.version + 1
    assert now.digested["manifest_sha256"] == beside.sha256
    world.decide(world.supervisor, "approve", reading=READ)


def test_who_may_settle_and_with_what_in_hand(world: DecisionWorld, beside: Signed) -> None:
    assert refused(world, beside, by=world.officer) == "own_capture"
    assert refused(world, beside, if_match=None) == "if_match_required"
    assert refused(world, beside, if_match='"1"') == "stale_version"
    assert refused(world, beside, by=world.analyst, if_match='"1"') == "not_found"
    assert refused(world, world.sign("18")) == "unknown_manifest"
    settle(world, beside)
    assert refused(world, beside) == "nothing_to_settle"
    assert refused(world, world.signed) == "unknown_manifest"


def test_what_was_approved_loses_its_approval_when_the_head_moves(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    other = world.sign("17", capture_id=world.signed.capture_id)
    world.send(other)
    assert world.submission().state == "queued"  # until a supervisor has said which stands
    settle(world, other)
    submission = world.submission()
    assert (submission.state, submission.approved_digest) == ("pending_review", None)
    assert details(world, "submission.void")


def test_a_fork_the_later_amendment_becomes_head_with_what_goes_on_from_it(world: DecisionWorld) -> None:
    first = world.sign("17", amends=world.signed)
    second = world.sign("18", amends=world.signed)
    assert [world.send(one).manifest.standing for one in (first, second)] == ["accepted", "amendment_fork"]
    after = world.sign("18C", amends=second)
    assert world.send(after).manifest.standing == "amendment_fork"
    assert root_of(world).head_sha256 == first.sha256
    settle(world, second)
    assert root_of(world).head_sha256 == after.sha256
    assert not root_of(world).conflict_open
    assert standings(world) == {
        world.signed.sha256: "accepted",
        first.sha256: "set_aside",
        second.sha256: "accepted",
        after.sha256: "accepted",
    }
    (told,) = details(world, "capture.settled")
    assert (told["of"], told["set_aside"]) == ("amendment_fork", [first.sha256])
    assert world.submission().digested["manifest_sha256"] == after.sha256


def test_an_amendment_of_what_was_set_aside_is_never_lost(world: DecisionWorld, beside: Signed) -> None:
    settle(world, world.signed)
    late = world.sign("17L", amends=beside)
    assert world.send(late).manifest.standing == "amendment_fork"
    assert root_of(world).conflict_open
    settle(world, late)
    assert root_of(world).head_sha256 == late.sha256
    assert standings(world)[world.signed.sha256] == "set_aside"
    assert not root_of(world).conflict_open


def test_an_amendment_waits_as_long_as_its_base_does(world: DecisionWorld) -> None:
    base = world.sign("17", amends=world.signed)
    waiting = world.sign("18", amends=base)
    after = world.sign("19X", amends=waiting)
    for one in (waiting, after):
        assert world.send(one).manifest.standing == "waiting_for_base"
    world.send(base)
    assert set(standings(world).values()) == {"accepted"}
    assert root_of(world).head_sha256 == after.sha256


def test_a_discarded_capture_waits_for_no_review(world: DecisionWorld) -> None:
    world.discard(world.signed)
    for destination in ("etrace", "ballistics"):
        submission = world.submission(destination)
        assert (submission.state, submission.reason, submission.version) == ("returned", "discarded", 2)
    assert {told["to"] for told in details(world, "submission.returned")} == {"returned"}
    with pytest.raises(EvidenceError) as caught:
        world.decide(world.supervisor, "approve", reading=READ)
    assert caught.value.code == "capture_held"
    seen = world.ask(world.supervisor, submissions.read, submission_id=submission.id, now=world.clock.now())
    assert seen.agency == {"conflict_open": False, "decisions": []}


def test_a_discarded_amendment_gives_the_content_back(world: DecisionWorld) -> None:
    former = world.submission().digest
    amended = world.sign("17", amends=world.signed)
    world.send(amended)
    changed = world.submission()
    assert changed.digest != former
    world.discard(amended)
    assert root_of(world).head_sha256 == world.signed.sha256
    now = world.submission()
    assert (now.digest, now.state, now.version) == (former, "pending_review", changed.version + 1)


def test_an_item_that_the_head_no_longer_names_is_not_approved(world: DecisionWorld) -> None:
    world.decide(world.supervisor, "approve", reading=READ)
    world.files = []
    empty = world.sign("17", amends=world.signed, items=[], packages=[], no_media={"reason": "unsafe"})
    world.send(empty)
    submission = world.submission()
    assert (submission.state, submission.reason, submission.approved_digest) == ("returned", "not_in_manifest", None)
    assert world.submission("ballistics").state == "returned"
    seen = world.ask(world.supervisor, submissions.read, submission_id=submission.id, now=world.clock.now())
    assert seen.agency is not None
    assert len(seen.agency["decisions"]) == 1
    world.decide(world.supervisor, "reopen", reason="it is in the bag")
    with pytest.raises(EvidenceError) as caught:
        world.decide(world.supervisor, "approve", reading=READ)
    assert caught.value.code == "not_in_manifest"
