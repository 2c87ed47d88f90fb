"""Checkpoints to the locked bucket: first there, then shown to anyone. And what the bucket knows of the log.

The network stays outside transactions: what is due is read, put, and marked. A worker that dies in between leaves
a checkpoint that the next one puts again, with the same bytes.
"""

import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from evidence.actions.log.sealing import SealingRefused
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, StoredObject, StoreDuplicate, StoreUnavailable
from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof
from evidence.records.log import LogCheckpoint, LogOrigin, present_origin, unpublished_checkpoints

CONTENT_TYPE = "text/plain"
AT_ONCE = 100
NOTICE = "casquillo_checkpoint"  # wakes whoever asks the witnesses
_LARGEST = 10**15 - 1


@dataclass(frozen=True)
class Due:
    """A signed checkpoint whose copy in the locked bucket is not known to be there."""

    origin: int
    checkpoint: Checkpoint
    note: bytes

    @property
    def key(self) -> str:
        return f"{_prefix(self.checkpoint.origin)}{_LARGEST - self.checkpoint.size:015d}.{self.checkpoint.size}"


def _prefix(origin: str) -> str:
    """An origin's checkpoints stand below it, by a number that falls: the first listed is the newest."""
    return f"log/{origin}/size-"


def due(session: Session, limit: int = AT_ONCE) -> list[Due]:
    """What a worker should put now, in the order of signing."""
    return [
        Due(row.origin, Checkpoint.parse(note.split(row.note)[0]), row.note)
        for row in unpublished_checkpoints(session, limit)
    ]


def put(services: Services, one: Due) -> str:
    """Writes the checkpoint, locked for the retention time; returns its version id. Safe to repeat.

    ``SealingRefused`` ``log_forked`` when other bytes stand there: two databases sealed under one name.
    """
    sha256 = hashlib.sha256(one.note).hexdigest()
    target = services.store.presign_original(
        key=one.key,
        sha256=sha256,
        size=len(one.note),
        content_type=CONTENT_TYPE,
        lock_until=services.clock.now() + services.policy.retention,
        seconds=60,
    )
    with suppress(StoreDuplicate):
        services.store.send(target, io.BytesIO(one.note), len(one.note))
    found = services.store.head_original(one.key)
    if found is None:
        raise StoreUnavailable("busy", "a write of the same checkpoint is under way")
    if found.sha256 != sha256:
        raise SealingRefused("log_forked", f"other bytes are stored under {one.key}")
    return found.ref.version_id


def mark(session: Session, services: Services, one: Due, version_id: str) -> None:
    """From now on the checkpoint is served."""
    session.execute(
        update(LogCheckpoint)
        .where(
            LogCheckpoint.origin == one.origin,
            LogCheckpoint.size == one.checkpoint.size,
            LogCheckpoint.published_at.is_(None),
        )
        .values(published_at=services.clock.now(), version_id=version_id)
    )
    session.execute(select(func.pg_notify(NOTICE, "")))


def newest_stored(store: MediaStore, origin: str) -> Checkpoint | None:
    """The largest checkpoint of an origin in the locked bucket. ``SealingRefused`` ``log_forked`` when unreadable."""
    first: StoredObject | None = next(iter(store.originals_under(_prefix(origin))), None)
    if first is None:
        return None
    oldest = store.head_original(first.ref.key)  # a later version under the same key is not the one that was locked
    with store.read(oldest.ref if oldest else first.ref) as pieces:
        kept = b"".join(pieces)
    try:
        return Checkpoint.parse(note.split(kept)[0])
    except BadProof as error:
        raise SealingRefused("log_forked", f"{first.ref.key} holds no checkpoint: {error}") from None


def stored_head(store: MediaStore, present: LogOrigin) -> Checkpoint | None:
    """What the store knows beyond or about the database's present origin: a successor's checkpoint wins."""
    return newest_stored(store, successor_of(present)) or newest_stored(store, present.name)


def successor_of(origin: LogOrigin) -> str:
    """The name of the log that would follow: the first's name and a number."""
    base = origin.name if origin.number == 1 else origin.name.rpartition("/")[0]
    return f"{base}/{origin.number + 1}"


def needed_origin(session: Session) -> LogOrigin:
    """The present origin; ``SealingRefused`` ``log_not_open`` without one."""
    origin = present_origin(session)
    if origin is None:
        raise SealingRefused("log_not_open")
    return origin
