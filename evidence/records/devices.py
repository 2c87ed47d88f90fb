"""Enrolments of officers on handsets, their nonces and bearers, and the chain of what each signed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, one_of


class Device(Base):
    """One officer on one handset: a key, a chain of signed messages, the last heartbeat."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint(one_of("state", "pending", "active", "closed", "retired", "compromised"), name="state"),
        Index(None, "agency_id", "officer_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    public_jwk: Mapped[dict[str, Any]]
    label: Mapped[str]
    storage: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    state: Mapped[str]
    enrolled_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    admitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    accepted_until: Mapped[datetime | None]
    compromised_since: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    heartbeat: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class DeviceNonce(Base):
    """A nonce to be signed once, for an enrolment (by a person) or a device session. Only its hash is kept."""

    __tablename__ = "device_nonce"
    nonce_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    subject_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeviceSession(Base):
    """A phone's bearer for 15 minutes: send, receipt, own status."""

    __tablename__ = "device_session"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class EnrolmentCode(Base):
    """A one-time code that an administrator shows as a QR; only its hash is kept."""

    __tablename__ = "enrolment_code"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeviceMessage(Base):
    """One signed payload (capture or statement) in a device's chain; forks keep both rows.

    ``held``: it came while its enrolment was not in force, and no administrator has let it in.
    """

    __tablename__ = "device_message"
    __table_args__ = (Index(None, "device_id", "seq"),)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    seq: Mapped[int]
    prev: Mapped[str | None]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    received_at: Mapped[datetime]
    flags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    held: Mapped[bool] = mapped_column(server_default=text("false"))


class Statement(Base):
    """A signed statement of a phone: discard, media_lost, closing or cosign."""

    __tablename__ = "statement"
    __table_args__ = (
        Index(None, "device_id"),
        Index("ix_statement_manifest", text("((payload -> 'facts'::text) ->> 'manifest_sha256'::text)")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    sha256: Mapped[str]
    jws: Mapped[bytes]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


def messages_of(session: Session, device_id: UUID) -> list[DeviceMessage]:
    """What a device signed and the service has, in the device's order."""
    return list(
        session.scalars(
            select(DeviceMessage)
            .where(DeviceMessage.device_id == device_id)
            .order_by(DeviceMessage.seq, DeviceMessage.received_at)
        )
    )


def held_messages(session: Session, device_id: UUID) -> list[DeviceMessage]:
    """What is held of a device, in the device's order."""
    return [message for message in messages_of(session, device_id) if message.held]
