"""A service with a timestamp authority: its token is served beside the checkpoint, and goes into the bundle."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import bagit
import httpx
import pytest

from evidence.commands import verify as verifying
from evidence.domain.log import timestamp
from standalone.phone import checked
from standalone.recovery import recovery
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world
from tests.e2e.conftest import Running
from tests.e2e.test_bundles import fetched
from tests.e2e.test_bundles import run as verify
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_expunging import environment
from tests.timestamp_authority import Authority

pytestmark = pytest.mark.slow


class StampedService(Service):
    """With an authority's address in its settings."""

    def environment(self, database_url: str) -> dict[str, str]:
        known = {"CASQUILLO_TIMESTAMP_URL": self.authority_url, "CASQUILLO_TIMESTAMP_SECONDS": "1"}
        return super().environment(database_url) | known

    authority_url = ""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def stamped(authority: Authority) -> Iterator[Running]:
    with TemporaryDirectory(prefix="casquillo-e2e-") as name, Supervisor() as supervisor, authority.served() as url:
        folder = Path(name)
        folder.chmod(0o711)
        service = StampedService(folder, supervisor, preferred_port=9030 + os.getpid() % 500)
        service.authority_url = url
        service.start()
        with httpx.Client(base_url=service.origin, timeout=30) as http:
            made = Running(service, supervisor, make_world(service.owned()), http, {})
            yield made
            for person in made.people.values():
                person.close()
        service.stop()


def openssl(authority: Authority, token: Path, data: Path) -> str:
    """What the authority's own tool says of a token."""
    line = ["openssl", "ts", "-verify", "-in", token, "-data", data, "-CAfile", authority.certificate]
    return subprocess.run(line, capture_output=True, text=True, check=False).stdout.strip()


def test_the_token_is_served_and_in_the_bundle(stamped: Running, authority: Authority, tmp_path: Path) -> None:
    phone = stamped.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    wait_for_state(stamped, signed, "secured")
    deadline = time.monotonic() + 30
    while (answer := stamped.http.get("/log/timestamp")).status_code == 404:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert answer.headers["content-type"] == "application/timestamp-reply"
    assert checked(stamped.http.get("/log/timestamped")).text.startswith("casquillo/")

    _, file = fetched(stamped, signed, "court", tmp_path)
    code, said = verify("--lang", "en", "bundle", file)
    assert code == 0, said
    assert "A timestamp (RFC 3161) says 20" in said
    code, said = verify("--lang", "en", "bundle", file, "--tsa-roots", authority.certificate)
    assert code == 0, said
    assert "CN=Autoridad inventada signed on 20" in said
    (tmp_path / "other").mkdir()
    stranger = Authority.made(tmp_path / "other")
    code, said = verify("--lang", "en", "bundle", file, "--tsa-roots", stranger.certificate)
    assert code == verifying.WRONG
    assert said.startswith("No trusted root vouches for the timestamp")
    whole = [sys.executable, "-m", "evidence.commands.verify", "--lang", "en", "service", "--tsa-roots"]
    for known, wanted in ((authority, "Timestamps: "), (stranger, "No trusted root vouches for the timestamp")):
        line = [*whole, known.certificate]
        done = subprocess.run(line, env=environment(stamped), capture_output=True, text=True, check=False)
        assert done.returncode == (0 if known is authority else verifying.WRONG), done.stdout + done.stderr
        assert wanted in done.stdout
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    log = folder / "data/log"
    assert openssl(authority, log / "timestamp.tsr", log / "timestamped") == "Verification: OK"
    newest = json.loads(max((folder / "data/custody").glob("capture-*.json")).read_text())
    head = (log / "timestamped").read_text().split("\n\n")[0]
    assert head in newest["proof"], "the proofs are under what was stamped"


def test_a_token_over_something_else_is_named(stamped: Running, authority: Authority, tmp_path: Path) -> None:
    phone = stamped.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    wait_for_state(stamped, signed, "secured")
    _, file = fetched(stamped, signed, "defence", tmp_path)
    other = authority.answer(timestamp.request(bytes(32), nonce=bytes([1] * 8)))
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    (folder / "data/log/timestamp.tsr").write_bytes(other)
    bagit.Bag(str(folder)).save(manifests=True)  # whoever tampers writes the sums anew
    code, said = verify("--lang", "en", "bundle", folder)
    assert code == verifying.WRONG
    assert said.startswith("The timestamp log/timestamp.tsr is not about this log")
