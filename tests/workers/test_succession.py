"""A witnessed log that a restore put behind, followed by a new one: witnessed again, and what was proven stays so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from log_house import House, make_house, new_service
from sqlalchemy import select

from api.witness import create_witness
from evidence.actions.log import log_reading
from evidence.actions.log_ports import WitnessAnswer
from evidence.actions.verification.verifying import Depth, verify_snapshot
from evidence.actions.verification.verifying_store import newest_stored
from evidence.commands import log as log_command
from evidence.commands.verify import service_sentence
from evidence.domain.log import policy, proof
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import Group, Policy, Witness
from evidence.domain.log.witness import Request
from evidence.domain.verifying_report import ServiceReport
from evidence.domain.verifying_words import Language
from evidence.records.custody import LogLeaf
from evidence.settings import WitnessSettings
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls, Postgres
from standalone.witnesses import own_key, write_logs
from workers.app import Parts
from workers.cosigning import Cosigning


class Neighbours:
    """Two witnesses with folders of their own; ``know`` tells them a log's keys, as its operator asks them to."""

    def __init__(self, folder: Path) -> None:
        self._folders = {name: folder / name for name in ("one", "two")}
        self._apps: dict[str, Flask] = {}
        known = []
        for name, place in self._folders.items():
            vkey = own_key(place, f"example.invalid/{name}")
            known.append(Witness(name, Verifier.parse(vkey), f"http://{name}"))
            write_logs(place / "logs", [])
            settings = WitnessSettings(place / "keys", place / "state", place / "logs", log_json=False)
            self._apps[f"http://{name}"] = create_witness(settings)
        self.policy = Policy(logs=(), witnesses=tuple(known), groups=(Group("both", 2, ("one", "two")),), quorum="both")

    def know(self, house: House) -> None:
        for place in self._folders.values():
            write_logs(place / "logs", [one.vkey for one in house.verifiers()])

    def add_checkpoint(self, prefix: str, body: bytes) -> WitnessAnswer:
        answer = self._apps[prefix].test_client().post("/add-checkpoint", data=body)
        return WitnessAnswer(answer.status_code, answer.data)

    def close(self) -> None:
        for app in self._apps.values():
            app.extensions["casquillo_witness"].close()


@pytest.fixture
def neighbours(tmp_path: Path) -> Iterator[Neighbours]:
    made = Neighbours(tmp_path)
    yield made
    made.close()


def with_witnesses(house: House, neighbours: Neighbours) -> House:
    services = house.parts.services
    choices = replace(services.policy, log_policy=neighbours.policy)
    house.parts = Parts(house.parts.settings, replace(services, policy=choices), house.parts.sessions)
    return house


def seal(house: House, count: int) -> None:
    house.say(count)
    sealer = house.sealer()
    sealer.begin()
    sealer.round()


def witness(house: House, neighbours: Neighbours) -> None:
    cosigning = Cosigning(house.parts, neighbours)
    while cosigning.round():
        pass


def policy_file(house: House) -> bytes:
    """What ``GET /log/policy`` answers."""
    with house.api() as session:
        return log_reading.policy(session, house.parts.services.policy).text().encode()


def proven(house: House, log_index: int) -> tuple[str, bytes]:
    """A proof as a receipt carries it, and the entry that it is about."""
    with house.api() as session:
        prover = log_reading.prover_of(session, log_index)
        assert prover is not None
        entry = session.scalars(select(LogLeaf.entry_sha256).where(LogLeaf.log_index == log_index)).one()
        return prover.proof(log_index), bytes.fromhex(entry)


def newest(house: House) -> bytes:
    with house.api() as session:
        return log_reading.checkpoint(session)


@contextmanager
def restored(
    house: House, postgres: Postgres, store: ObjectStore, folder: Path, neighbours: Neighbours
) -> Iterator[tuple[House, list[tuple[str, bytes]], bytes]]:
    """A service whose database came back from before its last entries: and what was proven of those."""
    backup = f"restored_{uuid4().hex}"
    name = house.environment["CASQUILLO_DATABASE_URL"].split("/")[-1].partition("?")[0]
    house.close()  # a copy is made of a database that nobody uses
    postgres.create_database(backup, template=name)
    seal(house, 6)
    witness(house, neighbours)
    proofs, last = [proven(house, 2), proven(house, 12)], newest(house)
    house.close()
    made = with_witnesses(make_house(postgres.urls(backup), store, folder), neighbours)
    try:
        yield made, proofs, last
    finally:
        made.close()
        postgres.drop_database(backup)


def test_a_log_that_follows_is_witnessed_again_and_what_was_proven_stays_so(
    fresh_database_urls: DatabaseUrls,
    postgres: Postgres,
    object_store: ObjectStore,
    tmp_path: Path,
    neighbours: Neighbours,
) -> None:
    new_service(fresh_database_urls)
    house = with_witnesses(make_house(fresh_database_urls, object_store, tmp_path), neighbours)
    house.sealer().begin()
    neighbours.know(house)
    seal(house, 9)
    witness(house, neighbours)
    former = policy.parse(policy_file(house))
    first = proven(house, 4)
    assert len(proof.verify_proof(*first, former).witnesses) == 2

    with restored(house, postgres, object_store, tmp_path, neighbours) as (again, lost, last):
        operator = log_command.Operator(again.parts.sessions, again.parts.services, again.keys)
        said = log_command.succeed(operator)
        assert "/2" in said
        seal(again, 3)
        # A witness signs for no log that nobody told it of (C2SP tlog-witness: unknown origin, 404).
        witness(again, neighbours)
        after = policy.parse(policy_file(again))
        with pytest.raises(BadProof, match="quorum_missing"):
            after.open(newest(again))

        neighbours.know(again)
        witness(again, neighbours)
        opened = after.open(newest(again))
        assert {one.verifier.name for one in opened.by if one.seconds} == {"example.invalid/one", "example.invalid/two"}
        assert opened.text.splitlines()[0].endswith("/2")

        # Old receipts by the old policy and by the new, those of entries that the restore lost included.
        for text, entry in (first, *lost):
            for trusted in (former, after):
                assert len(proof.verify_proof(text, entry, trusted).witnesses) == 2
        with again.api() as session:
            leaf = session.scalars(select(LogLeaf.log_index).order_by(LogLeaf.log_index.desc()).limit(1)).one()
        fresh = proven(again, leaf)
        assert len(proof.verify_proof(*fresh, after).witnesses) == 2
        with pytest.raises(BadProof, match="not_signed"):
            proof.verify_proof(*fresh, former)  # a reader must fetch the policy anew

        origin = opened.text.splitlines()[0].removesuffix("/2")
        report = verified(again, origin, neighbours.policy)
        assert report.successions == [(f"{origin}/2", origin, 16)]
        assert report.cosignatures >= 4
        assert report.forgotten > 0
        told = service_sentence(report, Language.EN)
        assert f"Log {origin}/2 follows {origin}, of which the store keeps 16 leaves." in told

        # The witnesses still hold the former log to its word: the restored keys can't take it back or fork it.
        stale = Request(0, (), last).encode()
        assert neighbours.add_checkpoint("http://one", stale) == WitnessAnswer(409, b"16\n")
        short = _signed_behind(again, origin)
        assert neighbours.add_checkpoint("http://one", Request(16, (), short).encode()).status == 400
        assert neighbours.add_checkpoint("http://one", Request(10, (), short).encode()) == WitnessAnswer(409, b"16\n")


def verified(house: House, origin: str, believed: Policy) -> ServiceReport:
    """The whole service against the store, which other services of the tests share: their logs are not looked at."""
    store = house.parts.services.store
    stored = {name: size for name, size in newest_stored(store).items() if name.startswith(origin)}
    assert len(stored) == 2
    with house.parts.sessions() as session:
        return verify_snapshot(session, store, stored=stored, policy=believed, depth=Depth(), progress=lambda *_: None)


def _signed_behind(house: House, origin: str) -> bytes:
    """The former log as the restored database has it, smaller than what the witnesses saw."""
    with house.api() as session:
        note = log_reading.checkpoint(session, number=1)
    assert note.decode().startswith(f"{origin}\n")
    return note
