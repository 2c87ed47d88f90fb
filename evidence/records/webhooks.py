"""Webhooks: where an organisation wants to hear of changes, and the messages on their way there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from evidence.records.base import Base


class Webhook(Base):
    """One address of an organisation. ``kinds`` empty means all; ``after_index`` is the last log index looked at."""

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "organisation_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    label: Mapped[str]
    url: Mapped[str]
    secret_sealed: Mapped[bytes]
    kinds: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    after_index: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class WebhookMessage(Base):
    """One message to one address: ids and states only. ``id`` is the ``webhook-id`` of every attempt."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        UniqueConstraint("webhook_id", "log_index"),
        Index(
            "ix_webhook_message_due",
            "next_at",
            postgresql_where=text("delivered_at IS NULL AND given_up_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    log_index: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_answer: Mapped[str | None]
