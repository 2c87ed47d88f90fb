"""The status feed: dense in the log's order, and nothing is skipped because its transaction committed late."""

from collections.abc import Iterator

import pytest
from log_hand import HandSealer
from queue_world import World, make_world
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.telling import status
from evidence.domain.callers import SYSTEM, PhoneCaller
from evidence.domain.custody import Chain
from evidence.records.custody import LogLeaf
from standalone.postgres import DatabaseUrls


@pytest.fixture
def world(fresh_database_urls: DatabaseUrls) -> Iterator[World]:
    made = make_world(fresh_database_urls)
    yield made
    for engine in made.engines:
        engine.dispose()


def tell(session: Session, world: World, reason: str, told: tuple[custody.Told, ...] = ()) -> None:
    agency_id = world.organisations["agency"]
    chain = Chain("person", world.services.entropy.uuid7())
    act = custody.Act("person.changed", chain, agency_id, SYSTEM, {"reason": reason}, told=told)
    custody.append(session, world.services, [act])


@pytest.fixture
def sealer(world: World) -> HandSealer:
    return HandSealer(world.worker, world.services)


def news(world: World, after: int, limit: int = 50) -> status.News:
    with world.acting(world.organisations["agency"]) as session:
        caller = world.people["supervisor"]
        return status.changes(session, caller=caller, after=after, limit=limit)


def test_an_entry_that_commits_late_is_sealed_later_and_not_skipped(world: World, sealer: HandSealer) -> None:
    with world.worker() as late, world.worker() as soon:
        tell(late, world, "late")  # has the lower id, and stays open
        tell(soon, world, "soon")
        soon.commit()
        assert sealer.seal() == 1
        first = news(world, -1)
        late.commit()
    assert sealer.seal() == 1
    second = news(world, first.next_after)
    assert [one.log_index for one in first.items] == [1]
    assert [one.log_index for one in second.items] == [2]
    with world.worker() as session:
        assert list(session.scalars(select(LogLeaf.log_index).order_by(LogLeaf.log_index))) == [0, 1, 2]


def test_pages_follow_each_other_and_an_empty_one_still_moves_on(world: World, sealer: HandSealer) -> None:
    with world.worker() as session:
        for reason in "abc":
            tell(session, world, reason)
        session.commit()
    sealer.seal()
    first = news(world, -1, limit=2)
    assert ([one.log_index for one in first.items], first.next_after) == ([1, 2], 2)
    assert [one.log_index for one in news(world, first.next_after, limit=2).items] == [3]
    assert news(world, 3) == status.News([], 3)


def test_a_phone_hears_only_what_names_its_officer(world: World, sealer: HandSealer) -> None:
    agency_id, officer = world.organisations["agency"], world.people["supervisor"].person_id
    with world.worker() as session:
        tell(session, world, "of somebody else")
        tell(session, world, "own", (custody.Told(agency_id, officer),))
        session.commit()
    sealer.seal()
    phone = PhoneCaller(world.services.entropy.uuid7(), officer, agency_id)
    with world.acting(agency_id) as session:
        heard = status.changes(session, caller=phone, after=-1, limit=50)
    assert [one.log_index for one in heard.items] == [2]
    assert heard.next_after == 2
