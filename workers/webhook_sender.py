"""Sends webhook messages after each checkpoint and when their time comes; one worker at a time."""

import psycopg
import structlog

from evidence.actions.ports import Webhooks
from evidence.actions.telling import webhooks
from workers.app import Parts
from workers.watch import Watch

log = structlog.get_logger()

CHANNEL = "casquillo_checkpoint"
_ONE_AT_A_TIME = 0x776562686F6F6B  # a session's advisory lock: released when its connection ends, however it ends


class WebhookSender:
    """A message is sent outside any transaction; a worker that dies in between sends it again under the same id."""

    def __init__(self, parts: Parts, client: Webhooks) -> None:
        self._parts, self._client = parts, client

    def watch(self) -> Watch:
        """The thread that does it."""
        url = self._parts.settings.database_url
        return Watch(name="webhooks", database_url=url, channel=CHANNEL, step=self.round, begin=self.begin)

    def begin(self, connection: psycopg.Connection) -> bool:
        """Whether this process is the one that sends."""
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_ONE_AT_A_TIME,)).fetchone()
        return bool(row and row[0])

    def round(self) -> bool:
        """Gathers what is new and sends what is due; True when there may be more at once."""
        services = self._parts.services
        with self._parts.sessions() as session, session.begin():
            webhooks.gather(session, services)
            messages = webhooks.due(session, services)
        for message in messages:
            status, answer = webhooks.send(self._client, message, at=services.clock.now())
            with self._parts.sessions() as session, session.begin():
                webhooks.record(session, services, message.message_id, status, answer)
            log.info("webhook_sent", message=str(message.message_id), answer=answer)
        return bool(messages)
