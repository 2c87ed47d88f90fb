"""One launcher per data folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from standalone.errors import StartRefused


def lock_folder(folder: Path, *, what: str) -> IO[str]:
    """Holds ``folder`` until the returned file is closed, or its process ends: the lock is the kernel's.

    ``StartRefused`` names the process that has it; ``what`` is how the sentence calls the server.
    """
    lock = (folder / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StartRefused(
            f"{what} in {folder} is already running under process {holder}; stop that one first."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
