"""Jobs on Procrastinate, deferred on the caller's own connection: they commit with its rows or not at all."""

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy.orm import Session


class ProcrastinateJobs:
    """Tasks are named, never imported: the api does not know the workers."""

    def __init__(self) -> None:
        # Only used to build the deferral; the connection is always the session's own.
        self._app = App(connector=SyncPsycopgConnector())

    def enqueue(self, session: Session, task: str, *, queue: str = "evidence", **ids: str | list[str]) -> None:
        session.flush()
        connection = session.connection().connection.driver_connection
        self._app.configure_task(task, allow_unknown=True, queue=queue, connection=connection).defer(**ids)  # type: ignore[arg-type]
