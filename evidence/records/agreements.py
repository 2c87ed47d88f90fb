"""Agreements: what one organisation lets another see and do, dated, accepted by both, revocable by either."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base


class Agreement(Base):
    """``agency_id`` gives, ``partner_id`` receives. Nothing holds before both sides have said their part.

    ``windows`` are ``{days: [ISO 1 to 7], from: "HH:MM", until: "HH:MM"}`` in ``zone``; ``approvers`` are the
    partner's persons, named when it accepts and confirmed by the agency; ``approver_names`` is how it named them.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("agency_id <> partner_id", name="two_sides"),
        CheckConstraint("valid_from < valid_until", name="dates"),
        Index(None, "agency_id", "partner_id"),
        Index(None, "partner_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str]
    shares: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    approves: Mapped[bool] = mapped_column(server_default=text("false"))
    windows: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    zone: Mapped[str]
    when_absent: Mapped[bool] = mapped_column(server_default=text("false"))
    approvers: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    approver_names: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    offered_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[datetime]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revoked_of: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
