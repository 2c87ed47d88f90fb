"""The nightly audit on the real store and by the real worker: what was changed behind the service's back is named."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from evidence.records.media import Finding, Media
from standalone.phone import File, Phone, Signed
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_sent_statements import capture_of, kinds_of

LIMIT_S = 30


def audit(running: Running) -> None:
    """The worker's task, as the clock would start it; returns when it has ended."""
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        owned.services.jobs.enqueue(session, "audit_store", timestamp="0")
    deadline = time.monotonic() + LIMIT_S
    while _waiting(running):
        assert time.monotonic() < deadline, "the audit did not end"
        time.sleep(0.1)


def _waiting(running: Running) -> int:
    with running.service.owned().sessions() as session:
        query = (
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'audit_store' AND status IN ('todo', 'doing')"
        )
        return int(session.connection().exec_driver_sql(query).scalar_one())


def found_by(running: Running, after: int) -> tuple[list[dict[str, Any]], int]:
    """The entries of the agency's chain that its administrator hears of, with their details."""
    deadline = time.monotonic() + LIMIT_S
    news = running.person("a-900").get("/status", after=after, limit=200).json()
    while not news["items"] and time.monotonic() < deadline:
        news = running.person("a-900").get("/status", after=after, limit=200, wait=1).json()
    return [one for one in news["items"] if one["kind"] == "store.audit_found"], news["next_after"]


def now_at(running: Running) -> int:
    time.sleep(0.5)  # entries get their place within moments
    return int(running.person("a-900").get("/status", after=10**9).headers["etag"].strip('"')) - 1


def secured(running: Running) -> tuple[Phone, Signed, File, Media]:
    phone = running.phone()
    signed = capture_of(phone)
    phone.send(signed)
    wait_for_state(running, signed, "secured")
    with running.service.owned().sessions() as session:
        media = session.scalars(select(Media).where(Media.media_id == signed.files[0].id)).one()
    return phone, signed, signed.files[0], media


def change(running: Running, media: Media, **values: Any) -> None:
    with running.service.owned().sessions() as session, session.begin():
        session.execute(update(Media).where(Media.id == media.id).values(**values))


def findings(running: Running, media: Media) -> list[tuple[str, bool]]:
    with running.service.owned().sessions() as session:
        rows = session.scalars(select(Finding).where(Finding.media_row_id == media.id).order_by(Finding.number))
        return [(row.code, row.blocking) for row in rows if row.code.startswith(("version_", "lock_"))]


def state_of(running: Running, media: Media) -> str:
    with running.service.owned().sessions() as session:
        return session.get_one(Media, media.id).state


def test_what_agrees_is_passed_over_and_what_is_still_awaited_too(running: Running) -> None:
    secured(running)
    phone = running.phone()
    landed = capture_of(phone)
    phone.put_manifest(landed)
    phone.send_files(landed)  # in the store, and not confirmed
    with running.service.owned().sessions() as session:
        before = session.scalars(select(Finding.id).where(Finding.code.startswith("version_"))).all()
    audit(running)
    with running.service.owned().sessions() as session:
        assert session.scalars(select(Finding.id).where(Finding.code.startswith("version_"))).all() == before


def test_a_removed_version_is_missed_once(running: Running) -> None:
    _, signed, _, media = secured(running)
    running.service.store.client(admin=True).delete_object(
        Bucket=media.bucket, Key=media.object_key, VersionId=media.version_id, BypassGovernanceRetention=True
    )
    after = now_at(running)
    audit(running)
    audit(running)
    found, _ = found_by(running, after)
    assert [one["capture_id"] for one in found] == [None]
    assert findings(running, media) == [("version_missing", True)]
    assert state_of(running, media) == "damaged"
    assert kinds_of(running, signed).count("media.damaged") == 1


def test_a_second_version_under_a_key_is_seen(running: Running) -> None:
    _, signed, _, media = secured(running)
    running.service.store.client(admin=True).put_object(Bucket=media.bucket, Key=media.object_key, Body=b"another")
    audit(running)
    audit(running)
    assert findings(running, media) == [("version_extra", False)]
    assert state_of(running, media) == "secured", "the version that the row names is untouched"
    assert kinds_of(running, signed).count("media.damaged") == 0


def test_a_version_that_nobody_signed_is_told_to_its_agency(running: Running) -> None:
    phone = running.phone()
    after = now_at(running)
    key = f"originals/{phone.agency_id}/{uuid4()}/{uuid4()}/{'0' * 64}"
    for stray in (key, f"originals/{uuid4()}/x", "originals/nobody"):
        running.service.store.client(admin=True).put_object(
            Bucket=running.service.store.originals, Key=stray, Body=b"stray"
        )
    audit(running)
    found, after = found_by(running, after)
    assert len(found) == 1
    audit(running)
    time.sleep(1)
    assert running.person("a-900").get("/status", after=after).json()["items"] == []
    assert running.person("a-911").get("/status", after=0, limit=200).json()["items"] != []
    told = running.person("a-911").get("/status", after=0, limit=200).json()["items"]
    assert [one for one in told if one["kind"] == "store.audit_found"] == []


@pytest.mark.parametrize("changed", [{"size": 7}, {"sha256": "f" * 64}], ids=["size", "hash"])
def test_a_row_that_was_changed_no_longer_agrees(running: Running, changed: dict[str, Any]) -> None:
    _, _, _, media = secured(running)
    change(running, media, **changed)
    audit(running)
    assert findings(running, media)[0] == ("version_differs", True)
    assert state_of(running, media) == "damaged"


def test_a_lock_that_ends_too_early_is_said_and_moved(running: Running) -> None:
    _, _, _, media = secured(running)
    due = (datetime.now(UTC) + timedelta(days=5000)).replace(microsecond=0)
    change(running, media, locked_until=due)
    audit(running)
    assert findings(running, media) == [("lock_short", False)]
    head = running.service.store.client(admin=False).head_object(
        Bucket=media.bucket, Key=media.object_key, VersionId=media.version_id
    )
    assert head["ObjectLockRetainUntilDate"] == due
    assert state_of(running, media) == "secured"
