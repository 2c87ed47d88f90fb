"""Results: append-only answers of a destination, their nominal part apart, and who was told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base, one_of

OUTCOMES = ("confirmed", "eliminated", "inconclusive", "withdrawn")


class Result(Base):
    """One answer. ``id`` is the sender's; ``facts`` holds nothing that names a purchaser.

    ``late``: not from the holder of then; ``outdated``: for another dossier than the one approved then.
    """

    __tablename__ = "result"
    __table_args__ = (Index(None, "submission_id", "recorded_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    recorder_id: Mapped[UUID]
    examiner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    second_examiner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str]
    final: Mapped[bool]
    late: Mapped[bool] = mapped_column(server_default=text("false"))
    outdated: Mapped[bool] = mapped_column(server_default=text("false"))
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("result.id"))
    answers_digest: Mapped[str]
    payload_sha256: Mapped[str]
    facts: Mapped[dict[str, Any]]
    attachments: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ResultNominal(Base):
    """The part of a trace answer that names people. Opened with a reason only, and never by a phone."""

    __tablename__ = "result_nominal"
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    submission_id: Mapped[UUID]
    values: Mapped[dict[str, Any]]


class LeadEnd(Base):
    """How a lead ended; the lead itself stays. ``by_result_id`` is the result that ended it, if one did."""

    __tablename__ = "lead_end"
    __table_args__ = (CheckConstraint(one_of("outcome", *OUTCOMES), name="outcome"),)
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    outcome: Mapped[str]
    by_result_id: Mapped[UUID | None] = mapped_column(ForeignKey("result.id"))
    reason: Mapped[str | None]
    ended_by: Mapped[UUID]
    ended_at: Mapped[datetime]


class ResultNotice(Base):
    """That an organisation was told of a lead or hit, or of a lead's end: who was told of the one hears of the other.

    ``case_number`` is the organisation's own case. ``card`` is what its supervisors and prosecutors read: both
    cases, the laboratory and its contact. ``root_id`` is the organisation's own capture, when the case names one.
    """

    __tablename__ = "result_notice"
    __table_args__ = (
        CheckConstraint(one_of("about", "lead", "hit", *OUTCOMES), name="about"),
        UniqueConstraint("result_id", "about", "organisation_id", "case_number"),
        Index(None, "organisation_id", "told_at", "id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    about: Mapped[str]
    case_number: Mapped[str]
    root_id: Mapped[UUID | None]
    card: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]


class NoticeReader(Base):
    """That a person has read a notice, and when: the person is told again when the lead ends."""

    __tablename__ = "notice_reader"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("result_notice.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    read_at: Mapped[datetime]
