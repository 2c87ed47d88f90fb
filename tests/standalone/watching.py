"""Watching real processes and a real cluster from outside."""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from standalone.postgres import Postgres, Role
from standalone.postgres_remains import processes_over

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


def kept(server: Postgres) -> int:
    """How many rows the cluster of the tests holds by now."""
    with psycopg.connect(server.url(Role.OWNER)) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def everyone(folder: Path) -> list[int]:
    """All processes of the server over a data folder."""
    return processes_over(folder / "data")
