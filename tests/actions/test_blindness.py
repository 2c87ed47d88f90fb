"""What a reviewer may not know before an own reading, and must have opened before an approval."""

from collections.abc import Iterator

import pytest
from decision_world import DecisionWorld
from sqlalchemy import select
from test_reviewing import same_gun_again

from evidence.actions.deciding import duplicate_answers, supplements
from evidence.actions.log import custody_reading
from evidence.actions.log.custody_reading import Line
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.records.submissions import Decision
from standalone.postgres import DatabaseUrls
from standalone.recovery import SERIAL

READ = ("legible", SERIAL)


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[DecisionWorld]:
    made = DecisionWorld(fresh_database_urls)
    made.arrive()
    made.open_all(made.supervisor)
    yield made
    made.check_log()
    made.close()


def read(world: DecisionWorld, by: PersonCaller) -> None:
    said = supplements.Read("legible", SERIAL, "supervisor")
    world.act(by, supplements.make_reading, capture_id=world.signed.capture_id, item_id=world.item, read=said)


def chain(world: DecisionWorld, by: PersonCaller) -> dict[str, list[Line]]:
    """By kind, what somebody sees of the capture's chain."""
    lines: dict[str, list[Line]] = {}
    with world.api() as session:
        world._enter(session, by)
        for line in custody_reading.chain_of_capture(session, caller=by, capture_id=world.signed.capture_id):
            lines.setdefault(line.entry.kind, []).append(line)
    return lines


def test_the_chain_keeps_others_readings_until_the_own_one_is_made(world: DecisionWorld) -> None:
    read(world, world.other)
    world.supplement(world.other, {"serial.status": "legible", "serial.text": SERIAL, "firearm.model": "17"})
    before = chain(world, world.supervisor)
    (reading,), (added,) = before["reading.made"], before["supplement.added"]
    assert reading.details is not None
    assert added.details is not None
    assert (reading.details["status"], reading.withheld, reading.salt) == ("legible", ("text",), None)
    assert added.details["facts"] == {"serial.status": "legible", "firearm.model": "17"}
    assert (added.withheld, added.salt) == (("facts.serial.text",), None)
    assert SERIAL not in str([line.details for lines in before.values() for line in lines])
    rest = [line for kind, lines in before.items() if kind not in custody_reading.READINGS for line in lines]
    assert all(line.details is not None and line.salt and not line.withheld for line in rest), "and only these"
    for unblind in (world.other, world.officer):
        assert chain(world, unblind)["reading.made"][0].salt

    read(world, world.supervisor)
    after = chain(world, world.supervisor)
    assert [line.details and line.details["text"] for line in after["reading.made"]] == [SERIAL, SERIAL]
    assert all(line.salt and not line.withheld for lines in after.values() for line in lines)


def test_a_card_comes_without_its_serial_until_the_own_reading_is_made(world: DecisionWorld) -> None:
    same_gun_again(world)
    asked = {"capture_id": world.signed.capture_id}
    (blind,) = world.act(world.supervisor, duplicate_answers.cards, **asked)
    assert (blind.blind, blind.card["serial"]) == (True, None)
    read(world, world.supervisor)
    (seen,) = world.act(world.supervisor, duplicate_answers.cards, **asked)
    assert (seen.blind, seen.card) == (False, {**blind.card, "serial": SERIAL})


def test_an_approval_names_the_warnings_that_were_opened(world: DecisionWorld) -> None:
    world.supplement(world.other, {"review.counted": 2, "review.sensitive": "yes"})
    named = world.amber(world.supervisor)
    assert {"count_mismatch|", "sensitive|"} <= set(named)
    left = [one for one in named if one not in ("count_mismatch|", "sensitive|")]
    for opened, missing in ((left, {"count_mismatch", "sensitive"}), ([*left, "sensitive|"], {"count_mismatch"})):
        with pytest.raises(EvidenceError) as refused:
            world.decide(world.supervisor, "approve", reading=READ, opened=opened)
        assert refused.value.code == "warnings_unopened"
        assert {code for codes in refused.value.errors.values() for code in codes} == missing
    assert world.rows(select(Decision)) == []
    world.decide(world.supervisor, "approve", reading=READ, opened=named)


def test_what_is_not_approved_needs_no_warning_opened(world: DecisionWorld) -> None:
    world.supplement(world.other, {"review.sensitive": "yes"})
    assert world.decide(world.supervisor, "return", reason="lugar").kind == "return"
