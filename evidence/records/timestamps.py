"""Tokens of a timestamp authority over checkpoints (RFC 3161)."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base
from evidence.records.log import LogCheckpoint


class LogTimestamp(Base):
    """A TimeStampResp over the SHA-256 of a checkpoint's signed note. ``stamped_at`` is the authority's time."""

    __tablename__ = "log_timestamp"
    __table_args__ = (ForeignKeyConstraint(["origin", "size"], ["log_checkpoint.origin", "log_checkpoint.size"]),)
    origin: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[bytes]
    stamped_at: Mapped[datetime]
    kept_at: Mapped[datetime]


def unstamped_checkpoint(session: Session, origin: int, *, witnessed: bool) -> LogCheckpoint | None:
    """The newest published checkpoint, or the newest witnessed one; None when it has a token already."""
    wanted = select(LogCheckpoint).where(LogCheckpoint.origin == origin, LogCheckpoint.published_at.is_not(None))
    if witnessed:
        wanted = wanted.where(LogCheckpoint.witnessed_at.is_not(None))
    newest = session.scalars(wanted.order_by(LogCheckpoint.size.desc()).limit(1)).first()
    if newest is None or session.get(LogTimestamp, (origin, newest.size)) is not None:
        return None
    return newest


def newest_timestamp(session: Session, origin: int) -> tuple[LogTimestamp, LogCheckpoint] | None:
    """The token over the largest checkpoint of an origin that has one."""
    row = session.execute(
        select(LogTimestamp, LogCheckpoint)
        .join(LogCheckpoint, (LogCheckpoint.origin == LogTimestamp.origin) & (LogCheckpoint.size == LogTimestamp.size))
        .where(LogTimestamp.origin == origin)
        .order_by(LogTimestamp.size.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None
