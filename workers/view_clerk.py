"""Appends what readers noted to the custody log, in batches."""

from evidence.actions.log import noting
from workers.app import Parts
from workers.watch import Watch

CHANNEL = "casquillo_view"


class ViewClerk:
    """May run in every worker: each takes other rows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def watch(self) -> Watch:
        """The thread that does it. Nothing notifies it: once a second makes batches."""
        url = self._parts.settings.database_url
        return Watch(name="view_clerk", database_url=url, channel=CHANNEL, step=self.round)

    def round(self) -> bool:
        """Appends one batch; whether more waits."""
        with self._parts.sessions() as session, session.begin():
            return noting.append_noted(session, self._parts.services) == noting.AT_ONCE
