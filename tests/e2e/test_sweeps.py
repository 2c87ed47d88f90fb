"""What the clock does, by the real worker: plans that ran out, jobs lost or killed, chunks left lying, the canary."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text, update

from evidence.actions.storing import canary, sweeping
from evidence.actions.storing.media_places import chunk_prefix
from evidence.records.media import Media, UploadPlan
from standalone.phone import File, Phone, Signed, checked, new_id
from standalone.recovery import case_facts, recovery_facts
from tests.adapters import pictures
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_outages import to_the_bit

LIMIT_S = 40
CHUNK = 32 * 1024
OF_FILE = "position(:id in args::text) > 0 AND task_name = 'verify_media'"
LARGE = pictures.photo(1600, 1200)
MOTION = pictures.photo() + pictures.film()


def sql(running: Running, statement: str, **values: Any) -> Any:
    with running.service.owned().sessions() as session, session.begin():
        return session.execute(text(statement), values)


def run_task(running: Running, name: str, *, queue: str = "evidence") -> None:
    """Lets the worker do a periodic task now; returns when it has ended well."""
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        owned.services.jobs.enqueue(session, name, queue=queue, timestamp="0")
    todo = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status IN ('todo', 'doing')"
    failed = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'failed'"
    wait_until(lambda: sql(running, todo, name=name).scalar_one() == 0)
    assert sql(running, failed, name=name).scalar_one() == 0


def wait_until(happened: Any) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def capture_of(phone: Phone, *pictured: bytes) -> Signed:
    case = new_id()
    facts = {"recovery": recovery_facts(), "items": [case_facts(case, 1)]}
    return phone.sign(facts, [File("headstamp", data, [case]) for data in pictured])


def rows_of(running: Running, signed: Signed) -> list[Media]:
    with running.service.owned().sessions() as session:
        order = [file.id for file in signed.files]
        rows = session.scalars(select(Media).where(Media.capture_id == signed.capture_id)).all()
        return sorted(rows, key=lambda row: order.index(row.media_id))


def staged(running: Running, media: Media) -> list[str]:
    return sorted(running.service.owned().services.store.chunks_under(chunk_prefix(media)))


@contextmanager
def no_worker(running: Running) -> Iterator[None]:
    service = running.service
    running.supervisor.stop("worker")
    try:
        yield
    finally:
        service.supervisor.start(service._command("worker", service._worker_environment()))


def test_a_plan_that_ran_out_is_ended_and_its_chunks_still_count(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, LARGE)
    checked(phone.put_manifest(signed), 201)
    parts = phone.targets(signed, chunk_size=CHUNK)["media"][0]["parts"]
    assert len(parts) >= 3
    checked(phone.send_part(parts[0], LARGE), 200)
    media = rows_of(running, signed)[0]
    over = datetime.now(UTC) - timedelta(seconds=1)
    with running.service.owned().sessions() as session, session.begin():
        session.execute(update(UploadPlan).where(UploadPlan.media_row_id == media.id).values(expires_at=over))
    run_task(running, "sweep")
    with running.service.owned().sessions() as session:
        plans = session.scalars(select(UploadPlan).where(UploadPlan.media_row_id == media.id)).all()
        assert [plan.ended_at is not None for plan in plans] == [True]
    assert phone.complete(signed).json()["code"] == "not_arrived"
    again = phone.targets(signed, chunk_size=CHUNK)["media"][0]["parts"]
    assert [part["n"] for part in again] == [part["n"] for part in parts[1:]]
    phone.send_files(signed, chunk_size=CHUNK)
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


@pytest.mark.slow
def test_jobs_that_were_lost_are_queued_again_from_the_rows(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, LARGE, MOTION)
    halves = [Signed(signed.capture_id, signed.payload, signed.jws, [file]) for file in signed.files]
    checked(phone.put_manifest(signed), 201)
    with no_worker(running):
        phone.send_files(halves[0], chunk_size=CHUNK)
        phone.send_files(halves[1])
        checked(phone.complete(signed), 202)
        ids = [str(row.id) for row in rows_of(running, signed)]
        lost = [sql(running, f"DELETE FROM procrastinate_jobs WHERE {OF_FILE}", id=one).rowcount for one in ids]
        assert sum(lost) >= 1
        unmoved = datetime.now(UTC) - timedelta(minutes=11)
        with running.service.owned().sessions() as session, session.begin():
            session.execute(update(Media).where(Media.capture_id == signed.capture_id).values(updated_at=unmoved))
            session.execute(update(UploadPlan).where(UploadPlan.media_row_id == ids[0]).values(expires_at=unmoved))
    run_task(running, "sweep")
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)
    with running.service.owned().sessions() as session:
        plan = session.scalars(select(UploadPlan).where(UploadPlan.media_row_id == ids[0])).one()
        assert plan.expires_at == unmoved, "it ran out, and still named the chunks to join"


@pytest.mark.slow
def test_a_job_whose_worker_was_killed_is_taken_up_by_another(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, MOTION)
    checked(phone.put_manifest(signed), 201)
    phone.send_files(signed)
    media = rows_of(running, signed)[0]
    job = f"SELECT status, worker_id FROM procrastinate_jobs WHERE {OF_FILE}"
    owner = create_engine(running.service.postgres.urls().owner.replace("postgresql://", "postgresql+psycopg://"))
    with owner.connect() as held:
        held.execute(text("LOCK TABLE finding IN EXCLUSIVE MODE"))  # where the job will stand when its worker dies
        checked(phone.complete(signed), 202)
        wait_until(lambda: rows_of(running, signed)[0].state == "verifying")
        time.sleep(0.3)
        pid = running.supervisor.pid("worker")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        held.rollback()
    owner.dispose()
    assert sql(running, job, id=str(media.id)).one().status == "doing"
    wait_until(lambda: running.supervisor.pid("worker") not in (None, pid))
    assert rows_of(running, signed)[0].state == "verifying"
    sql(
        running,
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' WHERE id ="
        f" (SELECT worker_id FROM procrastinate_jobs WHERE {OF_FILE})",
        id=str(media.id),
    )
    run_task(running, "retry_stalled")
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


class Later:
    """The real time, a week and a day on."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=8)


def test_chunks_that_nobody_will_join_are_deleted_and_others_are_not(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, LARGE, LARGE[:-2] + b"\xff\xd9")
    checked(phone.put_manifest(signed), 201)
    for target in phone.targets(signed, chunk_size=CHUNK)["media"]:
        checked(phone.send_part(target["parts"][0], LARGE), 200)
    left, arrived = rows_of(running, signed)
    services = running.service.owned().services
    assert sweeping.delete_stale_chunks(services.store, services, frozenset()) == 0, "none is a week old"
    assert len(staged(running, left)) == len(staged(running, arrived)) == 1
    later = replace(services, clock=Later())
    sweeping.delete_stale_chunks(services.store, later, frozenset({arrived.id}))
    assert (staged(running, left), len(staged(running, arrived))) == ([], 1)
    sweeping.delete_stale_chunks(services.store, later, frozenset())
    assert staged(running, arrived) == []
    phone.send_files(signed, chunk_size=CHUNK)
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


def test_the_worker_empties_staging_and_tries_the_canary(running: Running) -> None:
    for name in ("delete_stale_chunks", "store_canary"):
        run_task(running, name, queue="previews")
    log = (running.service.logs / "worker.log").read_text(encoding="utf-8")
    assert "store_canary_held" in log
    assert "stale_chunks_deleted" in log


def test_an_administrator_sees_when_the_store_failed_its_trial(running: Running) -> None:
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        canary.note_failure(session, owned.services, "deletable", "a locked version went")
    ready = {name: running.person(name).get("/health/ready").json()["store_canary"] for name in ("a-900", "s-201")}
    assert ready["a-900"]["reason"] == "deletable"
    assert datetime.fromisoformat(ready["a-900"]["failed_at"]) <= datetime.now(UTC)
    assert ready["s-201"] is None
    assert running.http.get("/api/v1/health/ready").json()["store_canary"] is None
