"""Returns in full: the phone's own without a session, and what a colleague may answer in the officer's place."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select, update

from evidence.actions.capturing import returns
from evidence.domain.callers import MachineCaller, PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.captures import Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.devices import Device
from evidence.records.media import Media
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from standalone.phone import new_id
from standalone.postgres import DatabaseUrls

HOUR = timedelta(hours=1)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    yield made
    made.close()


@pytest.fixture
def colleague(world: DecisionWorld) -> PersonCaller:
    return world._person(world.agency, "o-102", Role.OFFICER)


def settle(world: DecisionWorld, **settings: Any) -> None:
    with world.worker() as session, session.begin():
        session.execute(update(Organisation).where(Organisation.id == world.agency).values(settings=settings))


def send_back(world: DecisionWorld) -> UUID:
    """Returned with a note, a marked photo, and two marks that mean nothing. The marked photo's id."""
    marked: UUID = world.rows(select(Media.media_id))[0]
    marks = [
        {"media_id": str(marked), "x": 410, "y": 300.4, "w": 80, "h": 120},
        {"media_id": str(new_id()), "x": 1, "y": 1, "w": 1, "h": 1},
        {"media_id": str(marked), "x": 1, "y": "<b>", "w": 1, "h": 1},
    ]
    world.decide(world.supervisor, "return", reason="serie_no_coincide", note="¿5 o S?", marks=marks)
    return marked


def listed(world: DecisionWorld, by: Any) -> list[returns.Returned]:
    return world.ask(by, returns.listed, now=world.clock.now())


def take_over(world: DecisionWorld, by: PersonCaller) -> returns.TakenOver:
    return world.act(by, returns.take_over, submission_id=world.submission().id)


def test_a_phone_reads_the_note_and_the_marks_of_its_own_officers_return(world: DecisionWorld) -> None:
    assert listed(world, world.by_phone) == []
    marked = send_back(world)
    (one,) = listed(world, world.by_phone)
    assert (one.reason, one.note, one.own) == ("serie_no_coincide", "¿5 o S?", True)
    (mark,) = one.marks
    assert {name: mark[name] for name in "xywh"} == {"x": 410, "y": 300, "w": 80, "h": 120}
    assert mark["media_id"] == marked
    assert mark["view"]
    assert one.manifest_sha256 == world.signed.sha256


def test_a_stranger_and_a_machine_hear_nothing(world: DecisionWorld) -> None:
    send_back(world)
    machine = MachineCaller(new_id(), world.agency, world.officer.person_id, frozenset({"status:read"}))
    with world.api() as session:
        assert returns.listed(session, caller=machine, now=world.clock.now()) == []
    assert listed(world, world.examiner) == []


def test_what_the_officer_took_back_asks_for_no_answer(world: DecisionWorld) -> None:
    world.discard(world.signed)
    assert world.submission().state == "returned"
    assert listed(world, world.by_phone) == []


def test_a_colleague_may_answer_after_a_shift_and_sees_no_more_than_that_before(
    world: DecisionWorld, colleague: PersonCaller
) -> None:
    send_back(world)
    world.clock.moved = 7 * HOUR
    assert listed(world, colleague) == []
    with pytest.raises(EvidenceError, match="not yours"):
        take_over(world, colleague)
    world.clock.moved = 9 * HOUR
    (one,) = listed(world, colleague)
    assert (one.own, one.reason, one.note, one.marks) == (False, "serie_no_coincide", None, ())
    taken = take_over(world, colleague)
    assert taken.jws == world.signed.jws.decode()
    assert taken.returned.note == "¿5 o S?"
    assert world.append_noted() == 1
    told = select(CustodyDetail.details).join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
    (details,) = world.rows(
        told.where(CustodyEntry.kind == "view.opened", CustodyEntry.actor_id == colleague.person_id)
    )
    assert details["purpose"] == "answer_return"


def test_the_agency_says_for_whom(world: DecisionWorld, colleague: PersonCaller) -> None:
    send_back(world)
    world.clock.moved = HOUR
    settle(world, answer_for_hours=0, answer_for="nobody")
    assert listed(world, colleague) == []
    settle(world, answer_for_hours=0)
    assert len(listed(world, colleague)) == 1
    with world.worker() as session, session.begin():
        session.execute(update(Person).where(Person.id == colleague.person_id).values(unit="Norte"))
    assert listed(world, colleague) == []
    settle(world, answer_for_hours=0, answer_for="agency")
    assert len(listed(world, colleague)) == 1


def test_who_decides_takes_nothing_over(world: DecisionWorld) -> None:
    """A reading stays blind: nobody who decides looks at the manifest by this way."""
    send_back(world)
    world.clock.moved = 9 * HOUR
    both = world._person(world.agency, "s-203", Role.OFFICER, Role.SUPERVISOR)
    for by in (world.other, both):
        assert listed(world, by) == []
        with pytest.raises(EvidenceError, match="not yours"):
            take_over(world, by)


def test_a_colleagues_answer_is_signed_by_his_own_key_and_shown_as_such(
    world: DecisionWorld, colleague: PersonCaller
) -> None:
    send_back(world)
    own = world.phone
    device_id = new_id()
    with world.worker() as session, session.begin():
        former = session.get_one(Device, own.device_id)
        facts = {"public_jwk": former.public_jwk, "label": "another", "state": "active"}
        times = {"enrolled_at": world.clock.now(), "admitted_at": world.clock.now()}
        session.add(Device(id=device_id, agency_id=world.agency, officer_id=colleague.person_id, **facts, **times))
    own.device_id, own.officer_id, own.seq, own.head = device_id, colleague.person_id, 0, None
    taken = world.send(world.sign("19X", amends=world.signed))
    assert taken.manifest.flags == ["by_other_officer"]
    assert taken.manifest.root_id == world.signed.capture_id
    (root,) = world.rows(select(Manifest).where(Manifest.sha256 == world.signed.sha256))
    assert root.flags == []
    assert world.submission().state == "pending_review"
    world.check_log()
