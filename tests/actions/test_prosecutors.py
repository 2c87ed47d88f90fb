"""A prosecutor reads the cases that recorded facts make the prosecutor's, and nothing else of the agency."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from log_hand import HandSealer
from queue_world import START, World, make_world
from sqlalchemy import update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import captures
from evidence.actions.deciding import review_list, review_screen, submissions, supplements
from evidence.actions.holding import mismatches, notices, physical, possessors, results
from evidence.actions.log import custody_reading, views
from evidence.actions.paper import bundles, printing_registro, printing_sheets
from evidence.actions.storing import attachments
from evidence.actions.telling import status
from evidence.domain.agency_settings import check_settings
from evidence.domain.bundle.profiles import Profile
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import PhysicalEventKind
from evidence.domain.names import folded_name
from evidence.domain.roles import Role
from evidence.records.organisations import Organisation
from evidence.records.physical import PhysicalEvent
from evidence.records.results import ResultNotice
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def reads(world: World, who: str = "prosecutor") -> bool:
    """Whether the capture is there for a person: by its id and in the list alike."""
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        found = submissions.listed(session, caller=caller, limit=5, after=None)
        if found:
            assert captures.read(session, caller=caller, capture_id=world.root_id).id == world.root_id
            return True
        with pytest.raises(EvidenceError, match="no such thing"):
            captures.read(session, caller=caller, capture_id=world.root_id)
        return False


def setting(world: World, **settings: Any) -> None:
    with world.worker() as session:
        session.execute(
            update(Organisation).where(Organisation.id == world.organisations["agency"]).values(settings=settings)
        )
        session.commit()


def happened(world: World, kind: PhysicalEventKind, to: str) -> None:
    officer = world.people["officer"]
    with world.worker() as session:
        event = PhysicalEvent(
            id=uuid4(),
            root_id=world.root_id,
            agency_id=officer.organisation_id,
            organisation_id=officer.organisation_id,
            recorder_id=officer.person_id,
            kind=kind.value,
            item_ids=[],
            payload_sha256="0" * 64,
            facts={"to": to},
            happened_at=START,
        )
        session.add(event)
        session.commit()


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"prosecutor": "Ana Pérez Ruiz"}, True),
        ({"prosecutor": "Lic. ANA  PEREZ RUIZ, FGE"}, True),
        ({"prosecutor_office": "Unidad 3 de homicidios, turno B"}, True),
        ({"prosecutor": "Ana Pérez"}, False),
        ({"prosecutor": "Mariana Pérez Ruizar"}, False),
        ({"prosecutor_office": "Unidad 33 de Homicidios"}, False),
        ({"order": "FGE/11/2026"}, False),
    ],
)
def test_who_leads_the_case_is_a_stated_fact(world: World, said: dict[str, str], named: bool) -> None:
    world.submission()
    assert not reads(world)
    assert reads(world, "supervisor")
    world.state_legal(**said)
    assert reads(world) is named


def test_a_corrected_name_closes_what_it_opened(world: World) -> None:
    world.submission()
    world.state_legal()
    assert reads(world)
    world.state_legal(prosecutor="Bruno Inventado Soto")
    assert not reads(world)


def test_an_own_order_keeps_the_case_open(world: World) -> None:
    world.submission()
    world.state_legal(by="prosecutor", order="FGE/11/2026")
    assert reads(world)


@pytest.mark.parametrize(
    ("kind", "to", "handed"),
    [
        (PhysicalEventKind.HANDED_OVER, "MP Ana Pérez Ruiz", True),
        (PhysicalEventKind.HANDED_OVER, "Unidad 3 de Homicidios", True),
        (PhysicalEventKind.HANDED_OVER, "Bodega de indicios", False),
        (PhysicalEventKind.STORED, "MP Ana Pérez Ruiz", False),
    ],
)
def test_a_hand_over_to_the_prosecutor_opens_the_case(
    world: World, kind: PhysicalEventKind, to: str, handed: bool
) -> None:
    world.submission()
    happened(world, kind, to)
    assert reads(world) is handed


def test_an_agency_may_let_its_prosecutors_read_all(world: World) -> None:
    world.submission()
    setting(world, prosecutors_see="agency")
    assert reads(world)
    setting(world, prosecutors_see="named")
    assert not reads(world)
    with pytest.raises(EvidenceError):
        check_settings({"prosecutors_see": "everybody"})


def test_a_supervisor_who_is_prosecutor_too_and_an_auditor_read_on(world: World) -> None:
    world.submission()
    both = replace(world.people["prosecutor"], roles=frozenset({Role.PROSECUTOR, Role.SUPERVISOR}))
    auditor = replace(world.people["supervisor"], roles=frozenset({Role.AUDITOR}))
    with world.acting(both.organisation_id) as session:
        assert captures.read(session, caller=both, capture_id=world.root_id)
        assert custody_reading.chain_of_capture(session, caller=auditor, capture_id=world.root_id) == []


def test_a_number_tells_nobody_apart() -> None:
    assert folded_name("B 1") is None
    assert folded_name(" Ána  Núñez-Ruiz ") == "ana nunez ruiz"


Try = Callable[[Session, World, PersonCaller, UUID], Any]
AROUND: dict[str, Try] = {
    "supplement": lambda s, w, me, _: supplements.add(
        s,
        w.services,
        caller=me,
        capture_id=w.root_id,
        addition=supplements.Addition("capture", w.root_id, {"legal.prosecutor": "Ana Pérez Ruiz"}, "me nombro"),
    ),
    "supplement of the request": lambda s, w, me, one: supplements.add(
        s,
        w.services,
        caller=me,
        capture_id=w.root_id,
        addition=supplements.Addition("submission", one, {"legal.order": "FGE/1"}, "lo ordeno"),
    ),
    "attachment": lambda s, w, me, one: attachments.announce(s, w.services, caller=me, submission_id=one, files=[]),
    "attachments": lambda s, w, me, one: attachments.listed(
        s, caller=me, submission_id=one, limit=5, after=None, now=w.clock.now()
    ),
    "dossier": lambda s, w, me, one: views.open_dossier(s, w.services, caller=me, submission_id=one),
    "original": lambda s, w, me, one: views.authorise_download(
        s, w.services, caller=me, submission_id=one, media_id=uuid4()
    ),
    "review": lambda s, w, me, _: review_screen.open_screen(s, w.services, caller=me, capture_id=w.root_id),
    "custody": lambda s, w, me, _: custody_reading.chain_of_capture(s, caller=me, capture_id=w.root_id),
    "events": lambda s, w, me, _: physical.listed(s, caller=me, capture_id=w.root_id, limit=5, after=None),
    "results": lambda s, w, me, one: results.listed(s, caller=me, submission_id=one, limit=5, after=None),
    "possessors": lambda s, w, me, one: possessors.open_lines(
        s, w.services, caller=me, submission_id=one, reason="curiosidad"
    ),
    "bundle": lambda s, w, me, _: bundles.request(
        s, w.services, caller=me, capture_id=w.root_id, profile=Profile.COURT, reason="curiosidad", order=None
    ),
    "bundles": lambda s, w, me, _: bundles.listed(s, caller=me, capture_id=w.root_id),
    "registro": lambda s, w, me, _: printing_registro.draft(s, w.services, caller=me, capture_id=w.root_id),
    "receipt": lambda s, w, me, _: printing_sheets.label_of_event(
        s, w.services, caller=me, capture_id=w.root_id, event_id=uuid4()
    ),
}


@pytest.mark.parametrize("way", AROUND)
def test_no_route_leads_around_it(world: World, way: str) -> None:
    """Each answers as if the capture were not there; nothing that was tried is kept."""
    submission_id = world.submission(destination="etrace", holder="desk")
    with world.acting(world.people["prosecutor"].organisation_id) as session:
        with pytest.raises(EvidenceError) as refused:
            AROUND[way](session, world, world.people["prosecutor"], submission_id)
        assert refused.value.code == "not_found"
    assert not reads(world)


def test_lists_notices_and_news_hold_the_own_cases_only(world: World) -> None:
    world.submission()
    happened(world, PhysicalEventKind.MISMATCH, "recepción")
    agency = world.organisations["agency"]
    told = (custody.Told(agency),)
    chain = Chain("capture", world.root_id)
    act = custody.Act("person.changed", chain, agency, SYSTEM, {"reason": "x"}, told=told, root_id=world.root_id)
    sealer = HandSealer(world.worker, world.services)
    with world.worker() as session:
        custody.append(session, world.services, [act])
        session.commit()
    sealer.seal()
    me, supervisor = world.people["prosecutor"], world.people["supervisor"]
    assert heard(world, me) == [0, 0, 0, 0]
    assert heard(world, supervisor) == [1, 1, 1, 1]
    world.state_legal()
    assert heard(world, me) == [1, 1, 1, 1]


def heard(world: World, me: PersonCaller) -> list[int]:
    with world.acting(me.organisation_id) as session:
        cases, _ = review_list.listed(session, caller=me, shown="sent", limit=5, after=None)
        differing = mismatches.listed(session, caller=me, limit=5, after=None)
        news = status.changes(session, caller=me, after=-1, limit=5).items
        lead = ResultNotice(organisation_id=me.organisation_id, root_id=world.root_id)
        return [len(cases), len(differing), len(news), int(notices.may_hear(session, me, lead))]


def test_a_lead_to_a_case_that_is_on_paper_only_is_heard_at_once(world: World) -> None:
    """It names no capture, so any prosecutor of the agency hears of it; of other news without one none does."""
    agency = world.organisations["agency"]
    told = (custody.Told(agency),)
    details = {"result_id": str(uuid4()), "organisation_id": str(agency), "code": "lead"}
    acts = [
        custody.Act("result.told", Chain("agency", agency), agency, SYSTEM, details, told=told),
        custody.Act("person.changed", Chain("agency", agency), agency, SYSTEM, {"reason": "x"}, told=told),
    ]
    sealer = HandSealer(world.worker, world.services)
    with world.worker() as session:
        custody.append(session, world.services, acts)
        session.commit()
    sealer.seal()
    me = world.people["prosecutor"]
    with world.acting(me.organisation_id) as session:
        news = status.changes(session, caller=me, after=-1, limit=5).items
    assert [one.kind for one in news] == ["result.told"]
