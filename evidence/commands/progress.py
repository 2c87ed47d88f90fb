"""A progress bar on standard error, for people only: silent where that is not a terminal."""

import sys
import time
from typing import TextIO

WIDTH = 30
PAUSE_S = 0.1


class Bar:
    """``Bar()(stage, done, total)`` redraws one line, ten times a second at most; ``close`` wipes it."""

    def __init__(self, names: dict[str, str], stream: TextIO = sys.stderr) -> None:
        self._names = names
        self._stream = stream
        self._shown = stream.isatty()
        self._drawn = 0.0
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (stage == self._stage and now - self._drawn < PAUSE_S):
            return
        self._stage, self._drawn = stage, now
        filled = WIDTH * min(done, total) // total if total else WIDTH
        bar = "█" * filled + "·" * (WIDTH - filled)
        self._stream.write(f"\r\x1b[K{self._names.get(stage, stage):<24} {bar} {done:,} / {total:,}")
        self._stream.flush()

    def close(self) -> None:
        """Leaves the line empty for what comes next."""
        if self._shown and self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
