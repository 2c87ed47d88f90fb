"""Duplicate cards: two items that may be the same gun, and what each side answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base, one_of


class DuplicateMatch(Base):
    """A pair, found once; ``a`` is the earlier capture. ``found_by`` names the key that met.

    ``a_card`` and ``b_card`` are what the *other* side may see: agency, entity, date, serial, make,
    caliber, trace state, desk contact. ``sought_by_id`` is the agency whose budget the search was on.
    """

    __tablename__ = "duplicate_match"
    __table_args__ = (
        UniqueConstraint("a_root_id", "a_item_id", "b_root_id", "b_item_id"),
        Index(None, "b_root_id", "b_item_id"),
        Index(None, "a_agency_id"),
        Index(None, "b_agency_id"),
        Index(None, "sought_by_id", "found_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    found_by: Mapped[str]
    a_root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    a_item_id: Mapped[UUID]
    a_agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    a_card: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    b_root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    b_item_id: Mapped[UUID]
    b_agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    b_card: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    sought_by_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DuplicateAnswer(Base):
    """What one organisation says of a match; the newest counts, the older ones stay."""

    __tablename__ = "duplicate_answer"
    __table_args__ = (
        CheckConstraint(one_of("answer", "same_gun", "different", "unsure"), name="answer"),
        Index(None, "match_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("duplicate_match.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str]
    note: Mapped[str | None]
    answered_at: Mapped[datetime]


class DuplicateSearchDue(Base):
    """A search that waits for its agency's next day: the budget across agencies was used up."""

    __tablename__ = "duplicate_search_due"
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    due_since: Mapped[datetime]
