"""What the parts of the running service cost: CPU seconds and memory, read from ``/proc``."""

import os
from dataclasses import dataclass
from pathlib import Path

from standalone.service import Service

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PARTS = ("api", "worker", "object store", "postgres")


@dataclass(frozen=True)
class Used:
    """CPU seconds so far, by part. ``phones`` is this process: simulated phones, their hashing and signing;
    ``previews`` are the worker's decoders."""

    seconds: dict[str, float]

    def since(self, before: "Used") -> dict[str, float]:
        """Seconds used after ``before``."""
        return {name: self.seconds[name] - before.seconds[name] for name in self.seconds}


def used(service: Service) -> Used:
    """Reads all parts at one moment, children included, those that have ended too."""
    seconds = {}
    for name in PARTS:
        pid = service.supervisor.pid(name)
        seconds[name] = sum(map(_cpu, tree(pid))) if pid else 0.0
    # Whatever the worker starts draws a preview; children that have ended stand in its own line.
    if pid := service.supervisor.pid("worker"):
        alone = _cpu(pid, ended=False)
        seconds["worker"], seconds["previews"] = alone, seconds["worker"] - alone
    seconds["phones"] = _cpu(os.getpid(), ended=False)
    return Used(seconds)


def line(seconds: dict[str, float], captures: int) -> str:
    """One line: milliseconds of CPU a capture, by part."""
    each = "  ".join(f"{name} {1000 * value / captures:.0f}" for name, value in seconds.items())
    return f"CPU ms a capture: {each}  all {1000 * sum(seconds.values()) / captures:.0f}"


def tree(pid: int) -> list[int]:
    """A process and all that descends from it, as far as they live."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))):
            children.setdefault(int(found[1]), []).append(int(entry.name))
    whole, new = [], [pid]
    while new:
        one = new.pop()
        whole.append(one)
        new += children.get(one, [])
    return whole


def resident(service: Service, part: str) -> int:
    """Bytes of memory that a part's processes hold together now; a page that they share counts once (PSS).

    A process that lets nobody look (the decoder) counts by its resident memory, which is more.
    """
    pid = service.supervisor.pid(part)
    return sum(map(_resident, tree(pid))) if pid else 0


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        pass
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


def _cpu(pid: int, *, ended: bool = True) -> float:
    found = _stat(pid)
    if not found:
        return 0.0
    return sum(int(ticks) for ticks in found[11 : 15 if ended else 13]) * TICK_S


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/<pid>/stat`` behind the name: state, parent, …; empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
