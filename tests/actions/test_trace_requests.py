"""What a desk keys into eTrace: sent once under a number typed twice, read back by another, corrected by a new one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from queue_world import DIGEST, START, World, make_world
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from evidence.actions import custody
from evidence.actions.holding import corrections, leasing, trace_requests
from evidence.adapters.chance import SystemEntropy
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.custody import CustodyEntry
from evidence.records.people import Person
from evidence.records.submissions import ApprovedDossier, Submission
from evidence.records.trace_requests import CorrectionNotice, ReadBack, TraceRequest, replaced_digests
from standalone.postgres import DatabaseUrls

new_id = SystemEntropy().uuid7
OTHER_DIGEST = "cd" * 32


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def keyed(**more: Any) -> trace_requests.Keyed:
    plain: dict[str, Any] = {
        "request_id": new_id(),
        "digest": DIGEST,
        "etrace_number": "T-TEST-0007",
        "etrace_number_again": "T-TEST-0007",
        "sent_at": START,
        "replaces": None,
    }
    return trace_requests.Keyed(**{**plain, **more})


def taken_on(world: World) -> UUID:
    submission_id, desk = world.submission(destination="etrace", holder="desk"), world.people["analyst"]
    with world.acting(desk.organisation_id) as session:
        (claim,) = leasing.lease(session, world.services, caller=desk, destination="etrace", limit=1, seconds=600)
        leasing.acknowledge(session, world.services, caller=desk, lease_id=claim.lease_id, token=claim.lease_token)
    return submission_id


def send(world: World, submission_id: UUID, sent: trace_requests.Keyed, who: str = "analyst") -> trace_requests.Sent:
    caller = world.people[who]
    with world.acting(caller.organisation_id) as session:
        return trace_requests.send(session, world.services, caller=caller, submission_id=submission_id, keyed=sent)


def read_back(world: World, request_id: UUID, caller: PersonCaller, *, equal: bool = True) -> ReadBack:
    with world.acting(caller.organisation_id) as session:
        return trace_requests.read_back(
            session, world.services, caller=caller, request_id=request_id, text="QZX0158", equal=equal
        )


def correct(world: World, submission_id: UUID, serial: str, digest: str) -> list[str]:
    """The dossier changes under the desk's hands, as a supplement's job would have it."""
    with world.worker() as session, session.begin():
        row = session.get_one(Submission, submission_id)
        row.digest, row.digested = digest, {"worksheet": {"values": {"5a": serial}}}
        root = session.get_one(Capture, row.root_id)
        acts = corrections.note(session, world.services, root, row, SYSTEM)
        if acts:
            custody.append(session, world.services, acts)
        return [act.kind for act in acts]


def second_reader(world: World) -> PersonCaller:
    first = world.people["analyst"]
    with world.worker() as session, session.begin():
        row = Person(id=new_id(), organisation_id=first.organisation_id, code="second reader", name="x", locale="es")
        session.add(row)
    return replace(first, person_id=row.id, roles=frozenset({Role.TRACE_ANALYST}))


def kinds(world: World) -> list[str]:
    with world.worker() as session:
        wanted = select(CustodyEntry.kind).where(CustodyEntry.kind.startswith("trace.")).order_by(CustodyEntry.seq)
        return list(session.scalars(wanted))


def test_a_request_is_sent_once(world: World) -> None:
    submission_id, sent = taken_on(world), keyed()
    assert send(world, submission_id, sent).new
    assert not send(world, submission_id, sent).new
    with pytest.raises(EvidenceError) as refused:
        send(world, submission_id, replace(sent, etrace_number="T-2", etrace_number_again="T-2"))
    assert refused.value.code == "trace_request_conflict"
    assert kinds(world) == ["trace.sent"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"etrace_number_again": "T-TEST-0001"}, "numbers_differ"),
        ({"digest": OTHER_DIGEST}, "other_digest"),
        ({"sent_at": START + timedelta(hours=1)}, "in_the_future"),
        ({"replaces": new_id()}, "replaces_needed"),
    ],
)
def test_what_breaks_a_rule_is_not_sent(world: World, more: dict[str, Any], code: str) -> None:
    submission_id = taken_on(world)
    with pytest.raises(EvidenceError) as refused:
        send(world, submission_id, keyed(**more))
    assert refused.value.code == code


def test_only_the_holder_sends_and_only_what_it_has_taken_on(world: World) -> None:
    waiting = world.submission(destination="etrace", holder="desk")
    with pytest.raises(EvidenceError) as refused:
        send(world, waiting, keyed())
    assert refused.value.code == "wrong_state"
    with pytest.raises(EvidenceError) as unseen:
        send(world, waiting, keyed(), who="examiner")
    assert unseen.value.code == "not_found"


def test_another_person_reads_back_or_the_same_on_another_day(world: World) -> None:
    submission_id, sent = taken_on(world), keyed()
    send(world, submission_id, sent)
    sender = world.people["analyst"]
    with pytest.raises(EvidenceError) as refused:
        read_back(world, sent.request_id, sender)
    assert refused.value.code == "same_reader"
    assert not read_back(world, sent.request_id, second_reader(world), equal=False).equal
    world.clock.at += timedelta(days=1)
    assert read_back(world, sent.request_id, sender).equal
    with pytest.raises(EvidenceError) as unseen:
        read_back(world, sent.request_id, world.people["examiner"])
    assert unseen.value.code == "not_found"
    assert kinds(world) == ["trace.sent", "trace.read_back", "trace.read_back"]


def test_a_correction_is_acknowledged_and_a_new_request_replaces_the_former(world: World) -> None:
    submission_id, first = taken_on(world), keyed()
    assert correct(world, submission_id, "QZX0158", DIGEST) == []  # nothing was sent yet
    send(world, submission_id, first)
    assert correct(world, submission_id, "QZX0153", OTHER_DIGEST) == ["trace.corrected"]
    assert correct(world, submission_id, "QZX0153", OTHER_DIGEST) == []
    with world.worker() as session, session.begin():
        notice = session.scalars(select(CorrectionNotice)).one()
        assert (notice.changed, notice.trace_request_id) == (["5a"], first.request_id)
        row = session.get_one(Submission, submission_id)  # a supervisor approved it, the desk accepted
        row.approved_digest = row.accepted_digest = OTHER_DIGEST
        copy = ApprovedDossier(submission_id=row.id, digest=OTHER_DIGEST, agency_id=row.agency_id, made_at=START)
        copy.digested, copy.document = row.digested, {}
        session.add(copy)
    second = keyed(digest=OTHER_DIGEST, etrace_number="T-8", etrace_number_again="T-8", replaces=first.request_id)
    with pytest.raises(EvidenceError) as refused:
        send(world, submission_id, second)
    assert refused.value.code == "notice_open"
    desk = world.people["analyst"]
    for _ in range(2):
        with world.acting(desk.organisation_id) as session:
            trace_requests.acknowledge(session, world.services, caller=desk, notice_id=notice.id)
    with pytest.raises(EvidenceError) as unnamed:
        send(world, submission_id, replace(second, replaces=None))
    assert unnamed.value.code == "replaces_needed"
    assert send(world, submission_id, second).new
    with world.acting(desk.organisation_id) as session:
        views = trace_requests.listed(session, caller=desk, submission_id=submission_id, now=world.clock.now())
        assert [(view.request.number, view.replaced) for view in views] == [(1, True), (2, False)]
        assert replaced_digests(session, submission_id) == {DIGEST}
    assert kinds(world) == ["trace.sent", "trace.corrected", "trace.notice_acknowledged", "trace.sent"]
    with pytest.raises(EvidenceError) as replaced:
        read_back(world, first.request_id, second_reader(world))
    assert replaced.value.code == "replaced"


def test_what_changed_while_it_was_keyed_is_a_correction_at_once(world: World) -> None:
    submission_id = taken_on(world)
    correct(world, submission_id, "QZX0153", OTHER_DIGEST)
    send(world, submission_id, keyed())
    assert kinds(world) == ["trace.sent", "trace.corrected"]
    agency = world.people["supervisor"]
    with world.acting(agency.organisation_id) as session:
        (view,) = trace_requests.listed(session, caller=agency, submission_id=submission_id, now=world.clock.now())
    assert [notice.changed for notice in view.notices] == [["5a"]]


def test_sent_requests_never_change(world: World) -> None:
    send(world, taken_on(world), keyed())
    with world.worker() as session:
        session.scalars(select(TraceRequest)).one().etrace_number = "another"
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.flush()
