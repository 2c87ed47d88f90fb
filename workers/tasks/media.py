"""Verification and assembly of originals."""

from uuid import UUID

from evidence.actions import verify
from workers.app import app, parts, transact
from workers.retry import Backoff


@app.task(name="verify_media", queue="evidence", retry=Backoff())
def verify_media(media_row_id: str) -> None:
    """Streams one original and records what it is."""
    _check(UUID(media_row_id))


@app.task(name="assemble_media", queue="evidence", retry=Backoff())
def assemble_media(media_row_id: str) -> None:
    """Joins staged chunks into the original, then verifies it like any other."""
    _check(UUID(media_row_id))


def _check(media_row_id: UUID) -> None:
    services = parts().services
    work = transact(verify.claim, media_row_id)
    if work is None:
        return
    joined = verify.assemble(services.store, work) if work.chunk_keys else work
    keep_until = services.clock.now() + services.policy.retention
    seen = verify.examine(services.store, joined, keep_until=keep_until) if isinstance(joined, verify.Claim) else joined
    transact(verify.record, media_row_id, seen)
