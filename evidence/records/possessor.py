"""The sealed lines of a trace request: which are filled is plain, what they say is not."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, Uuid, cast, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base
from evidence.records.custody import CustodyDetail


class PossessorSupplement(Base):
    """Some lines of parts VI to VIII, as one person wrote them; insert-only, the newest word on a line counts.

    ``lines`` are the form's codes. ``sealed`` holds what they say under the service's key, and is emptied when an order
    expunges it; ``sealed_sha256`` is the SHA-256 of the sealed bytes, which tells nothing of their content.
    """

    __tablename__ = "possessor_supplement"
    __table_args__ = (UniqueConstraint("submission_id", "number"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    lines: Mapped[list[str]]
    sealed: Mapped[bytes | None]
    sealed_sha256: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    author_role: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime]


def possessors_of(session: Session, submission_id: UUID) -> Sequence[PossessorSupplement]:
    """Oldest first."""
    wanted = select(PossessorSupplement).where(PossessorSupplement.submission_id == submission_id)
    return session.scalars(wanted.order_by(PossessorSupplement.number)).all()


def next_number(session: Session, submission_id: UUID) -> int:
    """Call with the submission locked."""
    wanted = select(func.max(PossessorSupplement.number)).where(PossessorSupplement.submission_id == submission_id)
    return (session.scalar(wanted) or 0) + 1


def filled_lines(session: Session, submission_id: UUID) -> frozenset[str]:
    """The codes of lines that somebody wrote and whose words are still there; one may have been withdrawn since."""
    return frozenset(
        code for row in possessors_of(session, submission_id) if row.sealed is not None for code in row.lines
    )


def empty(session: Session, entry_ids: Sequence[UUID]) -> None:
    """Removes what the lines say of which these entries tell; call before the entries' details are removed."""
    named = cast(CustodyDetail.details["possessor_id"].astext, Uuid)
    session.execute(
        update(PossessorSupplement)
        .where(PossessorSupplement.id.in_(select(named).where(CustodyDetail.entry_id.in_(entry_ids))))
        .values(sealed=None)
    )
