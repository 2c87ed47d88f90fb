"""Tokens over checkpoints: asked for once a checkpoint, checked before they are kept; an authority that misbehaves."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_house import House, make_house, new_service
from sqlalchemy import func, select

from evidence.actions.log import timestamping
from evidence.actions.log_ports import Timestamps, TimestampUnavailable
from evidence.adapters.timestamp_client import HttpTimestamps
from evidence.domain.errors import EvidenceError
from evidence.domain.log import timestamp
from evidence.domain.log.merkle import BadProof
from evidence.records.timestamps import LogTimestamp
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls
from tests.timestamp_authority import Authority
from workers.timestamping import Timestamping


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def house(fresh_database_urls: DatabaseUrls, object_store: ObjectStore, tmp_path: Path) -> Iterator[House]:
    new_service(fresh_database_urls)
    made = make_house(fresh_database_urls, object_store, tmp_path)
    made.parts = dataclasses.replace(made.parts, settings=dataclasses.replace(made.parts.settings, timestamp_seconds=0))
    yield made
    made.close()


def sealed(house: House) -> None:
    house.say(3)
    sealer = house.sealer()
    sealer.begin()
    sealer.round()


def count(house: House) -> int:
    with house.api() as session:
        return session.scalar(select(func.count()).select_from(LogTimestamp)) or 0


def test_each_newest_checkpoint_gets_its_token(house: House, authority: Authority) -> None:
    sealed(house)
    with authority.served() as url:
        clerk = Timestamping(house.parts, HttpTimestamps(url))
        clerk.round()
        clerk.round()
        assert count(house) == 1
        sealed(house)
        clerk.round()
    assert count(house) == 2
    with house.api() as session:
        stamped = timestamping.newest(session)
    assert timestamp.read(stamped.token).sha256 == hashlib.sha256(stamped.note).digest()
    assert stamped.note.startswith(house.served().body().encode())


def test_before_the_first_there_is_none(house: House) -> None:
    sealed(house)
    with house.api() as session, pytest.raises(EvidenceError, match="no such thing"):
        timestamping.newest(session)


class Lying:
    """Answers every question with a token for another."""

    def __init__(self, authority: Authority, *, same_bytes: bool) -> None:
        self._authority, self._same_bytes = authority, same_bytes

    def ask(self, request: bytes) -> bytes:
        at = request.index(b"\x04\x20") + 2
        sha256 = request[at : at + 32] if self._same_bytes else bytes(32)
        return self._authority.answer(timestamp.request(sha256, nonce=bytes([7] * timestamp.NONCE_BYTES)))


@pytest.mark.parametrize(("same_bytes", "code"), [(False, "other_bytes"), (True, "other_question")])
def test_a_token_for_something_else_is_not_kept(
    house: House, authority: Authority, same_bytes: bool, code: str
) -> None:
    sealed(house)
    lying: Timestamps = Lying(authority, same_bytes=same_bytes)
    with house.parts.sessions() as session:
        question = timestamping.question(session, house.parts.services)
    assert question is not None
    with pytest.raises(BadProof, match=f"timestamp_{code}"):
        timestamping.ask(lying, question)
    Timestamping(house.parts, lying).round()
    assert count(house) == 0


def test_an_authority_that_is_away_keeps_nobody_waiting(house: House) -> None:
    sealed(house)
    nobody = HttpTimestamps("http://127.0.0.1:1/")
    with pytest.raises(TimestampUnavailable):
        nobody.ask(b"")
    assert Timestamping(house.parts, nobody).round() is False
    assert count(house) == 0
