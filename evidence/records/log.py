"""The sealed log: its origins and keys, finished tiles, signed checkpoints, and what witnesses said of them.

Everything here is public by design: hashes in an order, and signatures over them (protocol, section 9).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base
from evidence.records.custody import LogLeaf

LAG_S = 30.0  # an alert beyond; under normal load an entry waits less than a second (protocol, section 9)


class LogOrigin(Base):
    """One Merkle tree. Its leaf 0 is the entry with log index ``first_index``; the highest number is the present one.

    ``former_size`` and ``former_root`` are the newest checkpoint of the origin before, as the store keeps it.
    """

    __tablename__ = "log_origin"
    __table_args__ = (CheckConstraint("(former_size IS NULL) = (former_root IS NULL)", name="former"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    first_index: Mapped[int]
    former_size: Mapped[int | None]
    former_root: Mapped[bytes | None]
    opened_at: Mapped[datetime]


class LogKey(Base):
    """A public key of an origin, as a C2SP vkey. It signs until ``retire_at``; two may sign while they overlap."""

    __tablename__ = "log_key"
    vkey: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[int] = mapped_column(ForeignKey("log_origin.number"))
    added_at: Mapped[datetime]
    retire_at: Mapped[datetime | None]


class LogTile(Base):
    """A full tile: 256 hashes of 32 bytes, and their root, which is one hash of the level above."""

    __tablename__ = "log_tile"
    __table_args__ = (
        CheckConstraint("length(hashes) = 8192", name="hashes"),
        CheckConstraint("length(root) = 32", name="root"),
    )
    origin: Mapped[int] = mapped_column(ForeignKey("log_origin.number"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    hashes: Mapped[bytes]
    root: Mapped[bytes]


class LogCheckpoint(Base):
    """A signed checkpoint; one size has one root. Only those with ``published_at`` are shown to anyone.

    ``note`` is the very text that was signed, with the log's signatures. ``version_id`` is its copy in the locked
    bucket. ``witnessed_at`` is when enough witnesses had cosigned it for the policy of the time.
    """

    __tablename__ = "log_checkpoint"
    __table_args__ = (
        Index("ix_log_checkpoint_unpublished", "origin", "size", postgresql_where=text("published_at IS NULL")),
        Index("ix_log_checkpoint_witnessed", "origin", "size", postgresql_where=text("witnessed_at IS NOT NULL")),
    )
    origin: Mapped[int] = mapped_column(ForeignKey("log_origin.number"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[bytes]
    note: Mapped[bytes]
    made_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version_id: Mapped[str | None]
    witnessed_at: Mapped[datetime | None]


class LogCosignature(Base):
    """A witness's signature line over a checkpoint, verified before it was kept. ``witness`` is its key's name."""

    __tablename__ = "log_cosignature"
    __table_args__ = (ForeignKeyConstraint(["origin", "size"], ["log_checkpoint.origin", "log_checkpoint.size"]),)
    origin: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    witness: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())


def present_origin(session: Session) -> LogOrigin | None:
    """The origin that entries are sealed under; None before the log was opened."""
    return session.scalars(select(LogOrigin).order_by(LogOrigin.number.desc()).limit(1)).first()


def origin_of(session: Session, log_index: int) -> LogOrigin | None:
    """The origin whose tree holds an entry."""
    return session.scalars(
        select(LogOrigin).where(LogOrigin.first_index <= log_index).order_by(LogOrigin.number.desc()).limit(1)
    ).first()


def keys_of(session: Session, origin: int | None = None, *, at: datetime | None = None) -> Sequence[LogKey]:
    """Keys in the order of their beginning, of one origin or all; with ``at`` only those that sign at that time."""
    wanted = select(LogKey).order_by(LogKey.origin, LogKey.added_at, LogKey.vkey)
    if origin is not None:
        wanted = wanted.where(LogKey.origin == origin)
    if at is not None:
        wanted = wanted.where(LogKey.retire_at.is_(None) | (LogKey.retire_at > at))
    return session.scalars(wanted).all()


def newest_checkpoint(session: Session, origin: int, *, published: bool) -> LogCheckpoint | None:
    """The largest one that was signed, or that was also published."""
    wanted = select(LogCheckpoint).where(LogCheckpoint.origin == origin)
    if published:
        wanted = wanted.where(LogCheckpoint.published_at.is_not(None))
    return session.scalars(wanted.order_by(LogCheckpoint.size.desc()).limit(1)).first()


def covering_checkpoint(session: Session, log_index: int) -> tuple[LogOrigin, LogCheckpoint, str] | None:
    """The first witnessed checkpoint that holds an entry, else the first published one, else None; with its origin
    and the lines of its witnesses.

    The first, not the newest, so that the answer changes once only: when it is witnessed.
    """
    held = (
        LogCheckpoint.origin == LogOrigin.number,
        LogCheckpoint.size > log_index - LogOrigin.first_index,
        LogCheckpoint.published_at.is_not(None),
    )
    smallest = select(func.min(LogCheckpoint.size)).where(*held).correlate(LogOrigin)
    wanted = func.coalesce(
        smallest.where(LogCheckpoint.witnessed_at.is_not(None)).scalar_subquery(), smallest.scalar_subquery()
    )
    present = select(func.max(LogOrigin.number)).where(LogOrigin.first_index <= log_index).scalar_subquery()
    row = session.execute(
        select(LogOrigin, LogCheckpoint, _lines())
        .join(LogCheckpoint, LogCheckpoint.origin == LogOrigin.number)
        .where(LogOrigin.number == present, LogCheckpoint.size == wanted)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def newest_checkpoints(session: Session) -> list[tuple[LogOrigin, LogCheckpoint, str]]:
    """Of each origin that has one its newest published checkpoint with the lines of its witnesses, the present first.

    One question instead of three an origin: every custody list and every proof under the newest checkpoint asks it.
    """
    newest = (
        select(func.max(LogCheckpoint.size))
        .where(LogCheckpoint.origin == LogOrigin.number, LogCheckpoint.published_at.is_not(None))
        .correlate(LogOrigin)
        .scalar_subquery()
    )
    rows = session.execute(
        select(LogOrigin, LogCheckpoint, _lines())
        .join(LogCheckpoint, (LogCheckpoint.origin == LogOrigin.number) & (LogCheckpoint.size == newest))
        .order_by(LogOrigin.number.desc())
    )
    return [(origin, checkpoint, lines) for origin, checkpoint, lines in rows]


def _lines() -> ColumnElement[str]:
    """The signature lines of a checkpoint's witnesses, behind each other."""
    lines = (
        select(func.string_agg(LogCosignature.line, aggregate_order_by(literal_column("''"), LogCosignature.witness)))
        .where(LogCosignature.origin == LogCheckpoint.origin, LogCosignature.size == LogCheckpoint.size)
        .correlate(LogCheckpoint)
    )
    return func.coalesce(lines.scalar_subquery(), "")


def first_published(session: Session, origin: int, leaf: int) -> LogCheckpoint | None:
    """The first published checkpoint that holds leaf ``leaf``: signed by the keys of that very time."""
    return session.scalars(_covering(origin, leaf)).first()


def _covering(origin: int, leaf: int) -> Select[LogCheckpoint]:
    return (
        select(LogCheckpoint)
        .where(LogCheckpoint.origin == origin, LogCheckpoint.size > leaf, LogCheckpoint.published_at.is_not(None))
        .order_by(LogCheckpoint.size)
        .limit(1)
    )


def unpublished_checkpoints(session: Session, limit: int) -> Sequence[LogCheckpoint]:
    """Signed ones whose copy in the locked bucket is not known to be there, in the order of signing."""
    return session.scalars(
        select(LogCheckpoint)
        .where(LogCheckpoint.published_at.is_(None))
        .order_by(LogCheckpoint.origin, LogCheckpoint.size)
        .limit(limit)
    ).all()


def cosignatures_of(session: Session, origin: int, size: int) -> Sequence[LogCosignature]:
    return session.scalars(
        select(LogCosignature)
        .where(LogCosignature.origin == origin, LogCosignature.size == size)
        .order_by(LogCosignature.witness)
    ).all()


def cosigned_size(session: Session, origin: int, witness: str) -> int:
    """The largest size that a witness has cosigned as far as we know; 0 for none."""
    size = session.scalar(
        select(func.max(LogCosignature.size)).where(LogCosignature.origin == origin, LogCosignature.witness == witness)
    )
    return size or 0


def leaf_entries(session: Session, start: int, end: int) -> list[bytes]:
    """The 32-byte entry hashes with log indexes ``start`` up to, not including, ``end``."""
    rows = session.scalars(
        select(LogLeaf.entry_sha256)
        .where(LogLeaf.log_index >= start, LogLeaf.log_index < end)
        .order_by(LogLeaf.log_index)
    )
    return [bytes.fromhex(row) for row in rows]


def full_tiles(session: Session, origin: int, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The hashes of several full tiles by (level, position), in one question; those that are not there are left out."""
    wanted = tuple_(LogTile.level, LogTile.position).in_(places)
    rows = session.execute(
        select(LogTile.level, LogTile.position, LogTile.hashes).where(LogTile.origin == origin, wanted)
    )
    return {(level, position): hashes for level, position, hashes in rows}


def tile_roots(session: Session, *, origin: int, level: int, start: int, end: int) -> list[bytes]:
    """The roots of full tiles ``start`` up to ``end`` of a level: hashes of the level above."""
    return list(
        session.scalars(
            select(LogTile.root)
            .where(
                LogTile.origin == origin,
                LogTile.level == level,
                LogTile.position >= start,
                LogTile.position < end,
            )
            .order_by(LogTile.position)
        )
    )


# One statement: what is committed and waits leaves the waiting room, gets the next numbers, and its audience with it.
_TAKE = text(
    """
    WITH taken AS (
        DELETE FROM log_pending WHERE id IN (SELECT id FROM log_pending ORDER BY id LIMIT :limit)
        RETURNING id, entry_id, entry_sha256
    ), placed AS (
        INSERT INTO log_leaf (log_index, entry_id, entry_sha256)
        SELECT :size + row_number() OVER (ORDER BY id) - 1, entry_id, entry_sha256 FROM taken
        RETURNING log_index, entry_id, entry_sha256
    ), told AS (
        UPDATE custody_audience a SET log_index = p.log_index FROM placed p WHERE a.entry_id = p.entry_id
    )
    SELECT entry_sha256 FROM placed ORDER BY log_index
    """
)

# The planner takes every batch for a full one and reads all of ``custody_audience`` for it: 0.3 s a batch at a million
# entries. Looking up row by row costs the same at every size, however old the statistics. Holds for the transaction.
_ROW_BY_ROW = text(
    "SELECT set_config(name, 'off', true)"
    " FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan']) AS name"
)


def take_pending(session: Session, *, size: int, limit: int) -> list[bytes]:
    """Places at most ``limit`` committed entries from log index ``size`` on; their hashes in that order.

    There is no high-water mark: only rows that are committed are seen, and what commits late is taken later.
    """
    session.execute(_ROW_BY_ROW)
    rows = session.execute(_TAKE, {"size": size, "limit": limit}).scalars()
    return [bytes.fromhex(row) for row in rows]


def lag_seconds(session: Session) -> float:
    """For how long the oldest entry, or the oldest checkpoint, waits to be sealed and published; 0 when none does."""
    return float(session.execute(text("SELECT log_lag()")).scalar_one())
