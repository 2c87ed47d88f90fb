"""Folders, processes and a cluster for the tests of what runs on one machine."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from standalone.postgres import Postgres, Role


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the test's own that any account may pass through."""
    with TemporaryDirectory(prefix="casquillo-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


HEARING = """
import signal
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


@pytest.fixture
def run_script() -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Runs Python text in a process of its own; ended with the test.

    It hears every signal, also where this run was started by ``nohup`` or in the background, which has some ignored.
    """
    started: list[subprocess.Popen[str]] = []

    def run(text: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", HEARING + text], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def cluster(server_folder: Path) -> Path:
    """A cluster with one row in it, stopped."""
    server = Postgres(server_folder / "life")
    server.start()
    with psycopg.connect(server.url(Role.OWNER)) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    server.stop()
    return server.folder


@pytest.fixture
def server(cluster: Path) -> Iterator[Postgres]:
    server = Postgres(cluster)
    server.start()
    yield server
    server.stop()
