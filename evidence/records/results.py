"""Results: append-only answers of a destination, their nominal part apart, and who was told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class Result(Base):
    """One answer. ``id`` is the sender's; ``facts`` holds nothing that names a purchaser."""

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
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("result.id"))
    answers_digest: Mapped[str]
    payload_sha256: Mapped[str]
    facts: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ResultNominal(Base):
    """The part of a trace answer that names people. Opened with a reason only, and never by a phone."""

    __tablename__ = "result_nominal"
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    submission_id: Mapped[UUID]
    values: Mapped[dict[str, Any]]


class ResultNotice(Base):
    """That an organisation was told of a result: who was told of a lead is told of its end."""

    __tablename__ = "result_notice"
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    case_number: Mapped[str] = mapped_column(primary_key=True, server_default="")
    told_at: Mapped[datetime]


def results_of(session: Session, submission_id: UUID) -> list[Result]:
    return list(
        session.scalars(
            select(Result).where(Result.submission_id == submission_id).order_by(Result.recorded_at, Result.id)
        )
    )
