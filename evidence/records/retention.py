"""How long captures are kept, what may not be let go, and what is sealed from most eyes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class RetentionCategory(Base):
    """An agency's own category: its captures stay locked for ``years`` after they were secured."""

    __tablename__ = "retention_category"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("years BETWEEN 1 AND 100", name="years"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[str]
    years: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LegalHold(Base):
    """An authority's order to keep a capture; its locks are renewed for as long as it stands."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(None, "root_id"),
        Index(None, "agency_id", "placed_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    reference: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[datetime]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_reason: Mapped[str | None]


class Reserve(Base):
    """A capture sealed from its own agency's people, but for ``readers``. Two persons seal it, two open it again.

    Row-level security reads this table: it binds the people of the agency. Whoever holds a granted dossier keeps it.
    """

    __tablename__ = "reserve"
    __table_args__ = (
        Index("uq_reserve_live", "root_id", unique=True, postgresql_where=text("lifted_at IS NULL")),
        Index(None, "agency_id", "asked_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    reference: Mapped[str]
    reason: Mapped[str]
    readers: Mapped[list[UUID]]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    lift_asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    lift_asked_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]


def live_holds(session: Session, root_id: UUID) -> list[LegalHold]:
    """The holds that stand on a capture."""
    return list(session.scalars(select(LegalHold).where(LegalHold.root_id == root_id, LegalHold.lifted_at.is_(None))))
