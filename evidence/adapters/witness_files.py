"""A witness's memory: one small file for each log, on disk before the witness answers."""

import fcntl
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.adapters.key_files import write_durably
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.witness import State


class WitnessFiles:
    """``evidence.actions.ports.WitnessStates`` over a folder that one process has at a time.

    ``BlockingIOError`` when another process has it: two memories of one key could sign a fork.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._one_at_a_time = threading.Lock()
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise

    @contextmanager
    def deciding(self, origin: str) -> Iterator["WitnessFile"]:
        """The memory of one log, nobody else's until the end."""
        with self._one_at_a_time:
            yield WitnessFile(self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.state", origin)

    def close(self) -> None:
        """Lets another process have the folder."""
        self._lock.close()


class WitnessFile:
    """The newest cosigned checkpoint of one origin, written as a checkpoint's text."""

    def __init__(self, file: Path, origin: str) -> None:
        self._file, self._origin = file, origin

    def read(self) -> State | None:
        """``ValueError`` or ``BadProof`` for a file that can't be read: it is never taken for a log not yet seen."""
        try:
            kept = Checkpoint.parse(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        if kept.origin != self._origin:
            raise ValueError(f"{self._file} is of {kept.origin}")
        return State(kept.size, kept.root)

    def keep(self, state: State) -> None:
        write_durably(self._file, Checkpoint(self._origin, state.size, state.root).body().encode())
