"""The embedded PostgreSQL when it, or its launcher, is killed."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from watching import eventually, everyone, is_alive, kept

from standalone.postgres import Postgres, Role
from standalone.postgres_home import find_home
from standalone.processes import Command, Stage
from standalone.supervisor import Supervisor

Script = Callable[[str], "subprocess.Popen[str]"]

LAUNCHER = """
from pathlib import Path
from standalone.postgres import Postgres
from standalone.supervisor import StopSignals
server = Postgres(Path({folder!r}))
server.start()
with StopSignals(lambda: None) as stopping:
    print(server.pid, flush=True)
    stopping.wait()
server.stop()
"""


def test_killed_postmaster_comes_back_with_all_that_was_committed(server: Postgres) -> None:
    with psycopg.connect(server.url(Role.OWNER)) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (3)")  # never committed
        before = kept(server)
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: server.pid not in (None, first))
        server.wait_ready()
        assert kept(server) == before
        with pytest.raises(psycopg.OperationalError):
            connection.commit()


def test_backend_deep_in_a_statement_does_not_block_the_return(server: Postgres) -> None:
    """It does not look whether its postmaster lives, and keeps the shared memory that the next one needs."""

    def work() -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(server.url(Role.API)) as connection:
            connection.execute("SELECT count(*) FROM generate_series(1, 4000000000)")

    worker = threading.Thread(target=work)
    worker.start()
    assert eventually(lambda: busy(server))
    [backend] = busy(server)
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: server.pid not in (None, first))
    server.wait_ready()
    assert not is_alive(backend)
    worker.join(timeout=10)
    assert not worker.is_alive()


def busy(server: Postgres) -> list[int]:
    with psycopg.connect(server.url(Role.SUPERUSER)) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 4%'"
            " AND pid <> pg_backend_pid()"
        )
        return [int(pid) for (pid,) in rows]


def test_server_ends_with_a_killed_launcher_and_the_next_launcher_goes_on(cluster: Path, run_script: Script) -> None:
    launcher = run_script(LAUNCHER.format(folder=str(cluster)))
    assert launcher.stdout is not None
    postmaster = int(launcher.stdout.readline())
    launcher.kill()
    launcher.wait(timeout=10)
    server = Postgres(cluster)
    server.start()  # at once: the old postmaster may still be shutting down
    assert not is_alive(postmaster)
    assert kept(server) >= 1
    server.stop()


def test_launcher_stopped_by_signal_shuts_the_server_down_in_order(cluster: Path, run_script: Script) -> None:
    launcher = run_script(LAUNCHER.format(folder=str(cluster)))
    assert launcher.stdout is not None
    launcher.stdout.readline()
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(timeout=10) == 0
    assert everyone(cluster) == []
    assert (cluster / "postgres.log").read_text().rstrip().endswith("database system is shut down")


def test_number_in_postmaster_pid_that_a_stranger_has_by_now(cluster: Path) -> None:
    """As after a restart of a container, where the same small numbers are given out again."""
    account = find_home(cluster).account
    with Supervisor() as strangers:
        strangers.start(
            Command(
                name="stranger",
                argv=("/bin/sleep", "60"),
                log=cluster / "stranger.log",
                stage=Stage.SERVICE,
                env={},
                cwd=Path("/"),
                account=account,
            )
        )
        stranger = strangers.pid("stranger")
        assert stranger is not None
        (cluster / "data" / "postmaster.pid").write_text(f"{stranger}\n{cluster / 'data'}\n1\n5432\n")
        server = Postgres(cluster)
        server.start()
        assert kept(server) >= 1
        assert is_alive(stranger)
        server.stop()
