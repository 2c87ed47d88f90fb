"""Persons, their roles and accounts, their sessions, and the tokens of machines."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.domain.roles import Role
from evidence.records.base import Base, one_of


class Person(Base):
    """A human being in one organisation. Rules compare persons, never accounts."""

    __tablename__ = "person"
    __table_args__ = (Index(None, "organisation_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="es")
    unit: Mapped[str | None]
    shift: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class RoleAssignment(Base):
    """A role held between two dates; a substitute's is short and names for whom."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        CheckConstraint(one_of("role", *Role), name="role"),
        Index(None, "person_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    substitute_for: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Account(Base):
    """How a person signs in by password and TOTP. Five failures lock this path; an administrator opens it.

    ``locked_by``: the administrator who locked the whole account; null when the failures did. ``provider_subject``:
    who the person is to the organisation's identity provider, a hash, kept at the first sign-in by it.
    """

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes]
    totp_last_step: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_at: Mapped[datetime | None]
    locked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    provider_subject: Mapped[str | None]


class Invitation(Base):
    """A one-time link by which a person sets an own password, a code app, or both. Only its token's hash is kept.

    ``gives``: ``password``, ``second_factor``. ``totp_sealed`` is the seed that the link shows, kept for its owner
    to confirm. ``created_by`` is null for links made on the command line.
    """

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "person_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    gives: Mapped[list[str]]
    token_hash: Mapped[str] = mapped_column(unique=True)
    totp_sealed: Mapped[bytes | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(Base):
    """A signed-in browser. Only the token's SHA-256 is kept.

    ``means`` is how it was opened; ``provider_sign_out`` is where the identity provider's own session ends.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index(None, "person_id", "created_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    factor_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    means: Mapped[str] = mapped_column(server_default="password_totp")
    provider_sign_out: Mapped[str | None]


class MachineToken(Base):
    """A bearer token of one organisation, scoped and expiring, answered for by a person."""

    __tablename__ = "machine_token"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    label: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


def roles_of(session: Session, person_id: UUID, at: datetime) -> frozenset[Role]:
    """The roles that a person holds at ``at``; none once the person has left."""
    rows = session.scalars(
        select(RoleAssignment.role)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(
            RoleAssignment.person_id == person_id,
            RoleAssignment.valid_from <= at,
            or_(RoleAssignment.valid_until.is_(None), RoleAssignment.valid_until > at),
            or_(Person.ended_at.is_(None), Person.ended_at > at),
        )
    )
    return frozenset(Role(role) for role in rows)
