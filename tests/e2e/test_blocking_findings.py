"""A file turns out unsafe, or is gone from the store, after its dossier was approved (protocol, section 6)."""

import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from evidence.records.media import Media
from standalone.desk import machine
from standalone.phone import File, Phone, Signed, checked, new_id
from standalone.recovery import case_facts, recovery_facts
from tests.adapters import pictures
from tests.e2e.conftest import Running
from tests.e2e.test_audit import audit
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_quarantine import broken_jpeg
from tests.e2e.test_sent_statements import kinds_of

LIMIT_S = 30


def capture(phone: Phone, *data: bytes) -> Signed:
    """Signed, with its facts sent: two cases that every photo shows, and a third that only the first shows.

    The last file is the photo of their bag.
    """
    cases, bag = [new_id() for _ in range(3)], new_id()
    files = [File("headstamp", one, cases if n == 0 else cases[:2]) for n, one in enumerate(data)]
    files.append(File("package_sealed", pictures.photo(), package_id=bag))
    held = {"id": str(bag), "label": "Bolsa", "kind": "bag", "seal": "A-1", "item_ids": [str(case) for case in cases]}
    items = [case_facts(case, n) for n, case in enumerate(cases, start=1)]
    signed = phone.sign({"recovery": recovery_facts(), "items": items, "packages": [held]}, files)
    checked(phone.put_manifest(signed), 201)
    return signed


def send(running: Running, phone: Phone, signed: Signed, *files: File) -> None:
    """Sends some of the files, and waits until their pictures can be opened."""
    part = replace(signed, files=list(files))
    phone.send_files(part)
    checked(phone.complete(part), 202)
    wait(lambda: all(previews(running, signed)[str(file.id)] in ("ready", "failed") for file in files))


def previews(running: Running, signed: Signed) -> dict[str, str]:
    media = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["manifests"][0]["media"]
    return {line["id"]: line["preview"] for line in media}


def wait(condition: Any) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def submissions(running: Running, signed: Signed) -> list[dict[str, Any]]:
    """By the number of the item."""
    found = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["submissions"]
    order = [item["id"] for item in signed.payload["items"]]
    shown = [running.person("s-201").get(f"/submissions/{line['id']}").json()["submission"] for line in found]
    return sorted(shown, key=lambda one: order.index(one["item_id"]))


def approve(running: Running, submission: dict[str, Any]) -> None:
    supervisor, path = running.person("s-201"), f"/submissions/{submission['id']}"
    seen = supervisor.get(path)
    for media in seen.json()["agency"]["media"]:
        if media["preview"] == "ready":
            supervisor.get(f"{path}/media/{media['id']}/preview")
    amber = [one for one in seen.json()["agency"]["warnings"] if one["level"] == "amber"]
    body = {
        "decision": "approve",
        "digest": submission["digest"],
        "findings_seen": 0,
        "opened": [f"{one['code']}|{one['about'] or ''}" for one in amber],
    }
    supervisor.post(f"{path}/decision", body, etag=seen.headers["etag"])


def test_a_photo_that_the_decoder_finds_unsafe_voids_what_waited_for_it(running: Running) -> None:
    phone = running.phone()
    signed = capture(phone, pictures.photo(), broken_jpeg())
    send(running, phone, signed, signed.files[0], signed.files[-1])
    for submission in submissions(running, signed):
        approve(running, submission)
    assert [one["state"] for one in submissions(running, signed)] == [
        "awaiting_evidence",
        "awaiting_evidence",
        "queued",
    ]
    send(running, phone, signed, signed.files[1])
    wait_for_state(running, signed, "secured")
    first, second, beside = submissions(running, signed)
    for one in (first, second):
        assert (one["state"], one["approved_digest"]) == ("pending_review", None)
    assert (beside["state"], beside["approved_digest"]) == ("queued", beside["digest"]), "the photo doesn't show it"
    kinds = kinds_of(running, signed)
    assert kinds.count("submission.void") == 2
    assert kinds.index("media.quarantined") < kinds.index("submission.void")
    with pytest.raises(Exception, match="findings_unseen"):
        approve(running, first)


def test_a_file_gone_from_the_store_voids_and_the_holder_is_told(running: Running) -> None:
    phone = running.phone()
    signed = capture(phone, pictures.photo())
    send(running, phone, signed, signed.files[0], signed.files[-1])
    for submission in submissions(running, signed):
        approve(running, submission)
    waiting, leased, taken_on = submissions(running, signed)
    with machine(running.service.origin, running.world["tokens"]["LAB-A"]) as laboratory:
        holds = {one["id"]: one for one in (leased, taken_on)}
        claims = take(laboratory, [*holds, waiting["id"]])
        give_back(laboratory, claims.pop(waiting["id"]))
        token = {"lease_token": claims[taken_on["id"]]["lease_token"]}
        checked(laboratory.post(f"/api/v1/leases/{claims[taken_on['id']]['lease_id']}/acknowledge", json=token))
        after = news_now(running)
        remove(running, signed.files[0])
        audit(running)

        now = submissions(running, signed)
        assert [one["state"] for one in now] == ["pending_review", "leased", "in_progress"]
        assert [one["revision_pending"] for one in now] == [False, True, True]
        wait(lambda: len(revised(running, after)) == 2)
        for one in holds:
            held = checked(laboratory.get(f"/api/v1/submissions/{one}")).json()["submission"]
            assert held["revision_pending"]
        # What is no longer approved never goes back into a queue.
        give_back(laboratory, claims[leased["id"]])
    assert submissions(running, signed)[1]["state"] == "pending_review"
    assert kinds_of(running, signed).count("submission.revised") == 2
    audit(running)
    assert kinds_of(running, signed).count("submission.revised") == 2


def take(laboratory: httpx.Client, wanted: list[str]) -> dict[str, dict[str, Any]]:
    """Leases of the wanted submissions; what else waited in the run's queue is given back."""
    answer = checked(laboratory.post("/api/v1/queues/ballistics/leases", json={"limit": 50, "seconds": 3600}))
    claims = {one["submission_id"]: one for one in answer.json()["items"]}
    for one in set(claims) - set(wanted):
        give_back(laboratory, claims.pop(one))
    return claims


def give_back(laboratory: httpx.Client, claim: dict[str, Any]) -> None:
    token = {"lease_token": claim["lease_token"]}
    checked(laboratory.post(f"/api/v1/leases/{claim['lease_id']}/release", json=token))


def news_now(running: Running) -> int:
    time.sleep(0.5)  # entries get their place within moments
    return int(running.person("l-301").get("/status", after=10**9).headers["etag"].strip('"')) - 1


def revised(running: Running, after: int) -> list[dict[str, Any]]:
    """What the laboratory is told of new content under its hands."""
    items = running.person("l-301").get("/status", after=after, limit=200).json()["items"]
    return [one for one in items if one["kind"] == "submission.revised"]


def remove(running: Running, file: File) -> None:
    """Behind the service's back, as only the store's operator can."""
    with running.service.owned().sessions() as session:
        media = session.scalars(select(Media).where(Media.media_id == file.id)).one()
    running.service.store.client(admin=True).delete_object(
        Bucket=media.bucket, Key=media.object_key, VersionId=media.version_id, BypassGovernanceRetention=True
    )
