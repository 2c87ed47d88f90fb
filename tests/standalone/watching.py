"""Watching real processes from outside."""

import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 10.0


def is_alive(pid: int) -> bool:
    """Whether ``pid`` runs; a dead process that nobody has collected does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def eventually(true: Callable[[], object]) -> bool:
    """Whether ``true()`` becomes true within ten seconds."""
    deadline = time.monotonic() + LIMIT_S
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
