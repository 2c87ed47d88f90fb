"""kill -9 of each part in the middle of a capture: it ends secured without help, once."""

import os
import signal
import time
from collections.abc import Callable
from typing import TypeVar

import httpx
import pytest

from standalone.phone import Refused, checked
from standalone.recovery import recovery
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state

T = TypeVar("T")
LIMIT_S = 60


def stubborn(step: Callable[[], T]) -> T:
    """What a phone's outbox does: the same step again until it is acknowledged; never again after a refusal."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            return step()
        except (httpx.TransportError, Refused) as error:
            if (isinstance(error, Refused) and error.status < 500 and error.code != "not_arrived") or (
                time.monotonic() > deadline
            ):
                raise
            time.sleep(0.3)


def kill(running: Running, name: str) -> None:
    pid = running.supervisor.pid(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worker", "api", "object store", "postgres"])
def test_a_capture_survives_the_death_of(running: Running, name: str) -> None:
    phone = running.phone("o-102")
    signed = recovery(phone, width=800)
    stubborn(lambda: checked(phone.put_manifest(signed), 200, 201))
    kill(running, name)
    stubborn(lambda: phone.send_files(signed, chunk_size=64 * 1024))
    if running.supervisor.pid(name):
        kill(running, name)
    stubborn(lambda: checked(phone.complete(signed), 202))
    stubborn(lambda: running.person("s-201").get("/health/ready"))
    capture = stubborn(lambda: wait_for_state(running, signed, "secured"))

    assert running.supervisor.deaths(name) >= 1
    assert [line["state"] for line in capture["manifests"][0]["media"]] == ["secured"] * len(signed.files)
    client = running.service.store.client(admin=False)
    prefix = f"originals/{phone.agency_id}/{signed.capture_id}/"
    versions = client.list_object_versions(Bucket=running.service.store.originals, Prefix=prefix)["Versions"]
    assert len(versions) == len(signed.files)
    lines = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    entries = [line["entry"] for line in lines]
    assert [entry["kind"] for entry in entries].count("capture.secured") == 1
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
