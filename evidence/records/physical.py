"""What happened to the things themselves: sealed, handed over, received, opened, handed back, mismatch."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base


class PhysicalEvent(Base):
    """One event of a package or of items. ``id`` is the recorder's, so that a repeat changes nothing."""

    __tablename__ = "physical_event"
    __table_args__ = (
        Index(None, "root_id", "happened_at"),
        Index("ix_physical_event_handed", "agency_id", postgresql_where=text("kind = 'handed_over'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    recorder_id: Mapped[UUID]
    kind: Mapped[str]
    mismatches: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    package_id: Mapped[UUID | None]
    item_ids: Mapped[list[UUID]]
    payload_sha256: Mapped[str]
    facts: Mapped[dict[str, Any]]
    attachments: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
