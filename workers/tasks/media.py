"""Verification and assembly of originals."""

import time
from uuid import UUID

import structlog

from evidence.actions.store_ports import StoreRefused, StoreUnavailable
from evidence.actions.storing import verify
from workers.app import app, parts, transact
from workers.retry import Backoff

log = structlog.get_logger()

RECORDED_EVERY_S = 2.0  # what a killed worker has to do again at most, beside the file in hand
AWAY = ("unreachable", "timeout")  # no other file fares better


@app.task(name="verify_media", queue="evidence", retry=Backoff())
def verify_media(media_row_ids: list[str]) -> None:
    """Streams the originals of one confirmation, joined from their chunks where they came so; records what they are.

    One file that can't be read keeps no other waiting: the rest is recorded, then the job is tried again for it.
    """
    services = parts().services
    keep_until = services.clock.now() + services.policy.retention
    seen: dict[UUID, verify.Examined] = {}
    failures: list[Exception] = []
    recorded_at = time.monotonic()
    for work in transact(verify.claim, [UUID(one) for one in media_row_ids]):
        try:
            seen[work.media_row_id] = verify.check(services.store, work, keep_until=keep_until)
        except (StoreUnavailable, StoreRefused) as failure:
            log.warning("media_unread", media=str(work.media_row_id), error=repr(failure))
            failures.append(failure)
            if failure.code in AWAY:
                break
        if time.monotonic() - recorded_at > RECORDED_EVERY_S:
            transact(verify.record, seen)
            seen, recorded_at = {}, time.monotonic()
    if seen:
        transact(verify.record, seen)
    if failures:
        # What may yet succeed decides whether the job is tried again.
        raise min(failures, key=lambda failure: isinstance(failure, StoreRefused))
