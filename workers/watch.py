"""A thread that does a step after each notification of PostgreSQL, and by itself each second."""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from evidence.actions.log.sealing import SealingRefused
from evidence.actions.store_ports import StoreError

log = structlog.get_logger()

IDLE_S = 1.0  # looks by itself this often, should a notification be lost
GATHER_S = 0.15  # a burst of commits becomes one step
AFTER_A_FAULT_S = 2.0
AFTER_A_REFUSAL_S = 10.0

Begin = Callable[[psycopg.Connection], bool]


class Watch(threading.Thread):
    """Runs ``step`` until stopped; a fault of database or store ends the present connection, and a new one begins.

    ``begin`` is called on each new connection; False means that another process does this work now. ``step`` returns
    True to be called again at once.
    """

    def __init__(
        self, *, name: str, database_url: str, channel: str, step: Callable[[], bool], begin: Begin = lambda _: True
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._url = database_url.replace("postgresql+psycopg://", "postgresql://")
        self._channel, self._step, self._begin = channel, step, begin
        self._ending = threading.Event()

    def ask_to_stop(self) -> None:
        """Ends it after its present step; ``join`` waits for that."""
        self._ending.set()

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._listen()
            except (psycopg.Error, DBAPIError, StoreError) as error:
                log.warning(f"{self.name}_waits", error=str(error).splitlines()[0])
                self._ending.wait(AFTER_A_FAULT_S)
            except SealingRefused as refused:
                log.critical("sealing_refused", code=refused.code, detail=refused.detail)
                self._ending.wait(AFTER_A_REFUSAL_S)
            except Exception:
                # Whatever it is, the thread must live: without it nothing is sealed, and nobody would see why.
                log.exception(f"{self.name}_failed")
                self._ending.wait(AFTER_A_REFUSAL_S)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {self._channel}")
            if not self._begin(connection):
                self._ending.wait(AFTER_A_FAULT_S)
                return
            while not self._ending.is_set():
                while self._step() and not self._ending.is_set():
                    pass
                # Several come at once in a burst; the wait is for all of them together.
                if list(connection.notifies(timeout=IDLE_S, stop_after=1)):
                    time.sleep(GATHER_S)
