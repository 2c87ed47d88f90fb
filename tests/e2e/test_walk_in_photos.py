"""A walk-in's photo in the real store: locked, checked, behind its laboratory's wall, and carried along when linked."""

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, ProgrammingError

from evidence.actions.storing import auditing
from evidence.actions.verification.verifying import Depth, verify_service
from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import ServiceReport
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.media import Media
from evidence.records.organisations import Organisation
from standalone.desk import machine
from standalone.phone import checked, new_id
from tests.e2e.conftest import Running
from tests.e2e.test_capture import _file
from tests.e2e.test_sent_attachments import settled, submission_id
from tests.e2e.test_sent_attachments import until as attached

__all__ = ["submission_id"]

LIMIT_S = 60
FACTS = {"agency": "Policía Municipal Modelo A", "brought_by": "Oficial de guardia", "seal": "A-77"}


@pytest.fixture
def laboratory(running: Running) -> Iterator[httpx.Client]:
    with machine(running.service.origin, running.world["tokens"]["LAB-A"]) as client:
        yield client


def receive(client: httpx.Client, running: Running) -> str:
    walk_in = str(new_id())
    now = running.service.owned().services.clock.now().isoformat()
    checked(client.post("/api/v1/walk-ins", json={"walk_in_id": walk_in, **FACTS, "received_at": now}), 201)
    return walk_in


def line(data: bytes, photo: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"id": photo, "sha256": sha256, "size": len(data), "content_type": "image/jpeg", "filename": "empaque.jpg"}


def announce(client: httpx.Client, walk_in: str, data: bytes, photo: str) -> dict[str, Any]:
    answer = checked(client.post(f"/api/v1/walk-ins/{walk_in}/photos", json={"files": [line(data, photo)]}), 201)
    (target,) = answer.json()["media"]
    (part,) = target["parts"]
    found: dict[str, Any] = part
    return found


def put(part: dict[str, Any], data: bytes) -> int:
    return httpx.request(part["method"], part["url"], content=data, headers=part["headers"]).status_code


def sent(client: httpx.Client, walk_in: str, data: bytes) -> str:
    photo = str(new_id())
    assert put(announce(client, walk_in, data, photo), data) == 200
    checked(client.post(f"/api/v1/walk-ins/{walk_in}/photos/complete", json={"media": [photo]}), 202)
    return photo


def until(client: httpx.Client, walk_in: str, done: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        rows = checked(client.get("/api/v1/walk-ins", params={"limit": 100})).json()["items"]
        photos: list[dict[str, Any]] = next(row["photos"] for row in rows if row["walk_in_id"] == walk_in)
        if all(done(one) for one in photos):
            return photos
        assert time.monotonic() < deadline, photos
        time.sleep(0.2)


def row_of(running: Running, photo: str, **owner: str) -> Media:
    (name, value), *_ = owner.items()
    with running.service.owned().sessions() as session:
        wanted = select(Media).where(Media.media_id == UUID(photo), getattr(Media, name) == UUID(value))
        return session.scalars(wanted).one()


def told(running: Running, chain: UUID, photo: str) -> list[tuple[str, dict[str, Any]]]:
    """Kinds and details of the entries about a file on one chain."""
    query = (
        select(CustodyEntry.kind, CustodyDetail.details)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .where(CustodyEntry.chain_id == chain, CustodyDetail.details["media_id"].astext == photo)
        .order_by(CustodyEntry.seq)
    )
    with running.service.owned().sessions() as session:
        return [(kind, details) for kind, details in session.execute(query)]


def test_a_photo_lands_locked_is_checked_and_shown_to_its_laboratory_alone(
    running: Running, laboratory: httpx.Client
) -> None:
    walk_in, data, photo = receive(laboratory, running), _file().data, str(new_id())
    part = announce(laboratory, walk_in, data, photo)
    assert put(part, data[::-1]) == 400, "the store takes the signed bytes only"
    path = f"/api/v1/walk-ins/{walk_in}/photos"
    early = laboratory.post(f"{path}/complete", json={"media": [photo]})
    assert (early.status_code, early.json()["code"]) == (409, "not_arrived")
    assert put(part, data) == 200
    assert put(part, data) == 412, "and once"
    checked(laboratory.post(f"{path}/complete", json={"media": [photo]}), 202)
    (seen,) = until(laboratory, walk_in, settled)
    assert (seen["state"], seen["preview"]) == ("secured", "ready")

    row, owned = row_of(running, photo, walk_in_id=walk_in), running.service.owned()
    assert row.object_key == f"originals/{row.agency_id}/{walk_in}/{photo}/{row.sha256}"
    head = owned.services.store.head_original(row.object_key, version_id=row.version_id)
    assert head is not None
    assert head.locked_until is not None
    assert head.locked_until > owned.services.clock.now() + owned.services.policy.retention - timedelta(hours=1)
    entries = told(running, row.agency_id, photo)
    assert [kind for kind, _ in entries][:3] == ["media.attached", "media.received", "media.verified"]
    assert {details["walk_in_id"] for _, details in entries} == {walk_in}

    assert laboratory.get(f"{path}/{photo}/preview").headers["content-type"] == "image/jpeg"
    url = checked(laboratory.post(f"{path}/{photo}/download", json={})).json()["url"]
    assert checked(httpx.get(url)).content == data
    for username in ("s-201", "o-101"):
        stranger = running.person(username)
        assert stranger.http.get(f"{path}/{photo}/preview").status_code == 404
        assert stranger.http.post(f"{path}/{photo}/download", json={}).status_code == 404
    with machine(running.service.origin, running.world["tokens"]["MESA-F"]) as other:
        refused = other.post(path, json={"files": [line(data, str(new_id()))]})
        assert refused.status_code == 404
        assert other.post(f"{path}/complete", json={"media": [photo]}).status_code == 404


def test_what_is_no_photo_is_kept_apart(running: Running, laboratory: httpx.Client) -> None:
    walk_in = receive(laboratory, running)
    photo = sent(laboratory, walk_in, b"MZ" + bytes(600))
    (seen,) = until(laboratory, walk_in, settled)
    assert seen["state"] == "quarantined"
    assert laboratory.get(f"/api/v1/walk-ins/{walk_in}/photos/{photo}/preview").status_code == 409


def test_linking_carries_the_very_version_along(
    running: Running, laboratory: httpx.Client, submission_id: UUID
) -> None:
    walk_in, data = receive(laboratory, running), _file().data
    photo = sent(laboratory, walk_in, data)
    never = str(new_id())
    announce(laboratory, walk_in, data + b"\0", never)
    until(laboratory, walk_in, lambda one: one["id"] == never or settled(one))
    path = f"/api/v1/walk-ins/{walk_in}"
    link = {"submission_id": str(submission_id)}
    first = checked(laboratory.post(f"{path}/link", json=link)).json()
    assert checked(laboratory.post(f"{path}/link", json=link)).json() == first, "the same again"

    found = attached(laboratory, submission_id, settled)
    assert list(found) == [photo], "what never arrived stays behind"
    assert (found[photo]["kind"], found[photo]["state"], found[photo]["preview"]) == (
        "receiving_photo",
        "secured",
        "ready",
    )
    here = row_of(running, photo, walk_in_id=walk_in)
    there = row_of(running, photo, submission_id=str(submission_id))
    assert (here.object_key, here.version_id) == (there.object_key, there.version_id)
    assert there.agency_id != here.agency_id
    entries = told(running, there.root_id or UUID(int=0), photo)
    assert [kind for kind, _ in entries][:3] == ["media.attached", "media.received", "media.verified"]
    assert entries[0][1]["walk_in_id"] == walk_in

    late = laboratory.post(f"{path}/photos", json={"files": [line(data, str(new_id()))]})
    assert (late.status_code, late.json()["code"]) == (409, "linked")
    officer = running.person("o-101")
    shown = officer.get(f"/submissions/{submission_id}/attachments").json()["items"]
    assert [one["id"] for one in shown] == [photo]
    assert officer.http.get(f"/api/v1/submissions/{submission_id}/media/{photo}/preview").status_code == 200
    _check_audit(running, {here.version_id, there.version_id})


def _check_audit(running: Running, versions: set[str | None]) -> None:
    """The nightly audit finds each stored version named and each row's version stored; ``verify`` finds no fault."""
    owned = running.service.owned()
    store = owned.services.store
    with owned.sessions() as session:
        pages = list(auditing.stored_pages(store))
        strays = [one for page in pages for one in auditing.unnamed(session, owned.services, page)]
        assert versions <= {stored.ref.version_id for page in pages for stored in page}
        assert versions.isdisjoint(one.version_id for one in strays)
        due = [one for one in auditing.due_after(session, owned.services, None) if one.ref.version_id in versions]
        assert auditing.examine(store, due) == []
    assert verified(running).versions_checked >= len(versions)


def verified(running: Running) -> ServiceReport:
    """``casquillo verify``, every stored version read."""
    owned = running.service.owned()
    policy, depth = owned.services.policy.log_policy, Depth(deep=True)
    return verify_service(owned.sessions, owned.services.store, policy=policy, depth=depth, progress=lambda *_: None)


def test_verify_names_a_photo_whose_row_says_otherwise_than_the_log(running: Running, laboratory: httpx.Client) -> None:
    walk_in = receive(laboratory, running)
    photo = sent(laboratory, walk_in, _file().data)
    until(laboratory, walk_in, settled)
    row, owned = row_of(running, photo, walk_in_id=walk_in), running.service.owned()

    def becomes(state: str) -> None:
        with owned.sessions() as session, session.begin():
            session.get_one(Media, row.id).state = state

    becomes("quarantined")
    try:
        with pytest.raises(Fault) as fault:
            verified(running)
    finally:
        becomes("secured")
    assert (fault.value.code, str(fault.value.facts["media"])) == ("state_media", photo)


def test_no_photo_stands_under_another_organisation_s_walk_in(running: Running, laboratory: httpx.Client) -> None:
    """The key of both columns: what row-level security trusts can't be forged."""
    walk_in = receive(laboratory, running)
    photo = sent(laboratory, walk_in, _file().data)
    until(laboratory, walk_in, settled)
    row = row_of(running, photo, walk_in_id=walk_in)
    with running.service.owned().sessions() as session:
        other = session.scalars(select(Organisation).where(Organisation.code == "MESA-F")).one()
        session.get_one(Media, row.id).agency_id = other.id
        with pytest.raises((IntegrityError, ProgrammingError)) as refused:
            session.flush()
    assert "fk_media_walk_in_id_agency_id" in str(refused.value) or "permission denied" in str(refused.value)
