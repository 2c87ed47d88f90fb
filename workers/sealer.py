"""Seals and publishes, round by round; and tells when the log falls behind."""

import time

import psycopg
import structlog

from evidence.actions.capturing import rescue_keys
from evidence.actions.log import log_keeping, publishing, sealing
from evidence.actions.log_ports import LogSigner
from evidence.actions.store_ports import StoreUnavailable
from evidence.domain.log.checkpoint import Checkpoint
from evidence.records.log import LAG_S, lag_seconds
from workers.app import Parts
from workers.watch import Watch

log = structlog.get_logger()

CHANNEL = "casquillo_log"
LOOK_EVERY_S = 60.0  # how often the store is asked what it knows, besides each new connection
TELL_EVERY_S = 10.0


class Sealer:
    """One worker's part in sealing. ``begin`` first, then ``round`` again and again, in one thread."""

    def __init__(self, parts: Parts, signer: LogSigner) -> None:
        self._parts, self._signer = parts, signer
        self._stored: Checkpoint | None = None
        self._looked_at = self._told_at = float("-inf")

    def watch(self) -> Watch:
        """The thread that does it."""
        url = self._parts.settings.database_url
        return Watch(name="sealer", database_url=url, channel=CHANNEL, step=self.round, begin=self.begin)

    def begin(self, _connection: psycopg.Connection | None = None) -> bool:
        """Opens the log if this is the first start, and asks the store for its newest checkpoint."""
        services = self._parts.services
        with self._parts.sessions() as session, session.begin():
            rescue_keys.ensure(session, services)
            log_keeping.open_log(session, services, signer=self._signer)
        self._look()
        return True

    def round(self) -> bool:
        """Seals one batch and publishes what is due; whether more waits."""
        if time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._look()
        services = self._parts.services
        with self._parts.sessions() as session, session.begin():
            sealed = sealing.seal(session, services, signer=self._signer, stored=self._stored)
        self.publish()
        self._tell()
        return sealed is not None and sealed.full

    def publish(self) -> None:
        """Puts every signed checkpoint that is due into the locked bucket, then marks it."""
        services = self._parts.services
        with self._parts.sessions() as session:
            due = publishing.due(session)
        for one in due:
            try:
                version_id = publishing.put(services, one)
            except StoreUnavailable as away:
                if away.code == "busy":  # another worker puts the very same one: the next round finds it there
                    return
                raise
            with self._parts.sessions() as session, session.begin():
                publishing.mark(session, services, one, version_id)
            if self._stored is None or one.checkpoint.size > self._stored.size:
                self._stored = one.checkpoint

    def _look(self) -> None:
        with self._parts.sessions() as session:
            origin = publishing.needed_origin(session)
        self._stored = publishing.stored_head(self._parts.services.store, origin)
        self._looked_at = time.monotonic()

    def _tell(self) -> None:
        """A log line while entries wait for too long; readiness says the same."""
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return
        self._told_at = time.monotonic()
        with self._parts.sessions() as session:
            lag = lag_seconds(session)
        if lag > LAG_S:
            log.error("log_lags", seconds=round(lag, 1))
