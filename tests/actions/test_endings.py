"""The endings of an enrolment, and letting in what was held."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from queue_world import START, World, make_world
from sqlalchemy import select

from evidence.actions.capturing import sequences
from evidence.actions.enrolling import device_reading, endings
from evidence.domain.errors import EvidenceError
from evidence.records.custody import CustodyEntry
from evidence.records.devices import Device, DeviceMessage
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def device_id(world: World) -> UUID:
    with world.worker() as session:
        return session.scalars(select(Device.id)).one()


def end(world: World, how: str) -> Device:
    caller = world.people["supervisor"]
    with world.acting(caller.organisation_id) as session:
        return endings.end(
            session, world.services, caller=caller, device_id=device_id(world), how=how, since=None, reason="lost"
        )


def test_a_retired_phone_is_taken_in_thirty_days_more(world: World) -> None:
    device = end(world, "retired")
    assert not sequences.is_held(device, START + timedelta(days=29))
    assert sequences.is_held(device, START + timedelta(days=31))


def test_a_compromised_phone_is_held_at_once_and_stays_so(world: World) -> None:
    end(world, "retired")
    device = end(world, "compromised")
    assert sequences.is_held(device, START)
    with pytest.raises(EvidenceError) as refused:
        end(world, "closed")
    assert refused.value.code == "wrong_state"
    with world.worker() as session:
        assert list(session.scalars(select(CustodyEntry.kind).order_by(CustodyEntry.seq))) == ["device.ended"] * 2


def test_another_organisations_phone_does_not_exist(world: World) -> None:
    caller = world.people["stranger"]
    known = device_id(world)
    with world.acting(caller.organisation_id) as session, pytest.raises(EvidenceError) as refused:
        endings.end(session, world.services, caller=caller, device_id=known, how="closed", since=None, reason="x")
    assert refused.value.code == "not_found"


def test_a_missing_number_reads_in_neutral_words(world: World) -> None:
    caller, known = world.people["supervisor"], device_id(world)
    with world.worker() as session:
        for seq in (1, 4):
            session.add(
                DeviceMessage(
                    sha256=f"{seq:064}",
                    device_id=known,
                    agency_id=caller.organisation_id,
                    seq=seq,
                    prev=None,
                    kind="capture",
                    subject_id=world.root_id,
                    received_at=START,
                )
            )
        session.commit()
    with world.acting(caller.organisation_id) as session:
        seen = device_reading.view(session, world.services, caller=caller, device_id=known)
    assert [(gap["first"], gap["last"], gap["reads"]) for gap in seen.gaps] == [(2, 3, "phone_not_seen_since")]
