"""A recovered gun goes from a phone into the locked store: whole, in chunks, twice, and with wrong bytes."""

import time
from dataclasses import replace
from typing import Any

import pytest

from evidence.records.captures import Refusal
from evidence.records.devices import DeviceMessage
from standalone import pictures
from standalone.canvas import Shot
from standalone.phone import File, Phone, Signed, checked, new_id
from standalone.recovery import case_facts, recovery, recovery_facts
from tests.e2e.conftest import Running

LIMIT_S = 30


def wait_for_state(running: Running, signed: Signed, *states: str) -> dict[str, Any]:
    """The capture, once its state is one of ``states``."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        capture: dict[str, Any] = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
        if capture["state"] in states:
            return capture
        if time.monotonic() > deadline:
            raise AssertionError(f"still {capture['state']}: {capture['manifests']}")
        time.sleep(0.1)


@pytest.mark.parametrize("chunk_size", [None, 64 * 1024], ids=["whole", "chunks"])
def test_a_capture_is_secured_to_the_bit_and_once(running: Running, chunk_size: int | None) -> None:
    phone = running.phone()
    signed = recovery(phone)
    phone.send(signed, chunk_size=chunk_size)
    capture = wait_for_state(running, signed, "secured")

    lines = {line["id"]: line for line in capture["manifests"][0]["media"]}
    assert {line["state"] for line in lines.values()} == {"secured"}
    client = running.service.store.client(admin=False)
    for file in signed.files:
        key = f"originals/{phone.agency_id}/{signed.capture_id}/{file.id}/{file.sha256}"
        versions = client.list_object_versions(Bucket=running.service.store.originals, Prefix=key)["Versions"]
        assert len(versions) == 1
        stored = client.get_object(Bucket=running.service.store.originals, Key=key, VersionId=versions[0]["VersionId"])
        assert stored["Body"].read() == file.data
        assert stored["ObjectLockMode"] == "GOVERNANCE"
    destinations = sorted(submission["destination"] for submission in capture["submissions"])
    assert destinations == ["ballistics"] * 6 + ["etrace"]


def test_everything_sent_twice_changes_nothing_twice(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone)
    assert phone.put_manifest(signed).status_code == 201
    assert phone.put_manifest(signed).status_code == 200
    phone.send_files(signed)
    phone.send_files(signed)
    assert phone.complete(signed).status_code == 202
    assert phone.complete(signed).status_code == 202
    capture = wait_for_state(running, signed, "secured")
    assert len(capture["manifests"]) == 1
    assert len(capture["submissions"]) == 7
    assert phone.complete(signed).status_code == 202
    assert phone.targets(signed)["media"][0]["parts"] == []


def test_the_store_refuses_other_bytes_and_complete_says_what_is_missing(running: Running) -> None:
    phone = running.phone()
    signed = phone.sign(_one_item(phone), [_file()])
    checked(phone.put_manifest(signed), 201)
    part = phone.targets(signed)["media"][0]["parts"][0]
    other = bytearray(signed.files[0].data)
    other[-20] ^= 1
    assert phone.send_part(part, bytes(other)).status_code == 400
    answer = phone.complete(signed)
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_arrived"
    assert answer.json()["errors"]["media"] == [str(signed.files[0].id)]
    assert phone.send_part(part, signed.files[0].data).status_code == 200
    assert phone.send_part(part, signed.files[0].data).status_code == 412
    assert phone.complete(signed).status_code == 202
    wait_for_state(running, signed, "secured")


def test_another_payload_under_one_id_is_kept_beside_the_first(running: Running) -> None:
    phone = running.phone()
    first = phone.sign(_one_item(phone), [_file()])
    phone.send(first)
    second = phone.sign({**_one_item(phone), "capacity": "expert"}, [_file()], capture_id=first.capture_id)
    answer = phone.put_manifest(second)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert phone.put_manifest(second).status_code == 409
    phone.send_files(second)
    assert phone.complete(second).status_code == 202
    capture = wait_for_state(running, first, "secured")
    assert {manifest["standing"] for manifest in capture["manifests"]} == {"accepted", "conflict"}
    assert capture["conflict_open"]


def test_a_changed_signature_or_payload_is_refused_and_recorded(running: Running) -> None:
    phone = running.phone()
    signed = phone.sign(_one_item(phone), [_file()])
    header, payload, signature = signed.jws.split(b".")
    cases = {
        b".".join([header, payload, signature[:-6] + b"AAAAAA"]): "signature",
        b".".join([header, payload]): "jws_parts",
        b".".join([payload, header, signature]): "jws_header",
        signed.jws + b" ": "jws_base64url",
    }
    for jws, code in cases.items():
        answer = phone.put_manifest(replace(signed, jws=jws))
        assert answer.status_code == 422, (code, answer.text)
        assert answer.json()["code"] == code
    with running.service.owned().sessions() as session:
        found = session.query(Refusal).filter(Refusal.subject_id == signed.capture_id).all()
        assert sorted(row.code for row in found) == sorted(cases.values())
    assert phone.put_manifest(signed).status_code == 201


def test_a_copied_phone_shows_as_a_fork_and_nothing_is_refused(running: Running) -> None:
    phone = running.phone()
    first = phone.sign(_one_item(phone), [_file()])
    phone.head = "0" * 64  # as a restored backup would sign: the next number, another predecessor
    second = phone.sign(_one_item(phone), [_file()])
    assert phone.put_manifest(first).status_code == 201
    assert phone.put_manifest(second).status_code == 201
    with running.service.owned().sessions() as session:
        rows = session.query(DeviceMessage).filter(DeviceMessage.device_id == phone.device_id).all()
        assert {row.seq: row.flags for row in rows} == {1: ["sequence_fork"], 2: ["sequence_fork"]}


def test_another_agency_sees_nothing(running: Running) -> None:
    phone = running.phone()
    signed = phone.sign(_one_item(phone), [_file()])
    phone.send(signed)
    stranger = running.person("s-211")
    assert stranger.http.get(f"/api/v1/captures/{signed.capture_id}").status_code == 404
    foreign = running.phone("o-111")
    answer = foreign.put_manifest(foreign.sign(_one_item(foreign), [_file()], capture_id=signed.capture_id))
    assert (answer.status_code, answer.json()["code"]) == (422, "capture_id_unusable")
    assert foreign.complete(signed).status_code == 404


def _one_item(phone: Phone) -> dict[str, Any]:
    return {"recovery": recovery_facts(), "items": [case_facts(new_id(), 1)]}


def _file() -> File:
    return File("headstamp", pictures.case_bases(Shot(width=640, height=480), numbers=["1"]))
