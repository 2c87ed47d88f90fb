"""Who looked: written by readers at once, without a chain's lock, and appended to the custody log by a worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base


class ViewWindow(Base):
    """When a person or token last opened something of a chain for a purpose: one entry each 15 minutes."""

    __tablename__ = "view_window"
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    chain_type: Mapped[str] = mapped_column(primary_key=True)
    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    opened_at: Mapped[datetime]


class ViewPending(Base):
    """An entry to be appended: all that ``custody.Act`` needs. The worker takes it out in the same transaction."""

    __tablename__ = "view_pending"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str]
    chain_type: Mapped[str]
    chain_id: Mapped[UUID]
    agency_id: Mapped[UUID]
    actor_type: Mapped[str]
    actor_id: Mapped[UUID]
    actor_role: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    root_id: Mapped[UUID | None]
    submission_id: Mapped[UUID | None]
    noted_at: Mapped[datetime]
