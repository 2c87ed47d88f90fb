"""Previews: on a queue of their own, so that a slow picture never keeps evidence waiting."""

from uuid import UUID

from evidence.actions import previews
from workers.app import app, parts, transact
from workers.retry import Backoff


@app.task(name="make_preview", queue="previews", retry=Backoff())
def make_preview(media_row_id: str) -> None:
    """Draws one file's preview and records what the decoder saw."""
    work = transact(previews.claim, UUID(media_row_id))
    if work is None:
        return
    services = parts().services
    drawn = previews.draw(services.store, services.previews, work)
    transact(previews.record, work.media_row_id, drawn)
