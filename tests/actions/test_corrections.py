"""The laboratory reads another serial after the desk has keyed the trace (a correction, to its end)."""

from collections.abc import Iterator
from typing import Any

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select

from evidence.actions.deciding import revising, submissions, supplements
from evidence.actions.holding import assignments, leasing, trace_requests
from evidence.domain.errors import EvidenceError
from evidence.records.custody import CustodyEntry
from evidence.records.trace_requests import CorrectionNotice
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

OTHER = "QZX0153"


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    for one in (made.supervisor, made.other):
        made.open_all(one)
    made.decide(made.supervisor, "approve", reading=("legible", SERIAL))
    made.decide(made.supervisor, "approve", "ballistics")
    yield made
    made.close()


def send(world: DecisionWorld, number: str, **more: Any) -> trace_requests.Sent:
    keyed = trace_requests.Keyed(
        request_id=world.services.entropy.uuid7(),
        digest=world.submission().accepted_digest or "",
        etrace_number=number,
        etrace_number_again=number,
        sent_at=world.clock.now(),
        **{"replaces": None, **more},
    )
    return world.act(world.analyst, trace_requests.send, submission_id=world.submission().id, keyed=keyed)


def laboratory_reads(world: DecisionWorld, serial: str) -> None:
    values = {"serial.status": "legible", "serial.text": serial, "serial.where": "frame"}
    addition = supplements.Addition("item", world.item, values, "read at the laboratory")
    world.act(world.examiner, supplements.add, capture_id=world.signed.capture_id, addition=addition)
    with world.worker() as session, session.begin():
        revising.revise(session, world.services, world.signed.capture_id)


def test_another_serial_after_sending_is_a_notice_and_a_request_that_replaces(world: DecisionWorld) -> None:
    (claim,) = world.act(world.analyst, leasing.lease, destination="etrace", limit=1, seconds=600)
    world.act(world.analyst, leasing.acknowledge, lease_id=claim.lease_id, token=claim.lease_token)
    first = send(world, "T-TEST-0007").request
    laboratory_reads(world, OTHER)
    (notice,) = world.rows(select(CorrectionNotice), by=world.analyst)
    assert ("5a" in notice.changed, notice.trace_request_id) == (True, first.id)

    again = supplements.Read("legible", OTHER, "supervisor")  # whoever read the former serial looks once more
    world.act(
        world.supervisor,
        supplements.make_reading,
        capture_id=world.signed.capture_id,
        item_id=world.item,
        read=again,
    )
    world.decide(world.other, "approve", reading=("legible", OTHER))
    digest = world.submission().digest
    world.act(world.analyst, assignments.accept_revision, submission_id=world.submission().id, digest=digest)
    with pytest.raises(EvidenceError) as refused:
        send(world, "T-TEST-0008", replaces=first.id)
    assert refused.value.code == "notice_open"
    world.act(world.analyst, trace_requests.acknowledge, notice_id=notice.id)
    assert send(world, "T-TEST-0008", replaces=first.id).request.number == 2

    seen = world.ask(world.analyst, submissions.read, submission_id=world.submission().id, now=world.clock.now())
    assert seen.holder is not None
    assert [copy["replaced"] for copy in seen.holder["dossiers"]] == [True, False]
    kinds = world.rows(
        select(CustodyEntry.kind).where(CustodyEntry.kind.startswith("trace.")).order_by(CustodyEntry.seq)
    )
    assert kinds == ["trace.sent", "trace.corrected", "trace.notice_acknowledged", "trace.sent"]
