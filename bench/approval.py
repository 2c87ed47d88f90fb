"""P5: from an approval to the moment when the laboratory can lease it.

``python -m bench.approval [captures]``: a supervisor opens and approves the ballistic submissions of a pistol and five
cases one by one; the laboratory's machine asks for leases every 20 ms.
"""

import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from standalone.desk import Person, enrolled_phone, machine
from standalone.phone import Signed, checked
from standalone.recovery import recovery
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world

LOOK_EVERY_S = 0.02
LIMIT_S = 120


def wait_for_previews(supervisor: Person, signed: Signed) -> list[dict[str, Any]]:
    """The capture's submissions, once every photo can be opened."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        capture = supervisor.get(f"/captures/{signed.capture_id}").json()
        media = capture["manifests"][0]["media"]
        if capture["state"] == "secured" and all(line["preview"] in ("ready", "failed") for line in media):
            submissions: list[dict[str, Any]] = capture["submissions"]
            return submissions
        time.sleep(0.2)
    raise RuntimeError("no previews")


def approved_to_leased(supervisor: Person, laboratory: httpx.Client, submission_id: str) -> float:
    """Seconds from the approval being sent to a lease that holds it."""
    path = f"/submissions/{submission_id}"
    shown = supervisor.get(path)
    dossier = shown.json()
    for media in dossier["agency"]["media"]:
        if media["preview"] == "ready":
            supervisor.get(f"{path}/media/{media['id']}/preview")
    body = {
        "decision": "approve",
        "digest": dossier["submission"]["digest"],
        "findings_seen": max((finding["number"] for finding in dossier["agency"]["findings"]), default=0),
        "reading": None,
        "opened": [
            f"{one['code']}|{one['about'] or ''}" for one in dossier["agency"]["warnings"] if one["level"] == "amber"
        ],
    }
    started = time.monotonic()
    supervisor.post(f"{path}/decision", body, etag=shown.headers["etag"])
    while time.monotonic() - started < LIMIT_S:
        leases = checked(laboratory.post("/api/v1/queues/ballistics/leases", json={"limit": 50, "seconds": 3600}))
        if submission_id in {lease["submission_id"] for lease in leases.json()["items"]}:
            return time.monotonic() - started
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError("never leasable")


def run(service: Service, world: dict[str, Any], captures: int) -> None:
    officer, supervisor = (Person(service.origin, world["people"][name], name) for name in ("o-101", "s-201"))
    officer.sign_in()
    supervisor.sign_in()
    found = []
    with (
        httpx.Client(base_url=service.origin, timeout=60) as http,
        machine(service.origin, world["tokens"]["LAB-A"]) as laboratory,
    ):
        phone = enrolled_phone(officer, http)
        for _ in range(captures):
            signed = recovery(phone, width=800)
            phone.send(signed)
            for line in wait_for_previews(supervisor, signed):
                if line["destination"] == "ballistics":
                    found.append(approved_to_leased(supervisor, laboratory, line["id"]))
    officer.close()
    supervisor.close()
    print(f"approve to leased, {len(found)} submissions: median {median(found):.2f} s, ", end="")
    print(f"p95 {quantiles(found, n=20)[-1]:.2f} s (to reach: 1)")


def main() -> None:
    captures = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8443)
        service.start()
        run(service, make_world(service.owned()), captures)
        service.stop()


if __name__ == "__main__":
    main()
