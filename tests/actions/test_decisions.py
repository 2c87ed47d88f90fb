"""Decisions, supplements, readings and opened views against a real database under row-level security."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select, text

from evidence.actions.deciding import revising, submissions, supplements
from evidence.actions.log import views
from evidence.domain.errors import Category, EvidenceError
from evidence.records.captures import Capture
from evidence.records.custody import CustodyChain, CustodyEntry
from evidence.records.database import enter
from evidence.records.media import Media
from evidence.records.submissions import ApprovedDossier, Decision, Supplement
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    yield made
    made.check_log()
    made.close()


@pytest.fixture
def ready(world: DecisionWorld) -> DecisionWorld:
    """Everything arrived, and S-201 has opened it."""
    world.arrive()
    world.open_all(world.supervisor)
    return world


def refused(world: DecisionWorld, *args: Any, **facts: Any) -> str:
    with pytest.raises(EvidenceError) as caught:
        world.decide(*args, **facts)
    assert world.rows(select(Decision)) == []
    return caught.value.code


def kinds(world: DecisionWorld) -> list[str]:
    entries = world.rows(select(CustodyEntry).where(CustodyEntry.chain_type == "capture").order_by(CustodyEntry.seq))
    return [entry.kind for entry in entries]


def test_an_approval_queues_and_keeps_the_copy_that_the_desk_reads(ready: DecisionWorld) -> None:
    ready.decide(ready.supervisor, "approve", reading=READ)
    submission = ready.submission()
    assert submission.state == "queued"
    assert submission.approved_digest == submission.digest
    assert submission.approved_by == ready.supervisor.person_id
    assert (submission.holder_id, submission.due_at is not None) == (ready.desk, True)
    assert {"reading.made", "decision.made", "submission.queued", "grant.made"} <= set(kinds(ready))
    seen = ready.ask(ready.analyst, submissions.read, submission_id=submission.id, now=ready.clock.now())
    assert seen.agency is None
    assert seen.holder is not None
    (copy,) = seen.holder["dossiers"]
    assert copy["digest"] == submission.digest
    assert copy["document"]["item"]["serial"]["text"] == SERIAL
    assert copy["document"]["agency"]["id"] == str(ready.agency)
    with pytest.raises(EvidenceError) as caught:
        ready.ask(ready.examiner, submissions.read, submission_id=submission.id, now=ready.clock.now())
    assert caught.value.category is Category.NOT_FOUND


def test_an_approval_waits_for_files_that_are_not_yet_secured(world: DecisionWorld) -> None:
    world.arrive("received")
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "approve", reading=READ)
    assert world.submission().state == "awaiting_evidence"
    assert len(world.rows(select(ApprovedDossier))) == 1


def test_nobody_decides_over_an_own_capture(ready: DecisionWorld) -> None:
    assert refused(ready, ready.officer, "approve", reading=READ) == "own_capture"
    assert refused(ready, ready.officer, "reject", reason="no") == "own_capture"


def test_nobody_decides_over_an_own_supplement_that_counts(ready: DecisionWorld) -> None:
    ready.supplement(ready.supervisor, {"firearm.model": "17"})
    assert refused(ready, ready.supervisor, "approve", reading=READ) == "own_supplement"
    ready.open_all(ready.other)
    ready.decide(ready.other, "approve", reading=READ)
    assert ready.submission().state == "queued"


def test_the_version_seen_must_be_the_present_one(ready: DecisionWorld) -> None:
    assert refused(ready, ready.supervisor, "approve", etag=None) == "if_match_required"
    assert refused(ready, ready.supervisor, "approve", etag='"7"') == "stale_version"
    assert refused(ready, ready.supervisor, "approve", digest="0" * 64, reading=READ) == "digest_changed"


def test_required_views_are_there_and_opened_by_the_approver(world: DecisionWorld) -> None:
    assert refused(world, world.supervisor, "approve", reading=READ) == "views_not_arrived"
    world.arrive()
    world.open_all(world.other)
    assert refused(world, world.supervisor, "approve", reading=READ) == "views_not_opened"


def test_two_readings_that_agree_are_needed(ready: DecisionWorld) -> None:
    assert refused(ready, ready.supervisor, "approve") == "readings_needed"
    assert refused(ready, ready.supervisor, "approve", reading=("legible", "QZX9999")) == "readings_differ"


def test_an_open_conflict_stands_against_an_approval(ready: DecisionWorld) -> None:
    with ready.worker() as session, session.begin():
        session.scalars(select(Capture)).one().conflict_open = True
    assert refused(ready, ready.supervisor, "approve", reading=READ) == "conflict_open"


def test_a_return_needs_one_of_the_reasons_and_reopening_another_supervisor(ready: DecisionWorld) -> None:
    assert refused(ready, ready.supervisor, "return", reason="because") == "unknown_reason"
    assert refused(ready, ready.supervisor, "reject") == "reason_needed"
    ready.decide(ready.supervisor, "return", reason="foto_movida")
    assert (ready.submission().state, ready.submission().reason) == ("returned", "foto_movida")
    ready.decide(ready.supervisor, "reopen", reason="seen again")
    ready.decide(ready.supervisor, "reject", reason="not ours")
    with pytest.raises(EvidenceError) as caught:
        ready.decide(ready.supervisor, "reopen", reason="again")
    assert caught.value.code == "not_your_act"
    ready.decide(ready.other, "reopen", reason="again")
    assert ready.submission().state == "pending_review"


def test_a_supplement_that_changes_the_content_voids_what_waits(ready: DecisionWorld) -> None:
    ready.decide(ready.supervisor, "approve", reading=READ)
    former = ready.submission().digest
    added = ready.supplement(ready.other, {"serial.status": "legible", "serial.text": SERIAL, "firearm.model": "17"})
    submission = ready.submission()
    assert (submission.state, submission.approved_digest) == ("pending_review", None)
    assert submission.digest != former
    assert added.number == 1
    assert {"supplement.added", "submission.void"} <= set(kinds(ready))


def test_a_holder_adds_to_the_item_it_was_granted_and_a_job_revises(ready: DecisionWorld) -> None:
    with pytest.raises(EvidenceError) as caught:
        ready.supplement(ready.analyst, {"firearm.model": "17"})
    assert caught.value.category is Category.NOT_FOUND
    ready.decide(ready.supervisor, "approve", reading=READ)
    ready.supplement(ready.analyst, {"firearm.model": "17"})
    (row,) = ready.rows(select(Supplement))
    assert (row.author_organisation_id, row.author_role) == (ready.desk, "trace_analyst")
    assert ready.submission().state == "queued"  # until the job has run
    for _ in range(2):  # a repeat changes nothing
        with ready.worker() as session, session.begin():
            revising.revise(session, ready.services, ready.signed.capture_id)
    assert ready.submission().state == "pending_review"
    assert kinds(ready).count("submission.void") == 1


def test_the_serial_stays_hidden_until_an_own_reading(ready: DecisionWorld) -> None:
    asked = {"submission_id": ready.submission().id, "now": ready.clock.now()}
    blind = ready.ask(ready.supervisor, submissions.read, **asked).agency
    assert blind is not None
    assert blind["readings"] is None
    assert SERIAL not in str(blind)
    ready.act(
        ready.supervisor,
        supplements.make_reading,
        capture_id=ready.signed.capture_id,
        item_id=ready.item,
        read=supplements.Read("legible", SERIAL, "supervisor"),
    )
    open_eyed = ready.ask(ready.supervisor, submissions.read, **asked).agency
    assert open_eyed is not None
    assert open_eyed["worksheet"]["5a"]["value"] == SERIAL
    assert [one["text"] for one in open_eyed["readings"]] == [SERIAL]


def test_a_view_is_said_once_in_a_quarter_of_an_hour(ready: DecisionWorld) -> None:
    opened = kinds(ready).count("view.opened")
    assert opened == len(ready.signed.files)
    ready.open_all(ready.supervisor)
    assert kinds(ready).count("view.opened") == opened
    ready.clock.moved = timedelta(minutes=16)
    ready.open_all(ready.supervisor)
    assert kinds(ready).count("view.opened") == 2 * opened


def test_a_download_is_recorded_and_what_is_quarantined_is_never_shown(ready: DecisionWorld) -> None:
    asked = {"submission_id": ready.submission().id, "media_id": ready.rows(select(Media))[0].media_id}
    ready.arrive("quarantined")
    with pytest.raises(EvidenceError) as caught:
        ready.act(ready.supervisor, views.open_preview, **asked)
    assert caught.value.code == "not_inline"
    authorised = ready.act(ready.supervisor, views.authorise_download, **asked)
    assert authorised.ref.version_id == "v1"
    ready.append_noted()
    assert kinds(ready)[-1] == "download.authorised"


def test_readers_wait_for_nobody_who_holds_the_chain(ready: DecisionWorld) -> None:
    asked = {"submission_id": ready.submission().id, "media_id": ready.rows(select(Media))[0].media_id}
    ready.clock.moved = timedelta(minutes=16)
    before = kinds(ready)
    with ready.worker() as holder:
        holder.execute(select(CustodyChain).with_for_update())  # every chain's head is somebody's now
        with ready.api() as session, session.begin():
            enter(session, ready.supervisor.organisation_id)
            session.execute(text("SET LOCAL lock_timeout = '1ms'"))
            views.open_preview(session, ready.services, caller=ready.supervisor, **asked)
            views.authorise_download(session, ready.services, caller=ready.supervisor, **asked)
            views.open_dossier(session, ready.services, caller=ready.supervisor, submission_id=asked["submission_id"])
        assert kinds(ready) == before
        holder.rollback()
    assert ready.append_noted() == 3
    assert kinds(ready)[len(before) :] == ["view.opened", "download.authorised", "view.opened"]
    assert ready.append_noted() == 0


def test_lists_go_on_where_the_page_before_ended(world: DecisionWorld) -> None:
    first = world.ask(world.supervisor, submissions.listed, limit=1, after=None)
    assert len(first) == 2  # one more than asked for
    rest = world.ask(world.supervisor, submissions.listed, limit=1, after=(first[0].created_at, first[0].id))
    assert [row.id for row in rest] == [first[1].id]
    only = world.ask(world.supervisor, submissions.listed, limit=5, after=None, destination="etrace")
    assert [row.destination for row in only] == ["etrace"]
    assert world.ask(world.analyst, submissions.listed, limit=5, after=None) == []
