"""Court bundles that were asked for, and what became of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of


class Bundle(Base):
    """One request for a bundle of a capture's line. ``object_key`` is where the zip lies once it is ``ready``.

    ``sha256`` is that of the zip, ``tag_sha256`` that of the bag's tagmanifest, which commits to every file in it;
    ``size`` in bytes.
    """

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint(one_of("profile", "court", "defence", "partner"), name="profile"),
        CheckConstraint(one_of("state", "due", "ready", "failed"), name="state"),
        Index(None, "root_id", "requested_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID] = mapped_column(ForeignKey("capture.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    profile: Mapped[str]
    reason: Mapped[str]
    order_number: Mapped[str | None]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    state: Mapped[str]
    failure: Mapped[str | None]
    bucket: Mapped[str | None]
    object_key: Mapped[str | None]
    sha256: Mapped[str | None]
    tag_sha256: Mapped[str | None]
    size: Mapped[int | None]
    made_at: Mapped[datetime | None]


def bundles_of(session: Session, root_id: UUID) -> list[Bundle]:
    """Those of one line of captures, newest first."""
    return list(
        session.scalars(select(Bundle).where(Bundle.root_id == root_id).order_by(Bundle.requested_at.desc(), Bundle.id))
    )


def locked_bundle(session: Session, bundle_id: UUID) -> Bundle | None:
    return session.scalars(select(Bundle).where(Bundle.id == bundle_id).with_for_update()).one_or_none()
