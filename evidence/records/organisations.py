"""Organisations, where their items go (routes), and what others may therefore see (grants)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of


class Service(Base):
    """The one row that names this service: the ``aud`` of every manifest and the log's origin."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("single", name="single_row"),
        # One row for ever: the primary key is the constant itself.
    )
    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Organisation(Base):
    """An agency, laboratory, desk or partner. ``entity`` is the INEGI code, null when federal or foreign."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(one_of("kind", "agency", "laboratory", "desk", "partner"), name="kind"),
        CheckConstraint(one_of("jurisdiction", "state", "municipal", "federal", "foreign"), name="jurisdiction"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    jurisdiction: Mapped[str]
    entity: Mapped[str | None]
    contact: Mapped[str] = mapped_column(server_default="")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Route(Base):
    """Where an agency's submissions to a destination go between two dates; the lowest rank that fits wins.

    An eTrace accreditation is a dated route; the desk to fall back on is a route of higher rank.
    ``matchers`` may hold ``kinds``, ``fuero``, ``entity``, ``caliber``, ``priority`` (lists of values).
    """

    __tablename__ = "route"
    __table_args__ = (Index(None, "agency_id", "destination"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    destination: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    rank: Mapped[int]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    matchers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccessGrant(Base):
    """What ``grantee`` may see of ``owner``'s evidence. Row-level security reads this table."""

    __tablename__ = "access_grant"
    __table_args__ = (
        CheckConstraint(one_of("scope", "capture", "submission", "match"), name="scope"),
        Index(None, "grantee_id", "root_id"),
        Index(None, "submission_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    grantee_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    scope: Mapped[str]
    root_id: Mapped[UUID | None]
    submission_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    match_id: Mapped[UUID | None]
    levels: Mapped[list[str]]
    reason: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def routes_for(agency_id: UUID, destination: str, at: datetime) -> Select[Route]:
    """Routes in force at ``at``, best first."""
    return (
        select(Route)
        .where(
            Route.agency_id == agency_id,
            Route.destination == destination,
            Route.valid_from <= at,
            or_(Route.valid_until.is_(None), Route.valid_until > at),
        )
        .order_by(Route.rank, Route.id)
    )


def service_id(session: Session) -> UUID:
    """This service's id; the migration made the row."""
    return session.execute(select(Service.id)).scalar_one()


def organisation(session: Session, organisation_id: UUID) -> Organisation | None:
    return session.get(Organisation, organisation_id)
