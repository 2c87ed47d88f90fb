"""Whose process is it: an object store left over from an earlier launcher, and the owner of a port.

Both ask ``/proc``. On systems without it nothing is found left over, and every port counts as ours.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
PATIENCE_S = 15.0  # it may take 12 s to end when asked to
_LISTENING = "0A"
_LOOPBACK = "0100007F"


def clear_remains(data: Path) -> None:
    """Ends every object store whose working folder is ``data``; called with the folder's lock held.

    After a ``kill -9`` of its launcher the kernel has asked it to end, and until it has it keeps its ports
    and would write over the same files as a new one.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = stores_over(data)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + PATIENCE_S
        while left and time.monotonic() < deadline:
            time.sleep(0.02)
            left = stores_over(data)


def stores_over(data: Path) -> list[int]:
    """The processes of the program ``weed`` that work in ``data``."""
    found = []
    real = data.resolve()
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if entry.name.isdigit():
            with suppress(OSError):  # gone meanwhile, or another account's
                if (entry / "cwd").readlink() == real and (entry / "exe").readlink().name.startswith("weed"):
                    found.append(int(entry.name))
    return found


def listens(pid: int, ports: Iterable[int]) -> bool:
    """Whether process ``pid`` itself listens on each of ``ports`` of 127.0.0.1."""
    table = PROC / "net" / "tcp"
    if not table.exists():
        return True
    listeners: dict[int, str] = {}
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        address, port = fields[1].split(":")
        if fields[3] == _LISTENING and address == _LOOPBACK:
            listeners[int(port, 16)] = f"socket:[{fields[9]}]"
    held = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(OSError):
            held.add(str(descriptor.readlink()))
    return all(listeners.get(port) in held for port in ports)
