"""The custody entries, their chains, their details apart, and the order in which they became final.

Only ``evidence.actions.custody.append`` writes here. UPDATE and DELETE on entries and details are refused
by trigger and by grant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of

CHAIN_TYPES = ("capture", "device", "person", "agency", "log")


class CustodyChain(Base):
    """The head of one chain; locked, last of all, by whoever appends."""

    __tablename__ = "custody_chain"
    __table_args__ = (CheckConstraint(one_of("chain_type", *CHAIN_TYPES), name="chain_type"),)
    chain_type: Mapped[str] = mapped_column(primary_key=True)
    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID]
    seq: Mapped[int]
    head_sha256: Mapped[str | None]
    at: Mapped[datetime | None]


class CustodyEntry(Base):
    """One line of the custody log: the members of the published entry, and the hash of its JCS."""

    __tablename__ = "custody_entry"
    __table_args__ = (
        UniqueConstraint("chain_type", "chain_id", "seq"),
        UniqueConstraint("entry_sha256"),
        Index(None, "agency_id", "entry_id"),
    )
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    v: Mapped[int]
    agency_id: Mapped[UUID]
    chain_type: Mapped[str]
    chain_id: Mapped[UUID]
    seq: Mapped[int]
    prev: Mapped[str | None]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_type: Mapped[str]
    actor_id: Mapped[UUID]
    actor_role: Mapped[str | None]
    subject_sha256: Mapped[str]
    details_sha256: Mapped[str]
    nonce: Mapped[str]
    entry_sha256: Mapped[str]


class CustodyDetail(Base):
    """Salt and details of an entry; the only part that an order may remove.

    ``subject`` is what was hashed into ``subject_sha256``, kept here only when no immutable row holds it.
    """

    __tablename__ = "custody_detail"
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("custody_entry.entry_id"), primary_key=True)
    agency_id: Mapped[UUID]
    salt: Mapped[bytes]
    details: Mapped[dict[str, Any]]


class CustodyAudience(Base):
    """Who is told of an entry by the status feed. ``log_index`` comes when the entry's place is final.

    ``person_id`` null: the whole organisation. ``root_id`` and ``submission_id`` name what changed.
    """

    __tablename__ = "custody_audience"
    __table_args__ = (
        Index("ix_custody_audience_feed", "organisation_id", "log_index"),
        Index(
            "ix_custody_audience_person",
            "person_id",
            "log_index",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("custody_entry.entry_id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None]
    root_id: Mapped[UUID | None]
    submission_id: Mapped[UUID | None]
    log_index: Mapped[int | None]


class LogPending(Base):
    """Committed entries without a place in the log. Ids come before commits: never read past a highest id."""

    __tablename__ = "log_pending"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("custody_entry.entry_id"))
    entry_sha256: Mapped[str]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LogLeaf(Base):
    """The place of an entry in the one log: dense from 0, given once, in an order that only grows."""

    __tablename__ = "log_leaf"
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("custody_entry.entry_id"), unique=True)
    entry_sha256: Mapped[str]
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LogHead(Base):
    """How many entries have a place. One row; locked by whoever places more."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("single", name="single_row"),)
    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    size: Mapped[int] = mapped_column(server_default="0")
    moved_at: Mapped[datetime] = mapped_column(server_default=func.now())


def chain_entries(session: Session, chain_type: str, chain_id: UUID) -> Sequence[CustodyEntry]:
    """A chain, first to last."""
    return session.scalars(
        select(CustodyEntry)
        .where(CustodyEntry.chain_type == chain_type, CustodyEntry.chain_id == chain_id)
        .order_by(CustodyEntry.seq)
    ).all()
