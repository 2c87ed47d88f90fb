"""Who is told of a lead is told of its end; another agency by its own case, an officer without either case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from log_hand import HandSealer
from queue_world import DIGEST, START, World, make_world
from sqlalchemy import select

from evidence.actions.holding import leads, leasing, notices, physical, result_rules, results
from evidence.actions.log import noting
from evidence.actions.telling import status
from evidence.adapters.chance import SystemEntropy
from evidence.adapters.jobs import ProcrastinateJobs
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import PhysicalEventKind
from evidence.domain.roles import Role
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.media import Finding, Media
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.results import ResultNotice
from evidence.records.submissions import Submission
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7
CASES = [{"agency": "agency", "case_number": "CI-0041"}, {"agency": "PEM-B", "case_number": "CI-0088"}]


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    made.services = replace(made.services, jobs=ProcrastinateJobs())
    yield made
    for engine in made.engines:
        engine.dispose()


@pytest.fixture
def prosecutor_b(world: World) -> PersonCaller:
    """A prosecutor of another agency, PEM-B, to whose case leads point."""
    with world.worker() as session, session.begin():
        agency = Organisation(id=new_id(), kind="agency", name="Estatal B", code="PEM-B", settings={})
        agency.jurisdiction, agency.entity = "state", "20"
        session.add(agency)
        session.flush()
        person = Person(id=new_id(), organisation_id=agency.id, code="M-B", name="M-B", locale="es")
        session.add(person)
    roles = frozenset({Role.PROSECUTOR})
    return PersonCaller(person.id, agency.id, roles, new_id(), new_id(), factor_at=START)


def held(world: World, *, destination: str = "ballistics", who: str = "examiner", holder: str = "laboratory") -> UUID:
    submission_id, caller = world.submission(destination=destination, holder=holder), world.people[who]
    with world.acting(caller.organisation_id) as session:
        (claim,) = leasing.lease(session, world.services, caller=caller, destination=destination, limit=1, seconds=600)
        leasing.acknowledge(session, world.services, caller=caller, lease_id=claim.lease_id, token=claim.lease_token)
    return submission_id


def record(world: World, submission_id: UUID, code: str, *, who: str = "examiner", **more: Any) -> UUID:
    """A result, and what the worker tells of it."""
    plain: dict[str, Any] = {"facts": {}, "nominal": None, "final": False, "supersedes": None}
    examiners = {"examiner_id": None, "second_examiner_id": None}
    sent = result_rules.Answer(result_id=new_id(), answers_digest=DIGEST, code=code, **{**plain, **examiners, **more})
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        results.record(session, world.services, caller=caller, submission_id=submission_id, answer=sent)
    tell(world, sent.result_id)
    return sent.result_id


def tell(world: World, result_id: UUID) -> int:
    with world.worker() as session, session.begin():
        return notices.tell(session, world.services, result_id)


def told(world: World) -> set[tuple[str, str, str]]:
    with world.worker() as session:
        rows = session.execute(
            select(Organisation.code, ResultNotice.case_number, ResultNotice.about).join(
                Organisation, Organisation.id == ResultNotice.organisation_id
            )
        )
        return {(row.code, row.case_number, row.about) for row in rows}


def of(world: World, caller: PersonCaller) -> list[notices.Notice]:
    with world.acting(caller.organisation_id) as session:
        return notices.listed(session, caller=caller, limit=10, after=None)


def test_both_agencies_are_told_of_a_lead_and_of_its_elimination(world: World, prosecutor_b: PersonCaller) -> None:
    submission_id = held(world)
    lead_id = record(world, submission_id, "lead", facts={"cases": CASES})
    assert told(world) == {("agency", "CI-0041", "lead"), ("PEM-B", "CI-0088", "lead")}
    assert tell(world, lead_id) == 0
    (notice,) = of(world, prosecutor_b)
    assert (notice.card, notice.read_at, notice.told_before) == (None, None, False)
    with world.acting(prosecutor_b.organisation_id) as session:
        opened = notices.read(session, world.services, caller=prosecutor_b, notice_id=notice.notice.id)
        notices.read(session, world.services, caller=prosecutor_b, notice_id=notice.notice.id)
    assert opened.card is not None
    assert [case["case_number"] for case in opened.card["cases"]] == ["CI-0088", "CI-0041"]
    world.clock.at += timedelta(minutes=1)
    record(world, submission_id, "no_association", supersedes=lead_id, final=True)
    tell(world, lead_id)
    assert told(world) >= {("agency", "CI-0041", "eliminated"), ("PEM-B", "CI-0088", "eliminated")}
    newest, oldest = of(world, prosecutor_b)
    assert (newest.notice.about, newest.told_before, newest.card) == ("eliminated", True, None)
    assert (oldest.notice.about, oldest.read_at is not None) == ("lead", True)
    with world.worker() as session, session.begin():
        assert noting.append_noted(session, world.services) == 1
        views = session.scalars(select(CustodyEntry).where(CustodyEntry.kind == "view.opened")).all()
    assert [(row.chain_type, row.chain_id) for row in views] == [("agency", prosecutor_b.organisation_id)]


def test_a_notice_is_nobody_elses(world: World, prosecutor_b: PersonCaller) -> None:
    record(world, held(world), "lead", facts={"cases": CASES})
    (theirs,) = of(world, prosecutor_b)
    supervisor = world.people["supervisor"]
    with world.acting(supervisor.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        notices.read(session, world.services, caller=supervisor, notice_id=theirs.notice.id)
    assert refused.value.code == "not_found"


def test_a_hit_confirms_the_lead_and_links_two_cases_once(world: World, prosecutor_b: PersonCaller) -> None:
    two = {
        "examiner_id": world.people["examiner"].person_id,
        "second_examiner_id": world.people["second"].person_id,
    }
    first, second = held(world), held(world)
    lead_id = record(world, first, "lead", facts={"cases": CASES})
    record(world, first, "hit", facts={"cases": CASES}, supersedes=lead_id, **two)
    tell(world, lead_id)
    record(world, second, "hit", facts={"cases": CASES[::-1]}, **two)
    abouts = [notice.notice.about for notice in of(world, prosecutor_b)]
    assert sorted(abouts) == ["confirmed", "hit", "lead"]


def test_a_lead_is_ended_by_hand_once_and_never_confirmed(world: World) -> None:
    lead_id, caller = record(world, held(world), "lead", facts={"cases": CASES}), world.people["examiner"]
    for outcome, code in (
        ("confirmed", "hit_needed"),
        ("withdrawn", None),
        ("withdrawn", None),
        ("eliminated", "lead_ended"),
    ):
        with world.acting(caller.organisation_id) as session:
            if code is None:
                leads.end(session, world.services, caller=caller, result_id=lead_id, outcome=outcome, reason="x")
                continue
            with pytest.raises(EvidenceError) as refused:
                leads.end(session, world.services, caller=caller, result_id=lead_id, outcome=outcome, reason="x")
            assert refused.value.code == code
    assert tell(world, lead_id) == 1
    with world.worker() as session:
        kinds = list(session.scalars(select(CustodyEntry.kind).where(CustodyEntry.kind.startswith("result."))))
    assert sorted(kinds) == ["result.ended", "result.recorded", "result.told", "result.told"]


def test_an_officer_hears_of_a_lead_and_sees_no_case(world: World, prosecutor_b: PersonCaller) -> None:
    sealer = HandSealer(world.worker, world.services)
    submission_id, officer = held(world), world.people["officer"]
    record(world, submission_id, "lead", facts={"cases": CASES})
    sealer.seal()
    with world.worker() as session:
        details = session.scalars(
            select(CustodyDetail.details)
            .join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
            .where(CustodyEntry.chain_id == world.root_id)
        ).all()
    assert "CI-00" not in str(details)
    with world.acting(officer.organisation_id) as session:
        (row,) = results.listed(session, caller=officer, submission_id=submission_id, limit=5, after=None)
        news = status.changes(session, caller=officer, after=-1, limit=50)
    assert (row.result.code, row.facts) == ("lead", {})
    assert "CI-00" not in str(news)
    assert {change.result_code for change in news.items if change.kind.startswith("result.")} == {"lead"}


def test_a_purchase_after_the_recovery_is_confirmed_and_becomes_a_finding(world: World) -> None:
    submission_id = held(world, destination="etrace", who="analyst", holder="desk")
    late = (START + timedelta(days=3)).date().isoformat()
    answer = {"nominal": {"purchase_date": late}, "who": "analyst"}
    with pytest.raises(EvidenceError) as refused:
        record(world, submission_id, "purchaser_identified", **answer)
    assert (refused.value.code, refused.value.errors["confirmed"]) == ("confirm_needed", ["purchase_after_recovery"])
    result_id = record(world, submission_id, "purchaser_identified", confirmed=("purchase_after_recovery",), **answer)
    assert tell(world, result_id) == 0
    with world.worker() as session:
        finding = session.scalars(select(Finding)).one()
    assert (finding.code, finding.blocking, finding.facts) == (
        "purchase_after_recovery",
        False,
        {"result_id": str(result_id)},
    )


def test_a_trace_ends_as_a_duplicate_only_of_a_match(world: World) -> None:
    submission_id = held(world, destination="etrace", who="analyst", holder="desk")
    with pytest.raises(EvidenceError) as refused:
        record(world, submission_id, "duplicate", who="analyst", facts={"match_id": str(new_id())})
    assert refused.value.code == "match_needed"


def attached(world: World, submission_id: UUID, purpose: str, state: str = "secured") -> UUID:
    media_id, laboratory = new_id(), world.people["examiner"]
    with world.worker() as session, session.begin():
        submission = session.get_one(Submission, submission_id)
        row = Media(id=new_id(), media_id=media_id, agency_id=submission.agency_id, root_id=submission.root_id)
        row.capture_id, row.submission_id, row.purpose = submission.root_id, submission_id, purpose
        row.author_organisation_id, row.author_id = laboratory.organisation_id, laboratory.person_id
        row.sha256, row.size, row.content_type, row.state = "ab" * 32, 9, "application/pdf", state
        row.created_at = row.updated_at = START
        session.add(row)
    return media_id


def test_a_report_and_a_receiving_photo_name_their_files(world: World) -> None:
    submission_id, examiner = held(world), world.people["examiner"]
    photo, expected = (
        attached(world, submission_id, "receiving_photo"),
        attached(world, submission_id, "report", "expected"),
    )
    for files, code in (((photo,), "report_missing"), ((expected,), "unknown_attachment")):
        with pytest.raises(EvidenceError) as refused:
            record(world, submission_id, "report", attachments=files)
        assert refused.value.code == code
    record(world, submission_id, "report", attachments=(attached(world, submission_id, "report"),))
    event = physical.Event(
        event_id=new_id(),
        kind=PhysicalEventKind.RECEIVED,
        package_id=None,
        item_ids=(world.read(submission_id).item_id,),
        mismatches=(),
        happened_at=START,
        submission_id=submission_id,
        facts={},
        attachments=(photo,),
    )
    with world.acting(examiner.organisation_id) as session:
        done = physical.record(session, world.services, caller=examiner, capture_id=world.root_id, event=event)
        assert done.event.attachments == [photo]
        seen = physical.listed(session, caller=examiner, capture_id=world.root_id, limit=1, after=None)
    assert [row.id for row in seen] == [event.event_id]
    foreign = replace(event, event_id=new_id(), attachments=(new_id(),))
    with world.acting(examiner.organisation_id) as session, pytest.raises(EvidenceError) as unknown:
        physical.record(session, world.services, caller=examiner, capture_id=world.root_id, event=foreign)
    assert unknown.value.code == "unknown_attachment"
