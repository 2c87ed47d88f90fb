"""The key to which phones seal their rescue files (protocol, section 11)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base


class RescueKey(Base):
    """A P-256 key pair. The private half is sealed, and its column is closed to the API's role."""

    __tablename__ = "rescue_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed: Mapped[bytes]
    made_at: Mapped[datetime]


def newest_rescue_jwk(session: Session) -> dict[str, Any] | None:
    """The public key that a phone pins; None before a worker made one."""
    return session.scalars(select(RescueKey.public_jwk).order_by(RescueKey.made_at.desc()).limit(1)).first()
