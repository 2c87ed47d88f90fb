"""Passkeys, an organisation's own identity provider, and the open steps of a sign-in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class SignInStep(Base):
    """Something to be answered once and soon: a passkey's challenge, or the state of a trip to a provider.

    Found before it is known whose it is, so it names nobody: only a hash, and what must be remembered, sealed.
    """

    __tablename__ = "sign_in_step"
    step_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    sealed: Mapped[bytes]
    expires_at: Mapped[datetime]


class Passkey(Base):
    """A WebAuthn credential of a person. Removed ones stay, so that the person can be told of them.

    ``removed_by`` may be the person. ``doubted_at``: its counter went back, so there may be a copy; it opens nothing
    from then on.
    """

    __tablename__ = "passkey"
    __table_args__ = (Index(None, "person_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    transports: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    backed_up: Mapped[bool]
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class IdentityProvider(Base):
    """An OpenID provider of an organisation; at most one that is not ended.

    ``name_claim`` is the claim that holds the user name; ``factor_values`` are the ``acr`` and ``amr`` values that
    count as a second factor. ``secret_sealed`` is null for a client without a secret.
    """

    __tablename__ = "identity_provider"
    __table_args__ = (
        Index("uq_identity_provider_live", "organisation_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    issuer: Mapped[str]
    client_id: Mapped[str]
    secret_sealed: Mapped[bytes | None]
    name_claim: Mapped[str]
    factor_values: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


def passkeys_of(session: Session, person_id: UUID) -> list[Passkey]:
    """The passkeys of a person that are not removed, oldest first."""
    wanted = select(Passkey).where(Passkey.person_id == person_id, Passkey.removed_at.is_(None))
    return list(session.scalars(wanted.order_by(Passkey.created_at, Passkey.id)))


def provider_of(session: Session, organisation_id: UUID) -> IdentityProvider | None:
    """The organisation's provider, when it has one."""
    wanted = select(IdentityProvider).where(
        IdentityProvider.organisation_id == organisation_id, IdentityProvider.ended_at.is_(None)
    )
    return session.scalars(wanted).one_or_none()
