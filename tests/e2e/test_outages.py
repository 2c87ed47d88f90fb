"""Store or database away for a while in the middle of a capture: said plainly, nothing lost, nothing doubled."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import func, select

from evidence.actions.custody import entry_of
from evidence.domain.custody import first_fault
from evidence.records.captures import Manifest
from evidence.records.custody import CustodyChain, LogLeaf, LogPending, chain_entries
from evidence.records.media import Media
from standalone.phone import Phone, Signed, checked
from standalone.recovery import recovery
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_kills import stubborn
from tests.e2e.test_sent_statements import capture_of

AWAY_S = 2.0


@contextmanager
def away(stop: Callable[[], None], start: Callable[[], None]) -> Iterator[None]:
    """One part stopped, and started again whatever the test does meanwhile."""
    stop()
    since = time.monotonic()
    try:
        yield
    finally:
        time.sleep(max(0.0, AWAY_S - (time.monotonic() - since)))
        start()


def to_the_bit(running: Running, phone: Phone, signed: Signed) -> None:
    """Every file in the store once, as it was sent; the chain dense, whole and with one ``secured``."""
    client = running.service.store.client(admin=False)
    bucket = running.service.store.originals
    with running.service.owned().sessions() as session:
        rows = session.scalars(select(Media).where(Media.capture_id == signed.capture_id)).all()
        assert {row.state for row in rows} == {"secured"}
        named = {row.media_id: (row.object_key, row.version_id) for row in rows}
        for file in signed.files:
            key, version = named[file.id]
            versions = client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
            assert [one["VersionId"] for one in versions] == [version]
            assert client.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read() == file.data
        kept = session.scalars(select(Manifest).where(Manifest.capture_id == signed.capture_id)).one()
        assert kept.jws == signed.jws
        chain = chain_entries(session, "capture", signed.capture_id)
        assert first_fault((entry_of(row), row.entry_sha256) for row in chain) is None
        assert [row.kind for row in chain].count("capture.secured") == 1
        assert [row.kind for row in chain].count("media.verified") == len(signed.files)
        head = session.get_one(CustodyChain, ("capture", signed.capture_id))
        assert (head.seq, head.head_sha256) == (len(chain), chain[-1].entry_sha256)
    client.close()


def log_is_dense(running: Running) -> None:
    """Every committed entry gets its one place."""
    deadline = time.monotonic() + 20
    with running.service.owned().sessions() as session:
        while session.scalar(select(func.count()).select_from(LogPending)):
            assert time.monotonic() < deadline, "entries wait for their place"
            session.rollback()
            time.sleep(0.2)
        count, highest = session.execute(select(func.count(), func.max(LogLeaf.log_index))).one()
    assert count == highest + 1


def unavailable(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, code, "later")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.slow
def test_the_store_away_leaves_the_facts_coming_in(running: Running) -> None:
    phone = running.phone("o-102")
    signed = recovery(phone, width=640)
    checked(phone.put_manifest(signed), 201)
    parts = phone.targets(signed)["media"]
    data = {str(file.id): file.data for file in signed.files}
    checked(phone.send_part(parts[0]["parts"][0], data[parts[0]["id"]]), 200)
    store = running.service.store
    with away(store.stop, store.start):
        facts = capture_of(phone)
        assert phone.put_manifest(facts).status_code == 201, "facts need no store"
        unavailable(phone.complete(signed), "store_unavailable")
        unavailable(running.http.get("/api/v1/health/ready"), "store_unavailable")
        assert running.http.get("/api/v1/health").status_code == 200
        assert phone.targets(signed)["media"][0]["parts"], "presigning needs no network"
        with pytest.raises(httpx.TransportError):
            phone.send_part(parts[1]["parts"][0], data[parts[1]["id"]])
    for one in (signed, facts):
        stubborn(lambda one=one: phone.send_files(one))  # type: ignore[misc]
        stubborn(lambda one=one: checked(phone.complete(one), 202))  # type: ignore[misc]
        wait_for_state(running, one, "secured")
        to_the_bit(running, phone, one)
    log_is_dense(running)


@pytest.mark.slow
def test_the_store_going_away_under_the_worker_is_waited_for(running: Running) -> None:
    phone = running.phone("o-102")
    signed = recovery(phone, width=640)
    checked(phone.put_manifest(signed), 201)
    phone.send_files(signed, chunk_size=32 * 1024)
    checked(phone.complete(signed), 202)
    store = running.service.store
    with away(store.stop, store.start):
        pass
    stubborn(lambda: wait_for_state(running, signed, "secured"))
    to_the_bit(running, phone, signed)


@pytest.mark.slow
def test_the_database_away_leaves_the_bytes_coming_in(running: Running) -> None:
    phone = running.phone("o-102")
    signed = recovery(phone, width=640)
    checked(phone.put_manifest(signed), 201)
    parts = phone.targets(signed)["media"]
    data = {str(file.id): file.data for file in signed.files}
    later = capture_of(phone)
    postgres = running.service.postgres
    with away(postgres.stop, postgres.start):
        for target in parts:
            for part in target["parts"]:
                checked(phone.send_part(part, data[target["id"]]), 200)
        unavailable(phone.complete(signed), "database_unavailable")
        unavailable(phone.put_manifest(later), "database_unavailable")
        assert running.http.get("/api/v1/health").status_code == 200
    stubborn(lambda: checked(phone.complete(signed), 202))
    assert stubborn(lambda: checked(phone.put_manifest(later), 201)).status_code == 201, "it was never taken in"
    stubborn(lambda: phone.send(later))
    for one in (signed, later):
        stubborn(lambda one=one: wait_for_state(running, one, "secured"))  # type: ignore[misc]
        to_the_bit(running, phone, one)
    log_is_dense(running)
