"""The phone's own code against the running service: its keys, its outbox, its verifier; and what the store then has."""

import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.commands import rescue
from evidence.domain.errors import EvidenceError
from standalone import pictures
from standalone.canvas import Shot
from tests.e2e.conftest import Running

WEB = Path(__file__).parents[2] / "web"
VITEST = WEB / "node_modules" / "vitest" / "vitest.mjs"
LIMIT_S = 400
SETTLE_S = 30
WIDTHS = (400, 600, 800, 1000, 1600, 4032)


def draw(folder: Path) -> None:
    for seed, width in enumerate(WIDTHS):
        shot = Shot(width=width, height=width * 3 // 4, taken_at=datetime.now(UTC), seed=seed)
        (folder / f"{width}.jpg").write_bytes(pictures.scene_overview(shot, numbers=["1"]))


@pytest.mark.slow
def test_the_phones_engine_sends_to_the_bit_and_once_whatever_is_cut(running: Running, tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "Node is not here"
    assert VITEST.is_file(), "make web brings the parts of the web app"
    drawn, sent = tmp_path / "pictures", tmp_path / "sent.jsonl"
    drawn.mkdir()
    draw(drawn)
    cookies = running.person("o-101").http.cookies
    handover = {
        "origin": running.service.origin,
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "pictures": str(drawn),
        "sent": str(sent),
        "rescue": str(tmp_path / "phone.rescue"),
    }
    (tmp_path / "handover.json").write_text(json.dumps(handover))
    run = subprocess.run(
        [node, str(VITEST), "run", "--config", "vitest.service.config.ts"],
        cwd=WEB,
        env={**os.environ, "CASQUILLO_HANDOVER": str(tmp_path / "handover.json")},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-4000:]
    take_in(running, tmp_path / "phone.rescue")
    captures = [json.loads(line) for line in sent.read_text().splitlines()]
    assert len(captures) > 10
    for capture in captures:
        check_store(running, capture)


def take_in(running: Running, file: Path) -> None:
    """The operator takes in what a phone without a network wrote, twice, for the supervisor who brought it."""
    owned = running.service.owned()
    first = rescue.take(file, by="s-201", sessions=owned.sessions, services=owned.services)
    assert first == {"capture known": 1, "capture new": 1, "file new": 4}
    again = rescue.take(file, by="s-201", sessions=owned.sessions, services=owned.services)
    assert again == {"capture known": 2, "file known": 4}
    for by in ("s-211", "l-301", "nobody"):
        try:
            outcome = rescue.take(file, by=by, sessions=owned.sessions, services=owned.services)
        except EvidenceError:
            continue
        assert outcome == {"capture not_found": 2, "file not_found": 4}, "of another agency: there is no such thing"


def settled(running: Running, capture_id: str) -> dict[str, Any]:
    """The capture, once nothing of it is under way."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        known: dict[str, Any] = running.person("s-201").get(f"/captures/{capture_id}").json()
        if known["state"] in ("secured", "secured_partial", "discarded") or time.monotonic() > deadline:
            return known
        time.sleep(0.2)


def check_store(running: Running, capture: dict[str, Any]) -> None:
    """Each file of a capture stands in the store once, under its hash; one that the phone lost does not."""
    known = settled(running, capture["capture_id"])
    states = {line["id"]: line["state"] for one in known["manifests"] for line in one["media"]}
    client = running.service.store.client(admin=False)
    for media in capture["media"]:
        key = f"originals/{known['agency_id']}/{capture['capture_id']}/{media['media_id']}/{media['sha256']}"
        found = client.list_object_versions(Bucket=running.service.store.originals, Prefix=key).get("Versions", [])
        if states[media["media_id"]] in ("lost", "withheld"):
            assert found == []
            continue
        assert states[media["media_id"]] == "secured"
        assert [version["Size"] for version in found] == [media["size"]]
