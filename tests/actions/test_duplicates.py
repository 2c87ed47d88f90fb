"""A gun with one serial in two agencies: found once, told to both, seen and answered behind the wall."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from decision_world import DecisionWorld
from queue_world import START, World, make_world
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.deciding import duplicate_answers, duplicates, revising
from evidence.actions.holding import leasing
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.domain.errors import EvidenceError
from evidence.domain.ids import folio
from evidence.domain.serials import forms, search_keys
from evidence.records.captures import Capture, Item, Manifest, SerialKey
from evidence.records.custody import CustodyEntry
from evidence.records.devices import Device
from evidence.records.duplicates import DuplicateMatch, DuplicateSearchDue
from evidence.records.media import ManifestMedia, Media
from evidence.records.organisations import AccessGrant, Organisation
from evidence.records.submissions import Submission, Supplement
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield replace(made, services=replace(made.services, jobs=ProcrastinateJobs()))
    for engine in made.engines:
        engine.dispose()


def gun(
    world: World, serial: str, *, agency: str, hours: int, standing: str = "accepted", photo: str = "secured"
) -> tuple[UUID, UUID]:
    new = world.services.entropy.uuid7
    root_id, item_id, sha256 = new(), new(), f"{new().int:064x}"
    agency_id, at = world.organisations[agency], START + timedelta(hours=hours)
    officer_id = world.people["officer" if agency == "agency" else "stranger"].person_id
    who = {"agency_id": agency_id, "officer_id": officer_id}
    of_line = {"root_id": root_id, "agency_id": agency_id}
    with world.worker() as session:
        device = Device(id=new(), public_jwk={}, label="phone", state="active", enrolled_at=START, **who)
        session.add(device)
        session.flush()
        capture = Capture(id=root_id, root_id=root_id, folio=folio(root_id), state="secured", captured_at=at, **who)
        capture.device_id, capture.received_at, capture.head_sha256 = device.id, at, sha256
        session.add(capture)
        session.flush()
        manifest = Manifest(sha256=sha256, capture_id=root_id, root_id=root_id, device_id=device.id, seq=1, **who)
        manifest.jws, manifest.payload, manifest.standing, manifest.received_at = b"", {}, standing, at
        session.add(manifest)
        session.flush()
        item = Item(
            manifest_sha256=sha256, item_id=item_id, position=1, number="1", kind="firearm", facts={}, **of_line
        )
        item.serial_text, item.type = serial, "pistol"
        session.add(item)
        session.add_all(
            SerialKey(item_id=item_id, kind=kind.value, key=key, **of_line) for kind, key in search_keys(serial)
        )
        session.flush()
        add_serial_photo(world, session, capture, item_id, photo)
        session.commit()
    return root_id, item_id


def add_serial_photo(world: World, session: Session, capture: Capture, item_id: UUID, state: str) -> None:
    """The close-up of a serial, as far on its way as ``state`` says."""
    new, at = world.services.entropy.uuid7, capture.received_at
    whose = {"root_id": capture.root_id, "agency_id": capture.agency_id, "manifest_sha256": capture.head_sha256}
    file = Media(id=new(), media_id=new(), capture_id=capture.id, sha256="ef" * 32, size=1, **whose)
    file.author_organisation_id, file.author_id = capture.agency_id, capture.officer_id
    file.content_type, file.state, file.created_at, file.updated_at = "image/jpeg", state, at, at
    session.add(file)
    session.flush()
    line = ManifestMedia(media_id=file.media_id, media_row_id=file.id, position=1, view="serial_closeup", **whose)
    line.source, line.item_ids = "camera", [item_id]
    session.add(line)


def find(world: World, of: tuple[UUID, UUID]) -> int:
    with world.worker() as session, session.begin():
        return duplicates.find(session, world.services, *of)


def kinds(world: World, root_id: UUID) -> list[str]:
    with world.worker() as session:
        query = select(CustodyEntry.kind).where(CustodyEntry.chain_id == root_id).order_by(CustodyEntry.seq)
        return list(session.scalars(query))


def test_both_agencies_are_told_once_and_the_earlier_capture_is_a(world: World) -> None:
    earlier = gun(world, "BZR5518", agency="other", hours=1)
    later = gun(world, "BZR5S18", agency="agency", hours=2)
    assert (find(world, later), find(world, earlier)) == (1, 0)
    with world.worker() as session:
        match = session.scalars(select(DuplicateMatch)).one()
    assert (match.a_root_id, match.b_root_id, match.found_by) == (earlier[0], later[0], "fold")
    assert set(match.a_card) == {"agency", "entity", "date", "serial", "make", "caliber", "trace", "contact"}
    assert kinds(world, earlier[0]) == kinds(world, later[0]) == ["duplicate.found"]


def test_a_capture_that_does_not_count_is_not_shown_to_another_agency(world: World) -> None:
    gun(world, "BZR5518", agency="other", hours=1, standing="held")
    assert find(world, gun(world, "BZR5518", agency="agency", hours=2)) == 0


def test_a_serial_without_its_photo_fishes_in_no_other_agency(world: World) -> None:
    gun(world, "BZR5518", agency="other", hours=1)
    assert find(world, gun(world, "BZR5518", agency="agency", hours=2, photo="expected")) == 0
    own = gun(world, "BZR5518", agency="agency", hours=3, photo="expected")
    assert find(world, own) == 1  # the agency's own are found without it


def test_the_budget_of_a_day_is_the_seekers_and_what_it_leaves_out_comes_later(world: World) -> None:
    for hours in (1, 2, 3):
        gun(world, "BZR5518", agency="other", hours=hours)
    with world.worker() as session:
        session.get_one(Organisation, world.organisations["agency"]).settings = {"cards_a_day": 2}
        session.commit()
    ours = gun(world, "BZR5518", agency="agency", hours=4)
    assert [find(world, ours), find(world, ours)] == [2, 0]
    with world.worker() as session:
        assert [row.root_id for row in session.scalars(select(DuplicateSearchDue))] == [ours[0]]
    world.clock.at += timedelta(days=1, seconds=1)
    with world.worker() as session, session.begin():
        assert duplicates.search_again(session, world.services) == 1
        assert session.scalars(select(DuplicateSearchDue)).all() == []
    assert find(world, ours) == 1


def test_seeing_a_card_is_in_the_other_chain_and_an_answer_in_the_own(world: World) -> None:
    theirs, ours = gun(world, "BZR5518", agency="other", hours=1), gun(world, "BZR5518", agency="agency", hours=2)
    find(world, ours)
    caller = world.people["supervisor"]
    with world.acting(caller.organisation_id) as session:
        (side,) = duplicate_answers.cards(session, world.services, caller=caller, capture_id=ours[0])
        match_id = side.match.id
        duplicate_answers.answer(session, world.services, caller=caller, match_id=match_id, said="same_gun", note=None)
    assert side.card["agency"] == "other of nowhere"
    with world.worker() as session, session.begin():
        duplicate_answers.note_viewed(
            session,
            world.services,
            match_id=match_id,
            root_id=ours[0],
            organisation_id=caller.organisation_id,
            person_id=caller.person_id,
            role="supervisor",
        )
    assert kinds(world, theirs[0]) == ["duplicate.found", "duplicate.viewed"]
    assert kinds(world, ours[0]) == ["duplicate.found", "duplicate.answered"]


def test_who_has_no_side_sees_no_match(world: World) -> None:
    gun(world, "BZR5518", agency="other", hours=1)
    ours = gun(world, "BZR5518", agency="agency", hours=2)
    find(world, ours)
    with world.worker() as session:
        match_id = session.scalars(select(DuplicateMatch.id)).one()
    caller = world.people["examiner"]
    with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError):
        duplicate_answers.answer(session, world.services, caller=caller, match_id=match_id, said="unsure", note=None)


def desk_submission(world: World, of: tuple[UUID, UUID]) -> UUID:
    """A trace of the gun, queued at the desk, with the grant that its route makes."""
    with world.worker() as session:
        row = Submission(id=world.services.entropy.uuid7(), agency_id=world.organisations["agency"], root_id=of[0])
        row.destination, row.item_id, row.batch_id, row.state = "etrace", of[1], of[0], "queued"
        row.digest, row.digested, row.approved_digest = "ab" * 32, {}, "ab" * 32
        row.holder_id, row.created_at, row.queued_at = world.organisations["desk"], START, START
        session.add(row)
        session.flush()
        grant = AccessGrant(id=world.services.entropy.uuid7(), owner_id=row.agency_id, grantee_id=row.holder_id)
        grant.scope, grant.root_id, grant.submission_id, grant.item_id = "submission", of[0], row.id, of[1]
        grant.levels, grant.reason, grant.valid_from = ["facts", "media"], "route", START - timedelta(hours=1)
        session.add(grant)
        session.commit()
        return row.id


def test_the_desk_sees_the_card_and_answers_before_it_keys(world: World) -> None:
    theirs, ours = gun(world, "BZR5518", agency="other", hours=1), gun(world, "BZR5S18", agency="agency", hours=2)
    submission_id, desk = desk_submission(world, ours), world.people["analyst"]
    stranger = world.people["examiner"]
    with world.acting(stranger.organisation_id) as session, pytest.raises(EvidenceError) as unseen:
        duplicate_answers.cards(session, world.services, caller=stranger, capture_id=ours[0])
    assert unseen.value.code == "not_found"
    find(world, ours)
    with world.acting(desk.organisation_id) as session:
        (claim,) = leasing.lease(session, world.services, caller=desk, destination="etrace", limit=1, seconds=600)
    fence = {"caller": desk, "lease_id": claim.lease_id, "token": claim.lease_token}
    with world.acting(desk.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        leasing.acknowledge(session, world.services, **fence)
    assert refused.value.code == "duplicate_unanswered"
    with world.acting(desk.organisation_id) as session:
        (side,) = duplicate_answers.cards(session, world.services, caller=desk, capture_id=ours[0])
        assert (side.card["serial"], side.card["agency"]) == ("BZR5518", "other of nowhere")
        assert set(side.card) & {"photo", "position", "officer"} == set()
        duplicate_answers.answer(
            session, world.services, caller=desk, match_id=side.match.id, said="same_gun", note=None
        )
    with world.acting(desk.organisation_id) as session:
        leasing.acknowledge(session, world.services, **fence)
    assert "duplicate.answered" in kinds(world, ours[0])
    assert "duplicate.answered" not in kinds(world, theirs[0])
    with world.worker() as session:
        assert session.get_one(Submission, submission_id).state == "in_progress"


def test_a_view_is_said_once_in_a_quarter_of_an_hour(world: World) -> None:
    theirs, ours = gun(world, "BZR5518", agency="other", hours=1), gun(world, "BZR5518", agency="agency", hours=2)
    find(world, ours)
    with world.worker() as session:
        match_id = session.scalars(select(DuplicateMatch.id)).one()
    caller = world.people["supervisor"]
    facts = {"match_id": match_id, "root_id": ours[0], "person_id": caller.person_id, "role": "supervisor"}
    for minutes in (0, 1, 20):
        world.clock.at += timedelta(minutes=minutes)
        with world.worker() as session, session.begin():
            duplicate_answers.note_viewed(session, world.services, organisation_id=caller.organisation_id, **facts)
    assert kinds(world, theirs[0]).count("duplicate.viewed") == 2


def test_a_reading_of_the_laboratory_is_looked_for_too(world: World) -> None:
    theirs = gun(world, "K417719", agency="other", hours=1)
    ours = gun(world, "", agency="agency", hours=2)
    assert find(world, ours) == 0
    with world.worker() as session, session.begin():
        examiner = world.people["examiner"]
        row = Supplement(id=world.services.entropy.uuid7(), root_id=ours[0], agency_id=world.organisations["agency"])
        row.number, row.scope, row.scope_id, row.reason, row.sha256 = 1, "item", ours[1], "revenido", "ab" * 32
        row.values = {"serial.status": "legible", "serial.text": "K417719"}
        row.author_id, row.author_organisation_id = examiner.person_id, examiner.organisation_id
        row.author_role, row.made_at = "examiner", START
        session.add(row)
        session.flush()
        revising.revise(session, world.services, ours[0])
        assert duplicates.items_read(session, ours[0]) == [ours[1]]
    assert find(world, ours) == 1
    with world.worker() as session:
        match = session.scalars(select(DuplicateMatch)).one()
    assert (match.a_root_id, match.b_card["serial"]) == (theirs[0], "K417719")


def test_keys_of_an_amendment_that_waited_stand_under_its_root(fresh_database_urls: DatabaseUrls) -> None:
    line = DecisionWorld(fresh_database_urls)
    base = line.sign("17")
    items = deepcopy(line.facts["items"])
    items[0]["serial"]["text"] = "K417719"
    amendment = line.sign("17", amends=base, items=items)
    line.send(amendment)  # before its base
    keys = select(SerialKey.root_id).where(SerialKey.kind == "fold", SerialKey.key == forms("K417719").key_fold)
    assert line.rows(keys) == []
    line.send(base)
    assert line.rows(keys) == [base.capture_id]
    line.close()
