"""The sealer on a real database and a real store: deaths in the middle, two at once, a restored database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from log_house import House, make_house, new_service
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from evidence.actions.log import log_keeping, log_reading, publishing, sealing
from evidence.actions.log.sealing import SealingRefused
from evidence.actions.store_ports import ObjectRef
from evidence.commands import log as log_command
from evidence.domain.errors import EvidenceError
from evidence.domain.log import merkle, note, proof
from evidence.domain.log.note import Verifier
from evidence.domain.log.tiles import ENTRIES, Tile, parse_bundle
from evidence.records.custody import CustodyEntry, LogHead, LogLeaf, LogPending
from evidence.records.log import LAG_S, LogCheckpoint, LogOrigin, LogTile, lag_seconds, take_pending
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls, Postgres


@pytest.fixture
def house(fresh_database_urls: DatabaseUrls, object_store: ObjectStore, tmp_path: Path) -> Iterator[House]:
    new_service(fresh_database_urls)
    made = make_house(fresh_database_urls, object_store, tmp_path)
    yield made
    made.close()


def stored_versions(house: House) -> list[tuple[str, bytes]]:
    """Every checkpoint in the locked bucket: key and bytes, a line for each version."""
    store = house.parts.services.store
    with house.api() as session:
        prefixes = [f"log/{name}/size-" for name in session.scalars(select(LogOrigin.name))]
    found = [one for prefix in prefixes for one in store.originals_under(prefix)]

    def body(ref: ObjectRef) -> bytes:
        with store.read(ref) as pieces:
            return b"".join(pieces)

    return [(one.ref.key, body(one.ref)) for one in found]


def test_a_batch_looks_up_its_audience_and_never_reads_all_of_it(house: House) -> None:
    house.say(40)
    with house.worker() as session:
        taken = take_pending(session, size=0, limit=sealing.SEALED_AT_ONCE)
        (whole, looked_up) = session.execute(
            text("SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'custody_audience'")
        ).one()
        session.rollback()
    assert len(taken) == 40
    assert whole == 0
    assert looked_up >= 40


def test_a_stranger_walks_what_was_sealed(house: House) -> None:
    sealer = house.sealer()
    sealer.begin()
    entries = house.say(700)
    sealer.round()
    head = house.served()
    assert head.size == 701  # the log's opening is its first entry
    reader = house.walk(head)
    assert merkle.tree_root(head.size, reader) == head.root
    with house.api() as session:
        places = dict(session.execute(select(LogLeaf.entry_sha256, LogLeaf.log_index)).all())
        bundle = parse_bundle(log_reading.tile(session, Tile(ENTRIES, 1)))
        assert [places[one.hex()] for one in bundle] == list(range(256, 512))
        for entry in entries[::97]:
            sha256 = entry.sha256()
            leaf = merkle.leaf_hash(bytes.fromhex(sha256))
            path = merkle.inclusion_proof(places[sha256], head.size, reader)
            merkle.verify_inclusion(leaf, places[sha256], head.size, path, head.root)
            prover = log_reading.prover_of(session, places[sha256])
            assert prover is not None
            proven = proof.verify_proof(prover.proof(places[sha256]), bytes.fromhex(sha256), house.verifiers()[0])
            assert proven.index == places[sha256]
        with pytest.raises(EvidenceError):
            log_reading.tile(session, Tile(0, 2, 190))  # one more than there are
        assert session.scalar(select(func.count()).select_from(LogTile)) == 2


def test_nothing_is_served_before_it_is_in_the_locked_bucket(house: House) -> None:
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    house.say(3)
    with house.worker() as session:
        sealing.seal(session, house.parts.services, signer=house.keys, stored=None)
    assert house.served().size == 1
    with house.api() as session:
        assert log_reading.prover_of(session, 2) is None
        with pytest.raises(EvidenceError):
            log_reading.tile(session, Tile(0, 0, 4))
    sealer.publish()
    assert house.served().size == 4


@pytest.mark.parametrize("place", ["before_put", "after_put"])
def test_a_sealer_killed_around_its_put_leaves_one_checkpoint_with_the_same_bytes(house: House, place: str) -> None:
    house.sealer().begin()
    house.say(5)
    victim = [sys.executable, str(Path(__file__).with_name("victim.py")), place]
    died = subprocess.run(victim, env={**os.environ, **house.environment}, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    with house.worker() as session:
        (signed,) = session.scalars(select(LogCheckpoint)).all()
        assert (signed.size, signed.published_at) == (6, None)
    assert len(stored_versions(house)) == (0 if place == "before_put" else 1)
    with pytest.raises(EvidenceError):
        house.served()

    another = house.sealer()
    another.begin()
    another.round()
    assert house.served().size == 6
    assert [body for _, body in stored_versions(house)] == [signed.note]
    house.say(1)
    another.round()
    assert house.served().size == 7


def test_two_sealers_at_once_make_one_dense_log(house: House) -> None:
    sealers = [house.sealer(), house.sealer()]
    for sealer in sealers:
        sealer.begin()
    with ThreadPoolExecutor(6) as pool:
        saying = [pool.submit(house.say, 20) for _ in range(30)]
        sealing_too = [pool.submit(lambda one=one: [one.round() for _ in range(25)]) for one in sealers]
        for done in [*saying, *sealing_too]:
            done.result()
    for sealer in sealers:
        sealer.round()
    head = house.served()
    assert head.size == 601
    with house.worker() as session:
        assert list(session.scalars(select(LogLeaf.log_index).order_by(LogLeaf.log_index))) == list(range(601))
        assert session.scalar(select(func.count()).select_from(LogPending)) == 0
        checkpoints = session.scalars(select(LogCheckpoint)).all()
    assert len(checkpoints) > 1
    reader = house.walk(head)
    for one in checkpoints:
        assert merkle.tree_root(one.size, reader) == one.root
        path = merkle.consistency_proof(one.size, head.size, reader)
        merkle.verify_consistency(one.size, one.root, head.size, head.root, path)


def test_many_captures_at_once_are_sealed_as_they_come(house: House) -> None:
    """Fifteen entries a capture, by the thread that a worker runs."""
    watch = house.sealer().watch()
    watch.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(house.say, 15) for _ in range(80)]:
                done.result()
                with house.api() as session:
                    assert lag_seconds(session) < LAG_S
        deadline = time.monotonic() + 30
        while served_size(house) < 1201:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        watch.ask_to_stop()
        watch.join()
    head = house.served()
    assert head.size == 1201
    assert merkle.tree_root(head.size, house.walk(head)) == head.root


def served_size(house: House) -> int:
    try:
        return house.served().size
    except EvidenceError:
        return 0


def test_the_database_keeps_one_root_for_a_size_and_what_was_signed(house: House) -> None:
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    for statement in (
        "UPDATE log_checkpoint SET root = note",
        "DELETE FROM log_checkpoint",
        "INSERT INTO log_checkpoint (origin, size, root, note, made_at) SELECT origin, size, note, note, now()"
        " FROM log_checkpoint",
        "UPDATE log_origin SET first_index = 7",
        "DELETE FROM log_leaf",
    ):
        with pytest.raises(DBAPIError), house.worker() as session:
            session.execute(text(statement))


def test_a_restored_database_refuses_to_seal_until_a_new_log_succeeds(
    house: House, postgres: Postgres, object_store: ObjectStore, tmp_path: Path
) -> None:
    sealer = house.sealer()
    sealer.begin()
    house.say(10)
    sealer.round()
    backup = f"restored_{uuid4().hex}"
    name = house.environment["CASQUILLO_DATABASE_URL"].split("/")[-1].partition("?")[0]
    house.close()  # a copy is made of a database that nobody uses
    postgres.create_database(backup, template=name)
    house.say(10)
    sealer.round()
    lost = house.served()
    old_keys = house.verifiers()

    restored = make_house(postgres.urls(backup), object_store, tmp_path)
    try:
        late = restored.sealer()
        late.begin()
        restored.say(4)
        with pytest.raises(SealingRefused) as refused:
            late.round()
        assert refused.value.code == "log_behind"
        with restored.worker() as session:
            assert session.scalar(select(func.count()).select_from(LogPending)) == 4

        operator = log_command.Operator(restored.parts.sessions, restored.parts.services, restored.keys)
        log_command.succeed(operator)
        assert "nothing to succeed" in log_command.succeed(operator)
        again = restored.sealer()
        again.begin()
        again.round()
        head = restored.served()
        assert (head.origin, head.size) == (f"{lost.origin}/2", 5)
        with pytest.raises(EvidenceError) as nothing:
            log_command.succeed(operator)
        assert nothing.value.code == "log_not_behind"
        with restored.worker() as session:
            present = session.scalars(select(LogOrigin).where(LogOrigin.number == 2)).one()
            assert (present.former_size, present.former_root) == (lost.size, lost.root)
            # Numbers that readers of the lost part have seen are not given again.
            assert present.first_index == lost.size
            kinds = session.scalars(
                select(CustodyEntry.kind)
                .join(LogLeaf, LogLeaf.entry_id == CustodyEntry.entry_id)
                .where(LogLeaf.log_index >= present.first_index)
            )
            assert "log.succeeded" in list(kinds)
            former = log_reading.prover_of(session, 3)
            assert former is not None
            entry = session.scalars(select(LogLeaf.entry_sha256).where(LogLeaf.log_index == 3)).one()
            proof.verify_proof(former.proof(3), bytes.fromhex(entry), old_keys[0])
    finally:
        restored.close()
        postgres.drop_database(backup)


def test_another_log_of_the_same_size_is_noticed(
    house: House, postgres: Postgres, object_store: ObjectStore, tmp_path: Path
) -> None:
    house.sealer().begin()
    name = house.environment["CASQUILLO_DATABASE_URL"].split("/")[-1].partition("?")[0]
    house.close()
    fork = f"fork_{uuid4().hex}"
    postgres.create_database(fork, template=name)
    house.say(2)
    sealer = house.sealer()
    sealer.begin()
    sealer.round()
    other = make_house(postgres.urls(fork), object_store, tmp_path)
    try:
        other.say(2)
        with other.worker() as session:  # as a sealer does that asked the store just before
            sealing.seal(session, other.parts.services, signer=other.keys, stored=None)
        with pytest.raises(SealingRefused) as refused:
            other.sealer().publish()
        assert refused.value.code == "log_forked"
        late = other.sealer()
        late.begin()
        other.say(1)
        with pytest.raises(SealingRefused) as again:
            late.round()
        assert again.value.code == "log_forked"
    finally:
        other.close()
        postgres.drop_database(fork)


def test_keys_overlap_and_then_the_former_ends(house: House) -> None:
    sealer = house.sealer()
    sealer.begin()
    (first,) = house.verifiers()
    with house.worker() as session:
        added = log_keeping.rotate_key(session, house.parts.services, signer=house.keys, overlap=timedelta(seconds=30))
    sealer.round()
    assert signers(house) == {first, Verifier.parse(added)}
    with house.worker() as session:
        session.execute(text("UPDATE log_key SET retire_at = now() WHERE retire_at IS NOT NULL"))
    house.say(1)
    sealer.round()
    assert signers(house) == {Verifier.parse(added)}
    with house.api() as session:
        listed = [one.verifier for one in log_reading.policy(session, house.parts.services.policy).logs]
    assert set(listed) == {first, Verifier.parse(added)}


def signers(house: House) -> set[Verifier]:
    with house.api() as session:
        signed = log_reading.checkpoint(session)
    return {one.verifier for one in note.open_note(signed, house.verifiers()).by}


def test_a_worker_without_the_key_does_not_seal(house: House, tmp_path: Path) -> None:
    house.sealer().begin()
    for file in (tmp_path / "keys").glob("*.key"):
        file.unlink()
    sealer = house.sealer()
    sealer.begin()
    with pytest.raises(SealingRefused) as refused:
        sealer.round()
    assert refused.value.code == "log_key_missing"
    with house.worker() as session:
        assert session.scalars(select(LogHead.size)).one() == 0


def test_the_lag_counts_from_the_oldest_entry_and_the_oldest_unpublished_checkpoint(house: House) -> None:
    sealer = house.sealer()
    sealer.begin()
    with house.worker() as session:
        session.execute(update(LogPending).values(noted_at=func.now() - timedelta(seconds=50)))
    with house.api() as session:  # the api's role may ask, though it may not read the waiting room
        assert lag_seconds(session) == pytest.approx(50, abs=5)
    with house.worker() as session:
        sealing.seal(session, house.parts.services, signer=house.keys, stored=None)
    with house.api() as session:
        assert 0 < lag_seconds(session) < 5
        assert len(publishing.due(session)) == 1
    sealer.publish()
    with house.api() as session:
        assert lag_seconds(session) == 0
