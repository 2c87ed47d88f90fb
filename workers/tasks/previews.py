"""Previews: on a queue of their own, so that a slow picture never keeps evidence waiting."""

from uuid import UUID

from evidence.actions.store_ports import StoreError
from evidence.actions.storing import previews
from workers.app import app, parts, transact
from workers.retry import Backoff


@app.task(name="make_previews", queue="previews", retry=Backoff())
def make_previews(media_row_ids: list[str]) -> None:
    """Draws the previews of files that were checked together, one after the other; records what the decoder saw.

    A file that can't be read keeps no other waiting; the job is tried again for it.
    """
    services = parts().services
    failures: list[StoreError] = []
    for media_row_id in media_row_ids:
        work = transact(previews.claim, UUID(media_row_id))
        if work is None:
            continue
        try:
            drawn = previews.draw(services.store, services.previews, work)
        except StoreError as failure:
            failures.append(failure)
            continue
        transact(previews.record, work.media_row_id, drawn)
    if failures:
        raise failures[0]
