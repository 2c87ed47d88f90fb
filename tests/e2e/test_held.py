"""What a phone sends while its enrolment is not in force: held, and let in by an administrator in the phone's order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from evidence.records.custody import CustodyEntry
from evidence.records.devices import Device
from standalone.phone import Phone, Signed, checked
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_sent_statements import capture_of, closing, discard, end, gaps, kinds_of, lost, seen

REASON = {"reason": "revisado con el oficial"}


def seen_capture(running: Running, signed: Signed) -> dict[str, Any]:
    capture: dict[str, Any] = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    return capture


def device_kinds(running: Running, phone: Phone) -> list[str]:
    """The kinds of the entries of the phone's own chain, in order."""
    with running.service.owned().sessions() as session:
        wanted = select(CustodyEntry.kind).where(CustodyEntry.chain_id == phone.device_id).order_by(CustodyEntry.seq)
        return list(session.scalars(wanted))


def set_state(running: Running, phone: Phone, state: str) -> None:
    """A waiting enrolment can't send; this one's documents came all the same, brought by somebody."""
    with running.service.owned().sessions() as session, session.begin():
        session.execute(update(Device).where(Device.id == phone.device_id).values(state=state))


def admit_all(running: Running, phone: Phone) -> int:
    answer = running.person("a-900").http.post(f"/api/v1/devices/{phone.device_id}/held/admit", json=REASON)
    return answer.status_code


def test_what_a_stolen_phone_sends_is_held_until_an_administrator_lets_it_in(running: Running) -> None:
    phone = running.phone()
    before = capture_of(phone)
    phone.send(before)
    wait_for_state(running, before, "secured")
    since = datetime.now(UTC) - timedelta(hours=2)
    ended = end(running, phone, "compromised", since=since.isoformat())
    assert (ended["state"], datetime.fromisoformat(ended["compromised_since"])) == ("compromised", since)
    signed = capture_of(phone)
    phone.send(signed)  # the bearer still counts: held, never thrown away
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    assert (capture["state"], capture["submissions"]) == ("held", [])
    assert capture["flags"] == ["device_compromised", "received_after_compromise"]
    phone.put_statement(lost(phone, before, *before.files))
    assert running.person("s-201").get(f"/captures/{before.capture_id}").json()["state"] == "secured"

    admit = f"/api/v1/captures/{signed.capture_id}/admit"
    body = {"reason": "revisado con el oficial"}
    assert running.person("s-201").http.post(admit, json=body).status_code == 403
    assert running.person("a-911").http.post(admit, json=body).status_code == 404
    assert running.person("a-900").http.post(admit, json=body).status_code == 200
    capture = wait_for_state(running, signed, "secured")
    assert [submission["destination"] for submission in capture["submissions"]] == ["ballistics"]
    assert running.person("a-900").http.post(admit, json=body).status_code == 409
    kinds = kinds_of(running, signed)
    assert [kinds.count(kind) for kind in ("capture.held", "capture.admitted", "capture.secured")] == [1, 1, 1]


def test_what_a_stolen_phone_says_is_lost_counts_once_it_is_admitted(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone, files=2)
    end(running, phone, "compromised")
    checked(phone.put_statement(lost(phone, signed, signed.files[1])), 201)
    checked(phone.put_manifest(signed), 201)
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    assert [line["state"] for line in capture["manifests"][0]["media"]] == ["expected", "expected"]
    assert kinds_of(running, signed).count("media.lost") == 0

    running.person("a-900").post(f"/captures/{signed.capture_id}/admit", {"reason": "revisado con el oficial"})
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    assert [line["state"] for line in capture["manifests"][0]["media"]] == ["expected", "lost"]
    kept = Signed(signed.capture_id, signed.payload, signed.jws, signed.files[:1])
    phone.send_files(kept)
    checked(phone.complete(kept), 202)
    wait_for_state(running, signed, "secured_partial")
    assert kinds_of(running, signed).count("media.lost") == 1


def test_a_held_discard_counts_once_its_capture_is_admitted(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    end(running, phone, "compromised")
    checked(phone.put_manifest(signed), 201)
    checked(phone.put_statement(discard(phone, signed)), 201)
    assert (seen_capture(running, signed)["state"], seen(running, phone)["held"]) == ("held", 2)

    running.person("a-900").post(f"/captures/{signed.capture_id}/admit", REASON)
    capture = seen_capture(running, signed)
    assert (capture["state"], capture["manifests"][0]["standing"]) == ("discarded", "discarded")
    kinds = kinds_of(running, signed)
    assert kinds.index("capture.admitted") < kinds.index("capture.discarded")
    assert device_kinds(running, phone)[-1] == "statement.admitted"
    assert seen(running, phone)["held"] == 0


def test_all_that_is_held_is_let_in_in_the_order_of_signing(running: Running) -> None:
    phone = running.phone()
    before, kept, taken_back = capture_of(phone), capture_of(phone), capture_of(phone)
    checked(phone.put_manifest(before), 201)
    stated = [discard(phone, taken_back), discard(phone, before, text="otra escena")]
    end(running, phone, "compromised")
    for statement in reversed(stated):  # they come in another order than they were signed in
        checked(phone.put_statement(statement), 201)
    for signed in (taken_back, kept):
        checked(phone.put_manifest(signed), 201)
    assert seen(running, phone)["held"] == 4
    assert seen_capture(running, before)["state"] == "registered", "a held discard of an accepted capture waits too"

    body = {"json": REASON}
    path = f"/api/v1/devices/{phone.device_id}/held/admit"
    assert running.person("s-201").http.post(path, **body).status_code == 403
    assert running.person("a-911").http.post(path, **body).status_code == 404
    assert admit_all(running, phone) == 200
    states = [seen_capture(running, signed)["state"] for signed in (before, kept, taken_back)]
    assert states == ["discarded", "registered", "discarded"]
    assert seen(running, phone)["held"] == 0
    told = device_kinds(running, phone)
    assert admit_all(running, phone) == 200
    assert device_kinds(running, phone) == told, "nothing is held any more, nothing is written"
    assert told.count("statement.admitted") == 2


def test_an_admitted_enrolment_brings_in_all_that_it_signed_meanwhile(running: Running) -> None:
    phone = running.phone()
    signed, other = capture_of(phone), capture_of(phone)
    said = [discard(phone, signed), closing(phone)]
    set_state(running, phone, "pending")
    for statement in said:
        checked(phone.put_statement(statement), 201)
    for one in (signed, other):
        checked(phone.put_manifest(one), 201)
    assert [seen_capture(running, one)["state"] for one in (signed, other)] == ["held", "held"]
    assert admit_all(running, phone) == 409, "the enrolment itself first"

    assert running.person("a-900").http.post(f"/api/v1/devices/{phone.device_id}/admit").status_code == 200
    assert [seen_capture(running, one)["state"] for one in (signed, other)] == ["discarded", "registered"]
    view = seen(running, phone)
    assert (view["device"]["state"], view["held"]) == ("closed", 0), "its closing, the last that it signed, counts too"
    assert device_kinds(running, phone)[-4:] == [
        "device.admitted",
        "statement.admitted",
        "statement.admitted",
        "device.ended",
    ]


def test_what_was_said_before_the_service_heard_of_the_loss_is_not_held(running: Running) -> None:
    phone = running.phone()
    taken_back, partly = capture_of(phone), capture_of(phone, files=2)
    checked(phone.put_statement(discard(phone, taken_back)), 201)
    checked(phone.put_statement(lost(phone, partly, partly.files[1])), 201)
    assert gaps(running, phone) == [(1, 1, "discarded", "wrong_photo"), (2, 2, "pending", None)]
    end(running, phone, "compromised", since=(datetime.now(UTC) - timedelta(hours=2)).isoformat())
    for signed in (taken_back, partly):
        checked(phone.put_manifest(signed), 201)
    assert seen(running, phone)["held"] == 2, "the manifests came after the entry, the statements before it"
    assert gaps(running, phone) == []

    for signed in (taken_back, partly):
        running.person("a-900").post(f"/captures/{signed.capture_id}/admit", REASON)
    assert seen_capture(running, taken_back)["state"] == "discarded"
    assert [line["state"] for line in seen_capture(running, partly)["manifests"][0]["media"]] == ["expected", "lost"]
    assert device_kinds(running, phone).count("statement.admitted") == 0


def test_a_statement_in_time_counts_for_a_manifest_of_another_time(running: Running) -> None:
    """Retired: what came within the thirty days counts, and a capture that came after them is let in with it."""
    phone = running.phone()
    signed = capture_of(phone)
    end(running, phone, "retired")
    checked(phone.put_statement(discard(phone, signed)), 201)
    with running.service.owned().sessions() as session, session.begin():
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Device).where(Device.id == phone.device_id).values(accepted_until=over))
    checked(phone.put_manifest(signed), 201)
    assert seen_capture(running, signed)["state"] == "held"
    running.person("a-900").post(f"/captures/{signed.capture_id}/admit", REASON)
    assert seen_capture(running, signed)["state"] == "discarded"
