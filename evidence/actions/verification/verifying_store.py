"""What the store keeps against the rows: published checkpoints, and the stored version of every settled file.

The store is the memory that a database owner cannot rewrite: a database that was taken back to an earlier state,
or that signed another history, is found here.
"""

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from evidence.actions.log.publishing import Due
from evidence.actions.store_ports import MediaStore, ObjectRef, StoredObject
from evidence.actions.verification.verifying_cursor import streamed
from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import EMPTY_ROOT, BadProof
from evidence.domain.media_states import KEPT
from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import Progress, ServiceReport
from evidence.records.log import LogCheckpoint, LogOrigin
from evidence.records.media import Media

PREFIX = "log/"
PAGE = 500
AT_ONCE = 8
COMPARED = 100  # checkpoints whose bytes are compared, newest first; the others are only looked for


@dataclass(frozen=True)
class _Stored:
    origin: str
    size: int
    version: StoredObject


def newest_stored(store: MediaStore) -> dict[str, int]:
    """By origin: the size of the largest checkpoint in the store."""
    newest: dict[str, int] = {}
    for one in _stored(store):
        newest[one.origin] = max(one.size, newest.get(one.origin, 0))
    return newest


def check_checkpoints(
    session: Session,
    store: MediaStore,
    report: ServiceReport,
    progress: Progress,
    *,
    before: Mapping[str, int],
    every: bool,
) -> None:
    """The store's checkpoints against the rows, both ways.

    ``before`` is what ``newest_stored`` gave before the session's snapshot was taken: younger ones are passed over.
    The bytes of the newest are compared, or with ``every`` those of all.
    """
    origins = session.scalars(select(LogOrigin).order_by(LogOrigin.number)).all()
    numbers = {row.name: row.number for row in origins}
    # What a restore lost of a log is said openly by the log that follows it.
    owned_up = {row.name: after.former_size or 0 for row, after in pairwise(origins)}
    roots = {row.name: after.former_root for row, after in pairwise(origins)}
    reached = {name: _newest(session, number) for name, number in numbers.items()}
    for name, size in before.items():
        if name not in numbers:
            raise Fault("log_unknown", origin=name)
        if max(reached[name], owned_up.get(name, 0)) < size:
            raise Fault("database_behind", origin=name, stored=size, size=reached[name])
    total = session.scalar(select(func.count()).select_from(LogCheckpoint)) or 0
    with ExitStack() as cursors:
        rows = {
            name: _Rows(name, cursors.enter_context(streamed(session, _largest_first(number), page=PAGE)).scalars())
            for name, number in numbers.items()
        }
        for one in _stored(store):
            if reached.get(one.origin, 0) < one.size <= owned_up.get(one.origin, 0):
                report.forgotten += 1
                if one.size == owned_up[one.origin]:
                    _check_root(store, one, roots[one.origin])
            elif one.size <= before.get(one.origin, 0):
                rows[one.origin].meet(store, one, compare=every or report.stored_checkpoints < COMPARED)
                report.stored_checkpoints += 1
                if report.stored_checkpoints % PAGE == 0:
                    progress("checkpoints", report.stored_checkpoints, total)
        for origin in rows.values():
            origin.end()


def _stored(store: MediaStore) -> Iterator[_Stored]:
    """The oldest version of every checkpoint in the store, by origin, the largest size first."""
    waiting: StoredObject | None = None
    for version in store.originals_under(PREFIX):
        if waiting is not None and version.ref.key != waiting.ref.key:
            yield _place(waiting)
        waiting = version  # newest first under a key: the last one seen is the one that was locked
    if waiting is not None:
        yield _place(waiting)


def _place(version: StoredObject) -> _Stored:
    key = version.ref.key
    origin, _, name = key.removeprefix(PREFIX).rpartition("/")
    size = name.rpartition(".")[2]
    if not origin or not size.isdigit() or Due(0, Checkpoint(origin, int(size), EMPTY_ROOT), b"").key != key:
        raise Fault("object_stray", key=key)
    return _Stored(origin, int(size), version)


def _check_root(store: MediaStore, one: _Stored, root: bytes | None) -> None:
    """The checkpoint that a following log names is the one that the store keeps."""
    with store.read(one.version.ref) as pieces:
        kept = b"".join(pieces)
    try:
        sound = Checkpoint.parse(note.split(kept)[0]).root == root
    except BadProof:
        sound = False
    if not sound:
        raise Fault("log_forked", origin=one.origin, size=one.size)


def _newest(session: Session, origin: int) -> int:
    return session.scalar(select(func.max(LogCheckpoint.size)).where(LogCheckpoint.origin == origin)) or 0


def _largest_first(origin: int) -> Select[LogCheckpoint]:
    return select(LogCheckpoint).where(LogCheckpoint.origin == origin).order_by(LogCheckpoint.size.desc())


class _Rows:
    """One origin's checkpoints as the database has them, the largest first, as the store lists them."""

    def __init__(self, name: str, rows: Iterator[LogCheckpoint]) -> None:
        self._name = name
        self._rows = rows
        self._next = next(self._rows, None)

    def meet(self, store: MediaStore, stored: _Stored, *, compare: bool) -> None:
        """The next checkpoint that the store has; rows before it must not count as published."""
        self._pass_over(down_to=stored.size)
        row = self._next
        if row is None or row.size != stored.size:
            raise Fault("checkpoint_unknown", origin=self._name, size=stored.size)
        self._next = next(self._rows, None)
        if row.version_id not in (None, stored.version.ref.version_id) or stored.version.size != len(row.note):
            raise Fault("log_forked", origin=self._name, size=row.size)
        if compare:
            head = store.head_original(stored.version.ref.key, version_id=stored.version.ref.version_id)
            if head is None or head.sha256 != hashlib.sha256(row.note).hexdigest():
                raise Fault("log_forked", origin=self._name, size=row.size)

    def end(self) -> None:
        self._pass_over(down_to=-1)

    def _pass_over(self, *, down_to: int) -> None:
        while self._next is not None and self._next.size > down_to:
            if self._next.published_at is not None:
                raise Fault("checkpoint_unstored", origin=self._name, size=self._next.size)
            self._next = next(self._rows, None)


@dataclass(frozen=True)
class _File:
    media_id: UUID
    root_id: UUID
    ref: ObjectRef
    sha256: str
    size: int
    locked_until: datetime | None


def check_versions(
    session: Session, store: MediaStore, report: ServiceReport, progress: Progress, *, sample: int | None, deep: bool
) -> None:
    """Asks the store for the version of each settled file, or of ``sample`` of them spread evenly.

    Size, hash and lock by HEAD; with ``deep`` the version is read whole and hashed.
    """
    settled = Media.state.in_([state.value for state in KEPT])
    report.versions = session.scalar(select(func.count()).select_from(Media).where(settled)) or 0
    step = 1 if sample is None else max(1, -(-report.versions // max(1, sample)))
    wanted = select(*Media.__table__.columns).where(settled).order_by(Media.id)
    seen = 0
    with ThreadPoolExecutor(AT_ONCE) as pool, streamed(session, wanted, page=PAGE) as rows:
        for page in rows.partitions():
            files = [_file(media) for number, media in enumerate(page, start=seen) if number % step == 0]
            seen += len(page)
            for read in pool.map(lambda file: _check_version(store, file, deep=deep), files):
                report.bytes_read += read
                report.versions_checked += 1
            progress("versions", seen, report.versions)


def _file(media: Row[*tuple[Any, ...]]) -> _File:
    ref = ObjectRef(media.bucket or "", media.object_key or "", media.version_id or "")
    return _File(media.media_id, media.root_id, ref, media.sha256, media.size, media.locked_until)


def _check_version(store: MediaStore, file: _File, *, deep: bool) -> int:
    """How many bytes were read; ``Fault`` when the version is not what the row says."""
    facts = {"media": file.media_id, "capture": file.root_id}
    head = store.head_original(file.ref.key, version_id=file.ref.version_id) if file.ref.version_id else None
    if head is None:
        raise Fault("version_missing", **facts)
    if (head.size, head.sha256) != (file.size, file.sha256):
        raise Fault("version_differs", **facts)
    if file.locked_until and (head.locked_until is None or head.locked_until < file.locked_until):
        raise Fault("lock_short", **facts)
    if not deep:
        return 0
    digest = hashlib.sha256()
    with store.read(file.ref) as pieces:
        for piece in pieces:
            digest.update(piece)
    if digest.hexdigest() != file.sha256:
        raise Fault("version_differs", **facts)
    return file.size
