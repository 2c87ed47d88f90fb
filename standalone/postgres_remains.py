"""What a PostgreSQL that died without notice leaves behind, and how the next start gets past it.

After a ``kill -9`` of the postmaster its other processes notice and end, but one in the middle of a long
statement only later; until then they hold the shared memory, and a new postmaster refuses to start. After a
``kill -9`` of the launcher the postmaster itself may still be shutting down. And ``postmaster.pid`` names a number
that some other process of the same account may have by now, which PostgreSQL takes for a living postmaster.

Called with the data folder's lock held and no postmaster of ours running. Needs ``/proc``; on systems without,
PostgreSQL's own checks remain, and the supervisor tries again until they pass.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 5.0
PROC = Path("/proc")


def clear_remains(data: Path, socket_folder: Path) -> None:
    """Ends every PostgreSQL process over ``data``, then removes the files that name dead ones."""
    if not (PROC / "self" / "cwd").exists():
        return
    postmaster = _recorded_postmaster(data)
    if postmaster in processes_over(data):
        _signal(postmaster, signal.SIGINT)
        _wait_for_none(data)
    for pid in processes_over(data):
        _signal(pid, signal.SIGKILL)
    _wait_for_none(data)
    if not processes_over(data):
        (data / "postmaster.pid").unlink(missing_ok=True)
        for left in socket_folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


def processes_over(data: Path) -> list[int]:
    """The PostgreSQL processes whose working folder is ``data``, which all of them make theirs."""
    found = []
    real = data.resolve()
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # gone meanwhile, or another account's
                if (entry / "cwd").readlink() == real and (entry / "exe").readlink().name.startswith("postgres"):
                    found.append(int(entry.name))
    return found


def _recorded_postmaster(data: Path) -> int:
    """The process that ``postmaster.pid`` names in its first line; 0 when there is none."""
    try:
        return int((data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_for_none(data: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while processes_over(data) and time.monotonic() < deadline:
        time.sleep(0.01)
