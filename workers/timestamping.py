"""Asks the configured timestamp authority for a token over the newest checkpoint; one worker at a time."""

import time

import psycopg
import structlog

from evidence.actions.log import timestamping
from evidence.actions.log_ports import Timestamps, TimestampUnavailable
from evidence.domain.log.merkle import BadProof
from workers.app import Parts
from workers.watch import Watch

log = structlog.get_logger()

CHANNEL = "casquillo_checkpoint"
AFTER_A_REFUSAL_S = 300.0
_ONE_AT_A_TIME = 0x74696D657374616D  # a session's advisory lock: released when its connection ends


class Timestamping:
    """The newest checkpoint only, and not more often than the operator chose: what lies before it, it contains."""

    def __init__(self, parts: Parts, authority: Timestamps) -> None:
        self._parts, self._authority = parts, authority
        self._due_at = float("-inf")

    def watch(self) -> Watch:
        """The thread that does it."""
        url = self._parts.settings.database_url
        return Watch(name="timestamping", database_url=url, channel=CHANNEL, step=self.round, begin=self.begin)

    def begin(self, connection: psycopg.Connection) -> bool:
        """Whether this process is the one that asks."""
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ONE_AT_A_TIME,)).fetchone()
        return bool(row and row[0])

    def round(self) -> bool:
        """Asks when it is time and there is something new; never wants to be called again at once."""
        if time.monotonic() < self._due_at:
            return False
        services = self._parts.services
        with self._parts.sessions() as session:
            question = timestamping.question(session, services)
        if question is None:
            return False
        self._due_at = time.monotonic() + self._parts.settings.timestamp_seconds
        try:
            token, stamp = timestamping.ask(self._authority, question)
        except (TimestampUnavailable, BadProof) as fault:
            self._due_at = time.monotonic() + max(AFTER_A_REFUSAL_S, self._parts.settings.timestamp_seconds)
            log.warning("not_timestamped", size=question.size, error=str(fault))
            return False
        with self._parts.sessions() as session, session.begin():
            timestamping.keep(session, services, one=question, token=token, stamp=stamp)
        log.info("timestamped", size=question.size, at=stamp.at.isoformat())
        return False
