"""Routes that end, retention, holds, sealed captures and settings, on a real database as the api role."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.accounts import accreditation, own_organisation, reserving
from evidence.actions.log import custody_reading
from evidence.actions.store_ports import MediaStore, ObjectRef
from evidence.actions.storing import keeping
from evidence.commands import admin as admin_command
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.ids import folio
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.custody import CustodyEntry
from evidence.records.media import Media
from evidence.records.organisations import Route
from evidence.records.submissions import Submission
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    yield made
    made.close()


@pytest.fixture
def admin(world: DecisionWorld) -> PersonCaller:
    return world._person(world.agency, "a-900", Role.ADMINISTRATOR)


@contextmanager
def refusal(code: str) -> Iterator[None]:
    with pytest.raises(EvidenceError) as refused:
        yield
    assert refused.value.code == code


def queued(world: DecisionWorld) -> Submission:
    world.open_all(world.supervisor)
    world.decide(world.supervisor, "approve", reading=("legible", SERIAL))
    return world.submission()


def as_worker(world: DecisionWorld, action: Any, *args: Any) -> Any:
    with world.worker() as session, session.begin():
        return action(session, world.services, *args)


def kinds(world: DecisionWorld, chain: UUID) -> list[str]:
    with world.worker() as session:
        wanted = select(CustodyEntry.kind).where(CustodyEntry.chain_id == chain).order_by(CustodyEntry.seq)
        return list(session.scalars(wanted))


def test_a_lost_accreditation_moves_the_queue_with_its_entry(world: DecisionWorld, admin: PersonCaller) -> None:
    federal = world._organisation("MESA-2", "desk", None)
    waiting = queued(world)
    assert waiting.holder_id == world.desk
    (route,) = world.rows(select(Route).where(Route.organisation_id == world.desk), by=admin)
    as_worker(world, _fallback, world.agency, federal)
    assert as_worker(world, accreditation.stranded) == [], "while the route stands nothing moves"
    world.act(admin, accreditation.end_route, route_id=route.id, at=None)
    with refusal("wrong_state"):
        world.act(admin, accreditation.end_route, route_id=route.id, at=None)
    assert as_worker(world, accreditation.stranded) == [waiting.id]
    assert as_worker(world, accreditation.move, waiting.id) is True
    assert as_worker(world, accreditation.move, waiting.id) is False, "safe to run twice"
    moved = world.submission()
    assert (moved.state, moved.holder_id) == ("queued", federal)
    assert "submission.rerouted" in kinds(world, world.signed.capture_id)
    assert world.rows(select(Submission), by=world.analyst) == [], "the former holder sees it no more"
    world.check_log()


def _fallback(session: Any, services: Any, agency: UUID, desk: UUID) -> None:
    session.add(
        Route(
            id=services.entropy.uuid7(),
            agency_id=agency,
            destination="etrace",
            organisation_id=desk,
            rank=9,
            valid_from=services.clock.now(),
            matchers={},
        )
    )


def test_without_another_route_what_waits_stays(world: DecisionWorld, admin: PersonCaller) -> None:
    waiting = queued(world)
    (route,) = world.rows(select(Route).where(Route.organisation_id == world.desk), by=admin)
    world.act(admin, accreditation.end_route, route_id=route.id, at=None)
    assert as_worker(world, accreditation.stranded) == []
    assert world.submission().holder_id == waiting.holder_id
    with refusal("not_found"):
        world.act(world.analyst, accreditation.end_route, route_id=route.id, at=None)


class Locks:
    """A store that only remembers what it was asked to lock."""

    def __init__(self) -> None:
        self.asked: list[ObjectRef] = []

    def extend_lock(self, ref: ObjectRef, until: Any) -> Any:
        self.asked.append(ref)
        return until


def test_a_category_lengthens_locks_and_never_shortens(world: DecisionWorld, admin: PersonCaller) -> None:
    now = world.clock.now()
    with world.worker() as session, session.begin():
        for media in session.scalars(select(Media)):
            media.secured_at, media.locked_until = now, now + timedelta(days=3650)
    code = folio(world.signed.capture_id)
    for name, years in (("homicide", 30), ("short", 1)):
        made = world.act(admin, keeping.make_category, code=name, name=name, years=years)
    with refusal("category_code"):
        world.act(admin, keeping.make_category, code="standard", name="x", years=3)
    with refusal("category_unknown"):
        world.act(admin, keeping.set_category, folio=code, code="absent", reason="x")
    with refusal("not_found"):
        world.act(world.examiner, keeping.set_category, folio=code, code="homicide", reason="x")
    root_id, store = world.signed.capture_id, Locks()
    world.act(admin, keeping.set_category, folio=code.lower().replace("-", " "), code="short", reason="a mistake")
    assert as_worker(world, keeping.due_longer, root_id) == []
    world.act(admin, keeping.set_category, folio=code, code="homicide", reason="order 12")
    due = as_worker(world, keeping.due_longer, root_id)
    assert len(due) == len(world.files)
    locks = keeping.lengthen(cast(MediaStore, store), due)
    as_worker(world, keeping.note_longer, locks)
    assert as_worker(world, keeping.due_longer, root_id) == []
    assert min(locks.values()) > now + timedelta(days=30 * 365)
    world.act(admin, keeping.end_category, category_id=made.id)
    with refusal("category_unknown"):
        world.act(admin, keeping.set_category, folio=code, code="short", reason="x")
    assert kinds(world, root_id).count("retention.set") == 2


def test_a_hold_keeps_locks_ahead_until_it_is_lifted(world: DecisionWorld, admin: PersonCaller) -> None:
    now, root_id = world.clock.now(), world.signed.capture_id
    with world.worker() as session, session.begin():
        for media in session.scalars(select(Media)):
            media.secured_at, media.locked_until = now - timedelta(days=3640), now + timedelta(days=10)
    assert as_worker(world, keeping.roots_to_renew) == []
    facts = {"folio": folio(root_id), "reference": "Oficio 7/2026", "reason": "amparo"}
    hold = world.act(admin, keeping.place_hold, **facts)
    assert as_worker(world, keeping.roots_to_renew) == [root_id]
    due = as_worker(world, keeping.due_longer, root_id)
    assert {one.until > now + timedelta(days=1000) for one in due} == {True}
    assert [code for _, code in world.ask(admin, keeping.holds)] == [folio(root_id)]
    world.act(admin, keeping.lift_hold, hold_id=hold.id, reason="resolved")
    assert as_worker(world, keeping.roots_to_renew) == []
    assert as_worker(world, keeping.due_longer, root_id) == []
    with refusal("wrong_state"):
        world.act(admin, keeping.lift_hold, hold_id=hold.id, reason="again")


def test_two_persons_seal_a_capture_and_two_open_it(world: DecisionWorld, admin: PersonCaller) -> None:
    queued(world)
    root_id = world.signed.capture_id
    facts = {"folio": folio(root_id), "reference": "Acuerdo 3", "reason": "a minor's face", "readers": []}

    def sees(by: PersonCaller) -> tuple[int, int]:
        return len(world.rows(select(Capture), by=by)), len(world.rows(select(Submission), by=by))

    asked = world.act(world.supervisor, reserving.ask, **{**facts, "readers": [world.supervisor.person_id]})
    assert sees(world.other) == (1, 2), "one person seals nothing"
    with refusal("second_person"):
        world.act(world.supervisor, reserving.confirm, reserve_id=asked.id)
    with refusal("reserved"):
        world.act(admin, reserving.ask, **facts)
    world.act(admin, reserving.confirm, reserve_id=asked.id)
    assert (sees(world.other), sees(admin)) == ((0, 0), (0, 0))
    assert (sees(world.supervisor), sees(world.officer)) == ((1, 2), (1, 2)), "its readers, and the officer"
    assert sees(world.analyst)[1] == 1, "who holds the dossier keeps it"
    with refusal("not_found"):
        world.ask(world.other, custody_reading.chain_of_capture, capture_id=root_id)
    assert [code for _, code in world.ask(admin, reserving.listed)] == [folio(root_id)]
    world.act(admin, reserving.ask_to_lift, reserve_id=asked.id, reason="resolved")
    with refusal("second_person"):
        world.act(admin, reserving.lift, reserve_id=asked.id)
    assert sees(world.other) == (0, 0)
    world.act(world.other, reserving.lift, reserve_id=asked.id)
    assert sees(world.other) == (1, 2)
    said = [kind for kind in kinds(world, root_id) if kind.startswith("reserve.")]
    assert said == ["reserve.asked", "reserve.confirmed", "reserve.lift_asked", "reserve.lifted"]


def test_what_nobody_confirmed_ends_at_once_and_readers_are_known(world: DecisionWorld, admin: PersonCaller) -> None:
    facts = {"folio": folio(world.signed.capture_id), "reference": "x", "reason": "x"}
    with refusal("unknown_person"):
        world.act(admin, reserving.ask, **facts, readers=[world.examiner.person_id])
    asked = world.act(admin, reserving.ask, **facts, readers=[])
    assert world.act(admin, reserving.ask_to_lift, reserve_id=asked.id, reason="mistake").lifted_at is not None
    with refusal("wrong_state"):
        world.act(world.supervisor, reserving.confirm, reserve_id=asked.id)
    world.clock.moved += timedelta(hours=1)
    with refusal("fresh_factor_required"):
        world.act(admin, reserving.ask, **facts, readers=[])


def test_an_organisation_changes_its_own_settings_only(world: DecisionWorld, admin: PersonCaller) -> None:
    settings = {"gallery_allowed": False, "facts": {"agency.ori": "MX0000001"}}
    changed = world.act(admin, own_organisation.change, contact="mesa@invalid", settings=settings)
    assert (changed.settings, changed.contact) == (settings, "mesa@invalid")
    assert world.ask(world.examiner, own_organisation.shown).settings == {}
    with refusal("unknown_setting"):
        world.act(admin, own_organisation.change, contact="", settings={"role": "all"})
    before = kinds(world, world.agency).count("organisation.changed")
    world.act(admin, own_organisation.change, contact="mesa@invalid", settings=settings)
    assert kinds(world, world.agency).count("organisation.changed") == before == 1, "no change, no entry"


def test_the_command_line_makes_an_organisation_and_its_first_administrator(world: DecisionWorld) -> None:
    parser = argparse.ArgumentParser()
    admin_command.add_arguments(parser)
    made = "organisation --code PMX --name Inventada --kind agency --jurisdiction municipal --entity 05"
    invited = "invite --organisation PMX --username J-1 --name Jefa"
    with world.worker() as session, session.begin():
        said = [
            admin_command.do(session, world.services, parser.parse_args(line.split()), "https://casquillo.invalid")
            for line in (made, invited, invited)
        ]
    assert said[0].startswith("PMX ")
    assert said[1].startswith("https://casquillo.invalid/desk#/welcome/")
    assert said[1] != said[2], "asked again, a new link"
    with world.worker() as session, session.begin(), refusal("not_found"):
        lost = parser.parse_args(["invite", "--organisation", "NIX", "--username", "x"])
        admin_command.do(session, world.services, lost, "https://casquillo.invalid")
