"""Trace requests as they were keyed into eTrace, their read-backs, and notices that something changed since."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class TraceRequest(Base):
    """One request sent under a submission. ``id`` is the sender's; ``number`` counts within the submission.

    A correction makes a new row that ``replaces_id`` the former. ``digest`` is the dossier that was keyed.
    """

    __tablename__ = "trace_request"
    __table_args__ = (
        UniqueConstraint("submission_id", "number"),
        UniqueConstraint("submission_id", "etrace_number"),
        UniqueConstraint("replaces_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    digest: Mapped[str]
    etrace_number: Mapped[str]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("trace_request.id"))
    sent_by: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class ReadBack(Base):
    """That a second person compared the serial on eTrace's confirmation with the photo; the newest counts."""

    __tablename__ = "read_back"
    __table_args__ = (Index(None, "trace_request_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    trace_request_id: Mapped[UUID] = mapped_column(ForeignKey("trace_request.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    equal: Mapped[bool]
    read_at: Mapped[datetime]


class CorrectionNotice(Base):
    """That the dossier differs from what a sent request says; whoever sent it acknowledges.

    ``digest`` is the dossier as it is now, ``changed`` the form's fields that differ (``5a``), or the member of
    the dossier (``media``).
    """

    __tablename__ = "correction_notice"
    __table_args__ = (UniqueConstraint("trace_request_id", "digest"), Index(None, "submission_id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    trace_request_id: Mapped[UUID] = mapped_column(ForeignKey("trace_request.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    digest: Mapped[str]
    changed: Mapped[list[str]]
    made_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


def requests_of(session: Session, submission_id: UUID) -> Sequence[TraceRequest]:
    """The requests sent under a submission, first to last."""
    return session.scalars(
        select(TraceRequest).where(TraceRequest.submission_id == submission_id).order_by(TraceRequest.number)
    ).all()


def latest_request(session: Session, submission_id: UUID) -> TraceRequest | None:
    """The request that counts: nothing replaces it."""
    sent = requests_of(session, submission_id)
    return sent[-1] if sent else None


def read_backs_of(session: Session, submission_id: UUID) -> Sequence[ReadBack]:
    return session.scalars(
        select(ReadBack).where(ReadBack.submission_id == submission_id).order_by(ReadBack.read_at, ReadBack.id)
    ).all()


def notices_of(session: Session, submission_id: UUID) -> Sequence[CorrectionNotice]:
    return session.scalars(
        select(CorrectionNotice)
        .where(CorrectionNotice.submission_id == submission_id)
        .order_by(CorrectionNotice.made_at, CorrectionNotice.id)
    ).all()


def replaced_digests(session: Session, submission_id: UUID) -> frozenset[str]:
    """Dossiers whose worksheet says SUSTITUIDA: keyed once, and another request replaces theirs."""
    sent = requests_of(session, submission_id)
    replaced = {one.replaces_id for one in sent}
    standing = {one.digest for one in sent if one.id not in replaced}
    return frozenset(one.digest for one in sent if one.id in replaced) - standing
