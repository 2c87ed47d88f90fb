"""Submissions and everything that decides over them: supplements, readings, decisions, leases, assignments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of

STATES = (
    "pending_review",
    "returned",
    "rejected",
    "awaiting_evidence",
    "queued",
    "leased",
    "in_progress",
    "needs_information",
    "dead_letter",
    "withdrawn",
    "answered",
    "closed",
)


class Submission(Base):
    """The request for one item to one destination.

    ``version`` moves only with state, head manifest, supplement or digest (protocol, section 1).
    ``digest`` is the present one (``digested`` its exact input), ``approved_digest`` the one a
    supervisor approved, ``accepted_digest`` the
    one that the holder works on. ``holder_id`` is the organisation it is with. ``urgency`` 0 urgent, 1 routine.
    ``signing_gaps`` names what it lacked when it was signed (form codes and views), null where nobody looked.
    ``detainee_due_at`` is when the term of somebody held for this gun ends, as the prosecutor stated it.
    ``provisional_until``: it was sent without approval, and is recalled then unless a supervisor confirms it.
    """

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint(one_of("state", *STATES), name="state"),
        CheckConstraint(one_of("destination", "etrace", "ballistics", "financial"), name="destination"),
        UniqueConstraint("root_id", "destination", "item_id"),
        Index(None, "agency_id", "state", "created_at", "id"),
        Index(
            "ix_submission_queue",
            "holder_id",
            "destination",
            "urgency",
            "due_at",
            "id",
            postgresql_where=text("state = 'queued'"),
        ),
        Index(None, "holder_id", "state"),
        Index("ix_submission_provisional", "provisional_until", postgresql_where=text("provisional_until IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    destination: Mapped[str]
    item_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    state: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    urgency: Mapped[int] = mapped_column(server_default="1")
    digest: Mapped[str]
    digested: Mapped[dict[str, Any]]
    approved_digest: Mapped[str | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    accepted_digest: Mapped[str | None]
    provisional_until: Mapped[datetime | None]
    revision_pending: Mapped[bool] = mapped_column(server_default=text("false"))
    released_without: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    machine_failures: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str | None]
    queued_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    signing_gaps: Mapped[list[str] | None]
    detainee_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


LEGAL_FACTS = ("legal.prosecutor", "legal.prosecutor_office", "legal.order")
"""The facts that make a case a prosecutor's; few supplements hold one, so an index knows which."""


class Supplement(Base):
    """Facts that someone other than the phone adds. ``number`` counts within the root capture; append-only."""

    __tablename__ = "supplement"
    __table_args__ = (
        CheckConstraint(one_of("scope", "capture", "item", "submission"), name="scope"),
        UniqueConstraint("root_id", "number"),
        Index(
            "ix_supplement_legal",
            "agency_id",
            postgresql_where=text("values ?| ARRAY['legal.prosecutor', 'legal.prosecutor_office', 'legal.order']"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    scope: Mapped[str]
    scope_id: Mapped[UUID]
    values: Mapped[dict[str, Any]]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    author_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    author_role: Mapped[str]
    reason: Mapped[str]
    sha256: Mapped[str]
    made_at: Mapped[datetime]


class Reading(Base):
    """One person's reading of a serial from the photo, made without seeing the other readings."""

    __tablename__ = "reading"
    __table_args__ = (Index(None, "root_id", "item_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    item_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    status: Mapped[str]
    text: Mapped[str]
    how: Mapped[str]
    read_at: Mapped[datetime]


class Decision(Base):
    """What a supervisor decided over one exact digest."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(one_of("kind", "approve", "return", "reject", "reopen", "release"), name="kind"),
        Index(None, "submission_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str]
    findings_seen: Mapped[int]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    marks: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    decided_at: Mapped[datetime]


class ApprovedDossier(Base):
    """What a supervisor approved, whole: the digest's exact input and what the destination may read with it.

    A laboratory or desk reads this copy; it holds nothing of the capture's other items.
    """

    __tablename__ = "approved_dossier"
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    digested: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class Information(Base):
    """A holder's question, or the agency's answer to one, in words; insert-only.

    ``author_id`` is a person or, for a question, a machine's token; ``supplement_id`` the facts that came with it.
    """

    __tablename__ = "information"
    __table_args__ = (CheckConstraint(one_of("kind", "asked", "answered"), name="kind"), Index(None, "submission_id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    text: Mapped[str]
    author_id: Mapped[UUID]
    supplement_id: Mapped[UUID | None] = mapped_column(ForeignKey("supplement.id"))
    said_at: Mapped[datetime]


class Lease(Base):
    """A time-limited claim. The token's hash fences every later act on it."""

    __tablename__ = "lease"
    __table_args__ = (
        Index(None, "submission_id"),
        Index("ix_lease_running", "expires_at", postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_lease_running_submission",
            "submission_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    machine_token_id: Mapped[UUID | None] = mapped_column(ForeignKey("machine_token.id"))
    token_hash: Mapped[str]
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None]


class Assignment(Base):
    """An acknowledged lease: no expiry, a due time, a person or system that has it."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("uq_assignment_open", "submission_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(None, "submission_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    lease_id: Mapped[UUID] = mapped_column(ForeignKey("lease.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    machine_token_id: Mapped[UUID | None] = mapped_column(ForeignKey("machine_token.id"))
    digest: Mapped[str]
    acknowledged_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[str | None]


def locked_submission(session: Session, submission_id: UUID) -> Submission | None:
    """The submission, locked: one decision or claim at a time."""
    return session.scalars(select(Submission).where(Submission.id == submission_id).with_for_update()).one_or_none()


def locked_submissions_of(session: Session, root_id: UUID) -> list[Submission]:
    """A root's submissions as they are now, locked in the order of their ids: leases lock only these rows."""
    return list(
        session.scalars(
            select(Submission)
            .where(Submission.root_id == root_id)
            .order_by(Submission.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def submissions_of(session: Session, root_id: UUID) -> list[Submission]:
    return list(session.scalars(select(Submission).where(Submission.root_id == root_id).order_by(Submission.id)))


def supplements_of(session: Session, root_id: UUID) -> list[Supplement]:
    return list(session.scalars(select(Supplement).where(Supplement.root_id == root_id).order_by(Supplement.number)))


def next_supplement_number(session: Session, root_id: UUID) -> int:
    """The next number in the root's line; call with the root capture locked."""
    highest = session.scalar(select(func.max(Supplement.number)).where(Supplement.root_id == root_id))
    return (highest or 0) + 1


def information_of(session: Session, submission_id: UUID) -> list[Information]:
    wanted = select(Information).where(Information.submission_id == submission_id)
    return list(session.scalars(wanted.order_by(Information.said_at, Information.id)))


def readings_of(session: Session, root_id: UUID, item_id: UUID) -> list[Reading]:
    return list(
        session.scalars(
            select(Reading)
            .where(Reading.root_id == root_id, Reading.item_id == item_id)
            .order_by(Reading.read_at, Reading.id)
        )
    )
