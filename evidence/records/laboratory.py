"""What a laboratory adds to a submission: acquisitions, test fires, pauses of its clock, receipts without a capture."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of

PAUSE_REASONS = ("prior_exams", "order", "mismatch", "equipment", "other")


class ClockPause(Base):
    """That a holder's clock stands still, and why. Paused time is shown, not hidden; one pause runs at a time."""

    __tablename__ = "clock_pause"
    __table_args__ = (
        CheckConstraint(one_of("reason", *PAUSE_REASONS), name="reason"),
        Index("uq_clock_pause_running", "submission_id", unique=True, postgresql_where=text("resumed_at IS NULL")),
        Index(None, "submission_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str]
    note: Mapped[str]
    paused_by: Mapped[UUID]
    paused_at: Mapped[datetime]
    resumed_by: Mapped[UUID | None]
    resumed_at: Mapped[datetime | None]


class Acquisition(Base):
    """One case or bullet as it was entered into an imaging system, or why it was not. ``id`` is the sender's.

    ``sub_item`` is a test fire's label (``1-T1``), empty for the item itself. ``facts`` holds the metadata.
    """

    __tablename__ = "acquisition"
    __table_args__ = (Index(None, "submission_id", "recorded_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    sub_item: Mapped[str]
    unsuitable: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    attachments: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    payload_sha256: Mapped[str]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class TestFire(Base):
    """Test fires of a gun: ``labels`` are the sub-items that came of them (``1-T1`` …). ``id`` is the sender's."""

    __test__ = False  # not a class of tests
    __tablename__ = "test_fire"
    __table_args__ = (Index(None, "submission_id", "recorded_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    labels: Mapped[list[str]]
    facts: Mapped[dict[str, Any]]
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    second_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    payload_sha256: Mapped[str]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class WalkIn(Base):
    """A thing that came without a capture here: who brought it, and what its label says. ``id`` is the recorder's."""

    __tablename__ = "walk_in"
    __table_args__ = (UniqueConstraint("id", "organisation_id"), Index(None, "organisation_id", "received_at", "id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    agency: Mapped[str]
    reference: Mapped[str]
    seal: Mapped[str]
    brought_by: Mapped[str]
    note: Mapped[str]
    received_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]


class WalkInLink(Base):
    """To which submission a walk-in turned out to belong."""

    __tablename__ = "walk_in_link"
    walk_in_id: Mapped[UUID] = mapped_column(ForeignKey("walk_in.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("physical_event.id"))
    linked_by: Mapped[UUID]
    linked_at: Mapped[datetime]


class KeyedTick(Base):
    """That a person has keyed one line of a worksheet: an aid to that person's memory, not evidence."""

    __tablename__ = "keyed_tick"
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    ticked: Mapped[bool]
    ticked_at: Mapped[datetime]


def running_pause(session: Session, submission_id: UUID) -> ClockPause | None:
    return session.scalars(
        select(ClockPause).where(ClockPause.submission_id == submission_id, ClockPause.resumed_at.is_(None))
    ).one_or_none()


def test_fires_of(session: Session, submission_id: UUID) -> Sequence[TestFire]:
    wanted = select(TestFire).where(TestFire.submission_id == submission_id)
    return session.scalars(wanted.order_by(TestFire.recorded_at, TestFire.id)).all()


def acquisitions_of(session: Session, submission_id: UUID) -> Sequence[Acquisition]:
    wanted = select(Acquisition).where(Acquisition.submission_id == submission_id)
    return session.scalars(wanted.order_by(Acquisition.recorded_at, Acquisition.id)).all()


def ticks_of(session: Session, submission_id: UUID, person_id: UUID, digest: str) -> frozenset[str]:
    """The codes of the lines that a person has keyed of one dossier."""
    wanted = select(KeyedTick.code).where(
        KeyedTick.submission_id == submission_id,
        KeyedTick.person_id == person_id,
        KeyedTick.digest == digest,
        KeyedTick.ticked,
    )
    return frozenset(session.scalars(wanted))
