"""What a laboratory does with what it holds: its list, its clocks, its entries and test fires, walk-ins."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from queue_world import DIGEST, START, World, make_world

from evidence.actions.holding import acquisitions, leasing, pauses, physical, queue_items, walk_ins, worksheets
from evidence.actions.holding.queue_items import Filters
from evidence.adapters.chance import SystemEntropy
from evidence.domain.callers import Caller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import MismatchKind, PhysicalEventKind
from evidence.records.submissions import ApprovedDossier
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def listed(world: World, caller: Caller, **filters: Any) -> list[Any]:
    with world.acting(caller.organisation_id) as session:
        rows = queue_items.listed(
            session,
            world.services,
            caller=caller,
            destination=filters.pop("destination", "ballistics"),
            filters=Filters(**filters),
            limit=50,
            after=None,
        )
    return [row for row, _ in rows]


def in_progress(world: World, **more: Any) -> UUID:
    examiner, submission_id = world.people["examiner"], world.submission(**more)
    with world.acting(examiner.organisation_id) as session:
        claims = leasing.lease(
            session,
            world.services,
            caller=examiner,
            destination="ballistics",
            limit=50,
            seconds=3600,
            submission_id=submission_id,
        )
        assert [one.submission_id for one in claims] == [submission_id], "that one alone"
        leasing.acknowledge(
            session,
            world.services,
            caller=examiner,
            lease_id=claims[0].lease_id,
            token=claims[0].lease_token,
        )
    return submission_id


def happen(world: World, submission_id: UUID, kind: PhysicalEventKind, *mismatches: MismatchKind) -> None:
    caller, row = world.people["examiner"], world.read(submission_id)
    event = physical.Event(
        event_id=new_id(),
        kind=kind,
        package_id=None,
        item_ids=(row.item_id,),
        mismatches=mismatches,
        happened_at=world.clock.at,
        submission_id=row.id,
        facts={},
    )
    with world.acting(caller.organisation_id) as session:
        physical.record(session, world.services, caller=caller, capture_id=world.root_id, event=event)


def describe(world: World, submission_id: UUID, **document: Any) -> None:
    """Gives the submission a newer approved dossier with something in it."""
    with world.worker() as session:
        row = ApprovedDossier(
            submission_id=submission_id,
            digest=f"{new_id().hex}{new_id().hex}",
            agency_id=world.organisations["agency"],
            digested={},
            document=document,
            made_at=START,
        )
        session.add(row)
        session.flush()
        submission = world.read(submission_id)
        submission = session.merge(submission)
        submission.approved_digest = submission.accepted_digest = row.digest
        session.commit()


def test_the_list_holds_what_is_held_with_its_thing_and_its_person(world: World) -> None:
    waiting, worked = world.submission(), in_progress(world)
    world.submission(destination="etrace", holder="desk")
    rows = {row.submission.id: row for row in listed(world, world.people["examiner"])}
    assert set(rows) == {waiting, worked}
    assert (rows[waiting].physical, rows[waiting].stage, rows[waiting].holder) == ("expected", "reception", None)
    assert rows[worked].holder == "examiner"
    happen(world, worked, PhysicalEventKind.RECEIVED)
    assert [row.submission.id for row in listed(world, world.people["examiner"], physical="received")] == [worked]
    assert [row.submission.id for row in listed(world, world.people["examiner"], mine=True)] == [worked]
    assert [row.submission.id for row in listed(world, world.people["second"], mine=True)] == []
    assert [row.submission.id for row in listed(world, world.people["examiner"], unassigned=True)] == [waiting]
    assert listed(world, world.people["stranger"]) == []


def test_the_list_is_cut_into_pages_that_miss_no_row(world: World) -> None:
    made = {world.submission(due_at=START + timedelta(days=day % 3), urgency=day % 2) for day in range(7)}
    caller, after, seen = world.people["examiner"], None, []
    while True:
        with world.acting(caller.organisation_id) as session:
            page = queue_items.listed(
                session,
                world.services,
                caller=caller,
                destination="ballistics",
                filters=Filters(),
                limit=2,
                after=after,
            )
        seen += [row.submission for row, _ in page[:2]]
        if len(page) < 3:
            break
        after = page[1][1]
    assert {one.id for one in seen} == made
    assert len(seen) == 7
    assert [(one.urgency, one.due_at) for one in seen] == sorted((one.urgency, one.due_at) for one in seen)


@pytest.mark.parametrize("text", ["A-004417", "a-0044", "CI-DEMO-0042", "QZX0158", "qzx-0158"])
def test_what_a_scanner_reads_finds_its_submission(world: World, text: str) -> None:
    wanted = world.submission()
    describe(
        world,
        wanted,
        packages=[{"label": "A", "kind": "box", "seal": "A-004417"}],
        recovery={"carpeta": "CI-DEMO-0042"},
        worksheet={"b14": {"value": "QZX0158"}},
        item={"number": "1", "kind": "firearm"},
    )
    world.submission()
    assert [row.submission.id for row in listed(world, world.people["examiner"], text=text)] == [wanted]


def test_a_folio_is_found_as_it_is_said_written_and_scanned(world: World) -> None:
    submission_id = world.submission()
    folio = listed(world, world.people["examiner"])[0].folio
    for text in (folio, folio.lower(), folio.replace("-", ""), f"casquillo:{folio}:{DIGEST}"):
        assert [row.submission.id for row in listed(world, world.people["examiner"], text=text)] == [submission_id]
    for nothing in ("%", "_", "ZZZ"):
        assert listed(world, world.people["examiner"], text=nothing) == []


def test_a_mismatch_stops_the_clock_and_the_time_stays_visible(world: World) -> None:
    submission_id = in_progress(world)
    happen(world, submission_id, PhysicalEventKind.RECEIVED)
    due = world.read(submission_id).due_at
    happen(world, submission_id, PhysicalEventKind.MISMATCH, MismatchKind.SEAL_NUMBER)
    row = listed(world, world.people["examiner"])[0]
    assert (row.physical, row.pause.reason) == ("mismatch", "mismatch")
    world.clock.at += timedelta(hours=3)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        pauses.resume(session, world.services, caller=caller, submission_id=submission_id)
    row = listed(world, caller)[0]
    assert row.pause is None
    assert row.paused_s == 3 * 3600
    assert row.submission.due_at == due + timedelta(hours=3)


def test_only_the_holder_pauses_and_two_reasons_do_not_run_at_once(world: World) -> None:
    submission_id = in_progress(world)
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session:
        first = pauses.pause(
            session, world.services, caller=caller, submission_id=submission_id, reason="prior_exams", note="huellas"
        )
        again = pauses.pause(
            session, world.services, caller=caller, submission_id=submission_id, reason="prior_exams", note=""
        )
        assert again.id == first.id
        with pytest.raises(EvidenceError, match="stands still"):
            pauses.pause(session, world.services, caller=caller, submission_id=submission_id, reason="order", note="")
    other = world.people["analyst"]
    with world.acting(other.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        pauses.pause(session, world.services, caller=other, submission_id=submission_id, reason="order", note="")
    assert refused.value.code == "not_found"


def fired(world: World, **more: Any) -> acquisitions.Fired:
    people = world.people
    members: dict[str, Any] = {
        "test_fire_id": new_id(),
        "count": 2,
        "operator_id": people["examiner"].person_id,
        "second_id": people["second"].person_id,
        "facts": {"safe_to_fire": True, "mode": "semi", "ammunition": "laboratory"},
    }
    return acquisitions.Fired(**(members | more))


def test_test_fires_become_sub_items_that_can_be_entered(world: World) -> None:
    submission_id = in_progress(world)
    describe(world, submission_id, item={"number": "1", "kind": "firearm"})
    caller = world.people["examiner"]
    shots = fired(world)
    with world.acting(caller.organisation_id) as session:
        done = acquisitions.test_fire(session, world.services, caller=caller, submission_id=submission_id, fired=shots)
        assert done.row.labels == ["1-T1", "1-T2"]
        again = acquisitions.test_fire(session, world.services, caller=caller, submission_id=submission_id, fired=shots)
        assert not again.new
        more = acquisitions.test_fire(
            session, world.services, caller=caller, submission_id=submission_id, fired=fired(world, count=1)
        )
        assert more.row.labels == ["1-T3"]
        entered = acquisitions.Entered(
            acquisition_id=new_id(),
            sub_item="1-T2",
            unsuitable=None,
            facts={"origin": "test_fire", "breech_face": "parallel", "regions": ["breech_face"], "system": "IBIS"},
        )
        assert acquisitions.acquire(
            session, world.services, caller=caller, submission_id=submission_id, entered=entered
        ).new
        work = acquisitions.listed(session, caller=caller, submission_id=submission_id, now=world.clock.at)
    assert [row.sub_item for row in work.acquisitions] == ["1-T2"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"second_id": None}, "second_person"),
        ({"count": 0}, "shots"),
        ({"facts": {"safe_to_fire": False}}, "invalid_test_fire"),
        ({"facts": {"safe_to_fire": False, "why_not": "cracked"}}, "shots"),
        ({"facts": {"ammunition": "evidence"}}, "invalid_test_fire"),
        ({"facts": {"colour": "blue"}}, "invalid_test_fire"),
        ({"operator_id": new_id()}, "unknown_person"),
    ],
)
def test_a_test_fire_that_breaks_a_rule_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    submission_id, caller = in_progress(world), world.people["examiner"]
    with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        acquisitions.test_fire(
            session, world.services, caller=caller, submission_id=submission_id, fired=fired(world, **more)
        )
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"facts": {"breech_face": "velvet"}}, "invalid_acquisition"),
        ({"facts": {"regions": ["nose"]}}, "invalid_acquisition"),
        ({"sub_item": "1-T9"}, "unknown_sub_item"),
        ({"unsuitable": "boring"}, "invalid_acquisition"),
        ({"attachments": (new_id(),)}, "unknown_attachment"),
    ],
)
def test_an_acquisition_that_breaks_a_rule_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    submission_id, caller = in_progress(world), world.people["examiner"]
    members: dict[str, Any] = {"acquisition_id": new_id(), "sub_item": "", "unsuitable": None, "facts": {}} | more
    with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        acquisitions.acquire(
            session,
            world.services,
            caller=caller,
            submission_id=submission_id,
            entered=acquisitions.Entered(**members),
        )
    assert refused.value.code == code


def test_a_walk_in_is_kept_and_linked_once(world: World) -> None:
    submission_id, caller = world.submission(), world.people["examiner"]
    brought = walk_ins.Brought(
        walk_in_id=new_id(),
        agency="Policía Municipal Modelo A",
        reference="IPH 12",
        seal="A-77",
        brought_by="Oficial de turno",
        note="",
        received_at=world.clock.at,
    )
    with world.acting(caller.organisation_id) as session:
        assert walk_ins.receive(session, world.services, caller=caller, brought=brought)[1]
        assert not walk_ins.receive(session, world.services, caller=caller, brought=brought)[1]
    linking = {"caller": caller, "walk_in_id": brought.walk_in_id, "submission_id": submission_id}
    with world.acting(caller.organisation_id) as session:
        receipt = walk_ins.link(session, world.services, **linking)
        assert receipt.link is not None
    assert listed(world, caller)[0].physical == "received"
    other = world.submission()
    with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        walk_ins.link(session, world.services, **{**linking, "submission_id": other})
    assert refused.value.code == "linked"
    stranger = world.people["stranger"]
    with world.acting(stranger.organisation_id) as session:
        assert walk_ins.listed(session, caller=stranger, limit=5, after=None) == []


def test_ticks_are_each_person_s_own(world: World) -> None:
    submission_id, caller = world.submission(destination="etrace", holder="desk"), world.people["analyst"]
    with world.acting(caller.organisation_id) as session:
        worksheets.tick(
            session,
            world.services,
            caller=caller,
            submission_id=submission_id,
            digest=DIGEST,
            line="5a",
            ticked=True,
        )
    with world.acting(caller.organisation_id) as session:
        sheet = worksheets.read(session, caller=caller, submission_id=submission_id, digest=None, now=world.clock.at)
    assert [line.field.code for line in sheet.lines if line.ticked] == ["5a"]
    assert [line.field.code for line in sheet.lines][:3] == ["1a", "1b", "1c"]
    assert not next(line for line in sheet.lines if line.field.code == "VII").field.certain
