"""What the clock does by itself: ends upload plans, forgets used nonces and bearers, finds what was left lying."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore
from evidence.actions.storing import verify
from evidence.domain.media_states import MediaState
from evidence.records.devices import DeviceNonce, DeviceSession
from evidence.records.media import Media, UploadPlan
from evidence.records.sign_in import SignInStep

UNMOVED = timedelta(minutes=10)
CHUNKS_KEPT = timedelta(days=7)  # beyond any plan's own life, so that no phone loses what it still counts on
CHUNKS_AT_ONCE = 500
ARRIVED = (MediaState.RECEIVED.value, MediaState.VERIFYING.value)


def enqueue_again(session: Session, services: Services) -> int:
    """Queues the jobs of files that have not moved for ten minutes, and of previews still due; returns how many.

    A second job for one file does no harm: every task claims its file first.
    """
    unsettled = verify.unsettled(session, services, older_than=UNMOVED)
    for media_row_id in unsettled:
        verify.enqueue(session, services, [media_row_id])
    before = services.clock.now() - UNMOVED
    undrawn = session.scalars(
        select(Media.id).where(Media.state == MediaState.SECURED, Media.preview == "due", Media.updated_at < before)
    ).all()
    for media_row_id in undrawn:
        verify.enqueue_previews(session, services, [media_row_id])
    return len(unsettled) + len(undrawn)


def end_plans(session: Session, services: Services) -> int:
    """Ends upload plans past their time. A file that has arrived keeps its plan: it names the chunks to join."""
    now = services.clock.now()
    arrived = select(Media.id).where(Media.state.in_(ARRIVED))
    ended = session.scalars(
        update(UploadPlan)
        .where(UploadPlan.ended_at.is_(None), UploadPlan.expires_at < now, UploadPlan.media_row_id.not_in(arrived))
        .values(ended_at=now)
        .returning(UploadPlan.id)
    ).all()
    return len(ended)


def forget_nonces(session: Session, services: Services) -> int:
    """Deletes nonces that were used or are over, phones' bearers and open steps of a sign-in that are over."""
    now = services.clock.now()
    nonces = session.scalars(
        delete(DeviceNonce)
        .where(or_(DeviceNonce.used_at.is_not(None), DeviceNonce.expires_at < now))
        .returning(DeviceNonce.nonce_hash)
    ).all()
    bearers = session.scalars(
        delete(DeviceSession).where(DeviceSession.expires_at < now).returning(DeviceSession.token_hash)
    ).all()
    steps = session.scalars(delete(SignInStep).where(SignInStep.expires_at < now).returning(SignInStep.step_hash)).all()
    return len(nonces) + len(bearers) + len(steps)


def arrived_rows(session: Session, _services: Services) -> frozenset[UUID]:
    """Files whose chunks may still have to be joined."""
    return frozenset(session.scalars(select(Media.id).where(Media.state.in_(ARRIVED))))


def delete_stale_chunks(store: MediaStore, services: Services, keep: frozenset[UUID]) -> int:
    """Deletes staging chunks older than a week, but none of a file in ``keep``; returns how many."""
    stale = store.stale_chunks(before=services.clock.now() - CHUNKS_KEPT)
    kept = frozenset(str(row) for row in keep)
    deleted = 0
    for batch in _batches(key for key in stale if not kept.intersection(key.split("/"))):
        store.delete_chunks(batch)
        deleted += len(batch)
    return deleted


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == CHUNKS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
