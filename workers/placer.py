"""The thread that gives committed custody entries their place in the log, within moments of the commit."""

import threading

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from evidence.actions import custody
from workers.app import Parts

log = structlog.get_logger()

CHANNEL = "casquillo_log"
IDLE_S = 1.0  # looks by itself this often, should a notification be lost
AFTER_A_FAULT_S = 2.0


class Placer(threading.Thread):
    """Waits for PostgreSQL to notify of new entries and places them in one transaction at a time."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(name="placer", daemon=True)
        self._parts = parts
        self._ending = threading.Event()

    def stop(self) -> None:
        self._ending.set()
        self.join(timeout=10)

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._listen()
            except (psycopg.Error, DBAPIError) as error:
                log.warning("placer_waits", error=str(error).splitlines()[0])
                self._ending.wait(AFTER_A_FAULT_S)

    def _listen(self) -> None:
        url = self._parts.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._ending.is_set():
                while self._place():
                    pass
                for _ in connection.notifies(timeout=IDLE_S, stop_after=1):
                    pass

    def _place(self) -> int:
        with self._parts.sessions() as session, session.begin():
            return custody.place_pending(session)
