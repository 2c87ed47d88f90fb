"""What a review is warned of, and what stays of an approval that was refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.deciding import duplicate_answers, duplicates, submissions
from evidence.domain.errors import EvidenceError
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.duplicates import DuplicateMatch
from evidence.records.submissions import ApprovedDossier, Decision, Reading
from standalone.phone import new_id
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)
WRONG = ("legible", "QZX9999")


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    yield made
    made.check_log()
    made.close()


def warned(world: DecisionWorld, destination: str = "etrace") -> set[tuple[str, str | None]]:
    asked = {"submission_id": world.submission(destination).id, "now": world.clock.now()}
    seen = world.ask(world.supervisor, submissions.read, **asked).agency
    assert seen is not None
    return {(one["code"], one["about"]) for one in seen["warnings"]}


def details(world: DecisionWorld, kind: str) -> list[dict[str, Any]]:
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    return list(world.rows(told.where(CustodyEntry.kind == kind).order_by(CustodyEntry.seq)))


def same_gun_again(world: DecisionWorld) -> None:
    """Another capture of the agency with the same serial, and the same seal on its box."""
    item, box = new_id(), new_id()
    (pistol,) = world.facts["items"]
    (package,) = world.facts["packages"]
    again = {
        "items": [{**pistol, "id": str(item)}],
        "packages": [{**package, "id": str(box), "item_ids": [str(item)]}],
        "recovery": {**world.facts["recovery"], "scene_id": str(new_id())},
    }
    world.files = []
    other = world.sign("19", no_media={"reason": "unsafe"}, **again)
    world.send(other)
    with world.worker() as session, session.begin():
        assert duplicates.find(session, world.services, world.signed.capture_id, world.item) == 1


def test_a_card_is_warned_of_until_the_agency_has_answered(world: DecisionWorld) -> None:
    quiet = warned(world)
    assert not {code for code, _ in quiet} & {"duplicate_own", "duplicate_other", "seal_used_before"}
    same_gun_again(world)
    assert ("duplicate_own", "same") in warned(world)
    (match,) = world.rows(select(DuplicateMatch))
    world.act(world.supervisor, duplicate_answers.answer, match_id=match.id, said="different", note=None)
    assert "duplicate_own" not in {code for code, _ in warned(world)}


def test_a_seal_that_another_capture_names_is_warned_of(world: DecisionWorld) -> None:
    same_gun_again(world)
    assert ("seal_used_before", "A-004417") in warned(world)


def test_what_the_eye_counts_and_sees_comes_in_as_a_fact(world: DecisionWorld) -> None:
    digest = world.submission().digest
    world.supplement(world.supervisor, {"review.counted": 2, "review.sensitive": "yes"})
    assert {("count_mismatch", None), ("sensitive", None)} <= warned(world)
    assert world.submission().digest == digest  # no destination's content
    world.supplement(world.supervisor, {"review.counted": 1, "review.sensitive": "no"})
    assert not {code for code, _ in warned(world)} & {"count_mismatch", "sensitive"}
    world.decide(world.supervisor, "approve", reading=READ)


def test_an_own_supplement_is_seen_before_the_attempt(world: DecisionWorld) -> None:
    world.supplement(world.supervisor, {"firearm.model": "17"})
    assert ("own_supplement", None) in warned(world)


def test_what_is_missing_is_the_laboratorys_when_the_officer_has_let_go_of_it(world: DecisionWorld) -> None:
    world.files = [file for file in world.files if file.view != "serial_closeup"]
    reply = {"answer": "item_gone", "item_id": str(world.item), "text": "handed over"}
    kept = world.sign("19", amends=world.signed)
    world.send(kept)
    before = outlook(world)
    gone = world.sign("19", amends=kept, reply=reply)
    world.send(gone)
    assert (before, outlook(world)) == ({"officer"}, {"laboratory"})


def outlook(world: DecisionWorld) -> set[str]:
    """Who can supply the close-up of the serial."""
    asked = {"submission_id": world.submission().id, "now": world.clock.now()}
    seen = world.ask(world.supervisor, submissions.read, **asked).agency
    assert seen is not None
    return {str(gap["who"]) for gap in seen["readiness"]["gaps"] if gap["field"] == "serial_closeup"}


def refuse(world: DecisionWorld, **facts: Any) -> str:
    before = world.submission()
    with pytest.raises(EvidenceError) as caught:
        world.decide(world.supervisor, "approve", **facts)
    after = world.submission()
    assert (after.state, after.version, after.approved_digest) == (before.state, before.version, None)
    assert after.released_without == []
    assert world.rows(select(Decision)) == world.rows(select(ApprovedDossier)) == []
    return caught.value.code


def test_a_wrong_guess_leaves_a_trace_and_nothing_else(world: DecisionWorld) -> None:
    media_id = str(world.files[0].id)
    assert refuse(world, reading=WRONG) == "readings_differ"
    (row,) = world.rows(select(Reading))
    assert (row.text, row.person_id) == ("QZX9999", world.supervisor.person_id)
    (told,) = details(world, "decision.refused")
    assert (told["code"], told["decision"], told["reading_id"]) == ("readings_differ", "approve", str(row.id))
    assert told["errors"] == {"5a": ["readings_differ"]}
    assert media_id not in str(told)
    assert len(details(world, "reading.made")) == 1
    world.decide(world.supervisor, "approve", reading=READ)
    assert [one.text for one in world.rows(select(Reading).order_by(Reading.read_at))] == ["QZX9999", SERIAL]


def test_the_reading_that_came_with_a_stale_digest_is_kept_too(world: DecisionWorld) -> None:
    assert refuse(world, reading=READ, digest="0" * 64) == "digest_changed"
    assert [one.text for one in world.rows(select(Reading))] == [SERIAL]
    assert details(world, "decision.refused")[0]["digest"] == "0" * 64


def test_a_refusal_without_a_reading_or_before_the_rules_leaves_nothing(world: DecisionWorld) -> None:
    assert refuse(world) == "readings_needed"
    assert refuse(world, reading=READ, etag='"9"') == "stale_version"
    with pytest.raises(EvidenceError):
        world.decide(world.officer, "approve", reading=READ)
    assert world.rows(select(Reading)) == []
    assert details(world, "decision.refused") == []
