"""A pistol and five cases, captured by a phone, approved by a supervisor, waiting in the queues of LAB-A and MESA-F."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from standalone.phone import Signed
from standalone.recovery import recovery
from tests.e2e.conftest import Running

LIMIT_S = 90


@dataclass(frozen=True)
class Approved:
    """``submissions`` by (destination, item number)."""

    signed: Signed
    folio: str
    submissions: dict[tuple[str, str], str]


def approved(
    running: Running, *, serial: str = "QZX0158", seals: tuple[str, str] = ("A-004417", "A-004418")
) -> Approved:
    """Everything before the laboratory and the desk, through the real HTTP API."""
    phone, supervisor = running.phone("o-101"), running.person("s-201")
    signed = recovery(phone, serial=serial, width=1000, seals=seals)
    phone.send(signed)
    path = f"/captures/{signed.capture_id}"
    _until(lambda: supervisor.get(path).json()["state"] == "secured", "secured")

    def previewed() -> bool:
        media = supervisor.get(path).json()["manifests"][0]["media"]
        return all(line["preview"] in ("ready", "failed") for line in media)

    _until(previewed, "previews")
    shown = supervisor.get(path).json()
    supervisor.name_prosecutor(signed.capture_id)
    numbers = {item["id"]: item["number"] for item in signed.payload["items"]}
    submissions = {}
    # Ballistics first: the serial is not read yet, and what is kept from a blind reader does not stop it.
    for line in sorted(shown["submissions"], key=lambda one: str(one["destination"])):
        row = _approve(running, line["id"], serial)
        submissions[(row["destination"], numbers[row["item_id"]])] = line["id"]
    return Approved(signed, shown["folio"], submissions)


def _approve(running: Running, submission_id: str, serial: str) -> dict[str, str]:
    supervisor = running.person("s-201")
    row = supervisor.get(f"/submissions/{submission_id}").json()["submission"]
    supervisor.approve(submission_id, serial if row["destination"] == "etrace" else None)
    return {"destination": row["destination"], "item_id": row["item_id"]}


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {LIMIT_S} s for {what}"
        time.sleep(0.2)
