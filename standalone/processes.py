"""Child processes: started on a leash, watched, started again when they die, stopped in order.

Each child has its own session, so a Ctrl-C at the terminal reaches only us and we choose the order.
On Linux the kernel signals a child when we die, however we die (``standalone/leash.py``); elsewhere a
``kill -9`` of this process leaves its children running, and ``DIE_WITH_PARENT`` says so.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

DIE_WITH_PARENT = sys.platform == "linux"

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 10.0
ASK_AGAIN_S = 2.0
STEADY_S = 30.0  # a child that lived this long starts again without the delays of its earlier deaths
LONGEST_LOG = 16 * 1024 * 1024

_LEASH = Path(__file__).with_name("leash.py")


class Stage(IntEnum):
    """Who stands on whom; the highest is stopped first, each wholly before the next."""

    DATABASE = 0
    STORE = 1
    SERVICE = 2


@dataclass(frozen=True)
class Account:
    """The system account that a child runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program to keep running.

    ``argv[0]`` is an absolute path. ``env`` is the whole environment: nothing of ours is inherited.
    ``stop_signal`` asks it to end (also when we die); after ``stop_limit_s`` it is killed with its group.
    ``before_start`` is called before every start, to clear what an earlier death left behind.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    stage: Stage
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_limit_s: float = 10.0
    before_start: Callable[[], None] | None = None


def leashed(argv: Sequence[str], *, account: Account | None, death_signal: signal.Signals) -> list[str]:
    """``argv`` behind the leash, to be started by the calling thread of this process."""
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    leash = [sys.executable, "-I", "-S", str(_LEASH)]
    return [*leash, str(os.getpid()), str(int(death_signal)), str(uid), str(gid), *argv]


def log_tail(log: Path, lines: int = 8) -> str:
    """The last ``lines`` of a log, for a refusal's sentence; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 64 * 1024))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


class Child:
    """One command and its present process. Touched by one thread only: the one that starts it.

    That thread must outlive the process, because the kernel's parent-death signal follows the thread.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self.deaths = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._delay_s = FIRST_DELAY_S
        self._due_at = 0.0
        self._stop_by = 0.0

    @property
    def pid(self) -> int | None:
        """The running process, None between a death and the next start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the program; ``OSError`` when that can't be done at all."""
        command = self.command
        if command.before_start:
            command.before_start()
        descriptor = _open_log(command.log)
        try:
            self._process = subprocess.Popen(
                leashed(command.argv, account=command.account, death_signal=command.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd=command.cwd,
                env=dict(command.env),
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
        self._started_at = time.monotonic()

    def revive(self) -> str | None:
        """Notices a death and starts again when due; returns a sentence when something happened."""
        if self._process:
            ended = self._collect()
            if ended is None:
                return None
            if time.monotonic() - self._started_at > STEADY_S:
                self._delay_s = FIRST_DELAY_S
            self._wait_longer()
            return f"{self.command.name} {ended}; starting it again in {self._due_in():.1f} s"
        if time.monotonic() < self._due_at:
            return None
        try:
            self.start()
        except Exception as error:
            self.deaths += 1
            self._wait_longer()
            return f"{self.command.name} could not start ({error}); trying again in {self._due_in():.1f} s"
        return f"{self.command.name} started again"

    def ask_to_stop(self) -> None:
        self._stop_by = time.monotonic() + self.command.stop_limit_s
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, self.command.stop_signal)  # ours until collected, never a stranger's number

    def stop(self, hurry: Callable[[], bool]) -> str | None:
        """Waits for the end that ``ask_to_stop`` began; kills at the limit, counted from there, or when ``hurry()``.

        Asks its whole group again in between: granian waits for ever for a worker process that was asked before
        it could listen. Returns a sentence when it had to be killed. Nothing of its process group is left afterwards.
        """
        if not self._process:
            return None
        ask_at = time.monotonic() + ASK_AGAIN_S
        while self._collect() is None:
            if time.monotonic() > ask_at:
                self._signal_group(self.command.stop_signal)
                ask_at += ASK_AGAIN_S
            if hurry() or time.monotonic() > self._stop_by:
                self._signal_group(signal.SIGKILL)
                self._collect(wait=True)
                return f"{self.command.name} did not end when asked and was killed"
            time.sleep(0.01)
        return None

    def _collect(self, *, wait: bool = False) -> str | None:
        """How the process ended, None while it runs.

        Its group is killed while the dead leader is still unreaped: until then no stranger can get
        the number. (Children that made a session of their own are ``before_start``'s to find.)
        """
        process = self._process
        assert process is not None
        if hasattr(os, "waitid"):
            options = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
            with suppress(ChildProcessError):  # collected already: whoever started us has SIGCHLD ignored
                if os.waitid(os.P_PID, process.pid, options) is None:
                    return None
                self._signal_group(signal.SIGKILL)
        elif not wait and process.poll() is None:
            return None
        code = process.wait()
        self._process = None
        self.deaths += 1
        return f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with code {code}"

    def _signal_group(self, number: signal.Signals) -> None:
        assert self._process is not None
        with suppress(PermissionError, ProcessLookupError):  # macOS, when only the dead leader is left of it
            os.killpg(self._process.pid, number)

    def _wait_longer(self) -> None:
        self._due_at = time.monotonic() + self._delay_s
        self._delay_s = min(self._delay_s * 2, LONGEST_DELAY_S)

    def _due_in(self) -> float:
        return max(0.0, self._due_at - time.monotonic())


def _signal_name(number: int) -> str:
    return next((known.name for known in signal.Signals if known == number), f"signal {number}")


def _open_log(log: Path) -> int:
    """An appending descriptor; a log grown too long is kept once, as ``<name>.1``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_name(log.name + ".1"))
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
