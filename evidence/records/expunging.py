"""What was removed under an order, by whom, and what stood there: only hashes are left (protocol, section 5)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class Expunging(Base):
    """One order, carried out by two administrators of the agency; immutable."""

    __tablename__ = "expunging"
    __table_args__ = (
        CheckConstraint("first_by <> second_by", name="two_persons"),
        Index(None, "root_id"),
        Index(None, "agency_id", "decided_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    order_number: Mapped[str]
    authority: Mapped[str]
    reason: Mapped[str]
    first_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    second_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]


class Tombstone(Base):
    """In place of the details of an entry, or of a file's bytes. ``removed_at`` is null while bytes are still there.

    ``sha256`` is what the entry committed to (``details_sha256``), or the file's hash.
    """

    __tablename__ = "tombstone"
    __table_args__ = (
        CheckConstraint("(entry_id IS NULL) <> (media_row_id IS NULL)", name="one_thing"),
        Index("uq_tombstone_entry", "entry_id", unique=True),
        Index("uq_tombstone_media", "media_row_id", unique=True),
        Index(None, "expunging_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    expunging_id: Mapped[UUID] = mapped_column(ForeignKey("expunging.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("custody_entry.entry_id"))
    media_row_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id"))
    sha256: Mapped[str]
    removed_at: Mapped[datetime | None]


def files_to_remove(session: Session) -> Sequence[Tombstone]:
    """Tombstones over files whose bytes are not known to be gone: a command that was cut short goes on here."""
    return session.scalars(
        select(Tombstone)
        .where(Tombstone.media_row_id.is_not(None), Tombstone.removed_at.is_(None))
        .order_by(Tombstone.id)
    ).all()
