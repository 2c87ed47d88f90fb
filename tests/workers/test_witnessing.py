"""``casquillo witness`` over HTTP bodies, and our log asking two of them: agreement, disagreement, memory, a fork."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from log_house import House, make_house, new_service
from sqlalchemy import select

from api.witness import create_witness
from evidence.actions.log import log_reading
from evidence.actions.log_ports import WitnessAnswer, WitnessUnavailable
from evidence.adapters.key_files import KeyFiles
from evidence.commands import log as log_command
from evidence.domain.log import merkle, note, proof
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.lines import b64
from evidence.domain.log.note import Signature, Verifier
from evidence.domain.log.policy import Group, Policy, Witness
from evidence.domain.log.tiles import TileReader, edge_root, grow
from evidence.domain.log.witness import Request
from evidence.records.custody import LogLeaf
from evidence.records.log import LogCheckpoint, cosignatures_of
from evidence.settings import WitnessSettings
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls, Postgres
from standalone.witnesses import own_key, write_logs
from workers.app import Parts
from workers.cosigning import Cosigning

ORIGIN = "example.invalid/log"


class Log:
    """Any log of the world: leaves, a key, and requests as it would send them."""

    def __init__(self, folder: Path, *, origin: str = ORIGIN) -> None:
        self.origin, self.keys = origin, KeyFiles(folder)
        self.vkey = self.keys.make_key(origin)
        self.leaves: list[bytes] = []

    def grow(self, count: int, salt: bytes = b"") -> None:
        self.leaves += [merkle.leaf_hash(salt + bytes([n])) for n in range(len(self.leaves), len(self.leaves) + count)]

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, len(self.leaves), merkle.root(self.leaves))

    def signed(self) -> bytes:
        verifier, body = Verifier.parse(self.vkey), self.checkpoint().body()
        return note.join(body, [Signature(self.origin, verifier.key_id, self.keys.sign(self.vkey, body.encode()))])

    def request(self, old: int) -> bytes:
        size = len(self.leaves)
        growth = grow(0, (), self.leaves)
        tiles = dict(growth.tiles)
        assert edge_root(size, growth.edge) == self.checkpoint().root
        path = merkle.consistency_proof(old, size, TileReader(tiles.__getitem__, size=size)) if old <= size else []
        return Request(old, tuple(path), self.signed()).encode()


@pytest.fixture
def settings(tmp_path: Path) -> WitnessSettings:
    own_key(tmp_path, "example.invalid/witness")
    return WitnessSettings(tmp_path / "keys", tmp_path / "state", tmp_path / "logs", log_json=False)


@pytest.fixture
def log(tmp_path: Path, settings: WitnessSettings) -> Log:
    made = Log(tmp_path / "log-keys")
    made.grow(3)
    write_logs(settings.logs, [made.vkey])
    return made


@pytest.fixture
def app(settings: WitnessSettings) -> Iterator[Flask]:
    made = create_witness(settings)
    yield made
    made.extensions["casquillo_witness"].close()


def post(app: Flask, body: bytes) -> tuple[int, bytes, str]:
    answer = app.test_client().post("/add-checkpoint", data=body)
    return answer.status_code, answer.data, answer.content_type


def test_it_cosigns_growth_and_says_where_it_stands(app: Flask, log: Log) -> None:
    status, body, _ = post(app, log.request(0))
    assert status == 200
    witness = Verifier.parse(app.test_client().get("/").text.strip())
    opened = note.open_note(log.checkpoint().body().encode() + b"\n" + body, [witness])
    assert opened.by[0].seconds is not None
    log.grow(4)
    assert post(app, log.request(0)) == (409, b"3\n", "text/x.tlog.size")
    assert post(app, log.request(3))[0] == 200
    assert post(app, log.request(7))[0] == 200  # the same again is a fresh time
    assert post(app, log.request(3)) == (409, b"7\n", "text/x.tlog.size")


def test_it_signs_no_other_history(app: Flask, log: Log, tmp_path: Path) -> None:
    assert post(app, log.request(0))[0] == 200
    same, other = list(log.leaves), Log(tmp_path / "log-keys", origin="other.invalid/log")
    log.leaves = []
    log.grow(3, salt=b"x")
    assert post(app, log.request(3)) == (409, b"3\n", "text/x.tlog.size")  # another root at its size
    log.grow(2)
    assert post(app, log.request(3))[0] == 422
    log.leaves = same
    log.grow(2)
    assert post(app, log.request(3).replace(b"old 3", b"old 9"))[0] == 400
    other.grow(1)
    assert post(app, other.request(0))[0] == 404
    forged = log.request(3).replace(b64(log.checkpoint().root).encode(), b64(bytes(32)).encode())
    assert post(app, forged)[0] == 403
    for malformed in (b"", b"old 3\n", b"old 03\n\n", b"\xff\xfe\n\n", b"old 3\n" + b"A" * 44 + b"\n"):
        assert post(app, malformed)[0] == 400, malformed
    assert post(app, b"x" * 70_000)[0] == 413
    assert post(app, log.request(3))[0] == 200


def test_it_remembers_over_its_own_end_and_one_process_has_the_memory(
    app: Flask, log: Log, settings: WitnessSettings
) -> None:
    assert post(app, log.request(0))[0] == 200
    with pytest.raises(BlockingIOError):
        create_witness(settings)
    app.extensions["casquillo_witness"].close()
    again = create_witness(settings)
    log.grow(1)
    assert post(again, log.request(0)) == (409, b"3\n", "text/x.tlog.size")
    (file,) = settings.state.glob("*.state")
    file.write_text("half a f")
    assert post(again, log.request(3))[0] == 500  # never taken for a log that it has not seen
    again.extensions["casquillo_witness"].close()


class InProcess:
    """``Witnesses`` whose HTTP is a function call; a name in ``silent`` does not answer."""

    def __init__(self, apps: dict[str, Flask]) -> None:
        self.apps, self.silent = apps, set[str]()
        self.asked: list[tuple[str, int]] = []

    def add_checkpoint(self, prefix: str, body: bytes) -> WitnessAnswer:
        if prefix in self.silent:
            raise WitnessUnavailable(prefix)
        status, data, _ = post(self.apps[prefix], body)
        self.asked.append((prefix, status))
        return WitnessAnswer(status, data)


@pytest.fixture
def house(fresh_database_urls: DatabaseUrls, object_store: ObjectStore, tmp_path: Path) -> Iterator[House]:
    new_service(fresh_database_urls)
    made = make_house(fresh_database_urls, object_store, tmp_path)
    yield made
    made.close()


@pytest.fixture
def asking(house: House, tmp_path: Path) -> Iterator[tuple[Cosigning, InProcess]]:
    """Two witnesses that know our log; both have to sign."""
    house.sealer().begin()
    apps, known = {}, []
    for name in ("one", "two"):
        folder = tmp_path / name
        vkey = own_key(folder, f"example.invalid/{name}")
        write_logs(folder / "logs", [one.vkey for one in house.verifiers()])
        settings = WitnessSettings(folder / "keys", folder / "state", folder / "logs", log_json=False)
        apps[f"http://{name}"] = create_witness(settings)
        known.append(Witness(name, Verifier.parse(vkey), f"http://{name}"))
    policy = Policy(logs=(), witnesses=tuple(known), groups=(Group("both", 2, ("one", "two")),), quorum="both")
    services = house.parts.services
    house.parts = Parts(
        house.parts.settings,
        replace(services, policy=replace(services.policy, log_policy=policy)),
        house.parts.sessions,
    )
    witnesses = InProcess(apps)
    yield Cosigning(house.parts, witnesses), witnesses
    for app in apps.values():
        app.extensions["casquillo_witness"].close()


def newest(house: House) -> tuple[LogCheckpoint, int]:
    with house.worker() as session:
        row = session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)).one()
        return row, len(cosignatures_of(session, row.origin, row.size))


def test_our_checkpoint_gets_its_quorum_and_the_proof_then_carries_it(
    house: House, asking: tuple[Cosigning, InProcess]
) -> None:
    cosigning, witnesses = asking
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    witnesses.silent.add("http://two")
    cosigning.round()
    row, count = newest(house)
    assert (row.witnessed_at, count) == (None, 1)
    with house.api() as session:
        prover = log_reading.prover_of(session, 0)
        assert prover is not None
        assert not prover.witnessed
    house.say(5)
    sealer.round()
    witnesses.silent.clear()
    another = Cosigning(house.parts, witnesses)  # without the first one's patience
    another.round()
    row, count = newest(house)
    assert row.witnessed_at is not None
    assert count == 2
    with house.api() as session:
        prover = log_reading.prover_of(session, 0)
        assert prover is not None
        assert prover.witnessed
        log_reading.policy(session, house.parts.services.policy).open(log_reading.checkpoint(session))


def test_a_witness_that_is_further_on_than_we_remember_is_asked_again_from_there(
    house: House, asking: tuple[Cosigning, InProcess]
) -> None:
    cosigning, witnesses = asking
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    with house.api() as session:  # its answer was lost on the way
        signed = log_reading.checkpoint(session)
    assert post(witnesses.apps["http://one"], Request(0, (), signed).encode())[0] == 200
    house.say(3)
    sealer.round()
    while cosigning.round():
        pass
    assert [status for prefix, status in witnesses.asked if prefix == "http://one"] == [409, 200]
    assert newest(house)[1] == 2


def witnessed_by(house: House, policy: Policy) -> None:
    """Lets a house believe these witnesses."""
    services = house.parts.services
    chosen = replace(services, policy=replace(services.policy, log_policy=policy))
    house.parts = Parts(house.parts.settings, chosen, house.parts.sessions)


def test_after_a_restore_the_new_log_is_witnessed_anew_and_the_old_one_stays_provable(
    house: House,
    asking: tuple[Cosigning, InProcess],
    postgres: Postgres,
    object_store: ObjectStore,
    tmp_path: Path,
) -> None:
    cosigning, witnesses = asking
    believed = house.parts.services.policy.log_policy
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    cosigning.round()
    backup = f"restored_{uuid4().hex}"
    name = house.environment["CASQUILLO_DATABASE_URL"].split("/")[-1].partition("?")[0]
    house.close()  # a copy is made of a database that nobody uses
    postgres.create_database(backup, template=name)
    house.say(5)
    sealer.round()
    Cosigning(house.parts, witnesses).round()
    seen, lost = newest(house)
    assert (seen.witnessed_at is not None, lost) == (True, 2)

    restored = make_house(postgres.urls(backup), object_store, tmp_path)
    witnessed_by(restored, believed)
    try:
        log_command.succeed(log_command.Operator(restored.parts.sessions, restored.parts.services, restored.keys))
        late = restored.sealer()
        late.begin()
        late.round()
        Cosigning(restored.parts, witnesses).round()
        # Nobody vouches for a log that they were not told of, whatever it says of the old one.
        assert newest_of(restored, origin=2)[1] == 0
        for one in ("one", "two"):
            write_logs(tmp_path / one / "logs", [key.vkey for key in restored.verifiers()])
        restored.say(2)
        late.round()
        Cosigning(restored.parts, witnesses).round()
        row, count = newest_of(restored, origin=2)
        assert (row.witnessed_at is not None, count) == (True, 2)
        with restored.api() as session:
            trusted = log_reading.policy(session, restored.parts.services.policy)
            former, present = log_reading.prover_of(session, 0), log_reading.prover_of(session, seen.size)
            assert former is not None
            assert present is not None
            for prover, index in ((former, 0), (present, seen.size)):
                hashed = session.scalars(select(LogLeaf.entry_sha256).where(LogLeaf.log_index == index)).one()
                proven = proof.verify_proof(prover.proof(index), bytes.fromhex(hashed), trusted)
                assert len(proven.witnesses) == 2
        # Going on under the old name would be a second history: its witnesses have seen more of it.
        short, _ = newest_of(restored, origin=1)
        assert short.size < seen.size
        for app in witnesses.apps.values():
            answer = post(app, Request(short.size, (), short.note).encode())
            assert answer[:2] == (409, f"{seen.size}\n".encode())
    finally:
        restored.close()
        postgres.drop_database(backup)


def newest_of(house: House, *, origin: int) -> tuple[LogCheckpoint, int]:
    with house.worker() as session:
        query = select(LogCheckpoint).where(LogCheckpoint.origin == origin).order_by(LogCheckpoint.size.desc())
        row = session.scalars(query.limit(1)).one()
        return row, len(cosignatures_of(session, row.origin, row.size))
