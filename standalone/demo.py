"""Plays one invented recovery through the public HTTP API, from phone to answers, and tells it as a timeline."""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from standalone.desk import Person, enrolled_phone, machine
from standalone.phone import Signed, checked, new_id
from standalone.recovery import SEALS, SERIAL, recovery

Say = Callable[[str], None]
LIMIT_S = 60
ZONE = ZoneInfo("America/Monterrey")


def play(base_url: str, handover: Mapping[str, Any], say: Say) -> None:
    """The whole way of a pistol and five cases; raises where any step is refused."""
    people: Mapping[str, Any] = handover["people"]
    officer, supervisor = (Person(base_url, people[name], name) for name in ("o-101", "s-201"))
    examiners = [people[name]["person_id"] for name in ("l-301", "l-302")]
    with httpx.Client(base_url=base_url, timeout=60) as http:
        signed = _capture(officer, http, say)
        supervisor.sign_in()
        _review(supervisor, signed, say)
        tokens = handover["tokens"]
        with machine(base_url, tokens["LAB-A"]) as laboratory:
            _examine(laboratory, signed, examiners, say)
        with machine(base_url, tokens["MESA-F"]) as desk:
            _trace(desk, say)
        _tell_officer(officer, say)
    officer.close()
    supervisor.close()


def _capture(officer: Person, http: httpx.Client, say: Say) -> Signed:
    officer.sign_in()
    phone = enrolled_phone(officer, http)
    signed = recovery(phone)
    phone.send(signed)
    say(f"Officer O-101 sent a pistol and five cases: {len(signed.files)} files, capture {signed.capture_id}")
    _until(lambda: officer.get(f"/captures/{signed.capture_id}").json()["state"] == "secured", "secured")
    say("Every original is secured under lock.")
    if not phone.settle(signed):
        raise ValueError("the phone has no receipt that proves it")
    say("The phone verified its receipt against the log's pinned key, and deleted its files.")
    return signed


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {LIMIT_S} s for {what}")
        time.sleep(0.2)


def _review(supervisor: Person, signed: Signed, say: Say) -> None:
    """Opens every file, reads the serial from the photo, approves each submission over its digest."""
    path = f"/captures/{signed.capture_id}"

    def previewed() -> bool:
        media = supervisor.get(path).json()["manifests"][0]["media"]
        return all(line["preview"] in ("ready", "failed") for line in media)

    _until(previewed, "previews")
    submissions = supervisor.get(path).json()["submissions"]
    for line in submissions:
        supervisor.approve(line["id"], SERIAL if line["destination"] == "etrace" else None)
    supervisor.name_prosecutor(signed.capture_id)
    say(f"Supervisor S-201 opened the photos, read the serial, approved {len(submissions)} submissions.")


def _lease(client: httpx.Client, destination: str) -> list[dict[str, Any]]:
    body = {"limit": 50, "seconds": 3600}
    leases: list[dict[str, Any]] = checked(client.post(f"/api/v1/queues/{destination}/leases", json=body)).json()[
        "items"
    ]
    for lease in leases:
        token = {"lease_token": lease["lease_token"]}
        checked(client.post(f"/api/v1/leases/{lease['lease_id']}/acknowledge", json=token))
    return leases


def _check_files(client: httpx.Client, submission_id: str) -> int:
    """Fetches every file of the dossier by a 60-second URL and compares its hash with the dossier's."""
    held = checked(client.get(f"/api/v1/submissions/{submission_id}")).json()["holder"]
    media = held["dossiers"][-1]["digested"]["media"]
    for line in media:
        path = f"/api/v1/submissions/{submission_id}/media/{line['id']}/download"
        url = checked(client.post(path, json={})).json()["url"]
        data = checked(httpx.get(url, timeout=60)).content
        if hashlib.sha256(data).hexdigest() != line["sha256"]:
            raise ValueError(f"media {line['id']} is not what was signed")
    return len(media)


def _examine(laboratory: httpx.Client, signed: Signed, examiners: list[str], say: Say) -> None:
    leases = _lease(laboratory, "ballistics")
    package = signed.payload["packages"][0]
    inside = next(lease for lease in leases if lease["item_id"] in package["item_ids"])
    checked(
        laboratory.post(
            f"/api/v1/captures/{signed.capture_id}/events",
            json={
                "event_id": str(new_id()),
                "kind": "received",
                "package_id": package["id"],
                "item_ids": package["item_ids"],
                "mismatches": [],
                "from": "Policía Estatal Modelo A",
                "to": "LAB-A",
                "place": "Recepción LAB-A",
                "happened_at": _now(),
                "signed": "paper",
                "note": f"Sello {SEALS[0]} íntegro",
                "submission_id": inside["submission_id"],
            },
        )
    )
    files = sum(_check_files(laboratory, lease["submission_id"]) for lease in leases)
    for number, lease in enumerate(leases):
        lead = number == 0
        facts: dict[str, Any] = {"system": "IBIS", "reference": f"DEMO-{number:04d}"}
        if lead:
            facts["cases"] = [
                {"agency": "PEM-A", "case_number": "CI-DEMO-0041"},
                {"agency": "PEM-B", "case_number": "CI-DEMO-0088"},
            ]
        _answer(laboratory, lease, "lead" if lead else "no_association", facts, examiner_id=examiners[0])
    say(f"LAB-A leased {len(leases)} submissions, checked {files} files against their hashes, answered each.")


def _trace(desk: httpx.Client, say: Say) -> None:
    leases = _lease(desk, "etrace")
    for lease in leases:
        files = _check_files(desk, lease["submission_id"])
        nominal = {"purchaser_name": "Persona Inventada", "purchase_date": "2021-03-02"}
        facts = {"trace_number": "T-DEMO-0001", "answered_on": _now()[:10]}
        _answer(desk, lease, "purchaser_identified", facts, nominal=nominal)
        say(f"MESA-F checked {files} files and answered the trace: purchaser_identified.")


def _answer(
    client: httpx.Client,
    lease: Mapping[str, Any],
    code: str,
    facts: Mapping[str, Any],
    *,
    nominal: Mapping[str, Any] | None = None,
    examiner_id: str | None = None,
) -> None:
    body: dict[str, Any] = {
        "result_id": str(new_id()),
        "answers_digest": lease["digest"],
        "code": code,
        "final": True,
        "facts": dict(facts),
    }
    if nominal:
        body["nominal"] = dict(nominal)
    if examiner_id:
        body["examiner_id"] = examiner_id
    checked(client.post(f"/api/v1/submissions/{lease['submission_id']}/results", json=body), 200, 201)


def _tell_officer(officer: Person, say: Say) -> None:
    """The officer's status, in log order."""
    say("\nWhat officer O-101 sees:")
    after = -1
    time.sleep(1.5)  # the last entries get their place within a second of the commit
    while True:
        page = officer.get("/status", after=after, limit=200).json()
        for line in page["items"]:
            say(f"  {_local(line['at'])}  {line['kind']:<28} {_state(line)}")
        if not page["items"]:
            return
        after = page["next_after"]


def _state(line: Mapping[str, Any]) -> str:
    return " ".join(str(line[name]) for name in ("submission_state", "result_code") if line.get(name))


def _local(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(ZONE).strftime("%H:%M:%S")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
