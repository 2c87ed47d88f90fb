"""The embedded object store: whose it is, who gets in, and what it keeps through stops and deaths."""

import io
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sending import Original, Sender

from evidence.actions.store_ports import ObjectRef, StoredObject, StoreError, StoreUnavailable
from evidence.adapters.s3 import S3MediaStore
from evidence.adapters.s3_transport import make_client
from standalone.errors import StartRefused
from standalone.object_store import ObjectStore
from standalone.object_store_remains import PROC, stores_over
from standalone.private_files import read_json_object
from standalone.supervisor import Supervisor

OPTIONS = "metricsPort={port}\nmetricsIp=127.0.0.1\n"


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[ObjectStore]:
    server = ObjectStore(folder, **settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def opened(server: ObjectStore) -> Iterator[S3MediaStore]:
    store = S3MediaStore(
        endpoint=server.endpoint,
        region=server.region,
        access_key=server.access_key,
        secret_key=server.secret_key,
        originals_bucket=server.originals,
        staging_bucket=server.staging,
        previews_bucket=server.previews,
    )
    try:
        yield store
    finally:
        store.close()


def landed(store: S3MediaStore, sender: Sender, original: Original) -> StoredObject:
    put = original.presigned(store)
    assert sender.put(put.url, put.headers, original.data).status == 200
    there = store.head_original(original.key)
    assert there is not None
    return there


def stored(store: S3MediaStore, ref: ObjectRef) -> bytes:
    with store.read(ref) as pieces:
        return b"".join(pieces)


def eventually(true: Callable[[], object], limit_s: float = 20.0) -> bool:
    deadline = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sockets(pid: int) -> set[str]:
    return {str(entry.readlink()) for entry in (PROC / str(pid) / "fd").iterdir() if entry.is_symlink()}


def connections(pid: int, table: str) -> list[tuple[str, str]]:
    """The local and remote addresses (hex, with port) of a process's TCP sockets."""
    mine = sockets(pid)
    lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return [(some[1], some[2]) for some in fields if f"socket:[{some[9]}]" in mine]


def test_its_files_are_for_its_owner_only(object_store: ObjectStore) -> None:
    for name, mode in (("keys.json", 0o600), ("s3.json", 0o600), ("object_store.log", 0o600), ("data", 0o700)):
        assert stat.S_IMODE((object_store.folder / name).stat().st_mode) == mode, name
    said = object_store.log.read_text(encoding="utf-8", errors="replace")
    assert object_store.secret_key not in said
    assert object_store.admin_secret_key not in said
    assert PROC.joinpath(str(object_store.pid), "cmdline").read_bytes().count(object_store.secret_key.encode()) == 0


def test_it_listens_and_speaks_on_this_machine_only(object_store: ObjectStore) -> None:
    assert object_store.pid is not None
    addresses = connections(object_store.pid, "tcp")
    assert len(addresses) >= 10
    for local, remote in addresses:
        assert local.startswith("0100007F:")
        assert remote.startswith(("0100007F:", "00000000:"))
    assert connections(object_store.pid, "tcp6") == []


def test_its_maintenance_worker_finds_no_work(object_store: ObjectStore) -> None:
    """Had it found its admin, that would keep a folder for each kind of job."""
    assert eventually(lambda: b"unknown service plugin.PluginControlService" in object_store.log.read_bytes())
    assert list((object_store.folder / "data" / "admin" / "plugin" / "job_types").iterdir()) == []


def test_strangers_get_in_nowhere(object_store: ObjectStore, sender: Sender) -> None:
    for method in ("GET", "PUT", "DELETE"):
        for path in ("", "/originals", "/originals/a", "/staging/a", "/previews/a"):
            assert sender.request(method, object_store.endpoint + path).status in (403, 405)
    ports = read_json_object(object_store.folder / "ports.json")
    filer = f"http://127.0.0.1:{ports['store_filer']}"
    for method in ("GET", "PUT", "DELETE"):
        assert sender.request(method, f"{filer}/buckets/originals/a?recursive=true").status == 401
    assert sender.request("GET", f"http://127.0.0.1:{ports['store_volume']}/1,0100000000").status == 401


def test_keys_of_the_users_environment_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server would make whoever holds them an administrator."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OUTSIDE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "outside-secret")
    with running(tmp_path / "store") as server:
        stranger = make_client(
            endpoint=server.endpoint, region=server.region, access_key="OUTSIDE", secret_key="outside-secret"
        )
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            stranger.list_objects_v2(Bucket="originals")
        stranger.close()


def test_a_second_launcher_is_refused_with_a_sentence(object_store: ObjectStore) -> None:
    with pytest.raises(StartRefused, match=f"already running under process {os.getpid()}"):
        ObjectStore(object_store.folder).start()
    assert object_store.pid is not None


def test_a_restart_keeps_ports_keys_locks_and_bytes(tmp_path: Path, sender: Sender) -> None:
    folder = tmp_path / "a path, with a comma"
    original = Original(os.urandom(5_000_000))
    with running(folder) as server, opened(server) as store:
        first = landed(store, sender, original)
        before = (server.endpoint, server.access_key, server.secret_key, server.admin_secret_key)
        data = folder / "data"
        assert stores_over(data) == [server.pid]
    assert stores_over(data) == []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (data / "mini.options").write_text(OPTIONS.format(port=port), encoding="ascii")
    with running(folder, web_origin="https://other.example") as server, opened(server) as store:
        assert (server.endpoint, server.access_key, server.secret_key, server.admin_secret_key) == before
        assert store.head_original(original.key) == first
        assert stored(store, first.ref) == original.data
        store.check()
        another = Original()
        assert stored(store, landed(store, sender, another).ref) == another.data
        new_volume_beside_the_old_ones(server)
        assert stored(store, first.ref) == original.data
        with pytest.raises(ConnectionRefusedError):  # what an earlier start's options asked for is not read again
            socket.create_connection(("127.0.0.1", port), timeout=1)
        asked = {"origin": "https://other.example", "access-control-request-method": "PUT"}
        answer = sender.request("OPTIONS", f"{server.endpoint}/originals/a", asked)
        assert answer.headers["access-control-allow-origin"] == "https://other.example"


def new_volume_beside_the_old_ones(server: ObjectStore) -> None:
    """A bucket has files of its own; their number must not be one that was given before the restart."""
    admin = server.client(admin=True)
    admin.create_bucket(Bucket="later")
    admin.put_object(Bucket="later", Key="a", Body=b"new")
    assert admin.get_object(Bucket="later", Key="a")["Body"].read() == b"new"
    admin.close()


def test_taken_ports_are_avoided_and_what_answers_is_ours(tmp_path: Path, sender: Sender) -> None:
    """It would move silently from a busy gRPC port, and let another's parts answer its own."""
    with running(tmp_path) as server, opened(server) as store:
        original = Original()
        first = landed(store, sender, original)
    ports = read_json_object(tmp_path / "ports.json")
    with (
        socket.create_server(("127.0.0.1", ports["store_s3"])),
        socket.create_server(("127.0.0.1", ports["store_filer"] + 10_000)),
        running(tmp_path) as server,
        opened(server) as store,
    ):
        moved = read_json_object(tmp_path / "ports.json")
        assert moved["store_s3"] != ports["store_s3"]
        assert moved["store_filer"] != ports["store_filer"]
        assert moved["store_master"] == ports["store_master"]
        assert stored(store, first.ref) == original.data


def test_a_program_that_can_not_run_is_said_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standalone.object_store.s3_config", lambda **_keys: {"identities": "none"})
    with pytest.raises(StartRefused, match="object store keeps dying"):
        ObjectStore(tmp_path).start()
    assert stores_over(tmp_path / "data") == []


def written_until_it_dies(store: S3MediaStore, kept: list[StoredObject], stop: threading.Event) -> None:
    while not stop.is_set():
        original = Original(os.urandom(200_000))
        with suppress(StoreError):
            put = original.presigned(store)
            store.send(put, io.BytesIO(original.data), len(original.data))
            kept.append(StoredObject(ObjectRef("originals", original.key, ""), 200_000, original.sha256, "", None))


@pytest.mark.slow
def test_a_killed_store_is_revived_with_all_it_acknowledged(tmp_path: Path) -> None:
    with Supervisor() as supervisor, running(tmp_path, supervisor=supervisor) as server, opened(server) as store:
        endpoint, kept, stop = server.endpoint, list[StoredObject](), threading.Event()
        writers = [threading.Thread(target=written_until_it_dies, args=(store, kept, stop)) for _ in range(2)]
        for writer in writers:
            writer.start()
        for _ in range(2):
            enough = len(kept) + 20
            assert eventually(lambda: len(kept) >= enough)  # noqa: B023
            killed = server.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: server.pid not in (None, killed))  # noqa: B023
            server.wait_ready()
        stop.set()
        for writer in writers:
            writer.join()
        assert server.endpoint == endpoint
        for one in kept:
            there = store.head_original(one.ref.key)
            assert there is not None
            assert there.sha256 == one.sha256
            with store.read(there.ref) as pieces:
                assert sum(map(len, pieces)) == one.size
        store.check()


LAUNCHER = """
import sys, time
from pathlib import Path
from standalone.object_store import ObjectStore
store = ObjectStore(Path(sys.argv[1]))
store.start()
print(store.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_killed_launcher_takes_the_store_along_and_the_next_start_works(tmp_path: Path, sender: Sender) -> None:
    with running(tmp_path) as server, opened(server) as store:
        original = Original()
        first = landed(store, sender, original)
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    assert stores_over(tmp_path / "data") == [pid]
    launcher.kill()
    launcher.communicate()
    with running(tmp_path) as server, opened(server) as store:  # at once: the old one is still on its way out
        assert stores_over(tmp_path / "data") == [server.pid]
        assert server.pid != pid
        assert stored(store, first.ref) == original.data


@pytest.mark.slow
def test_a_damaged_byte_is_an_error_and_not_a_store_that_is_away(tmp_path: Path, sender: Sender) -> None:
    """It tries for 13 s; other versions are read meanwhile, and wrong bytes never come."""
    with running(tmp_path) as server, opened(server) as store:
        original, sound = Original(b"here it is" + os.urandom(3000)), Original()
        damaged, other = landed(store, sender, original), landed(store, sender, sound)
        (volume,) = (tmp_path / "data").glob("originals_*.dat")
        at = volume.read_bytes().index(original.data)
        with volume.open("r+b") as file:
            file.seek(at + 1000)
            file.write(bytes([original.data[1000] ^ 1]))
        with pytest.raises(StoreUnavailable) as failure:
            stored(store, damaged.ref)
        assert failure.value.code in ("failing", "broken_off")
        assert store.head_original(original.key) == damaged
        assert stored(store, other.ref) == sound.data


def test_a_stopped_store_is_unavailable(tmp_path: Path) -> None:
    with running(tmp_path) as server, opened(server) as store:
        assert store.reachable()
        server.stop()
        before = datetime.now(UTC)
        assert not store.reachable()
        with pytest.raises(StoreUnavailable):
            store.head_original("originals/a")
        assert (datetime.now(UTC) - before).total_seconds() < 3
