"""What a phone says of its own chain: taken back, lost, closed; how gaps read; the endings of an enrolment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from evidence.domain.canonical import sha256_hex
from evidence.records.captures import Refusal
from evidence.records.devices import Device, DeviceMessage, Statement
from standalone import pictures
from standalone.canvas import Shot
from standalone.phone import File, Phone, Signed, Stated, checked, new_id, now_text
from standalone.recovery import case_facts, recovery_facts
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state

PICTURE = pictures.case_bases(Shot(width=320, height=240), numbers=["1"])


def capture_of(phone: Phone, *, files: int = 1, capture_id: Any = None) -> Signed:
    """A signed cartridge case with ``files`` photos."""
    case = new_id()
    facts = {"recovery": recovery_facts(), "items": [case_facts(case, 1)]}
    return phone.sign(facts, [File("headstamp", PICTURE, [case]) for _ in range(files)], capture_id=capture_id)


def discard(phone: Phone, signed: Signed, *, text: str = "foto equivocada", statement_id: Any = None) -> Stated:
    facts = {
        "capture_id": str(signed.capture_id),
        "manifest_sha256": signed.sha256,
        "seq": signed.payload["seq"],
        "reason": "wrong_photo",
        "text": text,
    }
    return phone.state("discard", facts, statement_id=statement_id)


def lost(phone: Phone, signed: Signed, *files: File) -> Stated:
    facts = {
        "capture_id": str(signed.capture_id),
        "manifest_sha256": signed.sha256,
        "media": [{"id": str(file.id), "sha256": file.sha256} for file in files],
        "reason": "evicted",
    }
    return phone.state("media_lost", facts)


def closing(phone: Phone, *missing: int) -> Stated:
    gone = [{"seq": seq, "sha256": None, "text": "acta 77/26"} for seq in missing]
    return phone.state("closing", {"reason": "replaced", "unsent": len(gone), "lost": gone})


def seen(running: Running, phone: Phone) -> dict[str, Any]:
    """The enrolment as the agency's administrator sees it."""
    view: dict[str, Any] = running.person("a-900").get(f"/devices/{phone.device_id}").json()
    return view


def kinds_of(running: Running, signed: Signed) -> list[str]:
    items = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    assert [line["entry"]["seq"] for line in items] == list(range(1, len(items) + 1))
    return [line["entry"]["kind"] for line in items]


def gaps(running: Running, phone: Phone) -> list[tuple[int, int, str, str | None]]:
    return [(gap["first"], gap["last"], gap["reads"], gap["reason"]) for gap in seen(running, phone)["gaps"]]


def test_a_capture_taken_back_is_kept_and_leaves_the_review(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    stated = discard(phone, signed)
    first = phone.put_statement(stated)
    again = phone.put_statement(stated)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    assert capture["state"] == "discarded"
    assert capture["manifests"][0]["standing"] == "discarded"
    assert kinds_of(running, signed).count("capture.discarded") == 1


def test_a_capture_taken_back_before_it_came_is_discarded_when_it_comes(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    checked(phone.put_statement(discard(phone, signed)), 201)
    assert gaps(running, phone) == [(1, 1, "discarded", "wrong_photo")]
    checked(phone.put_manifest(signed), 201)
    assert running.person("s-201").get(f"/captures/{signed.capture_id}").json()["state"] == "discarded"
    assert gaps(running, phone) == []


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_lost_files_settle_a_capture_also_when_said_before_its_manifest(running: Running, *, before: bool) -> None:
    phone = running.phone()
    signed = capture_of(phone, files=2)
    stated = lost(phone, signed, signed.files[1])
    sends = [lambda: phone.put_manifest(signed), lambda: phone.put_statement(stated)]
    for send in reversed(sends) if before else sends:
        checked(send(), 201)
    assert phone.put_statement(stated).status_code == 200
    kept = Signed(signed.capture_id, signed.payload, signed.jws, signed.files[:1])
    phone.send_files(kept)
    checked(phone.complete(kept), 202)
    capture = wait_for_state(running, signed, "secured_partial", "secured")
    assert capture["state"] == "secured_partial"
    assert [line["state"] for line in capture["manifests"][0]["media"]] == ["secured", "lost"]
    assert kinds_of(running, signed).count("media.lost") == 1


def test_a_file_found_again_is_taken_in(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    checked(phone.put_statement(lost(phone, signed, *signed.files)), 201)
    phone.send_files(signed)
    checked(phone.complete(signed), 202)
    assert wait_for_state(running, signed, "secured")["manifests"][0]["media"][0]["state"] == "secured"


def test_another_statement_under_one_id_is_kept_without_effect(running: Running) -> None:
    phone = running.phone()
    one, other = capture_of(phone), capture_of(phone)
    for signed in (one, other):
        checked(phone.put_manifest(signed), 201)
    stated = discard(phone, one)
    second = discard(phone, other, statement_id=stated.statement_id)
    checked(phone.put_statement(stated), 201)
    for _ in range(2):
        answer = phone.put_statement(second)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert running.person("s-201").get(f"/captures/{other.capture_id}").json()["state"] == "registered"
    with running.service.owned().sessions() as session:
        kept = session.scalars(select(Refusal).where(Refusal.subject_id == stated.statement_id)).all()
        assert [(row.code, row.body) for row in kept] == [("conflict", second.jws)]
        assert session.get_one(Statement, stated.statement_id).jws == stated.jws
        chain = session.scalars(select(DeviceMessage.seq).where(DeviceMessage.device_id == phone.device_id)).all()
        assert sorted(chain) == [1, 2, 3, 4]
    assert gaps(running, phone) == []


def test_statements_are_refused_for_form_and_identity_only(running: Running) -> None:
    phone, other = running.phone(), running.phone("o-102")
    signed = capture_of(phone)
    stated = discard(phone, signed)
    header, payload, signature = stated.jws.split(b".")
    changed = Stated(stated.statement_id, stated.payload, b".".join([header, payload, signature[:-6] + b"AAAAAA"]))
    assert (phone.put_statement(changed).status_code, phone.put_statement(changed).json()["code"]) == (422, "signature")
    elsewhere = Stated(new_id(), stated.payload, stated.jws)
    assert phone.put_statement(elsewhere).json()["code"] == "form"
    other.device_id = phone.device_id  # another phone's bearer at this phone's address
    assert other.put_statement(stated).json()["code"] == "other_device"
    as_text = running.http.put(
        f"/api/v1/devices/{phone.device_id}/statements/{stated.statement_id}",
        content=stated.jws,
        headers={**phone.auth, "content-type": "application/json"},
    )
    assert as_text.status_code == 415
    with running.service.owned().sessions() as session:
        refused = session.scalars(select(Refusal).where(Refusal.body_sha256 == sha256_hex(changed.jws))).all()
        assert len(refused) == 1, "the same bytes refused twice are one fact"
    checked(phone.put_statement(stated), 201)


def test_gaps_read_in_neutral_words(running: Running) -> None:
    phone = running.phone()
    signed = [capture_of(phone) for _ in range(5)]
    checked(phone.put_manifest(signed[0]), 201)
    checked(phone.put_manifest(signed[4]), 201)
    assert gaps(running, phone) == [(2, 4, "pending", None)]
    checked(phone.put_statement(discard(phone, signed[2])), 201)
    assert gaps(running, phone) == [
        (2, 2, "pending", None),
        (3, 3, "discarded", "wrong_photo"),
        (4, 4, "pending", None),
    ]
    checked(phone.put_statement(closing(phone, 2)), 201)
    assert gaps(running, phone) == [
        (2, 2, "declared_lost", "replaced"),
        (3, 3, "discarded", "wrong_photo"),
        (4, 4, "pending", None),
    ]
    assert seen(running, phone)["device"]["state"] == "closed"
    assert phone.put_manifest(signed[3]).status_code == 201, "nothing signed by a known key is thrown away"
    assert [gap[0] for gap in gaps(running, phone)] == [2, 3]


def test_a_heartbeat_says_what_is_unsent_and_a_wiped_phone_never_closes(running: Running) -> None:
    phone = running.phone()
    signed = [capture_of(phone) for _ in range(2)]
    checked(phone.put_manifest(signed[0]), 201)
    oldest = now_text()
    phone.connect(unsent=1, oldest_unsent_at=oldest)
    device = seen(running, phone)["device"]
    assert {name: device["heartbeat"][name] for name in ("last_seq", "head", "unsent", "oldest_unsent_at")} == {
        "last_seq": 2,
        "head": phone.head,
        "unsent": 1,
        "oldest_unsent_at": oldest,
    }
    assert device["heartbeat"]["received_at"].endswith("Z")
    assert device["last_seen_at"].endswith("Z")
    assert gaps(running, phone) == [(2, 2, "pending", None)]
    # The phone is wiped: the officer enrols anew, and nobody hears of the old key again.
    running.phone()
    silent = datetime.now(UTC) - timedelta(days=3)
    with running.service.owned().sessions() as session, session.begin():
        session.execute(update(Device).where(Device.id == phone.device_id).values(last_seen_at=silent))
    view = seen(running, phone)
    assert (view["device"]["state"], view["device"]["ended_at"]) == ("active", None)
    assert [(gap["first"], gap["reads"]) for gap in view["gaps"]] == [(2, "phone_not_seen_since")]
    assert datetime.fromisoformat(view["gaps"][0]["since"]) == silent


def end(running: Running, phone: Phone, how: str, **facts: Any) -> dict[str, Any]:
    body = {"how": how, "reason": "prueba", **facts}
    answered: dict[str, Any] = running.person("a-900").post(f"/devices/{phone.device_id}/end", body).json()
    return answered


def test_a_retired_phone_is_heard_for_thirty_days_more_and_then_held(running: Running) -> None:
    phone = running.phone()
    ended = end(running, phone, "retired")
    assert ended["state"] == "retired"
    until = datetime.fromisoformat(ended["accepted_until"])
    assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30)
    phone.connect()
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    assert (capture["state"], capture["flags"]) == ("registered", ["device_retired"])
    with running.service.owned().sessions() as session, session.begin():
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Device).where(Device.id == phone.device_id).values(accepted_until=over))
    late = capture_of(phone)
    checked(phone.put_manifest(late), 201)
    assert running.person("s-201").get(f"/captures/{late.capture_id}").json()["state"] == "held"


def test_an_ending_is_refused_where_it_cannot_follow(running: Running) -> None:
    phone = running.phone()
    checked(phone.put_statement(closing(phone)), 201)
    administrator = running.person("a-900")
    assert end(running, phone, "compromised")["state"] == "compromised"
    body = {"how": "retired", "reason": "x"}
    answer = administrator.http.post(f"/api/v1/devices/{phone.device_id}/end", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert administrator.http.post(f"/api/v1/devices/{uuid4()}/end", json=body).status_code == 404
    foreign = running.phone("o-111")
    assert administrator.http.post(f"/api/v1/devices/{foreign.device_id}/end", json=body).status_code == 404
