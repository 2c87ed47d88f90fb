"""Child processes: revived, stopped in order, never left behind."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watching import eventually, is_alive

from standalone.errors import StartRefused
from standalone.processes import Account, Command, Stage
from standalone.supervisor import Supervisor

Script = Callable[[str], "subprocess.Popen[str]"]

# A child that writes its name to a file when asked to end, slowly enough for the order to show.
TELLING = "trap 'sleep 0.2; echo {name} >> ended; exit' TERM; echo $$ > {name}.pid; while :; do sleep 0.05; done"

ORDER = """
import sys
from pathlib import Path
from standalone.processes import Command, Stage
from standalone.supervisor import StopSignals, Supervisor

folder = Path({folder!r})

def start(supervisor, name, stage, script):
    supervisor.start(Command(
        name=name, argv=("/bin/sh", "-c", script.replace("NAME", name)), log=folder / "log" / f"{{name}}.log",
        stage=stage, env={{"PATH": "/usr/bin:/bin"}}, cwd=folder, stop_limit_s={limit},
    ))

supervisor = Supervisor()
with StopSignals(supervisor.hurry) as stopping, supervisor:
    for name, stage in (("database", Stage.DATABASE), ("store", Stage.STORE),
                        ("api", Stage.SERVICE), ("worker", Stage.SERVICE)):
        start(supervisor, name, stage, {script!r})
    print("up", flush=True)
    stopping.wait()
print(stopping.received.name, flush=True)
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watched(said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(said.append) as supervisor:
        yield supervisor


def shell(folder: Path, script: str, *, name: str = "child", limit_s: float = 5.0) -> Command:
    return Command(
        name=name,
        argv=("/bin/sh", "-c", script),
        log=folder / "log" / f"{name}.log",
        stage=Stage.SERVICE,
        env={"PATH": "/usr/bin:/bin"},
        cwd=folder,
        stop_limit_s=limit_s,
    )


def read_pid(file: Path) -> int:
    assert eventually(lambda: file.exists() and file.read_text().strip())
    return int(file.read_text())


def test_killed_child_comes_back(watched: Supervisor, said: list[str], tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "exec sleep 60"))
    first = watched.pid("child")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: watched.pid("child") not in (None, first))
    assert watched.deaths("child") == 1
    assert said == ["child was ended by SIGKILL; starting it again in 0.1 s", "child started again"]


def test_child_that_keeps_dying_is_tried_ever_more_rarely(watched: Supervisor, tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "echo start >> starts; exit 3"))
    time.sleep(1.2)
    starts = (tmp_path / "starts").read_text().count("start")
    assert 2 <= starts <= 4  # at 0, 0.1, 0.3 and 0.7 s, and no sooner


def test_waiting_for_a_child_that_keeps_dying_tells_what_it_said(watched: Supervisor, tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "echo no such option >&2; exit 3"))
    with pytest.raises(StartRefused, match=r"(?s)child keeps dying.*no such option"):
        watched.wait_until("child", lambda: False, limit_s=30)


def test_waiting_ends_at_its_limit(watched: Supervisor, tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "exec sleep 60"))
    with pytest.raises(StartRefused, match="did not answer within 0 s"):
        watched.wait_until("child", lambda: False, limit_s=0.1)


def test_reporter_that_fails_does_not_end_the_watching(tmp_path: Path) -> None:
    def gone(_sentence: str) -> None:
        raise BrokenPipeError

    with Supervisor(gone) as watched:
        watched.start(shell(tmp_path, "exec sleep 60"))
        for _ in range(2):
            before = watched.pid("child")
            assert before is not None
            os.kill(before, signal.SIGKILL)
            assert eventually(lambda before=before: watched.pid("child") not in (None, before))


def test_stopped_child_stays_stopped(watched: Supervisor, tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "exec sleep 60"))
    pid = watched.pid("child")
    assert pid is not None
    watched.stop("child")
    assert not is_alive(pid)
    time.sleep(0.3)
    assert watched.pid("child") is None


def test_deaf_child_and_its_children_are_killed_at_the_limit(
    watched: Supervisor, said: list[str], tmp_path: Path
) -> None:
    watched.start(shell(tmp_path, "trap '' TERM; sleep 60 & echo $! > grandchild; wait; sleep 60", limit_s=0.3))
    grandchild = read_pid(tmp_path / "grandchild")
    pid = watched.pid("child")
    assert pid is not None
    watched.stop("child")
    assert not is_alive(pid)
    assert not is_alive(grandchild)
    assert said == ["child did not end when asked and was killed"]


def test_children_of_a_dead_child_are_gone_before_it_starts_again(watched: Supervisor, tmp_path: Path) -> None:
    watched.start(shell(tmp_path, "test -e grandchild || { sleep 60 & echo $! > grandchild; }; exec sleep 60"))
    grandchild = read_pid(tmp_path / "grandchild")
    first = watched.pid("child")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: watched.pid("child") not in (None, first))
    assert not is_alive(grandchild)


def test_child_gets_neither_our_environment_nor_our_open_files(watched: Supervisor, tmp_path: Path) -> None:
    with socket.socket() as ours:
        ours.set_inheritable(True)
        watched.start(shell(tmp_path, "env > env; ls -l /proc/self/fd > files; exec sleep 60"))
        assert eventually(lambda: (tmp_path / "files").exists() and "log" in (tmp_path / "files").read_text())
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {"PATH", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    assert "socket:" not in (tmp_path / "files").read_text()
    assert stat.S_IMODE((tmp_path / "log" / "child.log").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_child_of_root_runs_as_its_account_without_any_group_of_ours(watched: Supervisor, open_folder: Path) -> None:
    command = shell(open_folder, "id -u; id -g; id -G; exec sleep 60")
    watched.start(
        Command(**{**vars(command), "account": Account("nobody", 65534, 65534), "log": open_folder / "child.log"})
    )
    assert eventually(lambda: (open_folder / "child.log").read_text().split() == ["65534"] * 3)


def test_child_dies_when_we_are_killed(run_script: Script, tmp_path: Path) -> None:
    script = ORDER.format(folder=str(tmp_path), limit=5, script=TELLING.format(name="NAME"))
    parent = run_script(script)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    pids = [read_pid(tmp_path / f"{name}.pid") for name in ("database", "store", "api", "worker")]
    parent.kill()
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_services_then_store_then_database(
    run_script: Script, tmp_path: Path, number: signal.Signals
) -> None:
    parent = run_script(ORDER.format(folder=str(tmp_path), limit=5, script=TELLING.format(name="NAME")))
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    pids = [read_pid(tmp_path / f"{name}.pid") for name in ("database", "store", "api", "worker")]
    os.killpg(parent.pid, number)  # as a terminal does: to every process of the foreground group
    assert parent.stdout.readline() == f"{number.name}\n"
    assert parent.wait(timeout=10) == 0
    ended = (tmp_path / "ended").read_text().split()
    assert set(ended[:2]) == {"api", "worker"}
    assert ended[2:] == ["store", "database"]
    assert not any(is_alive(pid) for pid in pids)


def test_second_ctrl_c_does_not_wait_for_the_deaf(run_script: Script, tmp_path: Path) -> None:
    deaf = "trap '' TERM; echo $$ > NAME.pid; while :; do sleep 0.05; done"
    parent = run_script(ORDER.format(folder=str(tmp_path), limit=60, script=deaf))
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    pids = [read_pid(tmp_path / f"{name}.pid") for name in ("database", "store", "api", "worker")]
    parent.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert parent.poll() is None
    parent.send_signal(signal.SIGINT)
    assert parent.wait(timeout=10) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_leash_refuses_a_parent_that_is_gone(tmp_path: Path) -> None:
    leash = Path(sys.modules["standalone.processes"].__file__ or "").with_name("leash.py")
    outcome = subprocess.run(
        [sys.executable, "-I", "-S", leash, "1", "15", "-1", "-1", "/bin/sh", "-c", "echo ran"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert outcome.returncode != 0
    assert outcome.stdout == ""
    assert "the starting process is gone" in outcome.stderr
