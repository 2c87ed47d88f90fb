"""A discard keeps pixels back: what has not arrived becomes withheld, its hash stays, and the receipt says so."""

import time

import httpx
import pytest

from standalone.phone import Phone, Signed, checked
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_sent_statements import capture_of, discard, kinds_of

LIMIT_S = 15


def states_of(running: Running, signed: Signed) -> list[str]:
    """The states of the files that this very manifest names."""
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    manifest = next(one for one in capture["manifests"] if one["sha256"] == signed.sha256)
    return [line["state"] for line in manifest["media"]]


def receipt_of(running: Running, phone: Phone, signed: Signed) -> httpx.Response:
    deadline = time.monotonic() + LIMIT_S
    while True:
        answer = running.http.get(
            f"/api/v1/captures/{signed.capture_id}/receipt", params={"manifest": signed.sha256}, headers=phone.auth
        )
        if answer.status_code == 200 or time.monotonic() > deadline:
            return answer
        time.sleep(0.2)


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
def test_files_of_a_discarded_capture_are_withheld_and_their_hashes_stay(running: Running, *, before: bool) -> None:
    phone = running.phone()
    signed = capture_of(phone, files=2)
    stated = discard(phone, signed)
    sends = [lambda: phone.put_manifest(signed), lambda: phone.put_statement(stated)]
    for send in reversed(sends) if before else sends:
        checked(send(), 201)
    assert phone.put_statement(stated).status_code == 200
    assert states_of(running, signed) == ["withheld", "withheld"]
    assert running.person("s-201").get(f"/captures/{signed.capture_id}").json()["state"] == "discarded"
    assert [kinds_of(running, signed).count(kind) for kind in ("media.withheld", "capture.secured_partial")] == [1, 1]
    receipt = checked(receipt_of(running, phone, signed)).json()
    lines = [(line["sha256"], line["state"], line["version_id"]) for line in receipt["details"]["media"]]
    assert lines == [(file.sha256, "withheld", None) for file in signed.files]


def test_what_had_arrived_stays_and_what_comes_all_the_same_is_taken_in(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, files=2)
    checked(phone.put_manifest(signed), 201)
    first = Signed(signed.capture_id, signed.payload, signed.jws, signed.files[:1])
    phone.send_files(first)
    checked(phone.complete(first), 202)
    checked(phone.put_statement(discard(phone, signed)), 201)
    deadline = time.monotonic() + LIMIT_S
    while states_of(running, signed) != ["secured", "withheld"]:
        assert time.monotonic() < deadline, states_of(running, signed)
        time.sleep(0.1)
    checked(phone.put_manifest(signed), 200)
    second = Signed(signed.capture_id, signed.payload, signed.jws, signed.files[1:])
    phone.send_files(second)
    checked(phone.complete(second), 202)
    deadline = time.monotonic() + LIMIT_S
    while states_of(running, signed) != ["secured", "secured"]:
        assert time.monotonic() < deadline, states_of(running, signed)
        time.sleep(0.1)
    assert running.person("s-201").get(f"/captures/{signed.capture_id}").json()["state"] == "discarded"


def test_a_file_that_an_amendment_still_brings_is_not_withheld(running: Running) -> None:
    phone = running.phone()
    base = capture_of(phone, files=2)
    kept = base.files[:1]
    facts = {name: base.payload[name] for name in ("recovery", "items")}
    amends = {"capture_id": str(base.capture_id), "sha256": base.sha256}
    amendment = phone.sign({**facts, "amends": amends}, kept)
    for signed in (base, amendment):
        checked(phone.put_manifest(signed), 201)
    checked(phone.put_statement(discard(phone, base)), 201)
    assert states_of(running, base) == ["expected", "withheld"]
    sent = Signed(amendment.capture_id, amendment.payload, amendment.jws, kept)
    phone.send_files(sent)
    checked(phone.complete(sent), 202)
    wait_for_state(running, amendment, "secured")
    assert states_of(running, base) == ["secured", "withheld"]
    checked(phone.put_statement(discard(phone, amendment)), 201)
    assert states_of(running, amendment) == ["secured"]
